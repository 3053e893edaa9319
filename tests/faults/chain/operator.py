"""An operator who mends whatever is spoilt and has it retried, as `carebus parked retry` does it, over and over."""

from __future__ import annotations

import asyncio
import dataclasses
import json

from carebus.contracts.referral import DeclineReason
from carebus.observing.logs import configure_logs
from carebus.settings import Settings
from carebus.storage import parked_list
from carebus.storage.database import DatabaseAway
from carebus.storage.parked import WAITING, Parked
from carebus.storage.parked_list import Kept
from tests.faults.chain import make

LOOK_S = 0.3


def mend_for_ever(service: str) -> None:
    """Mend until the process is killed."""
    asyncio.run(_mend(service))


async def _mend(service: str) -> None:
    made = make(service, Settings())
    configure_logs(f"{service}-operator", "INFO")
    await made.core.database.open()
    while True:
        await asyncio.sleep(LOOK_S)
        try:
            async with made.core.database.connection() as db:
                found = await parked_list.listed(db)
            for kept in found:
                if kept.event.reason not in WAITING:
                    await made.redrive.event(kept.event, mended=_mended(kept))
            for stream in {kept.stream for kept in found if kept.stream}:
                await made.redrive.stream(stream)
        except DatabaseAway:
            continue


def _mended(kept: Kept) -> Parked:
    assert kept.event.body is not None
    body = {**json.loads(kept.event.body), "reason": DeclineReason.OTHER}
    return dataclasses.replace(kept.event, body=json.dumps(body).encode())
