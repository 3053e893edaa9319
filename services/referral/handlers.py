"""What the referral service hears: how care goes on for those it took on, and the timers that it set."""

from collections.abc import Callable
from functools import partial

from carebus.contracts.care_plan import (
    CareHeld,
    CareResumed,
    CareTeamAssigned,
    CareTeamMemberChanged,
    EpisodeEnded,
    EpisodeOpened,
    VisitCancelled,
    VisitCompleted,
    VisitRescheduled,
    VisitScheduled,
    VisitSummaryIssued,
)
from carebus.contracts.notifications import ReferrerLetterSent
from carebus.decisions import Decision, Handlers, Reaction, on
from services.referral.domain import Intake, Office
from services.referral.domain.deadlines.table import DEFAULT
from services.referral.domain.feedback.updates import informing
from services.referral.domain.workflow import closing, following, standing_of_care, waiting
from services.referral.domain.workflow.decision_builder import DeadlineDue
from services.referral.domain.workflow.reminding import ReminderDue


def handlers(office: Office) -> Handlers:
    """What it hears, as decided by this office; referrers hear of what moves."""
    return {kind: informing(reaction) for kind, reaction in decided_by(office).items()}


def decided_by(office: Office) -> Handlers:
    """What it hears, as decided by this office."""

    def by(decide: Callable[..., Decision]) -> Reaction:
        return on(Intake, partial(decide, office=office))

    return {
        EpisodeOpened: by(following.episode_opened),
        CareTeamAssigned: by(following.team_assigned),
        CareTeamMemberChanged: by(following.team_assigned),
        VisitScheduled: by(following.visit_scheduled),
        VisitCompleted: by(following.visit_completed),
        VisitSummaryIssued: by(following.summary_issued),
        VisitRescheduled: by(standing_of_care.visit_moved),
        VisitCancelled: by(standing_of_care.visit_cancelled),
        CareHeld: by(standing_of_care.care_held),
        CareResumed: by(standing_of_care.care_resumed),
        EpisodeEnded: by(standing_of_care.episode_ended),
        ReferrerLetterSent: by(closing.letter_sent),
        DeadlineDue: by(following.deadline_due),
        ReminderDue: by(waiting.remind),
    }


HANDLERS = handlers(DEFAULT)
"""What is heard, whatever the office: for those who ask which events a service needs."""
