"""Whose call it is: a call is one nurse's, who may hand it to another."""

from typing import Annotated

from pydantic import Field

from carebus.contracts.line import Nurse
from carebus.contracts.phi import Phi
from carebus.decisions import Cause, Command, Decision, changed
from services.line.domain.calls.call import Call, HasAnotherNurse, require_open, require_own
from services.line.domain.calls.telephone import ABANDONED, settled


class StartCall(Command):
    """Somebody is on the phone, and no telephone system told of it."""

    nurse: Nurse
    from_number: Annotated[str, Phi.PHONE, Field(max_length=40)] = ""


class TakeCall(Command):
    """The nurse has this call from now on. from_other: it is taken over from whoever had it, who knows."""

    nurse: Nurse
    from_other: bool = False


class DescribeCaller(Command):
    """Who is on the phone, how they stand to the patient, what they say, and where to call back if not there."""

    nurse: Nurse
    caller_name: Annotated[str, Phi.NAME, Field(max_length=200)] = ""
    relationship: Annotated[str, Phi.TEXT, Field(max_length=100)] = ""
    phone: Annotated[str, Phi.PHONE, Field(max_length=40)] = ""
    note: Annotated[str, Phi.TEXT, Field(max_length=4000)] = ""


def start_call(call: Call, start: StartCall, cause: Cause) -> Decision:
    """The call is there, and the nurse's."""
    now = cause.now
    return settled(
        call.but(ringing_at=now, from_number=start.from_number, by_hand=True, nurse=start.nurse, taken_at=now)
    )


def take_call(call: Call, take: TakeCall, cause: Cause) -> Decision:
    """One nurse has it; a second is told who."""
    require_open(call)
    if call.nurse is not None and call.nurse.account != take.nurse.account and not take.from_other:
        raise HasAnotherNurse(name=call.nurse.name)
    before = call.nurse.account if call.nurse else ""
    promises = tuple(
        one if one.made_at or one.nurse.account != before else one.model_copy(update={"nurse": take.nurse})
        for one in call.promises
    )  # whoever takes over keeps what was promised; what a third nurse has accepted stays theirs
    taken = call.but(nurse=take.nurse, taken_at=call.taken_at or cause.now, promises=promises)
    return settled(taken).cancels(ABANDONED)


def describe_caller(call: Call, said: DescribeCaller, _: Cause) -> Decision:
    """What the nurse writes while they listen."""
    require_own(call, said.nurse)
    return changed(call.but(**said.model_dump(exclude={"nurse"})))
