"""Two services to be killed: `asking` takes commands, tells them and follows them up; `echo` answers each command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import JSONResponse

from carebus.access import Access, anyone, own_work
from carebus.contracts.event import Stream, Value, patient_stream
from carebus.contracts.referral import DeclineReason, EligibilityAssessed, ReferralDeclined
from carebus.decisions import Cause, Decision, Handlers, State, Timer, changed, on
from carebus.service import Look, Service
from carebus.settings import Settings
from carebus.storage.database import Connection
from carebus.storage.states import Documents, Rows, States, tables
from carebus.testing import let_tell
from carebus.web.http import AskedOf, PartsOf

for source in ("asking", "echo"):
    let_tell(source)

FOLDER = Path(__file__).parent
MIGRATIONS = FOLDER / "migrations"
FOLLOWS_AFTER = timedelta(seconds=1)
FOLLOWED = "follow-up"


class Say(Value):
    """A command: its mark is to be told once. `name` is protected; what spoils can be told, but not answered.

    Half of what spoils is refused by the rules of `echo`, the other half by its database.
    """

    mark: UUID
    name: str
    spoils: bool = False


class FollowUp(Timer):
    """A while after a command: its mark is to be told once more, and once only."""

    mark: UUID


class Entries(State):
    """What happened to one patient, in order."""

    entries: tuple[str, ...] = ()


class Said(Entries):
    """The commands that were taken."""


class Heard(Entries):
    """The events that were heard, and the timers that were due."""


class Place(BaseModel):
    """The answer to a command: the how manyeth of its patient it was."""

    position: int


def say(said: Said, command: Say, cause: Cause) -> Decision:
    """Keep the mark, tell it, and follow it up later."""
    spoilt = DeclineReason.DECEASED if command.mark.int % 2 else DeclineReason.NO_CAPACITY
    reason = spoilt if command.spoils else DeclineReason.OTHER
    told = ReferralDeclined(
        referral_id=command.mark, reason=reason, reason_text=f"{command.name} was here", declined_at=cause.now
    )
    kept = changed(said.but(entries=(*said.entries, str(command.mark)))).tells(told)
    return kept.wakes(f"follow up {command.mark}", cause.now + FOLLOWS_AFTER, FollowUp(mark=command.mark))


def follow_up(heard: Heard, due: FollowUp, cause: Cause) -> Decision:
    """Keep that the timer was due, and tell it."""
    told = EligibilityAssessed(referral_id=due.mark, ruleset=FOLLOWED, criteria=(), eligible=True)
    return changed(heard.but(entries=(*heard.entries, f"due {due.mark}"))).tells(told)


def keep_question(heard: Heard, event: ReferralDeclined, cause: Cause) -> Decision:
    """Keep what was said."""
    return changed(heard.but(entries=(*heard.entries, f"said {event.referral_id}")))


def keep_answer(heard: Heard, event: EligibilityAssessed, cause: Cause) -> Decision:
    """Keep what was answered, or followed up."""
    verb = "followed" if event.ruleset == FOLLOWED else "answered"
    return changed(heard.but(entries=(*heard.entries, f"{verb} {event.referral_id}")))


def answer(heard: Heard, event: ReferralDeclined, cause: Cause) -> Decision:
    """Keep what was said and answer it, unless it is spoilt."""
    if event.reason is DeclineReason.DECEASED:
        raise ValueError(event.reason_text)
    if event.reason is DeclineReason.NO_CAPACITY:
        return changed(heard.but(entries=(*heard.entries, "refused by the database")))
    told = EligibilityAssessed(referral_id=event.referral_id, ruleset="echo", criteria=(), eligible=True)
    return keep_question(heard, event, cause).tells(told)


def _rows(log: str) -> Rows[Entries]:
    async def save(db: Connection, states: Mapping[Stream, Entries]) -> None:
        rows = [(log, stream, n, entry) for stream, state in states.items() for n, entry in enumerate(state.entries)]
        await db.executemany("insert into effect values ($1, $2, $3, $4) on conflict do nothing", rows)

    return save


router = APIRouter()


@router.post("/api/{patient_id}/say")
async def take(patient_id: UUID, body: Say, parts: PartsOf, asked: AskedOf) -> JSONResponse:
    """Take one command."""
    return await taken(patient_id, body, parts, asked, Said, say)


async def taken(
    patient_id: UUID,
    command: Say,
    parts: PartsOf,
    asked: AskedOf,
    state: type[Said],
    decide: Callable[..., Decision],
) -> JSONResponse:
    """The same for the state and the decision of any release; as the service's own work, of which no record is kept."""
    asked = replace(asked, caller=own_work("client"))
    done = await parts.commands.perform(
        on(state, decide),
        patient_stream(patient_id),
        command,
        asked,
        reply=lambda done: Place(position=len(done.state(state).entries)),
        status=201,
    )
    return JSONResponse(done.body, done.status)


HEARS: dict[str, Handlers] = {
    "asking": {
        ReferralDeclined: on(Heard, keep_question),
        EligibilityAssessed: on(Heard, keep_answer),
        FollowUp: on(Heard, follow_up),
    },
    "echo": {ReferralDeclined: on(Heard, answer)},
}


def make(name: str, settings: Settings) -> Service:
    """One of the two services."""
    states = tables(Documents("said", Said, rows=_rows("said")), Documents("heard", Heard, rows=_rows("heard")))
    return made(name, settings, states, HEARS[name], router)


def made(
    name: str, settings: Settings, states: States, hears: Handlers, router: APIRouter, said: type[Say] = Say
) -> Service:
    """One of the two services of any release."""
    look, open_to_all = Look(name, FOLDER / "templates"), anyone(because="these tests are about the bus")
    access = Access({said: open_to_all}, {"POST /api/{patient_id}/say": open_to_all})
    return Service(name, states=states, handlers=hears, router=router, look=look, settings=settings, access=access)
