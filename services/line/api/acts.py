"""What is done with a call, by one command each, as JSON or from a form; some is told on the patient's stream too."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple
from uuid import UUID

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from carebus.access import Caller
from carebus.contracts.event import patient_stream
from carebus.contracts.line import Nurse
from carebus.deciding.commands import Answer, Asked, Done, Step
from carebus.decisions import Command, Reaction, on
from carebus.web.http import Parts
from services.line.api import duty, protocols
from services.line.domain.calls import (
    Call,
    advice,
    answering,
    closing,
    following,
    linking,
    paging,
    promises,
)
from services.line.domain.calls.advice import TriageCall
from services.line.domain.calls.answering import DescribeCaller, StartCall, TakeCall
from services.line.domain.calls.closing import CloseCall
from services.line.domain.calls.following import AnswerQuestions, StartProtocol
from services.line.domain.calls.linking import ForgetCall, LinkPatient, UnlinkPatient
from services.line.domain.calls.paging import PageClinician, TakePage
from services.line.domain.calls.promises import AcceptPromise, MakeCallback, PromiseCallback
from services.line.domain.sheet import Sheet, handing_over
from services.line.domain.sheet.handing_over import TellTeam
from services.line.store.calls import call_stream, status_of

GIVEN = ("nurse", "call_id", "text", "runs", "asked", "about", "said")
"""What the address, the sign-in and what is kept say, and nobody types."""


Needs = Callable[[Parts, UUID, Mapping[str, Any]], Awaitable[Mapping[str, Any]]]
"""What a command is given of what is kept: read before it, by the call and what was typed."""


class Became(BaseModel):
    """The answer to an act: how the call stands."""

    call_id: UUID
    status: str
    nurse: str
    patient_id: UUID | None


class Act(NamedTuple):
    """A command, what it decides, its body without what is given, what follows elsewhere, what is read first."""

    command: type[Command]
    reaction: Reaction
    body: type[BaseModel]
    beside: Callable[[Any, UUID], list[Step]]
    needs: Needs


def _nothing(_: Command, __: UUID) -> list[Step]:
    return []


def act(
    command: type[Command],
    reaction: Reaction,
    beside: Callable[[Any, UUID], list[Step]] = _nothing,
    needs: Needs = protocols.nothing,
) -> Act:
    """One act."""
    fields: dict[str, Any] = {
        name: (info.annotation, info) for name, info in command.model_fields.items() if name not in GIVEN
    }
    config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    body = create_model(f"{command.__name__}Body", __config__=config, __doc__=command.__doc__, **fields)
    return Act(command, reaction, body, beside, needs)


FORGET = on(Sheet, linking.forget_call)
KNOWN = on(Sheet, linking.require_known)
ADVISE = on(Sheet, advice.advise)
FOR_TEAM = on(Sheet, handing_over.tell_team)
CLOSED = on(Sheet, closing.note_closed)


def _forgotten(patient_id: UUID | None, call_id: UUID) -> list[Step]:
    return [(FORGET, patient_stream(patient_id), ForgetCall(call_id=call_id))] if patient_id else []


def _linked(link: LinkPatient, call_id: UUID) -> list[Step]:
    known: Step = (KNOWN, patient_stream(link.patient_id), link)
    moved = link.instead_of != link.patient_id
    return [known, *(_forgotten(link.instead_of, call_id) if moved else [])]


def _unlinked(unlink: UnlinkPatient, call_id: UUID) -> list[Step]:
    return _forgotten(unlink.patient_id, call_id)


def _advised(triage: TriageCall, _: UUID) -> list[Step]:
    return [(ADVISE, patient_stream(triage.patient_id), triage)]


def _for_team(tell: TellTeam, _: UUID) -> list[Step]:
    return [(FOR_TEAM, patient_stream(tell.patient_id), tell)]


def _closed(close: CloseCall, _: UUID) -> list[Step]:
    return [(CLOSED, patient_stream(close.about), close)] if close.about else []


START = act(StartCall, on(Call, answering.start_call))
ACTS: dict[str, Act] = {
    "take": act(TakeCall, on(Call, answering.take_call)),
    "describe": act(DescribeCaller, on(Call, answering.describe_caller)),
    "link": act(LinkPatient, on(Call, linking.link_patient), _linked),
    "unlink": act(UnlinkPatient, on(Call, linking.unlink_patient), _unlinked),
    "promise": act(PromiseCallback, on(Call, promises.promise_callback)),
    "accept-promise": act(AcceptPromise, on(Call, promises.accept_promise)),
    "call-back": act(MakeCallback, on(Call, promises.make_callback)),
    "page": act(PageClinician, on(Call, paging.page_clinician), needs=duty.asked),
    "take-page": act(TakePage, on(Call, paging.take_page)),
    "tell-team": act(TellTeam, on(Call, handing_over.require_linked), _for_team),
    "protocol": act(StartProtocol, on(Call, following.start_protocol), needs=protocols.in_force),
    "answers": act(AnswerQuestions, on(Call, following.answer_questions), needs=protocols.pinned),
    "triage": act(TriageCall, on(Call, advice.triage_call), _advised, protocols.followed),
    "close": act(CloseCall, on(Call, closing.close_call), _closed, protocols.followed),
}
"""What is done with a call, by the last part of its address."""


def nurse_of(caller: Caller) -> Nurse:
    """Who acts, as calls keep them."""
    return Nurse(account=caller.actor, name=caller.name or caller.role.replace("_", " "))


async def perform(
    parts: Parts, one: Act, call_id: UUID, body: Mapping[str, Any], caller: Caller, asked: Asked
) -> Answer:
    """Do it, on all streams or none. Raises what the domain raises, and RequestValidationError for a wrong body."""
    given = {"nurse": nurse_of(caller), "call_id": call_id, **await one.needs(parts, call_id, body)}
    fields = {name: value for name, value in given.items() if name in one.command.model_fields}
    try:
        command = one.command.model_validate({**body, **fields})
    except ValidationError as why:
        raise RequestValidationError(why.errors()) from None

    def reply(done: Done) -> Became:
        call = done.state(Call)
        name = call.nurse.name if call.nurse else ""
        return Became(call_id=call_id, status=status_of(call), nurse=name, patient_id=call.patient_id)

    steps: list[Step] = [(one.reaction, call_stream(call_id), command), *one.beside(command, call_id)]
    return await parts.commands.perform_in_turn(steps, asked, reply)
