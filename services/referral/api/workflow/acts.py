"""The acts on a referral in words: what each is called, what its form asks, and how a referral's story is told."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from carebus.contracts.referral import (
    AttemptOutcome,
    CancellationReason,
    ContactChannel,
    InformationItem,
    Milestone,
    Party,
    Priority,
    ReferralFailureReason,
    RepeatBasis,
    WaitReason,
)
from carebus.web.pages import moment
from services.referral.api.words import CHANNELS, REASONS, STATUSES, ZONE
from services.referral.domain import Act, Referral, Step
from services.referral.domain.workflow.triage import can_reach_somebody


def said(*kinds: type[StrEnum], **others: str) -> dict[str, str]:
    """Codes as words: with blanks, and a capital letter."""
    codes = [member.value for kind in kinds for member in kind]
    return {code: others.get(code, code.replace("_", " ").capitalize()) for code in codes}


PARTIES = said(Party, referrer="The referrer", patient="The person or family", office="The office")
ITEMS = said(
    InformationItem,
    function="How the person manages (function)",
    hospital_use="Hospital stays and emergency visits",
    hospice="Whether the person is on hospice",
    authorisation="The payer's authorisation",
    medication="Medicines",
    identity="Who the person is",
    other="Something else (write what)",
)
WAITS = said(WaitReason, no_capacity="No room at present")
OTHER = "Other (write why)"
CANCELLATIONS = said(CancellationReason, patient_declined="The person does not want it", other=OTHER)
FAILURES = said(
    ReferralFailureReason,
    deceased="The person has died",
    patient_declined="The person does not want it",
    destination_rejected="The care team can't take the person after all",
    other=OTHER,
)
WAYS = said(ContactChannel, text="Text message", email="E-mail", home="At the door")
ATTEMPTS = said(AttemptOutcome)
MILESTONES = said(
    Milestone,
    acknowledgement="Acknowledge it",
    identity="Settle who it is",
    decision="Decide",
    information="Information is owed",
    waitlist_review="Look at the wait again",
    cancellation="Act on the cancellation",
    first_contact="First contact",
    next_attempt="Try again to reach them",
    letter="Send a letter",
    answer="Answer to the letter",
    first_visit="First visit",
    summary="Summary of the visit",
    loop_closure="Close the loop",
)
URGENCIES = said(Priority)
DECLINES = {reason.value: words for reason, words in REASONS.items()}


@dataclass(frozen=True, slots=True)
class Ask:
    """One field of an act's form."""

    name: str
    kind: str
    label: str
    options: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class ActWords:
    """What an act is called, how weighty its button is, which key leads to it, and what its form asks.

    next: whoever does it may go on to the next of the list at once; `next_key` leads to that.
    """

    label: str
    asks: tuple[Ask, ...] = ()
    tone: str = "quiet"
    key: str = ""
    hint: str = ""
    next: bool = False
    next_key: str = ""


def _choice(name: str, label: str, words: dict[str, str]) -> Ask:
    return Ask(name, "select", label, tuple(words.items()))


def _note(name: str, label: str, hint: str = "", *, optional: bool = True) -> Ask:
    return Ask(name, "textarea", label, hint=hint, optional=optional)


