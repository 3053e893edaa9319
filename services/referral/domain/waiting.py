"""What a referral may wait for before it is decided: an answer, information, or the certainty of who the person is."""

from datetime import datetime
from uuid import UUID

from carebus.contracts.referral import (
    Milestone,
    ReferralAssigned,
    ReferralInformationLapsed,
    ReferralInformationReceived,
    ReferralInformationReminded,
    ReferralInformationRequested,
)
from carebus.decisions import Cause, Decision, Timer, ignore
from services.referral.domain.commands import (
    AcknowledgeReferral,
    AssignReferral,
    HoldForIdentity,
    RequestInformation,
    SettleIdentity,
    SupplyInformation,
)
from services.referral.domain.course import Course
from services.referral.domain.intake import Intake, Question
from services.referral.domain.office import DEFAULT, REMIND_AFTER, Office
from services.referral.domain.receiving import acknowledge
from services.referral.domain.statuses import Act, Status
from services.referral.domain.triage import REMINDER

CLOCKS = (Milestone.DECISION, Milestone.WAITLIST_REVIEW)
"""What stands still while somebody else owes something."""


class ReminderDue(Timer):
    """What was asked for some days ago has not come."""

    referral_id: UUID
    asked_at: datetime


def acknowledge_receipt(intake: Intake, asked: AcknowledgeReferral, cause: Cause, office: Office = DEFAULT) -> Decision:
    """Whoever referred has been told; once is enough."""
    course = Course.of(intake, asked, Act.ACKNOWLEDGE, cause, office)
    if not any(each.milestone is Milestone.ACKNOWLEDGEMENT for each in course.referral.due):
        return ignore("acknowledged_before")
    return acknowledge(course, automatic=False).done("acknowledged")


def assign(intake: Intake, asked: AssignReferral, cause: Cause, office: Office = DEFAULT) -> Decision:
    """Somebody looks after it from now on."""
    course = Course.of(intake, asked, Act.ASSIGN, cause, office)
    if asked.assignee == course.referral.assigned_to:
        return ignore("assigned_before")
    told = ReferralAssigned(referral_id=asked.referral_id, assignee=asked.assignee, assigned_at=cause.now)
    return course.keeps(assigned_to=asked.assignee).tells(told).done("assigned", asked.assignee)


def request_information(intake: Intake, asked: RequestInformation, cause: Cause, office: Office = DEFAULT) -> Decision:
    """Ask for what is missing: somebody owes it, is reminded once, and the clock stands still till it comes."""
    course = Course.of(intake, asked, Act.REQUEST_INFORMATION, cause, office)
    back_to = course.referral.status
    owed = course.pause(*CLOCKS, waits_for=asked.owed_by).start(Milestone.INFORMATION, asked.owed_by)
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
    course.tells(told).keeps(question=question, back_to=back_to).stands(Status.INFO_REQUESTED)
    reminder = ReminderDue(referral_id=asked.referral_id, asked_at=cause.now)
    course.wakes(REMINDER.format(asked.referral_id), cause.now + REMIND_AFTER, reminder)
    return course.done("information_requested", asked.owed_by, *asked.items, text=asked.note)


def supply_information(intake: Intake, asked: SupplyInformation, cause: Cause, office: Office = DEFAULT) -> Decision:
    """What was missing has come: the clock goes on. What is still missing of it stays asked for."""
    course = Course.of(intake, asked, Act.SUPPLY_INFORMATION, cause, office)
    question = course.referral.question
    missing = question.items if question else ()
    came = asked.items or missing
    course.tells(
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
        course.keeps(question=question.model_copy(update={"items": rest}))
    else:
        go_on(course.meet(Milestone.INFORMATION))
    return course.done("information_received", asked.supplied_by, *came, text=asked.note)


def remind(intake: Intake, due: ReminderDue, cause: Cause, office: Office = DEFAULT) -> Decision:
    """Days have passed: whoever owes what is missing is to be reminded, once for each time it was asked for."""
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
    return Course(intake, referral, cause, office).tells(told).done("information_reminded", question.owed_by)


def lapse(course: Course) -> Course:
    """What was missing did not come in time: it is decided without it."""
    question = course.referral.question
    if question is not None:
        told = ReferralInformationLapsed(
            referral_id=course.referral.referral_id,
            items=question.items,
            owed_by=question.owed_by,
            lapsed_at=course.now,
        )
        course.tells(told)
    return go_on(course.withdraw(Milestone.INFORMATION))


def go_on(course: Course) -> Course:
    """Where it stood before, with the clock running."""
    back_to = course.referral.back_to or Status.TRIAGE
    course.cancels(REMINDER.format(course.referral.referral_id))
    return course.keeps(question=None, back_to=None).stands(back_to).resume(*CLOCKS)


def hold_for_identity(intake: Intake, asked: HoldForIdentity, cause: Cause, office: Office = DEFAULT) -> Decision:
    """Who the person is has to be settled before anything is decided; the decision's clock does not wait for us."""
    course = Course.of(intake, asked, Act.HOLD_FOR_IDENTITY, cause, office)
    course.stands(Status.IDENTITY_REVIEW).start(Milestone.IDENTITY)
    return course.done("identity_review")


def settle_identity(intake: Intake, asked: SettleIdentity, cause: Cause, office: Office = DEFAULT) -> Decision:
    """Who the person is has been settled."""
    course = Course.of(intake, asked, Act.SETTLE_IDENTITY, cause, office)
    return course.stands(Status.TRIAGE).meet(Milestone.IDENTITY).done("identity_settled")
