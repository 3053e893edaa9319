"""What codes are called on pages, and which tone they take."""

from collections.abc import Iterable
from typing import NamedTuple

from carebus.contracts.care_plan import (
    WORST_SCORE,
    Assessments,
    EndReason,
    Phase,
    Respondent,
    TeamChange,
    VisitMode,
    VisitParty,
    VisitPlace,
    VisitPurpose,
    VisitReason,
)
from carebus.contracts.notifications import Topic
from carebus.contracts.people import Condition, PayerKind, Role
from carebus.contracts.referral import Priority
from carebus.web import people
from services.care_plan.domain.care import Outcome
from services.care_plan.domain.instruments import INSTRUMENTS, Item, Result
from services.care_plan.domain.instruments.akps import AKPS
from services.care_plan.domain.instruments.esas_r import SCALES, SPANS
from services.care_plan.domain.instruments.scoring import Band, Change
from services.care_plan.domain.visits.calendar import DAYS_BY_PHASE
from services.care_plan.store.episode import Show


class EsasItem(NamedTuple):
    """One line of the ESAS-r as its form has it."""

    name: str
    means: str
    least: str
    most: str


def _item(name: str, means: str = "") -> EsasItem:
    lower = name[0].lower() + name[1:]
    return EsasItem(name, means, f"no {lower}", f"worst possible {lower}")


ESAS: dict[str, EsasItem] = {
    "pain": _item("Pain"),
    "tiredness": _item("Tiredness", "Tiredness = lack of energy"),
    "drowsiness": _item("Drowsiness", "Drowsiness = feeling sleepy"),
    "nausea": _item("Nausea"),
    "lack_of_appetite": _item("Lack of appetite"),
    "shortness_of_breath": _item("Shortness of breath"),
    "depression": _item("Depression", "Depression = feeling sad"),
    "anxiety": _item("Anxiety", "Anxiety = feeling nervous"),
    "wellbeing": EsasItem(
        "Wellbeing", "Wellbeing = how you feel overall", "best wellbeing", "worst possible wellbeing"
    ),
}
HIGHEST = WORST_SCORE
SUMS = {"physical": "Physical", "emotional": "Emotional", "total": "Total symptom distress"}

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
PHASES_MEAN = {
    Phase.STABLE: "The plan of care meets the needs.",
    Phase.UNSTABLE: "A new or suddenly worse problem: the plan has to change today.",
    Phase.DETERIORATING: "Slowly worse, as expected.",
    Phase.TERMINAL: "Death is likely within days.",
}
PHASE_TONES = {Phase.STABLE: "good", Phase.UNSTABLE: "bad", Phase.DETERIORATING: "warn", Phase.TERMINAL: "wait"}
PHASE_OPTIONS = [
    (phase, PHASES[phase], f"{PHASES_MEAN[phase]} Next visit in {DAYS_BY_PHASE[phase]} days.") for phase in Phase
]
AKPS_OPTIONS = [(level, f"{level} · {means}") for level, means in AKPS.items()]
BANDS = {
    Band.NONE: "None",
    Band.MILD: "Mild",
    Band.MODERATE: "Moderate",
    Band.MODERATELY_SEVERE: "Moderately severe",
    Band.SEVERE: "Severe",
    Band.NEGATIVE: "No sign",
    Band.POSITIVE: "Look closer",
}
BAND_TONES = {
    Band.NONE: "good",
    Band.MILD: "neutral",
    Band.MODERATE: "warn",
    Band.MODERATELY_SEVERE: "bad",
    Band.SEVERE: "bad",
    Band.NEGATIVE: "good",
    Band.POSITIVE: "warn",
}
BURDENS = {Band.NONE: "No burden", Band.MODERATE: "Burden", Band.SEVERE: "High burden"}
"""The bands of the ZBI-12, which speaks of a caregiver's burden and not of a symptom's strength."""
FURTHER = tuple(one for code, one in INSTRUMENTS.items() if code not in {"esas_r", "akps", "phase"})
"""The instruments that are offered folded up."""
BANDS_MEAN = "0 none, " + ", ".join(f"{span} {band}" for band, span in SPANS.items())
CHANGES = {Change.BETTER: "Better", Change.SAME: "About the same", Change.WORSE: "Worse"}
CHANGES_MEAN = ", ".join(f"{name} down {of.better_from} or up {of.worse_from}" for name, of in SCALES.items())
CHANGE_TONES = {Change.BETTER: "good", Change.SAME: "neutral", Change.WORSE: "bad"}
MODES = {VisitMode.HOME: "At home", VisitMode.PHONE: "By phone", VisitMode.VIDEO: "By video"}
RESPONDENTS = {
    Respondent.PATIENT: "The patient",
    Respondent.PROXY: "A family member or caregiver",
    Respondent.STAFF: "Staff",
}
PRIORITIES = {Priority.ROUTINE: "Routine", Priority.URGENT: "Urgent"}
SEXES, LANGUAGES = people.SEXES, people.LANGUAGES
PAYERS = {
    PayerKind.MEDICARE: "Medicare",
    PayerKind.MEDICAID: "Medicaid",
    PayerKind.DUAL: "Medicare and Medicaid",
    PayerKind.COMMERCIAL: "Commercial",
    PayerKind.NONE: "None",
}
FAMILY_TOPICS = {
    Topic.CARE_TEAM: "the care team",
    Topic.VISIT_PLANNED: "a visit that is planned, moved or cancelled",
    Topic.VISIT_DONE: "a visit that took place",
}
"""What a message to the family was about."""
SHOWN = {
    Show.OVERDUE: "Visit overdue",
    Show.DUE: "Visit due now",
    Show.NO_VISIT_YET: "No visit yet",
    Show.NO_TEAM: "Waits for a team",
    Show.ON_HOLD: "On hold",
    Show.ENDED: "Care has ended",
}