WHY = _note("reason_text", "Why, in words", "For the reason “other” only.")
ACTS: dict[Act, ActWords] = {
    Act.ACCEPT: ActWords("Accept", tone="main", key="a", hint="The person is taken on.", next=True, next_key="A"),
    Act.DECLINE: ActWords("Decline", (_choice("reason", "Reason", DECLINES), WHY), "danger", "d", next=True),
    Act.TRIAGE: ActWords(
        "Triage",
        (
            _choice("urgency", "How urgent is it?", URGENCIES),
            Ask("clinician", "text", "Clinician to see it", hint="A short name, such as ann.", optional=True),
            Ask("advice_only", "checkbox", "Only advice is wanted"),
        ),
        key="t",
    ),
    Act.REQUEST_INFORMATION: ActWords(
        "Ask for information",
        (
            Ask("items", "checkboxes", "What is missing?", tuple(ITEMS.items())),
            _choice("owed_by", "Who owes it?", PARTIES),
            _note("note", "In words"),
        ),
        key="i",
        next=True,
        hint="The clock of the decision stands still until it comes.",
    ),
    Act.SUPPLY_INFORMATION: ActWords(
        "Information has come",
        (
            Ask(
                "items",
                "checkboxes",
                "What has come?",
                tuple(ITEMS.items()),
                hint="Nothing ticked means all of it.",
                optional=True,
            ),
            _choice("supplied_by", "Who sent it?", PARTIES),
            _note("note", "In words"),
        ),
        "main",
        "i",
    ),
    Act.WAITLIST: ActWords("Put on the waiting list", (_choice("reason", "What does the person wait for?", WAITS),)),
    Act.RETURN_WITH_ADVICE: ActWords(
        "Return with advice", (_note("advice", "Advice to the referrer", optional=False),)
    ),
    Act.REDIRECT: ActWords("Redirect", (Ask("redirect_to", "text", "To which organization?"),)),
    Act.MAKE_CONTACT: ActWords("Reached the person", (_choice("channel", "How?", WAYS),), "main", "c"),
    Act.ATTEMPT_CONTACT: ActWords(
        "Tried and did not reach them",
        (_choice("channel", "How?", WAYS), _choice("outcome", "What came of it?", ATTEMPTS)),
        key="u",
    ),
    Act.DECLARE_UNREACHABLE: ActWords(
        "Can't be reached", hint="After three tries, on three days and two ways, and a letter."
    ),
    Act.PATIENT_DECLINES: ActWords("The person does not want it"),
    Act.FAIL: ActWords("Can't go on", (_choice("reason", "Reason", FAILURES), WHY), "danger"),
    Act.CLOSE_LOOP: ActWords(
        "Close the loop", tone="main", hint="The referrer has the summary of the first visit.", next=True
    ),
    Act.ACKNOWLEDGE: ActWords("Acknowledge", hint="The referrer has been told that it is here."),
    Act.TURN_DOWN_CANCELLATION: ActWords(
        "Turn the cancellation down",
        (_note("note", "Why, in words", "Who asked reads it on the status page, after the date of birth."),),
        hint="The referral goes on where it stood, with its clocks.",
    ),
    Act.WITHDRAW_CANCELLATION: ActWords("The referrer takes the cancellation back"),
    Act.CANCEL: ActWords("Cancel", (_choice("reason", "Reason", CANCELLATIONS), WHY), "danger"),
    Act.MARK_ERROR: ActWords("Entered in error", hint="It should never have been made."),
    Act.REOPEN: ActWords("Take up again", hint="Makes a new referral that replaces this one."),
}
"""In the order in which a page offers them. What is not here is not done on the referral's page."""

ENDS = frozenset(
    {
        Act.DECLINE,
        Act.RETURN_WITH_ADVICE,
        Act.REDIRECT,
        Act.PATIENT_DECLINES,
        Act.FAIL,
        Act.CANCEL,
        Act.MARK_ERROR,
        Act.CLOSE_LOOP,
    }
)
"""What ends a referral: it is asked once more before it is done."""
ENDED_BY_IT = "This ends the referral. To take it up again a new one is made."


def told_of(act: Act, referral: Referral) -> ActWords:
    """What an act is called and asks for this referral: how to reach somebody, where nothing that is stated says so."""
    told = ACTS[act]
    if act is Act.ACCEPT:
        return replace(told, asks=tuple(_asked_on_acceptance(referral)))
    return replace(told, hint=f"{told.hint} {ENDED_BY_IT}".strip()) if act in ENDS else told


def _asked_on_acceptance(referral: Referral) -> Iterator[Ask]:
    if referral.other_service:
        yield Ask(
            "meant_for_us", "checkbox", "I have asked: it is meant for us", hint=f"Ordered: {referral.other_service}"
        )
    if not can_reach_somebody(referral.received):
        unknown = "No phone, e-mail or address is known."
        yield _note("how_to_reach", "How will you reach somebody?", unknown, optional=False)


