"""A hospital's message, by whichever way it came: whose it is, and the one command that keeps it."""

import hashlib
from datetime import timedelta
from functools import partial
from typing import NamedTuple
from uuid import UUID, uuid5

from pydantic import BaseModel

from carebus.access import Caller
from carebus.contracts.event import patient_stream
from carebus.deciding.commands import Answer, Asked, Done
from carebus.decisions import on
from carebus.ids import new_id
from carebus.storage.database import Connection
from carebus.web.http import Parts
from services.line.domain.hospital import noting, unclaimed
from services.line.domain.hospital.keys import Keys, keys_of_message
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
    """What makes a message the same when it comes again: the sender, its number, and its bytes."""

    sender: str
    number: str
    content: bytes

    @property
    def number_digest(self) -> bytes:
        """The number of this sender; it may be a patient's, so it is nowhere kept as it is."""
        return hashlib.sha256(f"{self.sender}\n{self.number}".encode()).digest()

    @property
    def content_digest(self) -> bytes:
        """What was sent under it."""
        return hashlib.sha256(self.content).digest()

    @property
    def key(self) -> str:
        """The key of the command: the same bytes are the same command."""
        return f"hospital:{hashlib.sha256(self.number_digest + self.content_digest).hexdigest()}"


class Kept(BaseModel):
    """The answer to a message: kept, whoever it is about."""

    kept: bool = True


async def receive(parts: Parts, notice: Notice, sent: Sent, caller: Caller) -> Answer:
    """Keep the message with whom it is certainly about, or until that is known. Raises DatabaseAway."""
    verdict = await verdict_on(parts, notice)
    reused = False

    async def number(db: Connection, _: Answer) -> None:
        nonlocal reused
        reused = await notices.keep_number(db, sent.number_digest, sent.content_digest)

    command = ReceiveNotice(notice=notice)
    asked = Asked(key=sent.key, caller=caller, correlation_id=new_id(), traceparent=None, address="hospital")
    if verdict.patient_id is not None:
        stream, reaction = patient_stream(verdict.patient_id), NOTE
    else:
        stream = notices.notice_stream(uuid5(_NOTICES, sent.key))
        erased_at = parts.clock.now() + timedelta(hours=settings_of(parts).sealed_hours)
        keep = partial(unclaimed.keep_unclaimed, candidates=verdict.candidates, erased_at=erased_at)
        reaction = on(Unclaimed, keep)
    answer = await parts.commands.perform(reaction, stream, command, asked, kept, also=number)
    if reused:
        parts.metrics.add(parts.metrics.numbers_reused)
    return answer


def kept(_: Done) -> Kept:
    """What every message that was kept is answered."""
    return Kept()


async def verdict_on(parts: Parts, notice: Notice) -> Verdict:
    """Whose a message is, by whoever is known now."""
    async with parts.database.connection() as db:
        return await _verdict(db, notice)


async def _verdict(db: Connection, notice: Notice) -> Verdict:
    stated = keys_of_message(notice.person)
    found = whose(stated, await identities.meant_by(db, stated))
    if notice.fact.trigger is not Trigger.MERGE:
        return found
    retired = Keys(hospital_numbers=keys_of_message(notice.retired).hospital_numbers)
    before = whose(retired, await identities.meant_by(db, retired))
    known = {one for one in (found.patient_id, before.patient_id) if one}
    if len(known) == 1 and not found.candidates:
        return Verdict(known.pop())
    return Verdict(candidates=tuple(sorted({*known, *found.candidates, *before.candidates})))


def settings_of(parts: Parts) -> Settings:
    """This service's settings."""
    assert isinstance(parts.settings, Settings), "hospitals send to this service only"
    return parts.settings
