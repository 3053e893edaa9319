"""A sender takes back what it referred under its own number; a requested cancellation is turned down or withdrawn."""

from http import HTTPStatus

from carebus.contracts.referral import (
    CancellationReason,
    ContinuedBecause,
    HeldBecause,
    Milestone,
    Party,
    ReferralCancellationRequested,
    ReferralCancelled,
    ReferralContinued,
    ReferralEnteredInError,
)
from carebus.decisions import Cause, Decision, ignore
from carebus.errors import CarebusError
from services.referral.domain.deadlines.table import DEFAULT, REMIND_AFTER, Office
from services.referral.domain.identity.same_person import AnotherPerson, another_birth_date, another_given_name
from services.referral.domain.organizations.names import name_key
from services.referral.domain.referring.requests import Withdrawal, WithdrawalReason
from services.referral.domain.referring.senders import ANYBODY, Kind, Sending, is_proven, taken_at_once
from services.referral.domain.workflow.commands import TurnDownCancellation, WithdrawCancellation
from services.referral.domain.workflow.decision_builder import DecisionBuilder
from services.referral.domain.workflow.dues import Deadline
from services.referral.domain.workflow.referrals import Intake, Referral, placer_of
from services.referral.domain.workflow.reminding import REMINDER, ReminderDue
from services.referral.domain.workflow.statements import Came, Statement, StatementOutcome, with_statement
from services.referral.domain.workflow.statuses import UNDECIDED, Act, Status

WORDS = {
    WithdrawalReason.REVOKED: "The sender withdrew it.",
    WithdrawalReason.ENTERED_IN_ERROR: "The sender says that it was made in error.",
}


class NothingToWithdraw(CarebusError):
    """There is no referral with this number, so there is nothing to withdraw. Nothing was kept."""

    status = HTTPStatus.NOT_FOUND
    field = "placer_id"


def withdraw(
    intake: Intake, asked: Withdrawal, cause: Cause, office: Office = DEFAULT, sending: Sending = ANYBODY
) -> Decision:
    """End the referral at once if its sender is proven and nothing is decided; else ask for its cancellation."""
    known = withdrawn(intake, asked)
    sure = _names_the_person(known, asked)
    at = min(asked.stated_at or cause.now, cause.now)
    dated, key = asked.stated_at is not None, sending.key
    before = [each for each in known.statements if each.digest == asked.reason.value]
    again = any((dated and each.at == at) or (key and each.key == key) for each in before)
    late_copy = bool(before) and not dated and not key
    if known.ended or known.status is Status.CANCELLATION_REQUESTED or again or late_copy:
        return ignore("withdrawn_before")
    if asked.stated_at and known.stands is not None and at < known.stands.at:
        return _late(intake, known, cause, office)
    organization = known.received.referrer.organization
    statement = Statement(
        digest=asked.reason.value,
        at=at,
        dated=dated,
        key=key,
        proven=is_proven(sending, organization),
        sender=name_key(asked.organization),
    )
    at_once = sure and Kind.WITHDRAWAL in taken_at_once(sending, organization)
    builder = DecisionBuilder(intake, known, cause, office).keeps(
        statements=with_statement(known.statements, statement), stands=statement if at_once else known.stands
    )
    if at_once and known.status in UNDECIDED:
        return _ended(_came(builder, cause, StatementOutcome.AMENDED), asked)
    because = HeldBecause.DECIDED if at_once else HeldBecause.UNPROVEN
    return _requested(_came(builder, cause, StatementOutcome.HELD, because), asked, proven=at_once)


def _names_the_person(known: Referral, asked: Withdrawal) -> bool:
    """Whether a withdrawal names nobody else: a name or a date of birth beyond a slip is looked at by the office.

    Raises AnotherPerson where both are others.
    """
    person = known.received.patient
    said = {"given_name": asked.given_name, "birth_date": asked.birth_date}
    stated = person.model_copy(update={name: value for name, value in said.items() if value})
    name, born = another_given_name(person, stated), another_birth_date(person, stated)
    if name and born:
        raise AnotherPerson(stands_since=known.stands_since)
    return not (name or born)


def withdrawn(intake: Intake, asked: Withdrawal) -> Referral:
    """The referral that this takes back. Raises NothingToWithdraw."""
    found = intake.known_as(placer_of(asked.placer_assigner, asked.organization, asked.placer_id), "")
    if found is None:
        raise NothingToWithdraw
    return found[0]


def turn_down_cancellation(
    intake: Intake, asked: TurnDownCancellation, cause: Cause, office: Office = DEFAULT
) -> Decision:
    """The office turns a requested cancellation down."""
    builder = DecisionBuilder.of(intake, asked, Act.TURN_DOWN_CANCELLATION, cause, office)
    return _goes_on(builder, ContinuedBecause.TURNED_DOWN).done("cancellation_turned_down", text=asked.note)


