"""The upload worker: checks what has arrived and refers what was confirmed, a slice of each upload in turn."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import structlog

from carebus.observing.loops import backoff, pause
from carebus.storage.database import DatabaseAway
from carebus.web.http import Parts
from services.referral.channels.uploads.checking import check
from services.referral.channels.uploads.comparing import compare
from services.referral.channels.uploads.referring import (
    OF_THE_UPLOAD,
    Decides,
    Receiving,
    Withdrawing,
    Work,
    refer_some,
)
from services.referral.channels.uploads.taking import UPLOADS
from services.referral.channels.uploads.turns import Turns
from services.referral.domain.uploads import Stage
from services.referral.store import NumberTaken
from services.referral.store.uploads import files as uploads
from services.referral.store.uploads.files import Upload
from services.referral.store.uploads.rows import RowsTaken

log = structlog.get_logger()

LOST_AFTER = timedelta(hours=6)
TRIES = 3
"""An upload that fails so often by what nobody foresaw is set aside, so that the ones behind it are looked at."""
SET_ASIDE = "Something went wrong here while it was read. Send it once more, and tell us if that does not help."


def uploading(receiving: Receiving, withdrawing: Withdrawing) -> Callable[[Parts, asyncio.Event], Awaitable[None]]:
    """The worker that refers by these decisions: those of every other way in."""

    async def work(parts: Parts, stop: asyncio.Event) -> None:
        await _work(parts, Decides(receiving, withdrawing), stop)

    return work


async def _work(parts: Parts, decides: Decides, stop: asyncio.Event) -> None:
    """Check and refer what waits until `stop`; one process only (the kit's lead)."""
    failures, failed, turns = 0, Counter[UUID](), Turns()
    while not stop.is_set():
        try:
            upload = await _next(parts, turns)
            if upload is None:
                await parts.notices.work(UPLOADS).wait()
            else:
                await _go_on(Work(parts, upload, decides), failed, stop)
            failures = 0
        except (DatabaseAway, RowsTaken, NumberTaken) as why:
            log.warning("upload_waits", because=type(why).__name__)
            await pause(backoff(failures), stop)
            failures += 1


async def _go_on(work: Work, failed: Counter[UUID], stop: asyncio.Event) -> None:
    """A turn of an upload; one that fails again and again by what nobody foresaw is set aside."""
    try:
        await _turn(work)
    except OF_THE_UPLOAD as why:
        upload_id = work.upload.upload_id
        failed[upload_id] += 1
        log.error("upload_failed", upload_id=str(upload_id), times=failed[upload_id], exc_info=why)
        if failed[upload_id] < TRIES:
            await pause(backoff(failed[upload_id]), stop)
            return
        async with work.parts.database.connection() as db:
            await uploads.move_to(db, work.upload, Stage.UNREADABLE, SET_ASIDE)


async def _turn(work: Work) -> None:
    """The next slice of what an upload needs: to be checked, to be held against what is known, or to be referred."""
    upload = work.upload
    if upload.stage is Stage.PERFORMING:
        await refer_some(work)
        return
    if upload.checked_to < upload.bytes:
        upload = await check(work.parts, upload)
    if upload.stage is Stage.CHECKING and upload.checked_to >= upload.bytes:
        await compare(work.parts, upload)


async def _next(parts: Parts, turns: Turns) -> Upload | None:
    async with parts.database.connection() as db:
        await uploads.forget_lost(db, parts.clock.now() - LOST_AFTER)
        return turns.next(await uploads.waiting_uploads(db))
