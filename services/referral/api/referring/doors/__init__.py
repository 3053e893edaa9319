"""The forms by which a referral comes in: a provider's, a health plan's, a family's after a letter, a coordinator's."""

from services.referral.api.referring.doors.coordinator import COORDINATOR
from services.referral.api.referring.doors.door import Door
from services.referral.api.referring.doors.letter import LETTER
from services.referral.api.referring.doors.plan import PLAN
from services.referral.api.referring.doors.provider import PROVIDER

DOORS = (PROVIDER, PLAN, LETTER, COORDINATOR)

__all__ = ["COORDINATOR", "DOORS", "LETTER", "PLAN", "PROVIDER", "Door"]
