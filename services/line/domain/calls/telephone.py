"""What a telephone system says of a call. In whatever order, and however often, it ends alike."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field

from carebus.contracts.event import Event
from carebus.contracts.line import CallAbandoned, CallAnswered, CallReceived, Nurse
from carebus.contracts.phi import Phi
from carebus.decisions import Cause, Command, Decision, Timer, changed, ignore
from carebus.errors import BrokenRule
from services.line.domain.calls.call import Call

PATIENCE = timedelta(minutes=1)
"""After its end is heard a call counts as abandoned only then: word that it was answered may still be on its way."""
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""A clock that begins anew begins here; what is earlier is no time."""
ABANDONED = "abandoned"
ANSWERED, RECEIVED = "answered", "received"


class TelephoneFact(StrEnum):
    """What happened to a call."""

    RINGING = "ringing"
    ANSWERED = "answered"
    TRANSFERRED = "transferred"
    ENDED = "ended"


def _not_before_clocks(at: datetime) -> datetime:
    if at < EARLIEST:
        raise BrokenRule("Give a time that is not before 1970.")
    return at


class ReportTelephone(Command):
    """A telephone system tells what happened to a call. happened_at: by its own clock, never later than now.

    call_key: what the system calls the call.  agent: who spoke, as the system calls them.
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    call_key: Annotated[str, Field(min_length=1, max_length=200)]
    fact: TelephoneFact
    happened_at: Annotated[AwareDatetime, AfterValidator(_not_before_clocks)]
    from_number: Annotated[str, Phi.PHONE, Field(max_length=40)] = ""
    to_number: Annotated[str, Field(max_length=40)] = ""
    agent: Annotated[str, Field(max_length=100)] = ""


class AnswerAwaited(Timer):
    """A call ended and nobody is known to have answered it."""


def follow_telephone(call: Call, said: ReportTelephone, cause: Cause) -> Decision:
    """Keep the earliest of each fact, and tell what is known by now."""
    at = min(said.happened_at, cause.now)
    now = call.but(**_fact(call, said.fact, at), **_numbers(call, said, at), **_agent(call, said, at))
    if now == call:
        return ignore("told_before")
    decision = settled(now)
    if now.ended_at and not now.answered_at and not now.taken_at:
        return decision.wakes(ABANDONED, cause.now + PATIENCE, AnswerAwaited())
    return decision.cancels(ABANDONED)


def note_abandonment(call: Call, _: AnswerAwaited, __: Cause) -> Decision:
    """Nobody answered."""
    if call.answered_at or call.taken_at or ABANDONED in call.told or call.ended_at is None or call.came_at is None:
        return ignore("answered")
    waited = (call.ended_at - call.came_at).total_seconds()
    told = _received(call) if RECEIVED not in call.told else ()
    gone = CallAbandoned(waited_seconds=waited, abandoned_at=call.ended_at)
    return changed(call.but(told=tuple(dict.fromkeys((*call.told, RECEIVED, ABANDONED))))).tells(*told, gone)


def settled(call: Call) -> Decision:
    """What can be told of a call and was not told yet: that it came, and that somebody answered.

    Word of an earlier answer, or of the ring, may come later: the answer is told again then, and the earliest stands.
    """
    spoken_at = min((at for at in (call.answered_at, call.taken_at) if at), default=None)
    came_at = call.ringing_at or (call.came_at if call.ended_at else None)  # the ring may still be on its way
    if came_at is None:
        return changed(call)
    events = [] if RECEIVED in call.told else list(_received(call))
    told = [*call.told, RECEIVED] if events else list(call.told)
    answer = (spoken_at, max((spoken_at - came_at).total_seconds(), 0.0)) if spoken_at else None
    if answer is not None and answer != call.answer_told:
        nurse = call.nurse or Nurse(account="", name=call.agent)
        events.append(CallAnswered(nurse=nurse, waited_seconds=answer[1], answered_at=answer[0]))
        told = list(dict.fromkeys((*told, ANSWERED)))
    return changed(call.but(told=tuple(told), answer_told=answer)).tells(*events)


def _received(call: Call) -> tuple[Event, ...]:
    assert call.came_at is not None, "something was heard of it"
    return (
        CallReceived(
            from_number=call.from_number, to_number=call.to_number, by_hand=call.by_hand, received_at=call.came_at
        ),
    )


def _fact(call: Call, fact: TelephoneFact, at: datetime) -> dict[str, Any]:
    """The fact at its earliest; a transfer says that somebody had answered before."""
    match fact:
        case TelephoneFact.RINGING:
            return {"ringing_at": _first(call.ringing_at, at)}
        case TelephoneFact.ENDED:
            return {"ended_at": _first(call.ended_at, at)}
        case TelephoneFact.ANSWERED | TelephoneFact.TRANSFERRED:
            return {"answered_at": _first(call.answered_at, at)}


def _numbers(call: Call, said: ReportTelephone, at: datetime) -> dict[str, Any]:
    """The numbers of the earliest word that names any."""
    known = (call.numbers_at, call.from_number, call.to_number)
    if not said.from_number and not said.to_number:
        return {}
    if call.numbers_at is not None and known <= (at, said.from_number, said.to_number):
        return {}
    return {"numbers_at": at, "from_number": said.from_number, "to_number": said.to_number}


def _agent(call: Call, said: ReportTelephone, at: datetime) -> dict[str, Any]:
    """Whom the latest word names."""
    if not said.agent or (call.agent_at is not None and (at, said.agent) <= (call.agent_at, call.agent)):
        return {}
    return {"agent_at": at, "agent": said.agent}


def _first(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else min(one, other)
