"""Visits: planned, moved, under way, done, corrected, or not done."""

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


class VisitPurpose(StrEnum):
    """What a visit is for."""

    FIRST = "first"
    REGULAR = "regular"
    SYMPTOM_FOLLOW_UP = "symptom_follow_up"
    PHASE_REVIEW = "phase_review"
    REQUESTED = "requested"


class VisitPlace(StrEnum):
    """Where somebody was in fact visited."""

    HOME = "home"
    CARE_FACILITY = "care_facility"
    HOSPITAL = "hospital"
    CLINIC = "clinic"
    OTHER = "other"


class VisitParty(StrEnum):
    """On whose side the reason lies that a visit changes."""

    PATIENT = "patient"
    FAMILY = "family"
    CARE_TEAM = "care_team"
    OFFICE = "office"


class VisitReason(StrEnum):
    """Why a visit is moved, converted, cancelled or did not take place. `OTHER` needs a text; the rest need none."""

    UNWELL = "unwell"
    IN_HOSPITAL = "in_hospital"
    NOT_AT_HOME = "not_at_home"
    NOT_WANTED = "not_wanted"
    ANOTHER_TIME = "another_time"
    CLINICIAN_AWAY = "clinician_away"
    WEATHER_OR_ROAD = "weather_or_road"
    UNSAFE = "unsafe"
    URGENT_NEED = "urgent_need"
    PLANNED_TWICE = "planned_twice"
    CARE_ENDED = "care_ended"
    OTHER = "other"


class VisitScheduled(PatientEvent):
    """A visit has a time and a clinician; `others` come along.

    arrives_from, arrives_until: when somebody is said to come to a home; None for calls, and before this was told.
    """

    visit_id: UUID
    episode_id: UUID
    ordinal: int
    mode: VisitMode
    clinician: TeamMember
    starts_at: Annotated[datetime, Phi.DATE]
    minutes: int
    purpose: VisitPurpose = VisitPurpose.REGULAR
    others: tuple[TeamMember, ...] = ()
    arrives_from: Annotated[datetime | None, Phi.DATE] = None
    arrives_until: Annotated[datetime | None, Phi.DATE] = None


class VisitRescheduled(PatientEvent):
    """A planned visit has another time or other people: what is stated here stands."""

    visit_id: UUID
    episode_id: UUID
    ordinal: int
    mode: VisitMode
    clinician: TeamMember
    others: tuple[TeamMember, ...] = ()
    was_at: Annotated[datetime, Phi.DATE]
    starts_at: Annotated[datetime, Phi.DATE]
    minutes: int
    by: VisitParty
    reason: VisitReason
    reason_text: Annotated[str, Phi.TEXT] = ""
    rescheduled_at: Annotated[datetime, Phi.DATE]
    arrives_from: Annotated[datetime | None, Phi.DATE] = None
    arrives_until: Annotated[datetime | None, Phi.DATE] = None


class VisitConverted(PatientEvent):
    """A visit takes place in another way than planned, such as by phone instead of at home."""

    visit_id: UUID
    episode_id: UUID
    was: VisitMode
    mode: VisitMode
    clinician: TeamMember
    starts_at: Annotated[datetime, Phi.DATE]
    minutes: int
    by: VisitParty
    reason: VisitReason
    reason_text: Annotated[str, Phi.TEXT] = ""
    converted_at: Annotated[datetime, Phi.DATE]
    arrives_from: Annotated[datetime | None, Phi.DATE] = None
    arrives_until: Annotated[datetime | None, Phi.DATE] = None


class VisitConfirmed(PatientEvent):
    """The patient or the family said that the time suits them."""

    visit_id: UUID
    episode_id: UUID
    confirmed_at: Annotated[datetime, Phi.DATE]


class VisitStarted(PatientEvent):
    """A visit is under way; `started_at` as whoever is there states it."""

    visit_id: UUID
    episode_id: UUID
    mode: VisitMode
    clinician: TeamMember
    started_at: Annotated[datetime, Phi.DATE]


class VisitCancelled(PatientEvent):
    """A planned visit does not take place."""

    visit_id: UUID
    episode_id: UUID
    ordinal: int
    mode: VisitMode
    clinician: TeamMember
    starts_at: Annotated[datetime, Phi.DATE]
    by: VisitParty
    reason: VisitReason
    reason_text: Annotated[str, Phi.TEXT] = ""
    cancelled_at: Annotated[datetime, Phi.DATE]
    arrives_from: Annotated[datetime | None, Phi.DATE] = None
    arrives_until: Annotated[datetime | None, Phi.DATE] = None


class VisitNoShow(PatientEvent):
    """Somebody came or called at the time of a visit and met nobody."""

    OWN_TIME = "reported_at"

    visit_id: UUID
    episode_id: UUID
    ordinal: int
    mode: VisitMode
    clinician: TeamMember
    starts_at: Annotated[datetime, Phi.DATE]
    reason: VisitReason
    reason_text: Annotated[str, Phi.TEXT] = ""
    reported_at: Annotated[datetime, Phi.DATE]


class VisitCompleted(PatientEvent):
    """A visit took place, with what was assessed.

    started_at, completed_at: as stated where `is_stated`; else the planned start and the time of the record.
    recorded_at: when that was said.  planned_at: its start as planned.  present: of the team.
    """

    visit_id: UUID
    episode_id: UUID
    ordinal: int
    mode: VisitMode
    clinician: TeamMember
    started_at: Annotated[datetime, Phi.DATE]
    completed_at: Annotated[datetime, Phi.DATE]
    assessments: Assessments
    visit_note: Annotated[str, Phi.TEXT] = ""
    purpose: VisitPurpose = VisitPurpose.REGULAR
    is_stated: bool = False
    planned_at: Annotated[datetime | None, Phi.DATE] = None
    recorded_at: Annotated[datetime | None, Phi.DATE] = None
    place: VisitPlace | None = None
    present: tuple[TeamMember, ...] = ()


class VisitCorrected(PatientEvent):
    """What was stated of a completed visit was wrong: this version stands in its place, whole.

    version: 2 at the first correction.  The version before is named by visit and number.
    """

    visit_id: UUID
    episode_id: UUID
    version: int
    ordinal: int
    mode: VisitMode
    clinician: TeamMember
    started_at: Annotated[datetime, Phi.DATE]
    ended_at: Annotated[datetime, Phi.DATE]
    place: VisitPlace | None = None
    present: tuple[TeamMember, ...] = ()
    assessments: Assessments
    visit_note: Annotated[str, Phi.TEXT] = ""
    reason_text: Annotated[str, Phi.TEXT]
    corrected_at: Annotated[datetime, Phi.DATE]


class VisitSigned(PatientEvent):
    """A clinician stands for what is recorded of a visit; `late` when more than 48 hours after its end."""

    visit_id: UUID
    episode_id: UUID
    version: int
    late: bool
    signed_at: Annotated[datetime, Phi.DATE]


class VisitSignatureOverdue(PatientEvent):
    """48 hours after the end of a visit nobody has signed its record."""

    OWN_TIME = "since"

    visit_id: UUID
    episode_id: UUID
    since: Annotated[datetime, Phi.DATE]


class VisitOverdue(PatientEvent):
    """A scheduled visit's time is past and nobody has said that it took place."""

    visit_id: UUID
    episode_id: UUID
    starts_at: Annotated[datetime, Phi.DATE]
