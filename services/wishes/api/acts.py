"""Acts: what is done with somebody's wishes by one command each, from a form or as JSON."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from carebus.access import Caller
from carebus.contracts.event import patient_stream
from carebus.deciding.commands import Answer, Asked, Done
from carebus.decisions import Command, Reaction, on
from carebus.storage.database import Connection
from carebus.web.http import Parts
from services.wishes.domain.agents import appointing, capacity
from services.wishes.domain.agents.appointing import AppointAgent, TakeOutAgent
from services.wishes.domain.agents.capacity import RecordCapacity, RecordIncapacity
from services.wishes.domain.conflicts import settling
from services.wishes.domain.conflicts.settling import SettleConflict
from services.wishes.domain.documents import standing
from services.wishes.domain.documents.standing import (
    AmendDocument,
    FinaliseDocument,
    MarkInError,
    RevokeDocument,
    VerifyDocument,
)
from services.wishes.domain.summarising import open_conflicts
from services.wishes.domain.wishes import PatientUnknown, Wishes
from services.wishes.store import people

_MADE = UUID("0f1c2b7e-54a7-5a43-8a52-2a5d3a5b9a11")
GIVEN = frozenset({"by", "agent_id"})
"""What whoever acts does not say."""


class Act(NamedTuple):
    """A command, what it decides, and its body without what is given."""

    command: type[Command]
    reaction: Reaction
    body: type[BaseModel]


class Became(BaseModel):
    """The answer to an act: whose wishes, and how many conflicts nobody has settled."""

    patient_id: UUID
    open_conflicts: int


def act(command: type[Command], reaction: Reaction, *, names_agent: bool = False) -> Act:
    """One act. names_agent: the agent is one that is there, and its id is said."""
    given = GIVEN - {"agent_id"} if names_agent else GIVEN
    fields: dict[str, Any] = {n: (info.annotation, info) for n, info in command.model_fields.items() if n not in given}
    config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    body = create_model(f"{command.__name__}Body", __config__=config, __doc__=command.__doc__, **fields)
    return Act(command, reaction, body)


ACTS: dict[str, Act] = {
    "verify": act(VerifyDocument, on(Wishes, standing.verify_document)),
    "amend": act(AmendDocument, on(Wishes, standing.amend_document)),
    "finalise": act(FinaliseDocument, on(Wishes, standing.finalise_document)),
    "revoke": act(RevokeDocument, on(Wishes, standing.revoke_document)),
    "mark-in-error": act(MarkInError, on(Wishes, standing.mark_in_error)),
    "appoint": act(AppointAgent, on(Wishes, appointing.appoint_agent)),
    "take-out-agent": act(TakeOutAgent, on(Wishes, appointing.take_out_agent), names_agent=True),
    "incapacity": act(RecordIncapacity, on(Wishes, capacity.record_incapacity)),
    "capacity": act(RecordCapacity, on(Wishes, capacity.record_capacity)),
    "settle": act(SettleConflict, on(Wishes, settling.settle_conflict)),
}
"""What is done, by the last part of its address."""
OF_DOCUMENT = frozenset({"verify", "amend", "finalise", "revoke", "mark-in-error"})


def made_by(asked: Asked, what: str) -> UUID:
    """The id of a thing that a command makes: the same when it is sent again."""
    return uuid5(_MADE, f"{asked.caller.actor}/{asked.key}/{what}")


def name_of(caller: Caller) -> str:
    """Who acts, as records show them."""
    return caller.name or caller.role.replace("_", " ")


async def perform(
    parts: Parts, one: Act, patient_id: UUID, body: Mapping[str, Any], caller: Caller, asked: Asked
) -> Answer:
    """Do it. Raises what the domain raises, and RequestValidationError for a wrong body."""
    given = {"by": name_of(caller), "agent_id": made_by(asked, "agent")}
    fields = {name: value for name, value in given.items() if name in one.command.model_fields}
    command = command_of(one.command, {**fields, **body})
    return await parts.commands.perform(one.reaction, patient_stream(patient_id), command, asked, replying(patient_id))


def command_of(kind: type[Command], given: Mapping[str, Any]) -> Command:
    """The command; what a rule over several fields refuses is RequestValidationError, as for any other field."""
    try:
        return kind.model_validate(given)
    except ValidationError as why:
        raise RequestValidationError(why.errors()) from None


def replying(patient_id: UUID) -> Any:
    """How an act on wishes is answered."""

    def reply(done: Done) -> Became:
        return Became(patient_id=patient_id, open_conflicts=len(open_conflicts(done.state(Wishes))))

    return reply


async def known(db: Connection, patient_id: UUID) -> Wishes:
    """What is known of a patient. Raises PatientUnknown."""
    found = await people.wishes_of(db, patient_id)
    if found is None:
        raise PatientUnknown
    return found
