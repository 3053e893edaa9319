"""What the referral service can be told by its environment, beside the kit's settings."""

from pydantic import Field

from carebus.settings import Settings as KitSettings


class Settings(KitSettings):
    """How soon the office wants to decide, and where people may call instead of writing."""

    urgent_hours: float = Field(24, gt=0)
    routine_hours: float = Field(48, gt=0)
    referral_line: str = "844-232-0500"
