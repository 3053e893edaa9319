"""A clinician asks patient or agent, and says which side stands and why."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from pydantic import Field

from carebus.contracts.phi import Phi
from carebus.contracts.wishes import ConflictOutcome, PreferenceConflictSettled
from carebus.decisions import Cause, Command, Decision
from carebus.errors import CarebusError
from services.wishes.domain.concluding import concluded
from services.wishes.domain.wishes import Conflict, Wishes


class ConflictUnknown(CarebusError):
    """There is no such conflict, or it is settled already."""

    status = HTTPStatus.NOT_FOUND


class SettleConflict(Command):
    """Somebody was asked: who, what stands, and why."""

    conflict_id: UUID
    by: str
    outcome: ConflictOutcome
    asked: Annotated[str, Phi.TEXT, Field(min_length=1, max_length=200)]
    because: Annotated[str, Phi.TEXT, Field(min_length=1, max_length=1000)]


def settle_conflict(wishes: Wishes, settle: SettleConflict, cause: Cause) -> Decision:
    """What does not stand is put aside as long as both sides stay as they are."""
    wishes.require_open()
    one = next((one for one in wishes.conflicts if one.conflict_id == settle.conflict_id), None)
    if one is None or one.outcome is not None:
        raise ConflictUnknown
    told = PreferenceConflictSettled(
        conflict_id=one.conflict_id,
        outcome=settle.outcome,
        settled_by=settle.by,
        asked=settle.asked,
        because=settle.because,
        settled_at=cause.now,
    )
    changes = {**settle.model_dump(include={"outcome", "asked", "because"}), "settled_by": settle.by}
    settled = one.model_copy(update={**changes, "settled_at": cause.now})
    return concluded(wishes, wishes.but(conflicts=_with(wishes, settled)), cause, told)


def _with(wishes: Wishes, settled: Conflict) -> tuple[Conflict, ...]:
    return tuple(settled if one.conflict_id == settled.conflict_id else one for one in wishes.conflicts)
