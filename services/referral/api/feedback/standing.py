"""Where a referral stands, in words for the referrer: what was decided and why, and who does what next."""

from dataclasses import dataclass

from carebus.contracts.care_plan import SummaryPart, VisitSummaryIssued
from carebus.contracts.referral import InformationItem, Milestone, Party
from carebus.web.pages import moment
from services.referral.api import words
from services.referral.domain import Deadline, Referral
from services.referral.domain.feedback.business_status import TaskStatus, task_status
from services.referral.domain.feedback.cancellations import turned_down
from services.referral.domain.feedback.updates import Followed

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

ITEMS = {
    InformationItem.DIAGNOSIS: "The diagnosis, with its code",
    InformationItem.FUNCTION: "How well the person manages the day",
    InformationItem.HOSPITAL_USE: "Recent stays in hospital",
    InformationItem.HOSPICE: "Whether the person is on hospice",
    InformationItem.COVERAGE: "Who covers the person",
    InformationItem.AUTHORISATION: "The authorization of the plan",
    InformationItem.CONTACT_DETAILS: "How to reach the person",
    InformationItem.MEDICATION: "What the person takes",
    InformationItem.ADVANCE_DIRECTIVE: "Advance directives",
    InformationItem.CONSENT: "The person's consent",
    InformationItem.IDENTITY: "Who the person is",
    InformationItem.OTHER: "Something else: call us, or open this page with the date of birth",
}
OWED_BY = {
    Party.REFERRER: "you",
    Party.HEALTH_PLAN: "the health plan",
    Party.PATIENT: "the person or their family",
    Party.OFFICE: "our office",
    Party.CARE_TEAM: "the care team",
}
NEXT = {
    Milestone.IDENTITY: "Our office makes sure who the person is",
    Milestone.DECISION: "Our office decides",
    Milestone.INFORMATION: "What is missing comes",
    Milestone.WAITLIST_REVIEW: "Our office looks at the waiting list again",
    Milestone.CANCELLATION: "Our office confirms that it is cancelled",
    Milestone.FIRST_CONTACT: "The care team reaches the person",
    Milestone.NEXT_ATTEMPT: "The care team tries again to reach the person",
    Milestone.FIRST_VISIT: "The first visit",
    Milestone.SUMMARY: "The care team sends you the summary of the visit",
    Milestone.LOOP_CLOSURE: "You have the summary, and the referral is complete",
}
"""What is due, as far as it concerns a referrer."""

DECIDED = {
    "accepted": "Accepted",
    "declined": "Declined",
    "advice_returned": "Returned with advice",
    "redirected": "Handed on",
    "waitlisted": "Put on the waiting list",
    "cancelled": "Cancelled",
    "failed": "Ended",
}

PARTS = {
    SummaryPart.VISIT: "The visit",
    SummaryPart.FOUND: "What was found",
    SummaryPart.CHANGED: "What changed",
    SummaryPart.NEXT: "What is next",
    SummaryPart.NOTE: "Note",
}


LABELS = {
    "birth_date": "Date of birth",
    "number": "Referral number",
    "note": "Your answer",
    "reason": "Why?",
    "reason_text": "Why, in words",
}
"""The fields that a referrer may fill in on the status page."""


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
    """What a status page says of a referral; `decided` and `turned_down` are terms with their words.

    turned_down: the answer to a wish to cancel.
    """

    headline: str
    sentence: str
    tone: str
    since: str
    told_as: TaskStatus
    decided: tuple[tuple[str, str], ...]
    turned_down: tuple[tuple[str, str], ...]
    owed: tuple[Owed, ...]
    next: str
    due: str
    person: str


def of(referral: Referral, followed: Followed, *, confirmed: bool) -> Standing:
    """Where this referral stands; what is free text or names the person only when `confirmed`."""
    headline, sentence, tone = STANDS[referral.status]
    due = next((each for each in referral.due if each.milestone in NEXT), None)
    return Standing(
        headline=headline,
        sentence=sentence,
        tone=tone,
        since=moment(followed.changed_at, words.ZONE),
        told_as=task_status(referral.status),
        decided=tuple(_decided(referral, confirmed=confirmed)),
        turned_down=tuple(_turned_down(referral, confirmed=confirmed)),
        owed=tuple(_owed(referral, confirmed=confirmed)),
        next=NEXT[due.milestone] if due else "",
        due=_by(due) if due else "",
        person=initials(referral) if confirmed else "",
    )


def initials(referral: Referral) -> str:
    """Enough for a referrer to tell the people they referred apart."""
    person = referral.received.patient
    return f"{person.given_name[0]}. {person.family_name[0]}."


def summary_of(issued: VisitSummaryIssued | None) -> list[tuple[str, str]]:
    """A visit summary as terms with their text."""
    return [(PARTS[section.part], section.text) for section in issued.sections] if issued else []


def _by(due: Deadline) -> str:
    return moment(due.due_at, words.ZONE) if due.due_at else "as soon as what is missing has come"


def _owed(referral: Referral, *, confirmed: bool) -> list[Owed]:
    question = referral.question
    if question is None:
        return []
    by_you = question.owed_by is Party.REFERRER
    return [
        Owed(
            title="We need this from you" if by_you else f"Something is missing from {OWED_BY[question.owed_by]}",
            by_you=by_you,
            items=tuple(ITEMS[item] for item in question.items),
            until=moment(question.due_at, words.ZONE),
            note=question.note if confirmed else "",
        )
    ]


def _turned_down(referral: Referral, *, confirmed: bool) -> list[tuple[str, str]]:
    """That the office turned the wish to cancel down, and when; its words only where they may name the person."""
    step = turned_down(referral)
    if step is None:
        return []
    said = [("Answer", "Turned down by our office. The referral goes on."), ("On", moment(step.at, words.ZONE))]
    if step.text:
        said.append(("In words", step.text if confirmed else "They open with the date of birth."))
    return said


def _decided(referral: Referral, *, confirmed: bool) -> list[tuple[str, str]]:
    """The last decision, and why; free text only where it may name the person, except for whom it was handed on to."""
    step = next((each for each in reversed(referral.steps) if each.what in DECIDED), None)
    said: list[tuple[str, str]] = []
    if step is not None:
        said += [("Decision", DECIDED[step.what]), ("On", moment(step.at, words.ZONE))]
        said += [("Because", reason) for code in step.codes if (reason := _reason(code))]
        if step.text and (confirmed or step.what == "redirected"):
            said.append(("To" if step.what == "redirected" else "In words", step.text))
    visit = referral.first_visit
    if visit and visit.starts_at and confirmed:
        said.append(("First visit", moment(visit.completed_at or visit.starts_at, words.ZONE)))
    return said


def _reason(code: str) -> str:
    named = {reason.value: text for reason, text in words.REASONS.items()}
    return named.get(code, code.replace("_", " ").capitalize()).removesuffix(" (write why)")
