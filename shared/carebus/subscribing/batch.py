"""One batch of records in one transaction: marks, decisions, parking; everything but the offsets."""

from collections.abc import Sequence
from datetime import datetime

from carebus.deciding.faults import fault_of
from carebus.records import Partition, Record
from carebus.storage import parked, streams
from carebus.storage.database import Connection, check_constraints
from carebus.storage.parked import Parked, Reason
from carebus.storage.watermarks import Turn, Watermarks
from carebus.subscribing.arrivals import Arrival, read_parked
from carebus.subscribing.batch_transaction import BatchTransaction
from carebus.subscribing.handled import Handled
from carebus.subscribing.interpreting import Interpreter


class Batch:
    """Takes arrivals in order through watermarks and decisions. Stateless: one per service, for every transaction."""

    def __init__(self, interpreter: Interpreter) -> None:
        self._interpreter = interpreter

    def read(self, records: Sequence[Record]) -> list[Arrival]:
        """These records as far as their headers, without the service's own echo."""
        return self._interpreter.read(records)

    async def apply(
        self, db: Connection, arrivals: Sequence[Arrival], now: datetime, from_first: set[Partition]
    ) -> Handled:
        """Handle all of these in a handful of statements.

        from_first: the partitions that are read from their first event on.

        Raises what the database raises; then nothing has happened, once the caller rolls back.
        """
        run = BatchTransaction(self._interpreter, now, from_first)
        await run.prepare(db, arrivals)
        for arrival in arrivals:
            run.take(arrival)
        await run.save(db)
        return run.handled

    async def apply_in_halves(
        self, db: Connection, arrivals: Sequence[Arrival], now: datetime, from_first: set[Partition]
    ) -> Handled:
        """The same for a batch that failed: halves behind savepoints, again and again, until what fails stands alone.

        That is parked; a batch of five hundred with one such event takes about twenty tries.
        """
        middle = max(1, len(arrivals) // 2)
        total = await self._apply_part(db, arrivals[:middle], now, from_first)
        if len(arrivals) > middle:
            total.add(await self._apply_part(db, arrivals[middle:], now, from_first))
        return total

    async def _apply_part(
        self, db: Connection, arrivals: Sequence[Arrival], now: datetime, from_first: set[Partition]
    ) -> Handled:
        try:
            async with db.transaction():
                handled = await self.apply(db, arrivals, now, from_first)
                await check_constraints(db)
            return handled
        except Exception as exc:
            fault = fault_of(exc)
            if fault is None:
                raise
        if len(arrivals) > 1:
            return await self.apply_in_halves(db, arrivals, now, from_first)
        return await self._refuse(db, arrivals[0], now, from_first, *fault)

    async def _refuse(
        self, db: Connection, arrival: Arrival, now: datetime, from_first: set[Partition], reason: Reason, rule: str
    ) -> Handled:
        run = BatchTransaction(self._interpreter, now, from_first)
        await run.lock(db, [arrival])
        run.refuse(arrival, reason, rule)
        await run.save(db)
        return run.handled

    async def apply_parked(self, db: Connection, event: Parked, now: datetime) -> Handled:
        """Handle one parked event again, if it is still parked and its turn has come; the locks are taken here.

        `retried` says whether it was. If it fails again, `failure` says why; the caller then rolls back.
        """
        unmoved = event.reason in {Reason.GAP, Reason.MALFORMED}
        run = BatchTransaction(
            self._interpreter, now, {(event.topic, event.partition)} if unmoved else set()
        )  # no baseline out of custody
        arrival = read_parked(event)
        await run.prepare(db, [arrival])
        if await parked.is_next(db, event) and await parked.release(db, event):
            run.handled.retried = True
            run.retry(arrival, event.reason)
            await run.save(db)
        return run.handled

    async def fail_parked(self, db: Connection, event: Parked, reason: Reason, rule: str) -> None:
        """Keep a parked event whose retry failed, with the newest reason.

        One that had only waited in a gap is now in custody for its own sake, so its mark moves; the lock is taken here.
        """
        envelope = read_parked(event).envelope
        if envelope and event.reason is Reason.GAP:
            await streams.lock(db, [envelope.subject])
            at = (envelope.source, envelope.subject)
            marks = await Watermarks.load(db, [at])
            if marks.turn_of(*at, envelope.sequence, envelope.id, from_first=True) is Turn.NEXT:
                marks.move(*at, envelope.sequence, envelope.id)
                await marks.save(db)
        await parked.fail_again(db, event, reason, rule)