ENDED = {
    EndReason.DISCHARGED: "Discharged",
    EndReason.WITHDRAWN: "No longer wanted",
    EndReason.MOVED: "Moved away",
    EndReason.HOSPICE: "Went to hospice",
    EndReason.PLAN_LOST: "No longer covered",
    EndReason.TRANSFERRED: "Cared for elsewhere",
    EndReason.NOT_REACHED: "Could not be reached",
    EndReason.DIED: "Died",
    EndReason.ENTERED_IN_ERROR: "Entered in error",
}
ENDS = [
    (reason, said)
    for reason, said in ENDED.items()
    if reason not in {EndReason.DIED, EndReason.ENTERED_IN_ERROR}  # a death is reported first; an error is a referral's
]
OUTCOMES = {
    Outcome.COMPLETED: "completed",
    Outcome.CANCELLED: "cancelled",
    Outcome.NO_SHOW: "did not take place: nobody was met",
}
REASONS: dict[str, str] = {
    VisitReason.UNWELL: "Too unwell",
    VisitReason.IN_HOSPITAL: "In hospital",
    VisitReason.NOT_AT_HOME: "Not at home",
    VisitReason.NOT_WANTED: "Not wanted",
    VisitReason.ANOTHER_TIME: "Another time suits better",
    VisitReason.CLINICIAN_AWAY: "The clinician is away",
    VisitReason.WEATHER_OR_ROAD: "Weather or road",
    VisitReason.UNSAFE: "Not safe",
    VisitReason.URGENT_NEED: "Needed sooner",
    VisitReason.PLANNED_TWICE: "Planned twice",
    VisitReason.CARE_ENDED: "Care ended",
    VisitReason.OTHER: "Another reason",
}
CHANGE_REASONS = [(reason, said) for reason, said in REASONS.items() if reason != VisitReason.CARE_ENDED]
PARTIES = {
    VisitParty.PATIENT: "The patient's",
    VisitParty.FAMILY: "The family's",
    VisitParty.CARE_TEAM: "The care team's",
    VisitParty.OFFICE: "The office's",
}
PLACES = {
    VisitPlace.HOME: "At home",
    VisitPlace.CARE_FACILITY: "In a care facility",
    VisitPlace.HOSPITAL: "In hospital",
    VisitPlace.CLINIC: "In a clinic",
    VisitPlace.OTHER: "Elsewhere",
}
PURPOSES = {
    VisitPurpose.FIRST: "First visit",
    VisitPurpose.REGULAR: "Regular visit",
    VisitPurpose.SYMPTOM_FOLLOW_UP: "Follow-up of a symptom",
    VisitPurpose.PHASE_REVIEW: "Review of an unstable phase",
    VisitPurpose.REQUESTED: "Asked for",
}
OTHER_PURPOSES = [(purpose, said) for purpose, said in PURPOSES.items() if purpose is not VisitPurpose.REQUESTED]
"""What else than the usual a visit that somebody plans can be for."""
OTHER_PARTIES = [(party, said) for party, said in PARTIES.items() if party is not VisitParty.OFFICE]
TEAM_CHANGES = {
    TeamChange.LEAVE: "Leave",
    TeamChange.RESIGNED: "Leaves the clinic",
    TeamChange.OVERLOAD: "Too many patients",
    TeamChange.LICENCE_ENDS: "The licence ends",
    TeamChange.REQUEST: "Asked for by the team",
    TeamChange.PREFERENCE: "Wished for by the patient",
    TeamChange.AWAITED: "Was awaited",
}
DEATH_SOURCES = {
    "family": "The family",
    "visit": "At a visit",
    "hospital": "A hospital",
    "office": "The office",
    "other": "Somebody else",
}


def options_of(item: Item) -> list[tuple[str, str]]:
    """The answers of an item as a form offers them: the number, and what it means where that may be shown."""
    return [(str(c.value), f"{c.value} · {c.label}" if c.label else str(c.value)) for c in item.choices]


def answers_in_short(assessed: Assessments) -> str:
    """The answers to the ESAS-r on one line, as the story of a correction needs them."""
    answers = assessed.esas_r.model_dump(exclude_none=True) if assessed.esas_r else {}
    return ", ".join(f"{item.replace('_', ' ')} {score}" for item, score in answers.items())


def band_of(result: Result) -> str:
    """The band of a result as its own rule calls it; nothing where there is none."""
    if result.band is None:
        return ""
    return BURDENS.get(result.band, "") if result.instrument == "zbi_12" else BANDS[result.band]


def name_of(result: Result) -> str:
    """What a result is of: the instrument, and which part of it where it has several."""
    instrument = INSTRUMENTS[result.instrument]
    if len(instrument.scales) == 1:
        return f"{instrument.name}, caregiver" if result.instrument == "zbi_12" else result.named or instrument.name
    return result.name if result.instrument == "phq_9" else f"{instrument.name}: {result.name}"


def languages(codes: Iterable[str]) -> str:
    """Languages by their names; a code that has none here as it is."""
    return ", ".join(LANGUAGES.get(code, code) for code in codes)


def of_codes(codes: Iterable[str]) -> str:
    """Codes such as skills in words."""
    return ", ".join(code.replace("_", " ") for code in codes)


def of_code(code: str) -> str:
    """A code of a concern or goal in words."""
    return code.replace("_", " ").capitalize()
