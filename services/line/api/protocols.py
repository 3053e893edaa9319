"""The protocols that acts and pages need: those in force, and the texts that a call began with."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from carebus.storage.database import Connection
from carebus.web.http import Parts
from services.line.domain.calls import Call
from services.line.domain.protocols.book import ProtocolBook
from services.line.domain.protocols.model import Protocol
from services.line.settings import Settings
from services.line.store import calls as call_rows
from services.line.store import protocols as texts


def book_of(parts: Parts) -> ProtocolBook:
    """The protocols here."""
    return texts.protocol_book(Settings.of(parts.settings).protocols)


def current(parts: Parts) -> list[Protocol]:
    """Those in force now."""
    return book_of(parts).in_force(parts.clock.now().date())


async def nothing(_: Parts, __: UUID, ___: Mapping[str, Any]) -> Mapping[str, Any]:
    """Most acts need nothing of what is kept."""
    return {}


async def in_force(parts: Parts, _: UUID, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The version in force, kept before a call begins with it."""
    found = book_of(parts).current(str(body.get("protocol")), parts.clock.now().date())
    if found is not None:
        async with parts.database.transaction() as db:
            await texts.keep(db, found)
    return {"text": found}


async def pinned(parts: Parts, call_id: UUID, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The text that the call began with."""
    async with parts.database.connection() as db:
        call = await call_rows.call_of(db, call_id)
        run = call.run(str(body.get("protocol"))) if call else None
        return {"text": (await texts.kept(db, {run.digest})).get(run.digest) if run else None}


async def followed(parts: Parts, call_id: UUID, _: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the call's protocols came to, whom it is about, and what was said."""
    async with parts.database.connection() as db:
        call = await call_rows.call_of(db, call_id)
    return {"runs": call.runs, "about": call.patient_id, "said": call.note} if call else {}


async def texts_of(db: Connection, call: Call) -> dict[str, Protocol]:
    """The texts of all protocols that the call follows, by protocol."""
    found = await texts.kept(db, {one.digest for one in call.runs})
    return {one.protocol: found[one.digest] for one in call.runs if one.digest in found}
