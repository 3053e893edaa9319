"""The upload worker: checks what has arrived and refers what was confirmed, row by row in batches, each row once.

A batch is one transaction: its rows are settled in it, so that whoever dies in between has done all of it or nothing,
and whoever goes on begins with the rows that are not settled.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid5

import asyncpg
import structlog

from carebus.commands import Became, TextRefused
from carebus.contracts.event import Stream, patient_stream
from carebus.db import Connection, DatabaseAway
from carebus.decisions import Cause, Reaction
from carebus.errors import CarebusError
from carebus.http import Parts
from carebus.loops import backoff, pause
from services.referral.channels.uploads.checking import check
from services.referral.domain import DirectReferral, Intake, answered, placer_of
from services.referral.domain.matching import Placement, Traits
from services.referral.domain.uploads import Stage, row_id
from services.referral.store import NumberTaken, placements, streams_known, upload_rows, uploads
from services.referral.store.upload_rows import RowsTaken, Settled
from services.referral.store.uploads import Upload

log = structlog.get_logger()

AT_ONCE = 300
IDLE_SECONDS = 0.5
LOST_AFTER = timedelta(hours=6)

RECEIVED, KNOWN, REFUSED = "received", "received_before", "not_received"
CANT_BE_KEPT = "This row holds something that can't be kept."

Row = tuple[int, DirectReferral]
Receiving = Callable[[Parts, Placement | None], Reaction]
_OF_THE_ROW = (TextRefused, asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)


def uploading(receiving: Receiving) -> Callable[[Parts, asyncio.Event], Awaitable[None]]:
    """The worker that refers by this decision: that of every other way in."""

    async def work(parts: Parts, stop: asyncio.Event) -> None:
        await _work(parts, receiving, stop)

    return work


async def _work(parts: Parts, receiving: Receiving, stop: asyncio.Event) -> None:
    """Check and refer what waits until `stop`; one process only (the kit's lead)."""
    failures = 0
    while not stop.is_set():
        try:
            upload = await _next(parts)
            if upload is None:
                await pause(IDLE_SECONDS, stop)
            elif upload.stage is Stage.CHECKING:
                await check(parts, upload, stop)
            else:
                await _refer_rows(Work(parts, upload, receiving), stop)
            failures = 0
        except (DatabaseAway, RowsTaken, NumberTaken) as why:
            log.warning("upload_waits", because=type(why).__name__)
            await pause(backoff(failures), stop)
            failures += 1


async def _next(parts: Parts) -> Upload | None:
    async with parts.database.connection() as db:
        await uploads.forget_lost(db, parts.clock.now() - LOST_AFTER)
        return await uploads.next_upload(db)


@dataclass(frozen=True, slots=True)
class Work:
    """An upload whose rows are referred, and the decision on each."""

    parts: Parts
    upload: Upload
    receiving: Receiving


async def _refer_rows(work: Work, stop: asyncio.Event) -> None:
    """Refer the rows that are not settled yet, batch by batch."""
    done, upload_id = 0, work.upload.upload_id
    while not stop.is_set():
        async with work.parts.database.connection() as db:
            waiting = await upload_rows.waiting(db, upload_id, AT_ONCE)
            if not waiting:
                await uploads.finish(db, upload_id, work.parts.clock.now())
                log.info("upload_done", upload_id=str(upload_id), rows=done)
                return
        rows = [(number, DirectReferral.model_validate_json(stated)) for number, stated in waiting]
        await _refer(work, rows)
        done += len(rows)


async def _refer(work: Work, rows: Sequence[Row]) -> None:
    """Refer these rows in one transaction; where the database refuses one, by halves, until it stands alone."""
    try:
        await _together(work, rows)
    except _OF_THE_ROW:
        if len(rows) == 1:
            await _set_aside(work, rows[0][0])
            return
        half = len(rows) // 2
        await _refer(work, rows[:half])
        await _refer(work, rows[half:])


async def _together(work: Work, rows: Sequence[Row]) -> None:
    places = await _places(work, rows)
    causes = [_cause(work, number, stream) for (number, _), (stream, _) in zip(rows, places, strict=True)]
    how = [work.receiving(work.parts, placement) for _, placement in places]

    async def settle(db: Connection, became: Sequence[Became]) -> None:
        settled = [_settled(row, cause, one) for row, cause, one in zip(rows, causes, became, strict=True)]
        await upload_rows.settle(db, work.upload, settled)

    items = [(receives, referral, cause) for receives, (_, referral), cause in zip(how, rows, causes, strict=True)]
    await work.parts.commands.perform_each(items, settle)


async def _places(work: Work, rows: Sequence[Row]) -> list[tuple[Stream, Placement | None]]:
    """Whose stream each row belongs to: by number or hash that of an earlier referral or row; else by who it is."""
    came = [(placer_of(r.placer_assigner, r.referrer.organization, r.placer_id), r.raw_hash) for _, r in rows]
    async with work.parts.database.connection() as db:
        known = await streams_known(db, came)
        placed = await placements(db, [Traits.of(r.patient, r.payer, r.died_on) for _, r in rows])
    found: list[tuple[Stream, Placement | None]] = []
    seen: dict[object, Stream] = {}
    for n, ((number, _), marks) in enumerate(zip(rows, came, strict=True)):
        new = patient_stream(placed[n].patient_id or uuid5(row_id(work.upload.hash or "", number), "patient"))
        before = known.get(n) or next((seen[mark] for mark in marks if mark in seen), None)
        stream = before or new
        seen |= {mark: stream for mark in marks if mark}
        found.append((stream, None if before else placed[n]))
    return found


def _cause(work: Work, number: int, stream: Stream) -> Cause:
    """Why a row is referred: the same cause, and so the same referral and patient, however often it is tried."""
    command, now = row_id(work.upload.hash or "", number), work.parts.clock.now()
    return Cause(
        id=command,
        stream=stream,
        now=now,
        actor=work.upload.confirmed_by or work.upload.sent_by,
        correlation_id=command,
        occurred_at=now,
    )


def _settled(row: Row, cause: Cause, became: Became) -> Settled:
    number, stated = row
    if isinstance(became, CarebusError):
        return Settled(number, REFUSED, reason=str(became))
    referral = answered(became.state(Intake), stated, cause)
    outcome = RECEIVED if referral.referral_id == cause.derive("referral") else KNOWN
    placer = (stated.placer_assigner, stated.placer_id)
    return Settled(number, outcome, referral.referral_id, eligible=referral.assessed.eligible, placer=placer)


async def _set_aside(work: Work, number: int) -> None:
    log.warning("upload_row_set_aside", upload_id=str(work.upload.upload_id), row=number)
    async with work.parts.database.transaction() as db:
        await upload_rows.settle(db, work.upload, [Settled(number, REFUSED, reason=CANT_BE_KEPT)])
