"""What every part of a request is: immutable, silent about what it holds, closed to fields that nobody knows."""

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator


class Request(BaseModel):
    """A part of what is asked: immutable, silent about what it holds, closed to fields that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    def __repr_args__(self) -> Any:
        return ()

    @field_validator("*", mode="before")
    @classmethod
    def _nothing_typed(cls, value: Any, info: ValidationInfo) -> Any:
        """An optional field that holds only blanks was left empty."""
        field = cls.model_fields[info.field_name or ""]
        blank = isinstance(value, str) and not value.strip() and not field.is_required()
        return field.get_default(call_default_factory=True, validated_data={}) if blank else value
