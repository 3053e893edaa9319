"""Who owns what in a plan: everything has exactly one owner, of the care team or outside it by name."""

from collections.abc import Iterable
from typing import Any

from carebus.contracts.care_plan import PlanOwner
from carebus.contracts.event import Value
from carebus.contracts.people import Role, TeamMember
from carebus.decisions import Cause
from carebus.errors import CarebusError
from services.care_plan.domain.care import Care
from services.care_plan.domain.plan.stating import OwnerStated

PROFESSIONS = {
    Role.DOCTOR: "Doctor",
    Role.ADVANCED_PRACTICE_PROVIDER: "Advanced practice provider",
    Role.NURSE: "Nurse",
    Role.SOCIAL_WORKER: "Social worker",
}


class OwnerNotOnTeam(CarebusError):
    """Whoever owns a part of the plan is on the care team, or is named as somebody outside it. Choose another owner."""

    status = 422
    field = "plan"


class NobodyToOwn(CarebusError):
    """The care team has nobody yet who could own this. Name an owner."""

    status = 422
    field = "plan"


def as_owner(member: TeamMember) -> PlanOwner:
    """A member of the team as an owner."""
    return PlanOwner(clinician_id=member.clinician_id, name=member.name, profession=PROFESSIONS[member.role])


def owned(care: Care, part: str, items: Iterable[Value]) -> list[dict[str, Any]]:
    """These parts of a stated plan, each with its owner. Raises OwnerNotOnTeam, NobodyToOwn, at the part to blame."""
    return [
        {**item.model_dump(), "owner": _owner(care, item, f"plan.{part}.{n}.owner.clinician_id")}
        for n, item in enumerate(items)
    ]


def leader(care: Care) -> TeamMember | None:
    """Who leads the team: its primary member, or the first there is."""
    return next((member for member in care.team if member.primary), care.team[0] if care.team else None)


def who(care: Care, cause: Cause) -> TeamMember | None:
    """Who of the team gives the command; None when it is somebody else, or their account is not known."""
    return next((m for m in care.team if m.account is not None and str(m.account) == cause.actor), None)


def _owner(care: Care, item: Value, field: str) -> PlanOwner:
    stated: OwnerStated | None = getattr(item, "owner", None)
    if stated is None:
        return _otherwise(care, item, field)
    if stated.clinician_id is None:
        return PlanOwner(name=stated.name.strip(), profession=stated.profession.strip())
    found = next((member for member in care.team if member.clinician_id == stated.clinician_id), None)
    if found is None:
        raise OwnerNotOnTeam(field=field)
    return as_owner(found)


def _otherwise(care: Care, item: Value, field: str) -> PlanOwner:
    """Theirs whose plan it is, or the leader's of our team."""
    plan_of: str | None = getattr(item, "plan_of", None)
    if plan_of is not None:
        return PlanOwner(name=plan_of)
    leads = leader(care)
    if leads is None:
        raise NobodyToOwn(field=field)
    return as_owner(leads)
