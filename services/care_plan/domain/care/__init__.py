"""What is known of one patient in care, and of one visit that is over: the states that decisions are made on."""

from services.care_plan.domain.care.care import (
    Care,
    CareEnded,
    CareOnHold,
    Hold,
    NotInCare,
    PatientUnknown,
    Paused,
    VisitUnknown,
    episode_of,
)
from services.care_plan.domain.care.found import Found, Met
from services.care_plan.domain.care.medicines import Medicines
from services.care_plan.domain.care.plan import Plan
from services.care_plan.domain.care.recent import Answered, Recent
from services.care_plan.domain.care.record import VisitRecord
from services.care_plan.domain.care.visit import Outcome, Visit, Wanted

__all__ = [
    "Answered",
    "Care",
    "CareEnded",
    "CareOnHold",
    "Found",
    "Hold",
    "Medicines",
    "Met",
    "NotInCare",
    "Outcome",
    "PatientUnknown",
    "Paused",
    "Plan",
    "Recent",
    "Visit",
    "VisitRecord",
    "VisitUnknown",
    "Wanted",
    "episode_of",
]
