"""The chain's next release: events, commands, states and tables have grown, and there is an event that is new.

The first release knows nothing of all this: `told_by` and `remarks` of the events, the event `CommandCounted`, `urgent`
of the command, `counted` of the states, the column `told_by` of the effects and the table `tally`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import JSONResponse

from carebus.contracts import EVENTS, TOLD_BY
from carebus.contracts import referral as first
from carebus.contracts.event import PatientEvent, Stream
from carebus.decisions import Cause, Decision, Handlers, changed, on
from carebus.service import Service
from carebus.settings import Settings
from carebus.storage.database import Connection
from carebus.storage.states import Documents, Rows, tables
from carebus.testing import let_tell
from carebus.web.http import AskedOf, PartsOf
from tests.faults import chain

NAME = "later"
MIGRATIONS = Path(__file__).parent / "migrations"
GIVEN_BACK = MIGRATIONS / "back" / "0004_tightened.sql"


class ReferralDeclined(first.ReferralDeclined):
    """As before, with one field more."""

    told_by: str | None = None


class EligibilityAssessed(first.EligibilityAssessed):
    """As before, with one field more."""

    remarks: tuple[str, ...] = ()


class CommandCounted(PatientEvent):
    """The how manyeth command this was of those that this release has taken for the patient."""

    referral_id: UUID
    nth: int


class Say(chain.Say):
    """As before, with one field more."""

    urgent: bool = False


class Said(chain.Said):
    """`counted` are the commands that this release took."""

    counted: int = 0


class Heard(chain.Heard):
    """`counted` are the events that only this release hears."""

    counted: int = 0


def say(said: Said, command: Say, cause: Cause) -> Decision:
    """As before, and count it and tell that too."""
    before = chain.say(said, command, cause)
    counted = CommandCounted(referral_id=command.mark, nth=said.counted + 1)
    told = tuple(ReferralDeclined(**event.model_dump(), told_by=NAME) for event in before.events)
    kept = tuple(state.but(counted=counted.nth) for state in before.states)
    return before._replace(states=kept, events=(*told, counted))


def keep_count(heard: Heard, event: CommandCounted, cause: Cause) -> Decision:
    """Keep what was counted."""
    entries = (*heard.entries, f"counted {event.referral_id}")
    return changed(heard.but(entries=entries, counted=heard.counted + 1))


def answer(heard: Heard, event: ReferralDeclined, cause: Cause) -> Decision:
    """As before, with a remark."""
    before, remarks = chain.answer(heard, event, cause), (f"asked by {event.told_by}",)
    return before._replace(
        events=tuple(EligibilityAssessed(**told.model_dump(), remarks=remarks) for told in before.events)
    )


def _rows(log: str) -> Rows[chain.Entries]:
    async def save(db: Connection, states: Mapping[Stream, chain.Entries]) -> None:
        rows = [
            (log, stream, n, entry, NAME) for stream, state in states.items() for n, entry in enumerate(state.entries)
        ]
        await db.executemany(
            "insert into effect (log, stream, ordinal, entry, told_by) values ($1, $2, $3, $4, $5)"
            " on conflict do nothing",
            rows,
        )
        await db.executemany(
            "insert into tally values ($1, $2, $3) on conflict (log, stream) do update set entries = excluded.entries",
            [(log, stream, len(state.entries)) for stream, state in states.items()],
        )

    return save


router = APIRouter()


@router.post("/api/{patient_id}/say")
async def take(patient_id: UUID, body: Say, parts: PartsOf, asked: AskedOf) -> JSONResponse:
    """Take one command."""
    return await chain.taken(patient_id, body, parts, asked, Said, say)


HEARS: dict[str, Handlers] = {
    "asking": {
        ReferralDeclined: on(Heard, chain.keep_question),
        EligibilityAssessed: on(Heard, chain.keep_answer),
        CommandCounted: on(Heard, keep_count),
        chain.FollowUp: on(Heard, chain.follow_up),
    },
    "echo": {ReferralDeclined: on(Heard, answer), CommandCounted: on(Heard, keep_count)},
}


def make(name: str, settings: Settings) -> Service:
    """One of the two services."""
    EVENTS.update({kind.type_name(): kind for kind in (ReferralDeclined, EligibilityAssessed, CommandCounted)})
    let_tell(name)
    TOLD_BY["referral"] |= {ReferralDeclined, EligibilityAssessed}
    states = tables(Documents("said", Said, rows=_rows("said")), Documents("heard", Heard, rows=_rows("heard")))
    return chain.made(name, settings, states, HEARS[name], router, Say)
