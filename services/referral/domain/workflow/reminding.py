"""The timer that reminds of what a referral lacks."""

from datetime import datetime
from uuid import UUID

from carebus.decisions import Timer

REMINDER = "reminder/{}"
"""The name of the timer that reminds of what a referral lacks."""


class ReminderDue(Timer):
    """What was asked for some days ago has not come."""

    referral_id: UUID
    asked_at: datetime
