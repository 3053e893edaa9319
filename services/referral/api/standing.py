"""Where a referral stands, in words for whoever referred: what was decided and why, and who does what next."""

from dataclasses import dataclass

from carebus.contracts.care_plan import SummaryPart, VisitSummaryIssued
from carebus.web.pages import moment
from services.referral.api import words
from services.referral.domain import Referral
from services.referral.domain.business_status import TaskStatus, task_status
from services.referral.domain.feedback import Followed

_READING = ("We are looking at it", "We have your referral and decide soon. You need to do nothing now.", "wait")
_PLANNING = ("Accepted", "We take this person on and get in touch with them to plan the first visit.", "good")

STANDS: dict[str, tuple[str, str, str]] = {
    "received": _READING,
    "identity_review": _READING,
    "intake": _READING,
    "eligibility": _READING,
    "triage": _READING,
    "info_requested": ("We need something more", "We go on as soon as what is missing has come.", "warn"),
    "waitlisted": ("On the waiting list", "We want to take this person on and can't do so yet.", "wait"),
    "accepted": _PLANNING,
    "contacting": _PLANNING,
    "declined": ("Declined", "We can't take this person on.", "neutral"),
    "advice_returned": ("Returned with advice", "We have advice for you; the person stays in your care.", "info"),
    "redirected": ("Handed on", "Another service fits better, and we have handed the referral on.", "info"),
    "first_visit_scheduled": ("First visit planned", "The first visit has a date.", "good"),
    "no_show": ("First visit missed", "The first visit did not take place. We plan another.", "warn"),
    "visit_cancelled": ("First visit called off", "The first visit was called off. We plan another.", "warn"),
    "unreachable": (
        "We can't reach the person",
        "We have tried several times. Please call us if you can help.",
        "warn",
    ),
    "active": ("In care", "The first visit took place. Its summary comes next.", "good"),
    "summary_sent": ("In care, visit summed up", "The summary of the visit is here.", "good"),
    "closed": ("Complete", "The person is in our care, and you have the summary of the visit.", "good"),
    "cancellation_requested": ("You asked to cancel", "We have your wish to cancel and will confirm it.", "wait"),
    "cancelled": ("Cancelled", "This referral was cancelled.", "neutral"),
    "failed": ("Ended", "We took this person on and could not care for them after all.", "neutral"),
    "entered_in_error": ("Entered in error", "This referral was marked as a mistake and counts nowhere.", "neutral"),
}
"""For each status a headline, a sentence and a tone."""

PARTS = {
    SummaryPart.VISIT: "The visit",
    SummaryPart.FOUND: "What was found",
    SummaryPart.CHANGED: "What changed",
    SummaryPart.NEXT: "What is next",
    SummaryPart.NOTE: "Note",
}


@dataclass(frozen=True, slots=True)
class Owed:
    """What is missing, who owes it and until when."""

    title: str
    by_you: bool
    items: tuple[str, ...]
    until: str
    note: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What a status page says of a referral; `decided` are terms with their words."""

    headline: str
    sentence: str
    tone: str
    since: str
    told_as: TaskStatus
    decided: tuple[tuple[str, str], ...]
    owed: tuple[Owed, ...]
    next: str
    due: str
    person: str


def of(referral: Referral, followed: Followed, *, confirmed: bool) -> Standing:
    """Where this referral stands; what is free text or names the person only when `confirmed`."""
    headline, sentence, tone = STANDS[referral.status]
    return Standing(
        headline=headline,
        sentence=sentence,
        tone=tone,
        since=moment(followed.changed_at, words.ZONE),
        told_as=task_status(referral.status),
        decided=tuple(_decided(referral, confirmed=confirmed)),
        owed=(),
        next="",
        due="",
        person=initials(referral) if confirmed else "",
    )


def initials(referral: Referral) -> str:
    """Enough to tell apart whom one has referred."""
    person = referral.received.patient
    return f"{person.given_name[0]}. {person.family_name[0]}."


def summary_of(issued: VisitSummaryIssued | None) -> list[tuple[str, str]]:
    """A visit summary as terms with their text."""
    return [(PARTS[section.part], section.text) for section in issued.sections] if issued else []


def _decided(referral: Referral, *, confirmed: bool) -> list[tuple[str, str]]:
    outcome = referral.outcome
    if outcome is None:
        return []
    said: list[tuple[str, str]] = [("Decided on", moment(outcome.decided_at, words.ZONE))]
    if outcome.decline_reason:
        said.append(("Because", words.REASONS[outcome.decline_reason].removesuffix(" (write why)")))
    if outcome.reason_text and confirmed:
        said.append(("In words", outcome.reason_text))
    return said
