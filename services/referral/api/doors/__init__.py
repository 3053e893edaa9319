"""The forms by which a referral comes in: a provider's, a health plan's, a family's after a letter, a coordinator's."""

from services.referral.api.doors.door import Door
from services.referral.api.doors.intake import INTAKE
from services.referral.api.doors.letter import LETTER
from services.referral.api.doors.plan import PLAN
from services.referral.api.doors.provider import PROVIDER

DOORS = (PROVIDER, PLAN, LETTER, INTAKE)

__all__ = ["DOORS", "INTAKE", "LETTER", "PLAN", "PROVIDER", "Door"]
