"""Who looks after whom, and the clinicians who can."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from carebus.contracts.event import PatientEvent, RosterEvent, Value
from carebus.contracts.people import Role, TeamMember
from carebus.contracts.phi import Phi


class TeamChange(StrEnum):
    """Why somebody joins or leaves a care team after it began."""

    AWAITED = "awaited"
    LEAVE = "leave"
    RESIGNED = "resigned"
    OVERLOAD = "overload"
    REQUEST = "request"
    PREFERENCE = "preference"
    LICENCE_ENDS = "licence_ends"


class Licence(Value):
    """A state (two capital letters) that a clinician may practise in, to the end of a day; None: no end is stated."""

    state: str
    until: date | None = None


class HomeArea(Value):
    """Where a clinician sets out from, and how far they travel from there in km.

    It is a member of staff's, no patient's: a postal code or a town, never a street.
    """

    postal_code: str = ""
    town: str = ""
    state: str = ""
    reach_km: int | None = None


class Hours(Value):
    """When a clinician works on a day of the week: 0 is Monday, times are minutes after midnight where they are."""

    weekday: int
    opens: int
    closes: int


class CareTeamAssigned(PatientEvent):
    """These clinicians look after this patient from now on: a nurse and who prescribes at least; others may follow."""

    episode_id: UUID
    members: tuple[TeamMember, ...]
    assigned_at: Annotated[datetime, Phi.DATE]


class CareTeamAssignmentDelayed(PatientEvent):
    """No complete team has room for this patient yet; the roles that lack room are named."""

    episode_id: UUID
    roles: tuple[Role, ...]


class CareTeamMemberChanged(PatientEvent):
    """Somebody joined a care team, left it, or took the place of another."""

    episode_id: UUID
    joined: TeamMember | None = None
    left: TeamMember | None = None
    reason: TeamChange
    changed_at: Annotated[datetime, Phi.DATE]


class ClinicianJoined(RosterEvent):
    """A clinician can be assigned to as many patients as the capacity says; `account` is what they sign in as.

    Nothing is stated by an empty list. `holidays` is the country or state whose holidays they keep: `US`, `US-CA`.
    """

    clinician_id: UUID
    name: str
    role: Role
    capacity: int
    account: UUID | None = None
    licences: tuple[Licence, ...] = ()
    languages: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    area: HomeArea | None = None
    hours: tuple[Hours, ...] = ()
    holidays: str | None = None


class ClinicianChanged(RosterEvent):
    """What is known of a clinician is now this, all of it."""

    clinician_id: UUID
    name: str
    role: Role
    capacity: int
    account: UUID | None = None
    licences: tuple[Licence, ...] = ()
    languages: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    area: HomeArea | None = None
    hours: tuple[Hours, ...] = ()
    holidays: str | None = None


class ClinicianLeaveTaken(RosterEvent):
    """A clinician is away from the first to the last day, both included."""

    clinician_id: UUID
    leave_id: UUID
    first_day: date
    last_day: date


class ClinicianLeaveCancelled(RosterEvent):
    """A clinician is not away on those days after all."""

    clinician_id: UUID
    leave_id: UUID


class ClinicianLeft(RosterEvent):
    """A clinician looks after nobody any more once the last day is over."""

    clinician_id: UUID
    last_day: date
