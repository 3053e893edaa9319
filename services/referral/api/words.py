"""What codes are called on the pages."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from carebus.contracts.people import Address, Condition, PayerKind, ReferrerKind
from carebus.contracts.referral import Channel, CriterionValue, DeclineReason, Priority
from carebus.web import people
from services.referral.domain import Status
from services.referral.domain.referring import clinical, places
from services.referral.domain.uploads import Stage

ZONE = "America/New_York"
BOUNDS = {fact: clinical.bounds(fact) for fact in clinical.ClinicalFactsStated.model_fields}
"""Within which each clinical number may be typed."""

CONDITIONS = {
    Condition.HEART_FAILURE: "Heart failure",
    Condition.COPD: "COPD (chronic lung disease)",
    Condition.CANCER: "Cancer",
    Condition.DEMENTIA: "Dementia",
    Condition.PARKINSONS: "Parkinson's disease",
}
REASONS = {
    DeclineReason.NOT_CLINICALLY_ELIGIBLE: "Not clinically eligible",
    DeclineReason.DECEASED: "The person has died",
    DeclineReason.ON_HOSPICE: "On hospice",
    DeclineReason.ALREADY_ENROLLED: "Already enrolled",
    DeclineReason.OUT_OF_SERVICE_AREA: "Outside the service area",
    DeclineReason.NO_CAPACITY: "No room at present",
    DeclineReason.PATIENT_DECLINED: "The person does not want it",
    DeclineReason.COULD_NOT_CONTACT: "Could not be reached",
    DeclineReason.ALTERNATE_SERVICE_BETTER: "Another service fits better",
    DeclineReason.DUPLICATE: "Referred twice",
    DeclineReason.CRITERIA_UNKNOWN: "Too little is known to decide",
    DeclineReason.NO_COVERAGE: "No coverage",
    DeclineReason.AUTHORISATION_DENIED: "The payer did not authorise it",
    DeclineReason.WRONG_PATIENT: "Not the person who was meant",
    DeclineReason.OTHER: "Other (write why)",
}
CRITERIA = {
    "serious_illness": "A diagnosis names heart failure, COPD, cancer, dementia or Parkinson's disease",
    "living": "The person is living",
    "not_on_hospice": "The person is not on hospice",
    "coverage_stated": "Coverage is stated (does not decide)",
}
PAYERS = {
    PayerKind.MEDICARE: "Medicare",
    PayerKind.MEDICAID: "Medicaid",
    PayerKind.DUAL: "Medicare and Medicaid",
    PayerKind.COMMERCIAL: "Commercial plan",
    PayerKind.NONE: "No coverage",
}
EVIDENCE = {
    "no_code_of_a_serious_illness": "none of the codes names one",
    "code_system_not_known": "codes of a system that can't be read here",
    "no_death_stated": "no death stated",
    "death_stated": "a date of death is stated",
    "hospice_stated": "stated by the referrer",
    "no_hospice_stated": "stated by the referrer",
    **{f"payer_{kind.value}": words for kind, words in PAYERS.items()},
}
FINDINGS = {
    CriterionValue.MET: ("Met", "good"),
    CriterionValue.NOT_MET: ("Not met", "bad"),
    CriterionValue.UNKNOWN: ("Not known", "wait"),
}
STATUSES = {
    Status.IDENTITY_REVIEW: ("Who is it? To be settled", "warn"),
    Status.TRIAGE: ("Waiting for a decision", "wait"),
    Status.INFO_REQUESTED: ("Waiting for information", "wait"),
    Status.WAITLISTED: ("On the waiting list", "wait"),
    Status.ACCEPTED: ("Accepted", "good"),
    Status.CONTACTING: ("Being contacted", "info"),
    Status.UNREACHABLE: ("Can't be reached", "warn"),
    Status.FIRST_VISIT_SCHEDULED: ("First visit scheduled", "info"),
    Status.ACTIVE: ("Visited", "good"),
    Status.SUMMARY_SENT: ("Summary sent", "good"),
    Status.CANCELLATION_REQUESTED: ("Cancellation requested", "warn"),
    Status.CLOSED: ("Loop closed", "good"),
    Status.DECLINED: ("Declined", "neutral"),
    Status.ADVICE_RETURNED: ("Returned with advice", "neutral"),
    Status.REDIRECTED: ("Redirected", "neutral"),
    Status.CANCELLED: ("Cancelled", "neutral"),
    Status.FAILED: ("Could not go on", "bad"),
    Status.ENTERED_IN_ERROR: ("Entered in error", "neutral"),
}
PRIORITIES = {Priority.URGENT: ("Urgent", "bad"), Priority.ROUTINE: ("Routine", "neutral")}
CHANNELS = {
    Channel.FORM: "Direct Referral Form",
    Channel.API: "Sent by a system",
    Channel.FHIR: "Sent by a system (FHIR)",
    Channel.PLAN_BATCH: "A health plan's list",
    Channel.PHONE: "By phone",
    Channel.FAX: "By fax",
    Channel.LETTER: "After a letter of ours",
    Channel.SELF: "By the person or family",
}
STAGES = {
    Stage.RECEIVING: ("Arriving", "wait"),
    Stage.CHECKING: ("Being checked", "wait"),
    Stage.UNREADABLE: ("Can't be read", "bad"),
    Stage.CHECKED: ("Waiting for your yes", "warn"),
    Stage.PERFORMING: ("Being referred", "wait"),
    Stage.DONE: ("Done", "good"),
    Stage.DISCARDED: ("Discarded", "neutral"),
}
REFERRERS = {
    ReferrerKind.PROVIDER: "A provider: doctor, practice or hospital",
    ReferrerKind.HEALTH_PLAN: "A health plan",
    ReferrerKind.PERSON: "The person themself",
    ReferrerKind.FAMILY: "Family or a friend",
}
SEXES, LANGUAGES = people.SEXES, people.LANGUAGES
ZONES = {
    "America/New_York": "Eastern",
    "America/Chicago": "Central",
    "America/Denver": "Mountain",
    "America/Phoenix": "Arizona",
    "America/Los_Angeles": "Pacific",
    "America/Anchorage": "Alaska",
    "Pacific/Honolulu": "Hawaii",
    "America/Puerto_Rico": "Puerto Rico",
}
RELATIONSHIPS = (
    "wife", "husband", "partner", "daughter", "son", "sister", "brother", "mother", "father",
    "granddaughter", "grandson", "niece", "nephew", "friend", "neighbor", "guardian", "other",
)  # fmt: skip
STATES = tuple(sorted(places.STATES.values()))


def waited(since: datetime, now: datetime) -> str:
    """How long somebody has waited: 12 min, 3 h 20 min, 2 days 4 h."""
    minutes = max(0, (now - since) // timedelta(minutes=1))
    hours, rest = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} day{'s' if days > 1 else ''}" + (f" {hours} h" if hours else "")
    if hours:
        return f"{hours} h" + (f" {rest} min" if rest else "")
    return f"{rest} min" if rest else "just now"


def listed(conditions: Iterable[str]) -> str:
    """Illnesses in a row of a list, in short."""
    return ", ".join(CONDITIONS[Condition(each)].partition(" (")[0] for each in conditions) or "none of the five"


def because(codes: Iterable[str]) -> str:
    """What a finding rests on."""
    return ", ".join(evidence(code) for code in codes) or "nothing stated"


def options(values: Iterable[str]) -> list[tuple[str, str]]:
    """Options of a list whose words are their values."""
    return [(value, value[0].upper() + value[1:]) for value in values]


def including(choices: Iterable[tuple[str, str]], stated: str) -> list[tuple[str, str]]:
    """A list's options, and what was stated if it is none of them: a choice on a page must not lose it."""
    known = list(choices)
    return known if not stated or stated in {value for value, _ in known} else [(stated, stated), *known]


def address(at: Address) -> str:
    """An address in one line."""
    return ", ".join(part for part in (at.street, at.city, f"{at.state} {at.postal_code}".strip()) if part)


def evidence(code: str) -> str:
    """A piece of evidence in words; a diagnosis code as it is."""
    return EVIDENCE.get(code) or code.replace(":", " ")
