"""What the referral service can be told by its environment, beside the kit's settings."""

from datetime import date, time
from typing import Any

from pydantic import Field

from carebus.settings import Settings as KitSettings


class Settings(KitSettings):
    """When the office is open, and how soon it wants things done."""

    office_zone: str = Field("America/New_York", max_length=64)
    """The time zone of the office's hours."""
    office_opens: time = time(8)
    """When the office opens on a working day."""
    office_closes: time = time(17)
    """When the office closes on a working day."""
    office_closed_on: tuple[date, ...] = ()
    """Days on which the office is closed beside weekends and federal holidays: `["2026-12-24"]`."""
    deadlines: tuple[dict[str, Any], ...] = ()
    """Rows that go before the table of deadlines: `[{"milestone": "decision", "urgency": "urgent", "payer": "medicare",
    "amount": 12, "unit": "hours"}]`. Units: `hours`, `days`, `business_hours`, `business_days`."""
