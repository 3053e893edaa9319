"""What the solver is asked, and what it answers: plain values, which both processes know without OR-tools."""

from collections.abc import Mapping
from uuid import UUID

from carebus.contracts.event import Value
from carebus.contracts.people import Role
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
    """Who is to look after a patient, and why. `km` by road, None where it is not known; `cost` in 100 m."""

    patient_id: UUID
    role: Role
    clinician_id: UUID
    because: str
    cost: int
    km: float | None


class Unassigned(Value):
    """A patient for whom nobody of a profession could be chosen, and why."""

    patient_id: UUID
    role: Role
    why: str


class Assignment(Value):
    """What was found, in the order of the patients' ids within each profession."""

    choices: tuple[Choice, ...] = ()
    unassigned: tuple[Unassigned, ...] = ()
