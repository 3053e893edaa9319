"""The worker that looks again at messages of nobody whenever somebody is stated; and what claims one for a patient."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import structlog

from carebus.access import own_work
from carebus.contracts.event import patient_stream
from carebus.deciding.commands import Asked, Step
from carebus.decisions import Reaction, on
from carebus.errors import CarebusError
from carebus.ids import new_id
from carebus.web.http import Parts
from services.line.channels.receiving import NOTE, kept, verdict_on
from services.line.domain.hospital import unclaimed
from services.line.domain.hospital.notice import Notice
from services.line.domain.hospital.noting import NoteNotice
from services.line.domain.hospital.unclaimed import ClaimNotice, OfferNotice, Unclaimed
from services.line.store import hospital as notices
from services.line.store.hospital import Waiting

log = structlog.get_logger()

CLAIMING = "claiming"
"""The worker's name."""
AT_ONCE = 500
CLAIM = on(Unclaimed, unclaimed.claim)
OFFER = on(Unclaimed, unclaimed.offer)


async def look_again(parts: Parts, stop: asyncio.Event) -> None:
    """Look at what waits, until `stop`; one process only (the kit's lead)."""
    while not stop.is_set():
        if await look_once(parts) < AT_ONCE:
            await parts.notices.work(CLAIMING).wait()


async def look_once(parts: Parts) -> int:
    """Compare what waits with whoever was stated since; gives how many were compared."""
    since = datetime.now(UTC)
    async with parts.database.connection() as db:
        waiting = await notices.to_look_at(db, AT_ONCE)
    for one in waiting:
        await _look_at(parts, one)
    async with parts.database.transaction() as db:
        await notices.looked_at(db, waiting, since)
    return len(waiting)


def claiming(notice_id: UUID, notice: Notice, patient_id: UUID, how: Reaction = CLAIM) -> list[Step]:
    """A message becomes a patient's: erased where it waited and told on their stream, both or neither."""
    return [
        (how, notices.notice_stream(notice_id), ClaimNotice(patient_id=patient_id)),
        (NOTE, patient_stream(patient_id), NoteNotice(notice=notice)),
    ]


async def _look_at(parts: Parts, waiting: Waiting) -> None:
    found = waiting.unclaimed
    if found.notice is None:
        return
    verdict = await verdict_on(parts, found.notice)
    asked = Asked(key=None, caller=own_work(CLAIMING), correlation_id=new_id(), traceparent=None)
    if verdict.patient_id is not None:
        steps = claiming(waiting.notice_id, found.notice, verdict.patient_id)
    elif verdict.candidates != found.candidates:
        offered = OfferNotice(candidates=verdict.candidates)
        steps = [(OFFER, notices.notice_stream(waiting.notice_id), offered)]
    else:
        return
    try:
        await parts.commands.perform_in_turn(steps, asked, kept)
    except CarebusError as why:
        log.info("notice_not_claimed", rule=why.code)
