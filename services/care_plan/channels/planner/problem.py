"""What the solver is asked, and what it answers: plain values, which both processes know without OR-tools."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated
from uuid import UUID

from carebus.contracts.care_plan import TeamChange
from carebus.contracts.event import Value
from carebus.contracts.people import Address, Role
from carebus.contracts.phi import Phi
from services.care_plan.domain.team.clinicians import WORKING_LANGUAGE
from services.care_plan.domain.team.fit import Candidate, Wanted, Weights
from services.care_plan.domain.team.travel import Travel


class Problem(Value):
    """Who is wanted, who can be chosen, and by which weights. `names`: how languages are called, by their tags."""

    wanted: tuple[Wanted, ...]
    candidates: tuple[Candidate, ...]
    weights: Weights
    travel: Travel
    names: Mapping[str, str] = {}


class Choice(Value):
    """Who is to look after a patient, and why. `km` by road, None where it is not known; `cost` in 100 m.

    on, until, replaces: as it was wanted.
    """

    patient_id: UUID
    role: Role
    on: Annotated[date, Phi.DATE]
    until: Annotated[date | None, Phi.DATE] = None
    replaces: UUID | None = None
    clinician_id: UUID
    because: str
    cost: int
    km: float | None


class Unassigned(Value):
    """A patient for whom nobody of a profession could be chosen, and why."""

    patient_id: UUID
    role: Role
    on: Annotated[date, Phi.DATE]
    until: Annotated[date | None, Phi.DATE] = None
    replaces: UUID | None = None
    why: str


class Assignment(Value):
    """What was found, in the order of the patients' ids within each profession."""

    choices: tuple[Choice, ...] = ()
    unassigned: tuple[Unassigned, ...] = ()


class Cared(Value):
    """A patient whom a clinician looks after now, and whom they are not to have instead: `not_by`.

    stays: not to be moved for overload alone, as somebody near death.
    """

    patient_id: UUID
    role: Role
    by: UUID
    address: Address = Address()
    language: str = WORKING_LANGUAGE
    urgent: bool = False
    skills: tuple[str, ...] = ()
    before: tuple[UUID, ...] = ()
    not_by: tuple[UUID, ...] = ()
    stays: bool = False


class Caseload(Value):
    """Who looks after whom today, and everybody who could. Leave that begins after `horizon_days` is left for later."""

    cared: tuple[Cared, ...]
    candidates: tuple[Candidate, ...]
    weights: Weights
    travel: Travel
    today: date
    horizon_days: int
    names: Mapping[str, str] = {}


class Proposal(Value):
    """Somebody takes another's place with a patient, once a coordinator approves, with no day between them.

    from_day, until: the first and the last day; without an end it is for good.  joins: None where nobody can be had.
    """

    patient_id: UUID
    role: Role
    leaves: UUID
    joins: UUID | None
    from_day: Annotated[date, Phi.DATE]
    until: Annotated[date | None, Phi.DATE] = None
    reason: TeamChange
    because: str
