"""The smallest service there can be, for testing the kit: it keeps what it hears, in order, and answers each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import JSONResponse

from carebus.access import Access, staff
from carebus.contracts.event import Stream, patient_stream
from carebus.contracts.referral import DeclineReason, EligibilityAssessed, ReferralDeclined
from carebus.decisions import Cause, Decision, Handlers, State, Timer, changed, ignore, on
from carebus.errors import CarebusError
from carebus.service import Look, Service, Worker
from carebus.settings import Settings
from carebus.storage.database import Connection
from carebus.storage.states import Documents, tables
from carebus.testing import let_tell
from carebus.web.http import AskedOf, PartsOf

let_tell("tally")
BELIEVED = "care_plan, outcomes, y"
"""Who else may tell marks in tests, as if several services did."""

FOLDER = Path(__file__).parent
MIGRATIONS = FOLDER / "migrations"
LATER = timedelta(hours=1)


class Reminder(Timer):
    """Tells the mark again later."""

    mark: str


class Tally(State):
    """What was heard of one patient."""

    marks: tuple[str, ...] = ()


class Broken(CarebusError):
    """This mark can never be handled."""


def note(tally: Tally, heard: EligibilityAssessed, cause: Cause) -> Decision:
    """Keep the ruleset's name as the mark; some marks are special."""
    return _keep(tally, heard.ruleset, cause)


def remind(tally: Tally, due: Reminder, cause: Cause) -> Decision:
    """The timer's turn."""
    return _keep(tally, due.mark, cause)


def _keep(tally: Tally, mark: str, cause: Cause) -> Decision:
    if mark.startswith("broken"):
        raise Broken
    if mark == "bug":
        raise ValueError("Jane Roe, born 1941")
    if mark == "ignored":
        return ignore("marked_so")
    decision = changed(tally.but(marks=(*tally.marks, mark)))
    if mark.startswith("later"):
        return decision.wakes("reminder", cause.now + LATER, Reminder(mark=f"reminded of {mark}"))
    if mark == "cancel":
        return decision.cancels("reminder")
    return decision.tells(answer(cause.derive("answer"), cause))


def answer(referral_id: UUID, cause: Cause) -> ReferralDeclined:
    """What the tally tells for each mark."""
    return ReferralDeclined(referral_id=referral_id, reason=DeclineReason.DUPLICATE, declined_at=cause.now)


async def _save_effects(db: Connection, states: Mapping[Stream, Tally]) -> None:
    rows = [(stream, n, mark) for stream, tally in states.items() for n, mark in enumerate(tally.marks)]
    await db.executemany("insert into effect values ($1, $2, $3) on conflict do nothing", rows)


HANDLERS: Handlers = {EligibilityAssessed: on(Tally, note), Reminder: on(Tally, remind)}
router = APIRouter()
ACCESS = Access({EligibilityAssessed: staff}, {"POST /api/{patient_id}/marks": staff})


@router.post("/api/{patient_id}/marks")
async def mark(patient_id: UUID, body: EligibilityAssessed, parts: PartsOf, asked: AskedOf) -> JSONResponse:
    """A command that does what hearing the event does."""
    done = await parts.commands.perform(
        on(Tally, note), patient_stream(patient_id), body, asked, reply=lambda done: done.state(Tally), status=201
    )
    return JSONResponse(done.body, done.status)


def without_broker(url: str, clock: Path) -> Settings:
    """Settings of a service on the bench, which several sources tell marks."""
    return Settings.model_validate(
        {
            "database_url": url,
            "kafka_bootstrap_servers": "127.0.0.1:1",
            "clock_file": clock,
            "believed_sources": BELIEVED,
        }
    )


def make(settings: Settings, handlers: Handlers | None = None, workers: Sequence[Worker] = ()) -> Service:
    """The tally service."""
    return Service(
        "tally",
        states=tables(Documents("tally", Tally, rows=_save_effects)),
        handlers=handlers or HANDLERS,
        router=router,
        look=Look("Tally", FOLDER / "templates"),
        settings=settings,
        access=ACCESS,
        workers=workers,
    )
