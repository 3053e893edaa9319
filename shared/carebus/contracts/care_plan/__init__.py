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
from carebus.contracts.care_plan.team import (
    Area,
    CareTeamAssigned,
    CareTeamAssignmentDelayed,
    CareTeamMemberChanged,
    ClinicianChanged,
    ClinicianJoined,
    ClinicianLeaveCancelled,
    ClinicianLeaveTaken,
    ClinicianLeft,
    Hours,
    Licence,
    TeamChange,
)
from carebus.contracts.care_plan.visits import VisitCompleted, VisitMode, VisitOverdue, VisitScheduled

__all__ = [
    "MODERATE_FROM",
    "SEVERE_FROM",
    "WORST_SCORE",
    "Area",
    "Assessments",
    "CarePlanDrafted",
    "CareTeamAssigned",
    "CareTeamAssignmentDelayed",
    "CareTeamMemberChanged",
    "ClinicianChanged",
    "ClinicianJoined",
    "ClinicianLeaveCancelled",
    "ClinicianLeaveTaken",
    "ClinicianLeft",
    "EpisodeOpened",
    "EsasR",
    "Hours",
    "Licence",
    "Phase",
    "Respondent",
    "Score",
    "SummaryPart",
    "SummarySection",
    "TeamChange",
    "VisitCompleted",
    "VisitMode",
    "VisitOverdue",
    "VisitScheduled",
    "VisitSummaryIssued",
]
