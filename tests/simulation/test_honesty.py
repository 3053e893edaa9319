"""The servers in memory answer the kit as the real ones do: the same calls, the same results."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carebus import commands, offsets, outbox, parked, streams, timers
from carebus.contracts.envelope import read_envelope, read_headers
from carebus.contracts.event import Stream, patient_stream
from carebus.db import Connection, Database
from carebus.decisions import Cause, Wake, on
from carebus.outbox import Told
from carebus.parked import Parked, Reason
from carebus.streams import Marks
from carebus.timers import TimerTable
from tests.carebus import tally
from tests.carebus.wires import assessed, headers
from tests.databases import fresh_database
from tests.simulation.connections import MemoryDatabase
from tests.simulation.loop import new_loop
from tests.simulation.postgres import Server
from tests.simulation.services import Heard, Reminder, answered_late
from tests.simulation.statements import EPOCH, KIT

TABLES = "stream, mark, outbox, outbox_pending, consumer_offset, offset_repair, parked_event, command, timer"
PATIENTS = [UUID(int=n + 1) for n in range(2)]
STREAMS = [patient_stream(patient) for patient in PATIENTS]
TIMERS = TimerTable({Reminder: on(Heard, answered_late)})
TOPIC = "patient.events"


class GivenUp(Exception):
    """Roll this transaction back."""


Real = tuple[asyncio.Runner, Database]
Op = Callable[[Connection], Awaitable[Any]]


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


# One connection: any sequence of calls, in transactions that commit, roll back, or roll back to a savepoint


def _locked(stream: Stream) -> Op:
    return lambda db: streams.lock(db, [stream])


def _advanced(stream: Stream, to: int) -> Op:
    async def run(db: Connection) -> Any:
        await streams.lock(db, [stream])
        await streams.advance(db, {stream: to})

    return run


def _marked(stream: Stream, to: int) -> Op:
    async def run(db: Connection) -> Any:
        marks = await Marks.load(db, [("a", stream), ("b", stream)])
        found = dict(marks._last)
        marks.move("a", stream, to)
        await marks.save(db)
        return found

    return run


def _told(n: int, sequence: int) -> Op:
    event = assessed(f"mark {sequence}")
    made = headers(event, PATIENTS[n], sequence)
    return lambda db: outbox.write(db, [Told.seal(read_envelope(read_headers(made)), event)] * 2)


def _pending(limit: int, forget: int) -> Op:
    async def run(db: Connection) -> Any:
        found = await outbox.pending(db, limit)
        await outbox.forget_pending(db, [one.id for one in found[:forget]])
        return [(one.topic, one.key, one.headers, one.body) for one in found]

    return run


def _moved(before: int, after: int) -> Op:
    async def run(db: Connection) -> Any:
        stored = await offsets.read(db, [(TOPIC, 0), (TOPIC, 1)])
        await offsets.begin(db, (TOPIC, 0), 0)
        try:
            await offsets.move(db, {(TOPIC, 0): (before, after)})
        except offsets.Fenced:
            return stored, "fenced"
        return stored, await offsets.read(db, [(TOPIC, 0), (TOPIC, 1)])

    return run


def _repaired(stored: int) -> Op:
    async def run(db: Connection) -> Any:
        await offsets.repair(db, (TOPIC, 0), stored, 1, 0)
        return await offsets.read(db, [(TOPIC, 0)])

    return run


def _event(n: int, offset: int, source: str, sequence: int, reason: Reason) -> Parked:
    made = headers(assessed("x"), PATIENTS[n], sequence, source)
    return Parked(TOPIC, 0, offset, b"k", made, b"b", reason, "r", read_envelope(read_headers(made)))


def _parked(n: int, offset: int, source: str, sequence: int, reason: Reason) -> Op:
    async def run(db: Connection) -> Any:
        await parked.park(db, [_event(n, offset, source, sequence, reason)])
        return await _custody(db)

    return run


def _released(n: int, offset: int, reason: Reason) -> Op:
    event = _event(n, offset, "referral", 1, reason)

    async def run(db: Connection) -> Any:
        turn = await parked.is_next(db, event)
        await parked.fail_again(db, event, reason, "again")
        return turn, await parked.release(db, event) if offset % 2 else None, await _custody(db)

    return run


async def _custody(db: Connection) -> Any:
    inside = [[(p.offset, p.reason, p.rule) for p in await parked.of_stream(db, stream, 3)] for stream in STREAMS]
    return inside, await parked.blocked(db, STREAMS), sorted(await parked.only_waiting(db))


def _timed(n: int, name: str, minutes: int | None) -> Op:
    cause = Cause(uuid5(PATIENTS[n], name), STREAMS[n], EPOCH, "test", PATIENTS[0], EPOCH)
    wake = Wake(name, EPOCH + timedelta(minutes=minutes), Reminder(mark=PATIENTS[n])) if minutes is not None else None
    return lambda db: timers.write(db, [timers.Change(STREAMS[n], name, wake, cause)])


def _due(minutes: int, *, fails: bool) -> Op:
    now = EPOCH + timedelta(minutes=minutes)

    async def run(db: Connection) -> Any:
        peeked = await TIMERS.peek(db, now)
        if fails and peeked:
            await timers.fail(db, peeked[0], "rule")
        seen = sorted((one.stream, one.name, one.id) for one in peeked)
        return seen, [(due.timer, due.cause) for due in await TIMERS.take(db, peeked[1:], now)]

    return run


def _claimed(key: str, fingerprint: bytes) -> Op:
    async def run(db: Connection) -> Any:
        if await db.fetchval(commands._CLAIM, key, fingerprint):
            return await db.execute(commands._ANSWER, key, 200, '{"a": 1}')
        row = await db.fetchrow(commands._ANSWERED, key)
        assert row is not None
        return row["fingerprint"], row["status"], row["answer"]

    return run


few, small = st.integers(0, 1), st.integers(1, 4)
sources, reasons = st.sampled_from(["referral", "care_plan"]), st.sampled_from(sorted(Reason))
CALLS: st.SearchStrategy[Op] = st.one_of(
    st.builds(_locked, st.sampled_from(STREAMS)),
    st.builds(_advanced, st.sampled_from(STREAMS), small),
    st.builds(_marked, st.sampled_from(STREAMS), small),
    st.builds(_told, few, small),
    st.builds(_pending, small, st.integers(0, 3)),
    st.builds(_moved, st.integers(0, 3), small),
    st.builds(_repaired, small),
    st.builds(_parked, few, small, sources, small, reasons),
    st.builds(_released, few, small, reasons),
    st.builds(_timed, few, st.sampled_from("ab"), st.none() | st.integers(0, 3)),
    st.builds(_due, st.integers(0, 4), fails=st.booleans()),
    st.builds(_claimed, st.sampled_from("kl"), st.sampled_from([b"1", b"2"])),
)
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
    "a lock waits and sees what was committed": (_locked(STREAMS[0]), _advanced(STREAMS[0], 7), _locked(STREAMS[0])),
    "a key is claimed once": (_claimed("k", b"1"), _no_more, _claimed("k", b"1")),
    "an offset is moved once": (_moved(0, 3), _no_more, _moved(0, 4)),
    "a repair is made once": (_moved(0, 3), _repaired(3), _repaired(3)),
    "an event is parked once": (_parked(0, 1, "a", 1, Reason.GAP), _no_more, _parked(0, 2, "a", 1, Reason.GAP)),
    "marks are saved one after the other": (_marked(STREAMS[0], 1), _no_more, _marked(STREAMS[0], 2)),
}


@pytest.mark.parametrize("meeting", MEETINGS)
def test_two_transactions_meet_as_on_the_real_one(real: Real, meeting: str) -> None:
    first, then, meanwhile = MEETINGS[meeting]

    async def play(database: Database) -> Any:
        met = await _two(database, first, then, meanwhile)
        async with database.connection() as db:
            return met, await offsets.read(db, [(TOPIC, 0)]), await _custody(db), await meanwhile(db)

    compare(real, play)


def test_a_transaction_that_waited_for_one_that_rolled_back_goes_on_as_if_alone(real: Real) -> None:
    async def play(database: Database) -> Any:
        tasks: list[asyncio.Future[Any]] = []

        async def other() -> Any:
            async with database.transaction() as db:
                return await _claimed("k", b"2")(db)

        try:
            async with database.transaction() as db:
                await _claimed("k", b"1")(db)
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
                await _timed(0, name, 0)(db)
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
            await _told(0, 1)(a)
            await _timed(0, "a", 0)(a)
            unseen = [await outbox.pending(b, 10), await TIMERS.peek(b, EPOCH)]
        async with database.connection() as b:
            return unseen, len(await outbox.pending(b, 10)), len(await TIMERS.peek(b, EPOCH))

    compare(real, play)


def test_a_later_id_may_be_seen_before_an_earlier_one(real: Real) -> None:
    """Why a cursor over ids loses events: they are drawn when they are written, not when they are committed."""

    async def play(database: Database) -> Any:
        async with database.transaction() as a:
            await _told(0, 1)(a)
            async with database.transaction() as b:
                await _told(1, 1)(b)
            async with database.connection() as c:
                seen = [one.id for one in await outbox.pending(c, 10)]
        async with database.connection() as c:
            return seen, [one.id for one in await outbox.pending(c, 10)]

    compare(real, play)
