"""What a referral may wait for before it is decided: an answer, information, or the certainty of who the person is."""

from carebus.contracts.referral import (
    Milestone,
    ReferralAssigned,
    ReferralInformationLapsed,
    ReferralInformationReceived,
    ReferralInformationReminded,
    ReferralInformationRequested,
)
from carebus.decisions import Cause, Decision, ignore
from services.referral.domain.deadlines.table import DEFAULT, REMIND_AFTER, Office
from services.referral.domain.workflow.commands import (
    AcknowledgeReferral,
    AssignReferral,
    HoldForIdentity,
    RequestInformation,
    SettleIdentity,
    SupplyInformation,
)
from services.referral.domain.workflow.decision_builder import DecisionBuilder
from services.referral.domain.workflow.receiving import acknowledge
from services.referral.domain.workflow.referrals import Intake, Question
from services.referral.domain.workflow.reminding import REMINDER, ReminderDue
from services.referral.domain.workflow.statuses import Act, Status

CLOCKS = (Milestone.DECISION, Milestone.WAITLIST_REVIEW)
"""What stands still while somebody else owes something."""


def acknowledge_receipt(intake: Intake, asked: AcknowledgeReferral, cause: Cause, office: Office = DEFAULT) -> Decision:
    """The referrer has been told; once is enough."""
    builder = DecisionBuilder.of(intake, asked, Act.ACKNOWLEDGE, cause, office)
    if not any(each.milestone is Milestone.ACKNOWLEDGEMENT for each in builder.referral.due):
        return ignore("acknowledged_before")
    return acknowledge(builder, automatic=False).done("acknowledged")


def assign(intake: Intake, asked: AssignReferral, cause: Cause, office: Office = DEFAULT) -> Decision:
    """Somebody looks after it from now on."""
    builder = DecisionBuilder.of(intake, asked, Act.ASSIGN, cause, office)
    if asked.assignee == builder.referral.assigned_to:
        return ignore("assigned_before")
    told = ReferralAssigned(referral_id=asked.referral_id, assignee=asked.assignee, assigned_at=cause.now)
    return builder.keeps(assigned_to=asked.assignee).tells(told).done("assigned", asked.assignee)


def request_information(intake: Intake, asked: RequestInformation, cause: Cause, office: Office = DEFAULT) -> Decision:
    """Ask for what is missing: somebody owes it, is reminded once, and the clock stands still until it comes."""
    builder = DecisionBuilder.of(intake, asked, Act.REQUEST_INFORMATION, cause, office)
    back_to = builder.referral.status
    owed = builder.pause(*CLOCKS, waits_for=asked.owed_by).start(Milestone.INFORMATION, asked.owed_by)
    due_at = owed.due_at or cause.now
    question = Question(items=asked.items, owed_by=asked.owed_by, note=asked.note, asked_at=cause.now, due_at=due_at)
    told = ReferralInformationRequested(
        referral_id=asked.referral_id,
        items=asked.items,
        owed_by=asked.owed_by,
        note=asked.note,
        due_at=due_at,
        requested_at=cause.now,
    )
    builder.tells(told).keeps(question=question, back_to=back_to).stands(Status.INFO_REQUESTED)
    reminder = ReminderDue(referral_id=asked.referral_id, asked_at=cause.now)
    builder.wakes(REMINDER.format(asked.referral_id), cause.now + REMIND_AFTER, reminder)
    return builder.done("information_requested", asked.owed_by, *asked.items, text=asked.note)


def supply_information(intake: Intake, asked: SupplyInformation, cause: Cause, office: Office = DEFAULT) -> Decision:
    """What was missing has come: the clock goes on. What is still missing of it stays asked for."""
    builder = DecisionBuilder.of(intake, asked, Act.SUPPLY_INFORMATION, cause, office)
    question = builder.referral.question
    missing = question.items if question else ()
    came = asked.items or missing
    builder.tells(
        ReferralInformationReceived(
            referral_id=asked.referral_id,
            items=came,
            supplied_by=asked.supplied_by,
            note=asked.note,
            received_at=cause.now,
        )
    )
    rest = tuple(item for item in missing if item not in came)
    if question and rest:
        builder.keeps(question=question.model_copy(update={"items": rest}))
    else:
        go_on(builder.meet(Milestone.INFORMATION))
    return builder.done("information_received", asked.supplied_by, *came, text=asked.note)


def remind(intake: Intake, due: ReminderDue, cause: Cause, office: Office = DEFAULT) -> Decision:
    """Days have passed: the party that owes what is missing is to be reminded, once for each time it was asked for."""
    referral = intake.referral(due.referral_id)
    question = referral.question
    if question is None or question.asked_at != due.asked_at or referral.status is not Status.INFO_REQUESTED:
        return ignore("nothing_missing")
    told = ReferralInformationReminded(
        referral_id=due.referral_id,
        items=question.items,
        owed_by=question.owed_by,
        due_at=question.due_at,
        reminded_at=cause.now,
    )
    return DecisionBuilder(intake, referral, cause, office).tells(told).done("information_reminded", question.owed_by)


def lapse(builder: DecisionBuilder) -> DecisionBuilder:
    """What was missing did not come in time: it is decided without it."""
    question = builder.referral.question
    if question is not None:
        told = ReferralInformationLapsed(
            referral_id=builder.referral.referral_id,
            items=question.items,
            owed_by=question.owed_by,
            lapsed_at=builder.at,
        )
        builder.tells(told)
    return go_on(builder.withdraw(Milestone.INFORMATION))


def go_on(builder: DecisionBuilder) -> DecisionBuilder:
    """Where it stood before, with the clock running."""
    back_to = builder.referral.back_to or Status.TRIAGE
    builder.cancels(REMINDER.format(builder.referral.referral_id))
    return builder.keeps(question=None, back_to=None).stands(back_to).resume(*CLOCKS)


def hold_for_identity(intake: Intake, asked: HoldForIdentity, cause: Cause, office: Office = DEFAULT) -> Decision:
    """Who the person is has to be settled before anything is decided; the decision's clock does not wait for us."""
    builder = DecisionBuilder.of(intake, asked, Act.HOLD_FOR_IDENTITY, cause, office)
    builder.stands(Status.IDENTITY_REVIEW).start(Milestone.IDENTITY)
    return builder.done("identity_review")


def settle_identity(intake: Intake, asked: SettleIdentity, cause: Cause, office: Office = DEFAULT) -> Decision:
    """Who the person is has been settled."""
    builder = DecisionBuilder.of(intake, asked, Act.SETTLE_IDENTITY, cause, office)
    return builder.stands(Status.TRIAGE).meet(Milestone.IDENTITY).done("identity_settled")