def withdraw_cancellation(
    intake: Intake, asked: WithdrawCancellation, cause: Cause, office: Office = DEFAULT
) -> Decision:
    """Whoever asked for the cancellation takes that back."""
    builder = DecisionBuilder.of(intake, asked, Act.WITHDRAW_CANCELLATION, cause, office)
    return _goes_on(builder, ContinuedBecause.WITHDRAWN).done("cancellation_withdrawn")


def asked_back_by(known: Referral, sender: str) -> Statement | None:
    """The withdrawal of this sender that the office has still to act on."""
    if known.status is not Status.CANCELLATION_REQUESTED:
        return None
    reasons = {reason.value for reason in WithdrawalReason}
    taken_back = [each for each in known.statements if each.digest in reasons and each.sender == sender]
    return taken_back[-1] if taken_back else None


def go_on_after_all(builder: DecisionBuilder) -> DecisionBuilder:
    """Its sender states it once more after the withdrawal: it is wanted, and goes on where it stood."""
    return _goes_on(builder, ContinuedBecause.WITHDRAWN)


def request(builder: DecisionBuilder, reason: CancellationReason, text: str, *, proven: bool = True) -> DecisionBuilder:
    """The referrer wants to take it back: the office has to act on that, and nothing else is due until then.

    Where nobody has shown who wants it, all clocks run on.
    """
    told = ReferralCancellationRequested(
        referral_id=builder.referral.referral_id, reason=reason, reason_text=text, requested_at=builder.cause.now
    )
    builder.tells(told).keeps(asked_back_at=builder.referral.status)
    if proven:
        builder.pause(*Milestone, waits_for=Party.OFFICE)
    builder.stands(Status.CANCELLATION_REQUESTED).start(Milestone.CANCELLATION)
    return builder


def _goes_on(builder: DecisionBuilder, because: ContinuedBecause) -> DecisionBuilder:
    """Where it stood before it was asked back, with the clocks running that ran."""
    told = ReferralContinued(referral_id=builder.referral.referral_id, because=because, continued_at=builder.cause.now)
    back_to = builder.referral.place
    builder.tells(told).withdraw(Milestone.CANCELLATION).stands(back_to).keeps(asked_back_at=None)
    still = {Milestone.DECISION, Milestone.WAITLIST_REVIEW} if back_to is Status.INFO_REQUESTED else set()
    builder.resume(*(set(Milestone) - still), held_by=Party.OFFICE)
    if back_to is Status.INFO_REQUESTED:
        _ask_on(builder)
    return builder


def _ask_on(builder: DecisionBuilder) -> None:
    """What was asked for is owed until its deadline as it runs now, and reminded of, if it was not before."""
    question, owed = builder.referral.question, _of(builder, Milestone.INFORMATION)
    if question is None:
        return
    if owed is not None and owed.due_at is not None:
        builder.keeps(question=question.model_copy(update={"due_at": owed.due_at}))
    reminded = any(
        step.what == "information_reminded" and step.at >= question.asked_at for step in builder.referral.steps
    )
    if not reminded:
        referral_id = builder.referral.referral_id
        due = ReminderDue(referral_id=referral_id, asked_at=question.asked_at)
        builder.wakes(REMINDER.format(referral_id), max(builder.at, question.asked_at + REMIND_AFTER), due)


def _of(builder: DecisionBuilder, milestone: Milestone) -> Deadline | None:
    return next((each for each in builder.referral.due if each.milestone is milestone), None)


def _ended(builder: DecisionBuilder, asked: Withdrawal) -> Decision:
    referral_id, now = builder.referral.referral_id, builder.cause.now
    if asked.reason is WithdrawalReason.ENTERED_IN_ERROR:
        builder.tells(ReferralEnteredInError(referral_id=referral_id, marked_at=now))
        return builder.stands(Status.ENTERED_IN_ERROR).withdraw().done("entered_in_error")
    told = ReferralCancelled(
        referral_id=referral_id,
        reason=CancellationReason.OTHER,
        reason_text=WORDS[asked.reason],
        cancelled_at=now,
    )
    builder.tells(told).stands(Status.CANCELLED).withdraw()
    return builder.done("withdrawn", text=WORDS[asked.reason])


def _requested(builder: DecisionBuilder, asked: Withdrawal, *, proven: bool) -> Decision:
    words = WORDS[asked.reason]
    request(builder, CancellationReason.OTHER, words, proven=proven)
    return builder.done("cancellation_requested", "other", text=words)


def _late(intake: Intake, known: Referral, cause: Cause, office: Office) -> Decision:
    builder = DecisionBuilder(intake, known, cause, office)
    return _came(builder, cause, StatementOutcome.OLDER).done("older_statement", "withdrawal")


def _came(
    builder: DecisionBuilder, cause: Cause, outcome: StatementOutcome, because: HeldBecause | None = None
) -> DecisionBuilder:
    waits = (Kind.WITHDRAWAL.value,) if because else ()
    return builder.keeps(came=Came(cause=cause.id, outcome=outcome, waits=waits, because=because))
