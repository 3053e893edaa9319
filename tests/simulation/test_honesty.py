"""The servers in memory answer the kit as the real ones do: the same calls, the same results."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carebus.contracts.event import Stream
from carebus.storage import offsets, outbox, streams
from carebus.storage.database import Connection, Database
from carebus.storage.parked import Reason
from tests.carebus import tally
from tests.databases import fresh_database
from tests.simulation.calls import (
    CALLS,
    STREAMS,
    TIMERS,
    TOPIC,
    Op,
    advanced,
    claimed,
    custody,
    locked,
    marked,
    moved,
    put_into_custody,
    repaired,
    timed,
    told,
)
from tests.simulation.connections import MemoryDatabase
from tests.simulation.loop import new_loop
from tests.simulation.postgres import Server
from tests.simulation.statements import EPOCH, KIT

TABLES = "stream, mark, outbox, outbox_pending, consumer_offset, offset_repair, parked_event, command, timer"


class GivenUp(Exception):
    """Roll this transaction back."""


Real = tuple[asyncio.Runner, Database]


@pytest.fixture(scope="module")
def real(postgres_url: str) -> Iterator[Real]:
    """A migrated database and what runs its coroutines."""

    @asynccontextmanager
    async def opened() -> Any:
        async with fresh_database(postgres_url, "tally", tally.MIGRATIONS) as url:
            database = Database(url, name="honest")
            await database.open()
            yield database
            await database.close()

    with asyncio.Runner() as runner:
        there = opened()
        database = runner.run(there.__aenter__())
        yield runner, database
        runner.run(there.__aexit__(None, None, None))


def compare(real: Real, play: Callable[[Database], Awaitable[Any]]) -> None:
    """Play the same on both; the results are the same."""
    runner, database = real

    async def on_postgres() -> Any:
        async with database.connection() as db:
            await db.execute(f"truncate {TABLES} restart identity")
        return await play(database)

    async def in_memory() -> Any:
        memory = MemoryDatabase(loop, Server(loop, KIT))
        await memory.open()
        return await play(memory)

    wanted = runner.run(on_postgres())
    loop = new_loop(1)
    assert loop.run(in_memory()) == wanted


ENDS = st.sampled_from(["commit", "commit", "roll back", "back to savepoint"])


@settings(max_examples=80)
@given(st.lists(st.tuples(st.lists(CALLS, min_size=1, max_size=5), ENDS), max_size=8))
def test_any_sequence_of_calls_has_the_same_results(real: Real, script: list[tuple[list[Op], str]]) -> None:
    async def play(database: Database) -> list[Any]:
        results: list[Any] = []
        for calls, end in script:
            try:
                async with database.transaction() as db:
                    results += [await call(db) for call in calls]
                    if end == "roll back":
                        raise GivenUp
                    if end == "back to savepoint":
                        try:
                            async with db.transaction():
                                results += [await call(db) for call in calls]
                                raise GivenUp
                        except GivenUp:
                            results.append("back")
            except GivenUp:
                results.append("rolled back")
        return results

    compare(real, play)


# Two connections that meet


async def _two(database: Database, first: Op, then: Op, meanwhile: Op) -> Any:
    """`meanwhile` is asked while `first` and `then` are under way in another transaction."""
    async with database.transaction() as a:
        await first(a)

        async def other() -> Any:
            async with database.transaction() as b:
                return await meanwhile(b)

        asked = asyncio.ensure_future(other())
        await asyncio.wait([asked], timeout=0.05)
        await then(a)
    return await asked


async def _no_more(db: Connection) -> None:
    return None


async def _give_up(db: Connection) -> None:
    raise GivenUp


MEETINGS: dict[str, tuple[Op, Op, Op]] = {
    "a lock waits and sees what was committed": (locked(STREAMS[0]), advanced(STREAMS[0], 7), locked(STREAMS[0])),
    "a key is claimed once": (claimed("k", b"1"), _no_more, claimed("k", b"1")),
    "an offset is moved once": (moved(0, 3), _no_more, moved(0, 4)),
    "a repair is made once": (moved(0, 3), repaired(3), repaired(3)),
    "an event is parked once": (
        put_into_custody(0, 1, "a", 1, Reason.GAP),
        _no_more,
        put_into_custody(0, 2, "a", 1, Reason.GAP),
    ),
    "marks are saved one after the other": (marked(STREAMS[0], 1), _no_more, marked(STREAMS[0], 2)),
}


@pytest.mark.parametrize("meeting", MEETINGS)
def test_two_transactions_meet_as_on_the_real_one(real: Real, meeting: str) -> None:
    first, then, meanwhile = MEETINGS[meeting]

    async def play(database: Database) -> Any:
        met = await _two(database, first, then, meanwhile)
        async with database.connection() as db:
            return met, await offsets.read(db, [(TOPIC, 0)]), await custody(db), await meanwhile(db)

    compare(real, play)


def test_a_transaction_that_waited_for_one_that_rolled_back_goes_on_as_if_alone(real: Real) -> None:
    async def play(database: Database) -> Any:
        tasks: list[asyncio.Future[Any]] = []

        async def other() -> Any:
            async with database.transaction() as db:
                return await claimed("k", b"2")(db)

        try:
            async with database.transaction() as db:
                await claimed("k", b"1")(db)
                tasks.append(asyncio.ensure_future(other()))
                await asyncio.wait(tasks, timeout=0.05)
                raise GivenUp
        except GivenUp:
            return await tasks[0]

    compare(real, play)


def test_a_timer_is_taken_by_one_of_two(real: Real) -> None:
    async def play(database: Database) -> Any:
        async with database.transaction() as db:
            for name in "abc":
                await timed(0, name, 0)(db)
        taken = await asyncio.gather(*(_taking(database) for _ in range(2)))
        return sorted(str(timer) for of in taken for timer in of)

    async def _taking(database: Database) -> Any:
        async with database.transaction() as db:
            peeked = await TIMERS.peek(db, EPOCH)
            await streams.lock(db, [STREAMS[0]])
            return [due.cause.id for due in await TIMERS.take(db, peeked, EPOCH)]

    compare(real, play)


def test_of_two_that_wait_for_each_other_one_is_told_so(real: Real) -> None:
    async def play(database: Database) -> list[str]:
        met = asyncio.Barrier(2)

        async def crosswise(mine: Stream, yours: Stream) -> str:
            try:
                async with database.transaction() as db:
                    await streams.lock(db, [mine])
                    await met.wait()
                    await streams.lock(db, [yours])
                    return "went on"
            except asyncpg.DeadlockDetectedError:
                return "deadlock"

        return sorted(await asyncio.gather(crosswise(*STREAMS), crosswise(*reversed(STREAMS))))

    compare(real, play)


def test_what_is_not_committed_is_not_seen(real: Real) -> None:
    async def play(database: Database) -> Any:
        async with database.transaction() as a, database.connection() as b:
            await told(0, 1)(a)
            await timed(0, "a", 0)(a)
            unseen = [await outbox.pending(b, 10), await TIMERS.peek(b, EPOCH)]
        async with database.connection() as b:
            return unseen, len(await outbox.pending(b, 10)), len(await TIMERS.peek(b, EPOCH))

    compare(real, play)


def test_a_later_id_may_be_seen_before_an_earlier_one(real: Real) -> None:
    """Why a cursor over ids loses events: they are drawn when they are written, not when they are committed."""

    async def play(database: Database) -> Any:
        async with database.transaction() as a:
            await told(0, 1)(a)
            async with database.transaction() as b:
                await told(1, 1)(b)
            async with database.connection() as c:
                seen = [one.id for one in await outbox.pending(c, 10)]
        async with database.connection() as c:
            return seen, [one.id for one in await outbox.pending(c, 10)]

    compare(real, play)
