"""Acts: what can be done with a visit or with somebody's care by one command each, as JSON or from a form."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from carebus.contracts.event import patient_stream
from carebus.contracts.people import TeamMember
from carebus.deciding.commands import Also, Answer, Asked, Done
from carebus.decisions import Command, Reaction
from carebus.storage.database import Connection
from carebus.web.http import Parts
from services.care_plan.domain.care import Care, PatientUnknown
from services.care_plan.domain.care.zones import day_of
from services.care_plan.domain.team.joining import ClinicianUnknown
from services.care_plan.domain.team.standing import require_standing
from services.care_plan.domain.team.states import state_code
from services.care_plan.store import episode, team

C = TypeVar("C", bound=Command)
MEMBERS = {"people": "clinicians", "joins": "joins", "leaves": "leaves"}
"""Fields of commands that hold members of a team, and what callers name instead: the ids of clinicians."""


class Act(NamedTuple):
    """A command, what it decides, and its body without what the address says."""

    command: type[Command]
    reaction: Reaction
    body: type[BaseModel]


class Became(BaseModel):
    """The answer to an act: whose care it was about, and how that stands."""

    patient_id: UUID
    in_care: bool
    on_hold: bool


def act(command: type[Command], reaction: Reaction, *of_address: str) -> Act:
    """One act; `of_address` are the fields that its address gives."""
    return Act(command, reaction, _body(command, of_address))


def _body(command: type[Command], of_address: Sequence[str]) -> type[BaseModel]:
    fields: dict[str, Any] = {}
    for name, info in command.model_fields.items():
        if name == "people":
            required = info.is_required()
            fields["clinicians"] = (tuple[UUID, ...], ... if required else ())
        elif name in MEMBERS:
            fields[name] = (UUID, ...) if info.is_required() else (UUID | None, None)
        elif name not in of_address:
            fields[name] = (info.annotation, info)
    config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    return create_model(f"{command.__name__}Body", __config__=config, __doc__=command.__doc__, **fields)


async def perform(
    parts: Parts,
    act: Act,
    patient_id: UUID,
    body: Mapping[str, Any],
    asked: Asked,
    *,
    also: Also | None = None,
    **of_address: UUID,
) -> Answer:
    """Do it. Raises what the domain raises, and RequestValidationError for what a rule over several fields refuses."""
    given = {name: value for name, value in body.items() if name not in MEMBERS.values()}
    command = command_of(act.command, {**given, **await _members(parts, act.command, body), **of_address})

    async def kept(db: Connection, answer: Answer) -> None:
        await _require_standing(db, parts.clock.now(), command, patient_id)
        if also is not None:
            await also(db, answer)

    def reply(done: Done) -> Became:
        care = done.state(Care)
        return Became(patient_id=patient_id, in_care=care.in_care, on_hold=bool(care.holds))

    return await parts.commands.perform(act.reaction, patient_stream(patient_id), command, asked, reply, also=kept)


def command_of(kind: type[C], given: Mapping[str, Any]) -> C:
    """The command; what a rule over several fields refuses is RequestValidationError, as for any other field."""
    try:
        return kind.model_validate(given)
    except ValidationError as why:
        raise RequestValidationError(why.errors()) from None


async def _members(parts: Parts, kind: type[Command], body: Mapping[str, Any]) -> dict[str, Any]:
    """Who is named by id, as a team knows them. Raises ClinicianUnknown."""
    named = {ours: body.get(theirs) for ours, theirs in MEMBERS.items() if ours in kind.model_fields}
    ids = [one for each in named.values() for one in (each if isinstance(each, list | tuple) else [each]) if one]
    if not ids:
        return {}
    async with parts.database.connection() as db:
        found = await team.clinicians_of(db, ids)
    members = {one: clinician.as_member() for one, clinician in found.items()}
    return {ours: _named(each, members, MEMBERS[ours]) for ours, each in named.items() if each}


def _named(each: Any, members: Mapping[UUID, TeamMember], field: str) -> Any:
    try:
        return tuple(members[one] for one in dict.fromkeys(each)) if isinstance(each, list | tuple) else members[each]
    except KeyError:
        raise ClinicianUnknown(field=field) from None


async def _require_standing(db: Connection, now: datetime, command: Command, patient_id: UUID) -> None:
    """Raises NotLicensedThere or NotThereThen unless all who are named may be sent to the patient on that day.

    Checked after the decision, in the same transaction. A repeated command gets its first answer even if somebody has
    left since, and nobody can leave between this check and the commit.
    """
    starts_at, joins = getattr(command, "starts_at", None), getattr(command, "joins", None)
    if starts_at is None and joins is None:
        return
    care = await episode.care_of(db, patient_id)
    if care is None or care.patient is None:
        return
    people = (joins,) if joins else getattr(command, "people", ()) or _planned_with(care, command)
    found = await team.clinicians_of(db, [one.clinician_id for one in people])
    at = care.patient.address
    day = getattr(command, "from_day", None) or day_of(care, starts_at or now)
    for one in found.values():
        require_standing(one, state_code(at.state, at.postal_code), day, "joins" if joins else "clinicians")


def _planned_with(care: Care, command: Command) -> tuple[TeamMember, ...]:
    """Who comes to the visit that the command is about, where it names nobody else."""
    visit_id = getattr(command, "visit_id", None)
    return next((one.people for one in care.visits if one.visit_id == visit_id), ())


async def known_patient(parts: Parts, patient_id: UUID) -> Care:
    """The care of a patient. Raises PatientUnknown."""
    async with parts.database.connection() as db:
        care = await episode.care_of(db, patient_id)
    if care is None:
        raise PatientUnknown
    return care
