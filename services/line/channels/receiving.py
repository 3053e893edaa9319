"""Hospitals' messages, by whichever way they came: whose each is, and one transaction that keeps those of a moment."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import NamedTuple
from uuid import UUID, uuid5

from asyncpg import UniqueViolationError
from pydantic import BaseModel

from carebus.access import Caller
from carebus.contracts.event import Stream, patient_stream
from carebus.deciding.commands import Asked, Became, Done
from carebus.decisions import Cause, Reaction, on
from carebus.ids import new_id
from carebus.storage.database import Connection
from carebus.web.http import Parts
from services.line.domain.hospital import noting, unclaimed
from services.line.domain.hospital.keys import keys_of_message
from services.line.domain.hospital.notice import Notice, Trigger
from services.line.domain.hospital.noting import ReceiveNotice
from services.line.domain.hospital.record import HospitalRecord, Identity
from services.line.domain.hospital.unclaimed import Unclaimed
from services.line.domain.hospital.whose import Verdict, whose
from services.line.domain.sheet import Sheet
from services.line.settings import Settings
from services.line.store import hospital as notices
from services.line.store import identity as identities

NOTE = on(HospitalRecord, Sheet, Identity, noting.note_notice)
_NOTICES = UUID("0d7c27a4-52a5-5b3c-8b1f-3a3c0a1f9f64")


class Sent(NamedTuple):
    """A message with what makes it the same when it comes again: its sender, its number, and its bytes."""

    sender: str
    number: str
    content: bytes
    notice: Notice

    @property
    def number_digest(self) -> bytes:
        """The number of this sender; it may be a patient's, so it is nowhere kept as it is."""
        return hashlib.sha256(f"{self.sender}\n{self.number}".encode()).digest()

    @property
    def content_digest(self) -> bytes:
        """What was sent under it."""
        return hashlib.sha256(self.content).digest()

    @property
    def key(self) -> bytes:
        """The key of the command: the same bytes under the same number of one sender are the same command."""
        return self.number_digest + self.content_digest


class Kept(BaseModel):
    """The answer to a message: kept, whoever it is about."""

    kept: bool = True


async def receive(parts: Parts, sent: Sequence[Sent], caller: Caller) -> None:
    """Keep these messages, each with whom it is certainly about, or until that is known. Raises DatabaseAway.

    One that was kept before is not kept again. One that another connection brings at this moment is tried again alone.
    """
    fresh = {one.key: one for one in sent}
    async with parts.database.connection() as db:
        before = await notices.sent_before(db, *_digests(list(fresh.values())))
        new = [one for one, found in zip(fresh.values(), before, strict=True) if True not in found]
        verdicts = await _verdicts(db, [one.notice for one in new])
    try:
        await _keep(parts, new, verdicts, caller)
    except UniqueViolationError:
        for one in new if len(new) > 1 else ():
            await receive(parts, [one], caller)
        return
    reused = sum(False in found for found in before)
    parts.metrics.add(parts.metrics.numbers_reused, by=reused)


def kept(_: Done) -> Kept:
    """What every message that was kept is answered."""
    return Kept()


async def verdict_on(parts: Parts, notice: Notice) -> Verdict:
    """Whose a message is, by whoever is known now."""
    async with parts.database.connection() as db:
        return (await _verdicts(db, [notice]))[0]


async def _keep(parts: Parts, sent: Sequence[Sent], verdicts: Sequence[Verdict], caller: Caller) -> None:
    async def settle(db: Connection, became: Sequence[Became]) -> None:
        for why in became:
            if not isinstance(why, Done):
                raise why
        await notices.keep_sent(db, *_digests(sent))

    items = [_item(parts, one, verdict, caller) for one, verdict in zip(sent, verdicts, strict=True)]
    if items:
        await parts.commands.perform_each(items, settle, caller)


def _item(parts: Parts, sent: Sent, verdict: Verdict, caller: Caller) -> tuple[Reaction, ReceiveNotice, Cause]:
    stream, reaction = _place(parts, sent, verdict)
    asked = Asked(key=None, caller=caller, correlation_id=new_id(), traceparent=None)
    return reaction, ReceiveNotice(notice=sent.notice), parts.commands.cause(stream, asked, ReceiveNotice.__name__)


def _place(parts: Parts, sent: Sent, verdict: Verdict) -> tuple[Stream, Reaction]:
    """Where a message is decided upon, and how."""
    if verdict.patient_id is not None:
        return patient_stream(verdict.patient_id), NOTE
    erased_at = parts.clock.now() + timedelta(hours=Settings.of(parts.settings).sealed_hours)
    keep = partial(unclaimed.keep_unclaimed, candidates=verdict.candidates, erased_at=erased_at)
    return notices.notice_stream(uuid5(_NOTICES, sent.key.hex())), on(Unclaimed, keep)


async def _verdicts(db: Connection, of: Sequence[Notice]) -> list[Verdict]:
    """Whose these are; a merge is whose either of its records is, where that is one person."""
    stated = [keys_of_message(one.person) for one in of]
    retired = [keys_of_message(one.retired) for one in of]
    people = await identities.meant_by(db, [*stated, *retired])
    return [
        _of_merge(whose(stated[n], people[n]), whose(retired[n], people[len(stated) + n]))
        if one.fact.trigger is Trigger.MERGE
        else whose(stated[n], people[n])
        for n, one in enumerate(of)
    ]


def _of_merge(found: Verdict, before: Verdict) -> Verdict:
    known = {one for one in (found.patient_id, before.patient_id) if one}
    if len(known) == 1 and not found.candidates:
        return Verdict(known.pop())
    return Verdict(candidates=tuple(sorted({*known, *found.candidates, *before.candidates})))


def _digests(sent: Sequence[Sent]) -> tuple[list[bytes], list[bytes]]:
    return [one.number_digest for one in sent], [one.content_digest for one in sent]
