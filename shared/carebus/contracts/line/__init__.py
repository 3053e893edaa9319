"""What the line tells: calls with their promises and pages, and, on the patient's stream, what came of them."""

from carebus.contracts.line.advice import CallTriaged, CallTriageWithdrawn, Disposition, HospitalAdvice
from carebus.contracts.line.calls import (
    CallAbandoned,
    CallAnswered,
    CallbackMade,
    CallbackMissed,
    CallbackPromised,
    CallClosed,
    CallOutcome,
    CallReceived,
    ClinicianPaged,
    Nurse,
    PageTaken,
    PageUnanswered,
)
from carebus.contracts.line.hand_overs import HandedOver, HandOverWritten

__all__ = [
    "CallAbandoned",
    "CallAnswered",
    "CallClosed",
    "CallOutcome",
    "CallReceived",
    "CallTriageWithdrawn",
    "CallTriaged",
    "CallbackMade",
    "CallbackMissed",
    "CallbackPromised",
    "ClinicianPaged",
    "Disposition",
    "HandOverWritten",
    "HandedOver",
    "HospitalAdvice",
    "Nurse",
    "PageTaken",
    "PageUnanswered",
]
