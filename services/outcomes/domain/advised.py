"""What a patient's calls came to: whether the caller was sent to hospital, unless the call was about somebody else."""

from datetime import datetime
from uuid import UUID

from carebus.contracts.event import Value
from carebus.contracts.line import CallTriaged, CallTriageWithdrawn, HospitalAdvice
from carebus.decisions import Cause, Decision, State, changed
from services.outcomes.domain.calls import month_of


class Advised(Value):
    """One call. stands: it was not withdrawn since; a call that is linked again and advised anew stands again."""

    call_id: UUID
    triaged_at: datetime | None = None
    month: str = ""
    hospital: bool = False
    withdrawn_at: datetime | None = None
    stands: bool = False


class Advice(State):
    """The calls about one patient."""

    calls: tuple[Advised, ...] = ()


def triaged(advice: Advice, event: CallTriaged, _: Cause) -> Decision:
    """A caller was advised; of one call the latest advice counts."""
    was = _of(advice, event.call_id)
    if was.triaged_at is not None and was.triaged_at >= event.triaged_at:
        return changed(advice)
    said = {"triaged_at": event.triaged_at, "month": month_of(event.triaged_at)}
    return _kept(advice, was.model_copy(update={**said, "hospital": event.hospital is not HospitalAdvice.NONE}))


def withdrawn(advice: Advice, event: CallTriageWithdrawn, _: Cause) -> Decision:
    """The call was about somebody else."""
    was = _of(advice, event.call_id)
    latest = max(was.withdrawn_at or event.withdrawn_at, event.withdrawn_at)
    return _kept(advice, was.model_copy(update={"withdrawn_at": latest}))


def _of(advice: Advice, call_id: UUID) -> Advised:
    return next((one for one in advice.calls if one.call_id == call_id), Advised(call_id=call_id))


def _kept(advice: Advice, one: Advised) -> Decision:
    stands = one.triaged_at is not None and (one.withdrawn_at is None or one.withdrawn_at < one.triaged_at)
    calls = {**{each.call_id: each for each in advice.calls}, one.call_id: one.model_copy(update={"stands": stands})}
    return changed(advice.but(calls=tuple(calls[each] for each in sorted(calls))))
