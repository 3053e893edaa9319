"""What codes are called on pages, and which tone they take."""

from zoneinfo import ZoneInfo

from pydantic import BaseModel

from carebus.contracts.care_plan import Phase, VisitMode
from carebus.contracts.line import CallOutcome, DischargedTo, Disposition
from carebus.contracts.people import Condition, Role
from carebus.web import wishes
from services.line.domain.calls import Call
from services.line.domain.hospital.notice import Trigger
from services.line.domain.sheet.handing_over import ANYWHERE
from services.line.domain.shifts.shift import Duty, Shift

DISPOSITIONS = {
    Disposition.CALL_911: "Call 911 now",
    Disposition.EMERGENCY_DEPARTMENT: "Emergency department now",
    Disposition.CLINICIAN_NOW: "A clinician speaks with them now",
    Disposition.VISIT_NOW: "A visit now",
    Disposition.CALL_BACK_TODAY: "Call back within hours",
    Disposition.VISIT_TOMORROW: "A visit by tomorrow",
    Disposition.VISIT_SOON: "A visit within days",
    Disposition.CARE_AT_HOME: "Care at home, as advised",
}
TONES = {
    Disposition.CALL_911: "bad",
    Disposition.EMERGENCY_DEPARTMENT: "bad",
    Disposition.CLINICIAN_NOW: "bad",
    Disposition.VISIT_NOW: "warn",
    Disposition.CALL_BACK_TODAY: "warn",
    Disposition.VISIT_TOMORROW: "info",
    Disposition.VISIT_SOON: "info",
    Disposition.CARE_AT_HOME: "good",
}
TOPICS, CHOICES, KINDS = wishes.TOPICS, wishes.CHOICES, wishes.KINDS
LANGUAGES = {"en": "English", "es": "Spanish"}
SHEET_SAYS_SO = "The sheet says yes: ask all the same."
OUTCOMES = {
    CallOutcome.ADVISED: "Advised",
    CallOutcome.INFORMATION_GIVEN: "Information was given",
    CallOutcome.PASSED_ON: "Passed on to somebody else",
    CallOutcome.NOT_REACHED: "Nobody was reached any more",
    CallOutcome.WRONG_NUMBER: "Wrong number",
}
STATUSES = {
    "ringing": ("Ringing", "warn"),
    "waiting": ("Hung up", "warn"),
    "answered": ("Answered", "info"),
    "abandoned": ("Not answered", "bad"),
    "closed": ("Closed", "neutral"),
}
DISCHARGED_TO = {
    DischargedTo.HOME: "Home",
    DischargedTo.HOME_CARE: "Home, with home care",
    DischargedTo.FACILITY: "To a nursing facility",
    DischargedTo.HOSPICE: "To hospice",
    DischargedTo.HOSPITAL: "To another hospital",
    DischargedTo.LEFT_AGAINST_ADVICE: "Left against advice",
    DischargedTo.DIED: "Reported as died",
    DischargedTo.OTHER: "Elsewhere",
    DischargedTo.NOT_STATED: "Not said where to",
}
TRIGGERS = {
    Trigger.ADMIT: "Admitted",
    Trigger.TRANSFER: "Moved",
    Trigger.DISCHARGE: "Left",
    Trigger.REGISTER: "Came",
    Trigger.TO_INPATIENT: "Is an inpatient now",
    Trigger.TO_OUTPATIENT: "Is an outpatient now",
    Trigger.UPDATE: "Details changed",
    Trigger.CANCEL_ADMIT: "Admission taken back",
    Trigger.CANCEL_TRANSFER: "Move taken back",
    Trigger.CANCEL_DISCHARGE: "Discharge taken back",
    Trigger.MERGE: "Two records are one",
}
CONDITIONS = {
    Condition.HEART_FAILURE: "Heart failure",
    Condition.COPD: "COPD",
    Condition.CANCER: "Cancer",
    Condition.DEMENTIA: "Dementia",
    Condition.PARKINSONS: "Parkinson's disease",
}
ROLES = {
    Role.DOCTOR: "Doctor",
    Role.ADVANCED_PRACTICE_PROVIDER: "Advanced practice provider",
    Role.NURSE: "Nurse",
    Role.SOCIAL_WORKER: "Social worker",
}
PHASES = {
    Phase.STABLE: "Stable",
    Phase.UNSTABLE: "Unstable",
    Phase.DETERIORATING: "Deteriorating",
    Phase.TERMINAL: "Terminal",
}
DUTIES = {
    Duty.LINE: "Answers the line",
    Duty.ON_CALL: "On call",
    Duty.SUPERVISOR: "Supervisor, asked last",
}
NOBODY = {Duty.LINE: "Nobody answers the line", Duty.ON_CALL: "Nobody is on call"}
ZONE = ZoneInfo(ANYWHERE)
"""The clock by which shifts are written down."""
ZONE_HINT = "Eastern time."
MODES = {VisitMode.HOME: "At home", VisitMode.PHONE: "By phone", VisitMode.VIDEO: "By video"}


def said_of(call: Call) -> list[tuple[str, str]]:
    """What the nurse wrote down of a call, for whoever reads it later."""
    told = {
        "Who was on the phone": call.caller_name,
        "How they stand to the patient": call.relationship,
        "Number to call back": call.number,
        "What they said": call.note,
    }
    return [(label, text or "not written down") for label, text in told.items()]


def hours_of(shift: Shift) -> str:
    """From when to when, by the clock of the line, with the second day only where it is another."""
    since, until = shift.starts_at.astimezone(ZONE), shift.ends_at.astimezone(ZONE)
    day = "" if until.date() == since.date() else f"{until:%a} {until.day} {until:%b}, "
    return f"{since:%a} {since.day} {since:%b}, {since:%H:%M} to {day}{until:%H:%M}"


def scores_of(scores: BaseModel) -> str:
    """What was scored of an instrument, in one line: "Pain 3, Nausea 0"."""
    return ", ".join(f"{of_code(name)} {score}" for name, score in scores if score is not None) or "none was scored"


def of_code(code: str) -> str:
    """A code of a plan in words: `pain_controlled` is "Pain controlled"."""
    return code.replace("_", " ").capitalize()
