"""One patient's way through the service, as far as counting needs it: no names, no places, no texts.

A journey is what happened on one record. Each event has its effect once (the kit sees to it), so these decisions
simply add. Records found to be one person's are counted as one (`store`); nothing is moved, so that can be undone.
"""

from datetime import date, datetime
from uuid import UUID

from carebus.contracts.care_plan import (
    CareHeld,
    CarePlanDrafted,
    CareResumed,
    CareTeamAssigned,
    CareTeamAssignmentDelayed,
    EndReason,
    EpisodeEnded,
    EpisodeOpened,
    EsasR,
    Phase,
    VisitOverdue,
    VisitScheduled,
)
from carebus.contracts.notifications import (
    NotificationFailed,
    NotificationRequested,
    NotificationSent,
    NotificationSuppressed,
    SuppressedReason,
)
from carebus.contracts.people import Condition, PayerKind
from carebus.contracts.referral import (
    DeclineReason,
    EligibilityAssessed,
    PatientMerged,
    PatientUnmerged,
    Priority,
    ReferralAccepted,
    ReferralDeclined,
    ReferralReceived,
)
from carebus.decisions import Cause, Decision, State, changed, ignore
from services.outcomes.domain.courses import Course, Seen


class Journey(State):
    """What is known of one patient's way; `days_to_first_visit` is from the referral's arrival to the visit's start.

    seen: the visits that what follows comes from, bounded.  courses: what an earlier release kept in their place.
    first_esas, latest_esas: of each symptom the first answer, and the latest at another visit, by the visits' times.
    conversation_at: the first about a serious illness.  wishes_known_at, agent_known_at: since when without a break.
    """

    received_at: datetime | None = None
    priority: Priority | None = None
    conditions: tuple[Condition, ...] = ()
    payer: PayerKind | None = None
    eligible: bool | None = None
    accepted_at: datetime | None = None
    declined_at: datetime | None = None
    decline_reason: DeclineReason | None = None
    episode_opened_at: datetime | None = None
    plan_drafted: bool = False
    team_assigned_at: datetime | None = None
    team_delays: int = 0
    visits_scheduled: int = 0
    visits_completed: int = 0
    visits_overdue: int = 0
    visits_cancelled: int = 0
    visits_not_met: int = 0
    first_visit_id: UUID | None = None
    first_visit_at: datetime | None = None
    latest_visit_id: UUID | None = None
    days_to_first_visit: float | None = None
    assessed_visits: int = 0
    first_esas: EsasR | None = None
    latest_esas: EsasR | None = None
    courses: dict[str, Course] = {}
    seen: tuple[Seen, ...] = ()
    latest_phase: Phase | None = None
    latest_akps: int | None = None
    on_hold: bool = False
    ended_on: date | None = None
    end_reason: EndReason | None = None
    follow_ups: int = 0
    follow_ups_met: int = 0
    follow_ups_missed: int = 0
    requested: int = 0
    notified: int = 0
    failed: int = 0
    suppressed: tuple[SuppressedReason, ...] = ()
    conversation_at: datetime | None = None
    wishes_known_at: datetime | None = None
    agent_known_at: datetime | None = None
    merged_into: UUID | None = None


def merged(journey: Journey, event: PatientMerged, cause: Cause) -> Decision:
    """This record is one person's with another: from now on they count once."""
    if cause.subject_id != event.retired_id:
        return ignore("goes_on")
    return changed(journey.but(merged_into=event.survivor_id))


def unmerged(journey: Journey, event: PatientUnmerged, cause: Cause) -> Decision:
    """They are two people, and count twice."""
    return changed(journey.but(merged_into=None)) if cause.subject_id == event.retired_id else ignore("goes_on")


def received(journey: Journey, event: ReferralReceived, _cause: Cause) -> Decision:
    """The journey begins."""
    return changed(
        journey.but(
            received_at=event.arrived_at or event.received_at,
            priority=event.priority,
            conditions=event.conditions,
            payer=event.payer.kind if event.payer else None,
        )
    )


def assessed(journey: Journey, event: EligibilityAssessed, _cause: Cause) -> Decision:
    """The rules found the person eligible or not."""
    return changed(journey.but(eligible=event.eligible))


def accepted(journey: Journey, event: ReferralAccepted, _cause: Cause) -> Decision:
    """The person is taken on; what the acceptance says of illness and payer is the later word."""
    payer = event.payer.kind if event.payer else journey.payer
    return changed(journey.but(accepted_at=event.accepted_at, conditions=event.conditions, payer=payer))


def declined(journey: Journey, event: ReferralDeclined, _cause: Cause) -> Decision:
    """The person is not taken on."""
    return changed(journey.but(declined_at=event.declined_at, decline_reason=event.reason))


def episode_opened(journey: Journey, event: EpisodeOpened, _cause: Cause) -> Decision:
    """Care begins."""
    return changed(journey.but(episode_opened_at=event.opened_at, ended_on=None, end_reason=None, on_hold=False))


def plan_drafted(journey: Journey, _event: CarePlanDrafted, _cause: Cause) -> Decision:
    """There is a plan of care."""
    return changed(journey.but(plan_drafted=True))


def team_assigned(journey: Journey, event: CareTeamAssigned, _cause: Cause) -> Decision:
    """There is a team; the first assignment counts."""
    return changed(journey.but(team_assigned_at=journey.team_assigned_at or event.assigned_at))


def team_delayed(journey: Journey, _event: CareTeamAssignmentDelayed, _cause: Cause) -> Decision:
    """No team had room."""
    return changed(journey.but(team_delays=journey.team_delays + 1))


def visit_scheduled(journey: Journey, _event: VisitScheduled, _cause: Cause) -> Decision:
    """A visit is planned."""
    return changed(journey.but(visits_scheduled=journey.visits_scheduled + 1))


def care_held(journey: Journey, _event: CareHeld, _cause: Cause) -> Decision:
    """Nobody waits for a visit now."""
    return changed(journey.but(on_hold=True))


def care_resumed(journey: Journey, _event: CareResumed, _cause: Cause) -> Decision:
    """Everything goes on."""
    return changed(journey.but(on_hold=False))


def episode_ended(journey: Journey, event: EpisodeEnded, _cause: Cause) -> Decision:
    """Care is over, for a coded reason."""
    return changed(journey.but(on_hold=False, ended_on=event.ended_on, end_reason=event.reason))


def visit_overdue(journey: Journey, _event: VisitOverdue, _cause: Cause) -> Decision:
    """Nobody said that a planned visit took place."""
    return changed(journey.but(visits_overdue=journey.visits_overdue + 1))


def message_requested(journey: Journey, _event: NotificationRequested, _cause: Cause) -> Decision:
    """The family is to be told something."""
    return changed(journey.but(requested=journey.requested + 1))


def message_sent(journey: Journey, _event: NotificationSent, _cause: Cause) -> Decision:
    """The family was told something."""
    return changed(journey.but(notified=journey.notified + 1))


def message_failed(journey: Journey, _event: NotificationFailed, _cause: Cause) -> Decision:
    """The family could not be told."""
    return changed(journey.but(failed=journey.failed + 1))


def message_suppressed(journey: Journey, event: NotificationSuppressed, _cause: Cause) -> Decision:
    """The family is not told, by the rules."""
    return changed(journey.but(suppressed=(*journey.suppressed, event.reason)))
