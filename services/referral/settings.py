"""What the referral service can be told by its environment, beside the kit's settings."""

from datetime import date, time
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, model_validator

from carebus.settings import Settings as KitSettings

ZONE, OPENS, CLOSES = "America/New_York", time(8), time(17)
"""Where and when the office is open on a working day, unless told."""


class Settings(KitSettings):
    """When the office is open, and how soon it wants things done."""

    office_zone: str = Field(ZONE, max_length=64)
    """The time zone of the office's hours."""
    office_opens: time = OPENS
    """When the office opens on a working day."""
    office_closes: time = CLOSES
    """When the office closes on a working day."""
    office_closed_on: tuple[date, ...] = ()
    """Days on which the office is closed beside weekends and federal holidays: `["2026-12-24"]`."""
    deadlines: tuple[dict[str, Any], ...] = ()
    """Rows that go before the table of deadlines: `[{"milestone": "decision", "urgency": "urgent", "payer": "medicare",
    "amount": 12, "unit": "hours"}]`. Units: `hours`, `days`, `business_hours`, `business_days`."""
    status_link_secret: SecretStr | None = Field(None, min_length=32)
    """What private status links are made with; the notifications service has the same. Without it there are none."""
    referral_url: str = "http://127.0.0.1:8001"
    """The public address of the referral service: private links and links to FHIR resources begin with it."""
    status_link_days: float = Field(90, gt=0)
    """A private status link opens nothing after so many days; its referrer may ask for a new one."""
    referrer_secret: SecretStr | None = Field(None, min_length=32)
    """What webhooks are signed with. Without it there are none."""
    webhook_private: bool = False
    """Whether webhooks may go to private addresses, and to this machine without TLS: for a local run."""
    webhook_hours: float = Field(72, gt=0)
    """A webhook's call is given up after so many hours of real time."""
    webhook_retry_seconds: float = Field(5, gt=0)
    """How long to wait after the first call that failed; each further wait is twice as long, up to six hours."""
    webhook_timeout_seconds: float = Field(10, gt=0)
    """How long a receiver may take to answer."""
    webhook_failures: int = Field(20, ge=1)
    """An endpoint that failed so often in a row, and for long enough, is no longer called."""
    webhook_dead_hours: float = Field(24, ge=0)
    """How long (real time) an endpoint must have failed before it is no longer called."""
    webhook_keep_days: int = Field(30, ge=1)
    """For how many days it is kept that a webhook's call was delivered; what was given up is kept."""
    rulesets: Path | None = None
    """A folder with rule sets of eligibility beside the service's own (see docs/how-to/change-eligibility-rules.md)."""

    @model_validator(mode="after")
    def _known_outside(self) -> "Settings":
        """Private links and sign-in begin with the same address, unless another is told for sign-in."""
        if self.public_url is None and "referral_url" in self.model_fields_set:
            self.public_url = f"{self.referral_url.rstrip('/')}{self.prefix}"
        return self
