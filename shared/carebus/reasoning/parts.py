"""What every part of a rule set is: immutable, and closed to keys that nobody knows."""

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """A part of a rule set: immutable, closed to keys that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)
