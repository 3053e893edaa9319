"""What the referral service can be told by its environment, beside the kit's settings."""

from pathlib import Path

from pydantic import Field

from carebus.settings import Settings as KitSettings


class Settings(KitSettings):
    """How soon the office wants to decide."""

    urgent_hours: float = Field(24, gt=0)
    """Hours after which an urgent referral still undecided counts as late."""
    routine_hours: float = Field(48, gt=0)
    """Hours after which a routine referral still undecided counts as late."""
    rulesets: Path | None = None
    """A folder with rule sets of eligibility beside the service's own (see docs/how-to/change-eligibility-rules.md)."""
