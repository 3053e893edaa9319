"""Where it is kept who outside has whose visit summaries, and which private link leads to which."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from carebus.contracts.event import Stream, patient_stream, subject_id
from carebus.decisions import acted
from carebus.storage.database import Connection
from carebus.storage.states import Documents, document, read_document
from services.care_plan.domain.summaries.sharing import Sending, Sharing

_SAVE = """
insert into summary_sending (sending_id, patient_id, visit_id, doc, sent_at)
select sending_id, patient_id, visit_id, doc, sent_at from jsonb_populate_recordset(null::summary_sending, $1::jsonb)
on conflict (sending_id) do update set doc = excluded.doc
"""
_OF_VISIT = "select doc::text as doc from summary_sending where visit_id = $1 order by sent_at, sending_id"
_ONE = "select patient_id, doc::text as doc, failed from summary_sending where sending_id = $1"

# Taken before the date of birth is looked at, so that many at once have no more tries together than one after another.
_TAKE_TRY = "update summary_sending set failed = failed + 1 where sending_id = $1 and failed < $2 returning failed"
_GIVE_BACK = "update summary_sending set failed = 0 where sending_id = $1"

_SIGNERS = "select account, doc ->> 'name' as name from clinician where account = any($1)"


@dataclass(frozen=True, slots=True)
class Shared:
    """A sending with whose summary it is, and how often a wrong date of birth was typed."""

    patient_id: UUID
    sending: Sending
    failed: int


async def _save_rows(db: Connection, states: Mapping[Stream, Sharing]) -> None:
    rows = [_row(stream, sending) for stream, sharing in states.items() for sending in sharing.sendings]
    await db.execute(_SAVE, orjson.dumps(rows).decode())


def _row(stream: Stream, sending: Sending) -> dict[str, Any]:
    return {
        "sending_id": sending.sending_id,
        "patient_id": subject_id(stream),
        "visit_id": sending.visit_id,
        "doc": orjson.Fragment(document(sending)),
        "sent_at": sending.sent_at,
    }


SHARING = Documents("sharing", Sharing, rows=_save_rows)


async def sharing_of(db: Connection, patient_id: UUID) -> Sharing:
    """Who has had a patient's summaries; nobody yet, if there is nothing kept."""
    return await SHARING.one(db, patient_stream(patient_id)) or Sharing()


async def sendings_of(db: Connection, visit_id: UUID) -> list[Sending]:
    """To whom a visit's summary went, the oldest first."""
    return [read_document(Sending, row["doc"]) for row in await db.fetch(_OF_VISIT, visit_id)]


async def shared(db: Connection, sending_id: UUID) -> Shared | None:
    """What a private link leads to."""
    row = await db.fetchrow(_ONE, sending_id)
    return Shared(row["patient_id"], read_document(Sending, row["doc"]), row["failed"]) if row else None


async def take_try(db: Connection, sending_id: UUID, most: int) -> int | None:
    """Count one try at the date of birth; None if there are no more."""
    used: int | None = await db.fetchval(_TAKE_TRY, sending_id, most)
    return used


async def give_tries_back(db: Connection, sending_id: UUID) -> None:
    """The date of birth was right: the holder of the link has all tries again."""
    await db.execute(_GIVE_BACK, sending_id)


async def signer(db: Connection, signed_by: str) -> str:
    """The name of the clinician who signed, as the record keeps them; nothing for who is not on the roster."""
    return (await signers(db, [signed_by]))[signed_by]


async def signers(db: Connection, signed_by: Collection[str]) -> dict[str, str]:
    """The names of several who signed, by what is kept of each; nothing for who is not on the roster."""
    accounts = {one: _account_of(one) for one in signed_by}
    rows = await db.fetch(_SIGNERS, list({account for account in accounts.values() if account}))
    names = {row["account"]: row["name"] or "" for row in rows}
    return {one: names.get(account, "") for one, account in accounts.items()}


def _account_of(signed_by: str) -> UUID | None:
    _, actor = acted(signed_by)
    try:
        return UUID(actor)
    except ValueError:
        return None
