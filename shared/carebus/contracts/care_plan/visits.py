"""Visits: planned, under way, done, or not."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from carebus.contracts.care_plan.instruments import Assessments
from carebus.contracts.event import PatientEvent
from carebus.contracts.people import TeamMember
from carebus.contracts.phi import Phi


class VisitMode(StrEnum):
    """Where care meets the patient."""

    HOME = "home"
    PHONE = "phone"
    VIDEO = "video"


class VisitScheduled(PatientEvent):
    """A visit has a time and a clinician."""

    visit_id: UUID
    episode_id: UUID
    ordinal: int
    mode: VisitMode
    clinician: TeamMember
    starts_at: Annotated[datetime, Phi.DATE]
    minutes: int


class VisitCompleted(PatientEvent):
    """A visit took place, with what was assessed."""

    visit_id: UUID
    episode_id: UUID
    ordinal: int
    mode: VisitMode
    clinician: TeamMember
    started_at: Annotated[datetime, Phi.DATE]
    completed_at: Annotated[datetime, Phi.DATE]
    assessments: Assessments
    visit_note: Annotated[str, Phi.TEXT] = ""


class VisitOverdue(PatientEvent):
    """A scheduled visit's time is past and nobody has said that it took place."""

    visit_id: UUID
    episode_id: UUID
    starts_at: Annotated[datetime, Phi.DATE]