STEPS: dict[str, tuple[str, str]] = {
    "received": ("Received", "info"),
    "repeated": ("Came once more, the same", "neutral"),
    "amended": ("Amended by the referrer", "info"),
    "amendment_held": ("A change was stated that waits for the office", "warn"),
    "corrected": ("Corrected by the office", "info"),
    "older_statement": ("An older statement came late: nothing changed", "neutral"),
    "change_taken_over": ("The office took over a change", "info"),
    "change_turned_down": ("The office left it as it was", "neutral"),
    "cancellation_turned_down": ("The office turned the cancellation down", "info"),
    "cancellation_withdrawn": ("The referrer took the cancellation back", "info"),
    "withdrawn": ("Withdrawn by its sender", "neutral"),
    "number_released": ("Its number is another sender's, who has shown who they are", "neutral"),
    "amendment_noted": ("The referrer changed what they stated: please look", "warn"),
    "acknowledged": ("Acknowledged", "neutral"),
    "assigned": ("Assigned", "neutral"),
    "triaged": ("Triaged", "info"),
    "information_requested": ("Information asked for", "wait"),
    "information_reminded": ("Reminded of what is missing", "wait"),
    "information_received": ("Information came", "good"),
    "identity_review": ("Who is it? To be settled", "warn"),
    "identity_settled": ("It is settled who it is", "good"),
    "deadline_missed": ("A deadline was missed", "bad"),
    "contact_attempted": ("Tried to reach the person", "wait"),
    "contact_made": ("Reached the person", "good"),
    "episode_opened": ("Care begins", "good"),
    "visit_scheduled": ("First visit scheduled", "info"),
    "visit_completed": ("First visit took place", "good"),
    "visit_moved": ("First visit has another time", "info"),
    "visit_cancelled": ("First visit cancelled", "warn"),
    "care_held": ("A death was reported: what is due waits", "warn"),
    "care_resumed": ("The report of a death was wrong", "info"),
    "care_ended": ("Care ended", "neutral"),
    "loop_closed": ("Loop closed", "good"),
    "reopened": ("Taken up again by another referral", "neutral"),
}
OF_FIELDS = {"amended", "corrected", "amendment_held", "amendment_noted", "change_taken_over", "change_turned_down"}
"""Steps whose codes are names of fields: the page shows what they hold, not what they are called."""
FROM_OUTSIDE = {"received", "repeated", "amended", "amendment_held", "amendment_noted", "older_statement", "withdrawn"}
"""Steps that somebody outside brings about; where nobody is named, the sender did."""
_CODES: dict[str, str] = {
    RepeatBasis.PLACER_ID.value: "under the same number", RepeatBasis.RAW_HASH.value: "the same document",
    "withdrawal": "a withdrawal",
    **ITEMS, **PARTIES, **WAITS, **CANCELLATIONS, **FAILURES, **ATTEMPTS, **WAYS, **MILESTONES, **URGENCIES, **DECLINES,
    **{channel.value: words for channel, words in CHANNELS.items()},
}  # fmt: skip


def milestone(code: str | None) -> str:
    """What is due."""
    return MILESTONES.get(code or "", "nothing")


def story(referral: Referral, by: Callable[[str], str] = str) -> list[dict[str, str]]:
    """What happened to a referral, newest first; `by` says in words who did it."""
    steps = reversed(referral.steps or _first_steps(referral))
    return [{**_told(step), "actor": "the sender" if _sent(step) else by(step.by)} for step in steps]


def _sent(step: Step) -> bool:
    return step.what in FROM_OUTSIDE and step.by.partition(":")[0] in {"", "unnamed", "outsider", "program"}


def _first_steps(referral: Referral) -> tuple[Step, ...]:
    """The story of a referral of the first release, which kept none."""
    received, outcome = referral.received, referral.outcome
    begun = Step(what="received", at=received.received_at, by="", status=referral.status, codes=(received.channel,))
    if outcome is None:
        return (begun,)
    return begun, Step(what=outcome.status, at=outcome.decided_at, by=outcome.decided_by, status=outcome.status)


def _told(step: Step) -> dict[str, str]:
    title, tone = STEPS.get(step.what) or STATUSES.get(step.status, (step.what, "neutral"))
    codes = "" if step.what in OF_FIELDS else ", ".join(_CODES.get(code, code) for code in step.codes if code)
    text = ": ".join(part for part in (codes.replace(" (write why)", ""), step.text) if part)
    return {"at": when(step.at), "title": title, "text": text, "tone": tone, "actor": step.by}


def when(at: datetime) -> str:
    """A moment of the office."""
    return moment(at, ZONE)
