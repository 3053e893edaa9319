"""Handling parked events again, in order, stream by stream: after an operator's mending, or when a gap has filled."""

from dataclasses import dataclass

import structlog

from carebus.contracts.envelope import read_headers
from carebus.contracts.event import Stream
from carebus.core import Core
from carebus.deciding.faults import fault_of
from carebus.storage import parked
from carebus.storage.parked import Parked, Reason
from carebus.subscribing.batch import Batch

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Redriven:
    """How many parked events of a stream were handled, and why the next one was not, if one is left."""

    handled: int
    still: str | None = None


class _Failed(Exception):
    """The event cannot be handled yet."""

    def __init__(self, reason: Reason, rule: str) -> None:
        super().__init__()
        self.reason = reason
        self.rule = rule


class Redrive:
    """Retries what is parked. Each event takes its own transaction, under its stream's lock, oldest first."""

    def __init__(self, core: Core, batch: Batch) -> None:
        self._core = core
        self._batch = batch

    async def stream(self, stream: Stream) -> Redriven:
        """Handle a stream's parked events until one fails again; those behind it stay."""
        handled = 0
        while True:
            async with self._core.database.connection() as db:
                first = await parked.next_of_stream(db, stream)
            if first is None:
                return Redriven(handled)
            one = await self.event(first)
            handled += one.handled
            if one.still:
                return Redriven(handled, one.still)

    async def event(self, event: Parked, *, mended: Parked | None = None) -> Redriven:
        """Handle one parked event, if its turn has come, or `mended` in its place; others of its stream stay.

        A mended one that fails leaves what is in custody as it is; else the newest reason is kept. One whose envelope
        can be read now and is the next of its source takes its place in its stream, which goes on from its first.
        """
        try:
            handled = await self._one(mended or event)
        except _Failed as failed:
            if mended is None and failed.reason not in parked.WAITING:
                async with self._core.database.transaction() as db:
                    await self._batch.fail_parked(db, event, failed.reason, failed.rule)
            return Redriven(0, failed.rule)
        self._core.notices.timers.give()  # those of a stream in custody were held
        if isinstance(handled, str):
            return await self.stream(handled)
        return Redriven(int(handled))

    async def waiting(self) -> float:
        """Handle what only waits for an event that may have come by now; gives the seconds until the next look."""
        async with self._core.database.connection() as db:
            streams = await parked.only_waiting(db)
        for stream in streams:
            redriven = await self.stream(stream)
            if redriven.handled:
                log.info("waiting_events_handled", handled=redriven.handled, still=redriven.still)
        return 2.0

    async def _one(self, event: Parked) -> bool | Stream:
        """Whether it was handled; or the stream in whose custody it is now, which nobody knew before."""
        try:
            async with self._core.database.transaction() as db:
                result = await self._batch.apply_parked(db, event, self._core.clock.now())
                if result.failure and (event.reason, result.failure[0]) == (Reason.MALFORMED, Reason.BEHIND):
                    return Stream(read_headers(event.headers)["ce_subject"])
                if result.failure:
                    raise _Failed(*result.failure)
        except _Failed:
            raise
        except Exception as exc:
            if fault := fault_of(exc):
                raise _Failed(*fault) from None
            raise
        self._core.committed(result.made)
        return result.retried
