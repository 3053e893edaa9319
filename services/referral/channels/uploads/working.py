"""The upload worker: checks what has arrived and refers what was confirmed, row by row in batches, each row once.

A batch is one transaction: its rows are settled in it, so a process that dies in between has done all of it or
nothing, and the next one begins with the rows that are not settled.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid5

import asyncpg
import structlog
from pydantic import ValidationError

from carebus.contracts.event import Stream, patient_stream
from carebus.deciding.commands import Became, TextRefused
from carebus.decisions import Cause, Reaction
from carebus.errors import CarebusError
from carebus.observing.loops import backoff, pause
from carebus.storage.database import Connection, DatabaseAway
from carebus.web.forms import errors_of
from carebus.web.http import Parts
from services.referral.channels.uploads.checking import UNFORESEEN, check
from services.referral.channels.uploads.taking import UPLOADS
from services.referral.domain import DirectReferral, Intake, answered, placer_of
from services.referral.domain.matching import Placement, Traits
from services.referral.domain.uploads import Stage, row_id
from services.referral.store import NumberTaken, placements, streams_known
from services.referral.store.uploads import files as uploads
from services.referral.store.uploads import rows as upload_rows
from services.referral.store.uploads.files import Upload
from services.referral.store.uploads.rows import RowsTaken, Settled

log = structlog.get_logger()

AT_ONCE = 300
LOST_AFTER = timedelta(hours=6)
TRIES = 3
"""An upload that fails so often by what nobody foresaw is set aside, so that the ones behind it are looked at."""

RECEIVED, KNOWN, REFUSED = "received", "received_before", "not_received"
CANT_BE_KEPT = "This row holds something that can't be kept."
SET_ASIDE = "Something went wrong here while it was read. Send it once more, and tell us if that does not help."
CANT_BE_REFERRED = "This row can't be referred here. It is not your mistake: call us about it."

Row = tuple[int, DirectReferral]
Receiving = Callable[[Parts, Placement | None], Reaction]
_OF_THE_ROW = (TextRefused, asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)
_OF_THE_UPLOAD = (*_OF_THE_ROW, *UNFORESEEN)


@dataclass(frozen=True, slots=True)
class Work:
    """An upload whose rows are referred, and the decision on each."""

    parts: Parts
    upload: Upload
    receiving: Receiving


def uploading(receiving: Receiving) -> Callable[[Parts, asyncio.Event], Awaitable[None]]:
    """The worker that refers by this decision: that of every other way in."""

    async def work(parts: Parts, stop: asyncio.Event) -> None:
        await _work(parts, receiving, stop)

    return work


async def _work(parts: Parts, receiving: Receiving, stop: asyncio.Event) -> None:
    """Check and refer what waits until `stop`; one process only (the kit's lead)."""
    failures, failed = 0, Counter[UUID]()
    while not stop.is_set():
        try:
            upload = await _next(parts)
            if upload is None:
                await parts.notices.work(UPLOADS).wait()
            else:
                await _go_on(Work(parts, upload, receiving), failed, stop)
            failures = 0
        except (DatabaseAway, RowsTaken, NumberTaken) as why:
            log.warning("upload_waits", because=type(why).__name__)
            await pause(backoff(failures), stop)
            failures += 1


async def _go_on(work: Work, failed: Counter[UUID], stop: asyncio.Event) -> None:
    """Check or refer an upload; one that fails again and again by what nobody foresaw is set aside."""
    try:
        if work.upload.stage is Stage.CHECKING:
            await check(work.parts, work.upload, stop)
        else:
            await _refer_rows(work, stop)
    except _OF_THE_UPLOAD as why:
        upload_id = work.upload.upload_id
        failed[upload_id] += 1
        log.error("upload_failed", upload_id=str(upload_id), times=failed[upload_id], exc_info=why)
        if failed[upload_id] < TRIES:
            await pause(backoff(failed[upload_id]), stop)
            return
        async with work.parts.database.connection() as db:
            await uploads.move_to(db, upload_id, Stage.UNREADABLE, SET_ASIDE)


async def _next(parts: Parts) -> Upload | None:
    async with parts.database.connection() as db:
        await uploads.forget_lost(db, parts.clock.now() - LOST_AFTER)
        return await uploads.next_upload(db)


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
        rows, broken = _read(waiting)
        if broken:
            await _set_aside(work, broken)
        if rows:
            await _refer(work, rows)
        done += len(rows)


def _read(waiting: Sequence[tuple[int, str]]) -> tuple[list[Row], list[Settled]]:
    """The rows to be referred, and those that break a rule now, such as one that is newer than their check."""
    rows, broken = [], []
    for number, stated in waiting:
        try:
            rows.append((number, DirectReferral.model_validate_json(stated)))
        except ValidationError as why:
            said = " ".join(f"{field}: {rule}" if field else rule for field, rule in errors_of(why).items())
            broken.append(Settled(number, REFUSED, reason=said))
    return rows, broken


async def _refer(work: Work, rows: Sequence[Row]) -> None:
    """Refer these rows in one transaction; where one can't be, by halves, until it stands alone and is set aside."""
    try:
        await _together(work, rows)
    except _OF_THE_UPLOAD as why:
        if len(rows) == 1:
            reason = CANT_BE_KEPT if isinstance(why, _OF_THE_ROW) else CANT_BE_REFERRED
            log.warning("upload_row_fails", upload_id=str(work.upload.upload_id), row=rows[0][0], exc_info=why)
            await _set_aside(work, [Settled(rows[0][0], REFUSED, reason=reason)])
            return
        half = len(rows) // 2
        await _refer(work, rows[:half])
        await _refer(work, rows[half:])


async def _together(work: Work, rows: Sequence[Row]) -> None:
    belongs = await _belongs(work, [referral for _, referral in rows])
    streams = _streams(work, rows, belongs)
    causes = [_cause(work, number, stream) for (number, _), stream in zip(rows, streams, strict=True)]

    async def settle(db: Connection, became: Sequence[Became]) -> None:
        settled = [_settled(row, cause, one) for row, cause, one in zip(rows, causes, became, strict=True)]
        await upload_rows.settle(db, work.upload, settled)

    how = [work.receiving(work.parts, each if isinstance(each, Placement) else None) for each in belongs]
    items = [(one, referral, cause) for one, (_, referral), cause in zip(how, rows, causes, strict=True)]
    await work.parts.commands.perform_each(items, settle)


async def _belongs(work: Work, referrals: Sequence[DirectReferral]) -> list[Stream | Placement]:
    """Where each belongs: on the stream of the referral that it repeats or amends, or where its person is placed."""
    async with work.parts.database.connection() as db:
        known = await streams_known(db, [_marks(each) for each in referrals])
        new = [n for n in range(len(referrals)) if n not in known]
        stated = [Traits.of(r.patient, r.payer, r.died_on) for r in (referrals[n] for n in new)]
        placed = dict(zip(new, await placements(db, stated), strict=True)) if new else {}
    return [known[n] if n in known else placed[n] for n in range(len(referrals))]


def _streams(work: Work, rows: Sequence[Row], belongs: Sequence[Stream | Placement]) -> list[Stream]:
    """The stream of each row; a row that repeats one of the same batch by number or hash goes where that one goes."""
    found: list[Stream] = []
    seen: dict[object, Stream] = {}
    for (number, referral), to in zip(rows, belongs, strict=True):
        marks = [mark for mark in _marks(referral) if mark]
        stream = next((seen[mark] for mark in marks if mark in seen), None)
        if not isinstance(to, Placement):
            stream = to
        elif stream is None:
            stream = patient_stream(to.patient_id or uuid5(row_id(work.upload.hash or "", number), "patient"))
        seen |= dict.fromkeys(marks, stream)
        found.append(stream)
    return found


def _marks(referral: DirectReferral) -> tuple[tuple[str, str] | None, str]:
    """What a referral is known by when it comes again: its number with the assigner, and the hash of its row."""
    placer = placer_of(referral.placer_assigner, referral.referrer.organization, referral.placer_id)
    return placer, referral.raw_hash


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


async def _set_aside(work: Work, rows: Sequence[Settled]) -> None:
    log.warning("upload_rows_set_aside", upload_id=str(work.upload.upload_id), rows=[row.number for row in rows])
    async with work.parts.database.transaction() as db:
        await upload_rows.settle(db, work.upload, rows)
