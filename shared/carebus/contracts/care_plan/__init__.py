"""What the care plan service tells: episodes, teams, plans, visits, what was assessed at them, and summaries."""

from carebus.contracts.care_plan.episode import EpisodeOpened
from carebus.contracts.care_plan.instruments import (
    MODERATE_FROM,
    SEVERE_FROM,
    WORST_SCORE,
    Assessments,
    EsasR,
    Phase,
    Respondent,
    Score,
)
from carebus.contracts.care_plan.plan import CarePlanDrafted
from carebus.contracts.care_plan.summaries import SummaryPart, SummarySection, VisitSummaryIssued
from carebus.contracts.care_plan.team import CareTeamAssigned, CareTeamAssignmentDelayed, ClinicianJoined
from carebus.contracts.care_plan.visits import VisitCompleted, VisitMode, VisitOverdue, VisitScheduled

__all__ = [
    "MODERATE_FROM",
    "SEVERE_FROM",
    "WORST_SCORE",
    "Assessments",
    "CarePlanDrafted",
    "CareTeamAssigned",
    "CareTeamAssignmentDelayed",
    "ClinicianJoined",
    "EpisodeOpened",
    "EsasR",
    "Phase",
    "Respondent",
    "Score",
    "SummaryPart",
    "SummarySection",
    "VisitCompleted",
    "VisitMode",
    "VisitOverdue",
    "VisitScheduled",
    "VisitSummaryIssued",
]
