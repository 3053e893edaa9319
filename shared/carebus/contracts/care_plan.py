"""What the care plan service tells: episodes, plans, teams, visits and what was assessed at them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from carebus.contracts.event import PatientEvent, RosterEvent, Value
from carebus.contracts.people import Condition, Payer, Role, TeamMember
from carebus.contracts.phi import Phi

WORST_SCORE = 10
"""The highest score of an ESAS-r item, "worst possible"; 0 is none."""

MODERATE_FROM, SEVERE_FROM = 4, 7
"""From which score an ESAS-r item is moderate, and from which severe.

Selby et al., "A single set of numerical cutpoints to define moderate and severe symptoms for the Edmonton Symptom
Assessment System", J Pain Symptom Manage 2010;39(2):241-249 (n = 400). Not the bands of the PCOC SAS.
"""

Score = Annotated[int | None, Field(ge=0, le=WORST_SCORE)]


class VisitMode(StrEnum):
    """Where care meets the patient."""

    HOME = "home"
    PHONE = "phone"
    VIDEO = "video"


class Phase(StrEnum):
    """Palliative phase (PCOC): not sequential; describes what the plan of care must do now."""

    STABLE = "stable"
    UNSTABLE = "unstable"
    DETERIORATING = "deteriorating"
    TERMINAL = "terminal"


class Respondent(StrEnum):
    """Who answered an instrument."""

    PATIENT = "patient"
    PROXY = "proxy"
    STAFF = "staff"


class EsasR(Value):
    """Edmonton Symptom Assessment System, revised: nine symptoms "now", 0 (none) to 10 (worst possible).

    An item not answered is None and never counts as 0. Source: Watanabe 2011; bands and totals in the domain.
    """

    pain: Score = None
    tiredness: Score = None
    drowsiness: Score = None
    nausea: Score = None
    lack_of_appetite: Score = None
    shortness_of_breath: Score = None
    depression: Score = None
    anxiety: Score = None
    wellbeing: Score = None


class Assessments(Value):
    """What was assessed at one visit."""

    esas_r: EsasR | None = None
    akps: Annotated[int | None, Field(ge=0, le=100, multiple_of=10)] = None
    phase: Phase | None = None
    respondent: Respondent = Respondent.PATIENT


class EpisodeOpened(PatientEvent):
    """An episode of palliative care at home began."""

    episode_id: UUID
    referral_id: UUID
    conditions: tuple[Condition, ...]
    payer: Payer | None = None
    ready_for_care_on: Annotated[date, Phi.DATE]
    opened_at: Annotated[datetime, Phi.DATE]


class CarePlanDrafted(PatientEvent):
    """A first plan of care: what concerns it answers and what it aims at, as codes."""

    plan_id: UUID
    episode_id: UUID
    version: int
    concerns: tuple[str, ...]
    goals: tuple[str, ...]


class CareTeamAssigned(PatientEvent):
    """A doctor, an advanced practice provider, a nurse and a social worker look after this patient from now on."""

    episode_id: UUID
    members: tuple[TeamMember, ...]
    assigned_at: Annotated[datetime, Phi.DATE]


class CareTeamAssignmentDelayed(PatientEvent):
    """No complete team has room for this patient yet; the roles that lack room are named."""

    episode_id: UUID
    roles: tuple[Role, ...]


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


class SummaryPart(StrEnum):
    """What a part of a visit summary tells."""

    VISIT = "visit"
    FOUND = "found"
    CHANGED = "changed"
    NEXT = "next"
    NOTE = "note"


class SummarySection(Value):
    """A part of a visit summary, in plain clinical words."""

    part: SummaryPart
    text: Annotated[str, Phi.TEXT]


class VisitSummaryIssued(PatientEvent):
    """A visit is summed up for outside doctors: what was found, what changed, what is next. Corrected: version 2."""

    summary_id: UUID
    visit_id: UUID
    episode_id: UUID
    referral_id: UUID
    version: int
    sections: tuple[SummarySection, ...]
    issued_at: Annotated[datetime, Phi.DATE]


class VisitOverdue(PatientEvent):
    """A scheduled visit's time is past and nobody has said that it took place."""

    visit_id: UUID
    episode_id: UUID
    starts_at: Annotated[datetime, Phi.DATE]


class ClinicianJoined(RosterEvent):
    """A clinician can be assigned to as many patients as the capacity says; `account` is what they sign in as."""

    clinician_id: UUID
    name: str
    role: Role
    capacity: int
    account: UUID | None = None
