"""Who looks after whom, and the clinicians who can."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from carebus.contracts.event import PatientEvent, RosterEvent
from carebus.contracts.people import Role, TeamMember
from carebus.contracts.phi import Phi


class CareTeamAssigned(PatientEvent):
    """A doctor, an advanced practice provider, a nurse and a social worker look after this patient from now on."""

    episode_id: UUID
    members: tuple[TeamMember, ...]
    assigned_at: Annotated[datetime, Phi.DATE]


class CareTeamAssignmentDelayed(PatientEvent):
    """No complete team has room for this patient yet; the roles that lack room are named."""

    episode_id: UUID
    roles: tuple[Role, ...]


class ClinicianJoined(RosterEvent):
    """A clinician can be assigned to as many patients as the capacity says; `account` is what they sign in as."""

    clinician_id: UUID
    name: str
    role: Role
    capacity: int
    account: UUID | None = None
