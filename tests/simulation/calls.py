"""Calls of the kit to its database, as single operations with small arguments: what `test_honesty` puts together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from hypothesis import strategies as st

from carebus.contracts.envelope import read_envelope, read_headers
from carebus.contracts.event import Stream, patient_stream
from carebus.decisions import Cause, Wake, on
from carebus.storage import answers, offsets, outbox, parked, streams, timers
from carebus.storage.database import Connection
from carebus.storage.outbox import Told
from carebus.storage.parked import Parked, Reason
from carebus.storage.timers import TimerTable
from carebus.storage.watermarks import Watermarks
from tests.carebus.wires import assessed, headers
from tests.simulation.services import Heard, Reminder, answered_late
from tests.simulation.statements import EPOCH

PATIENTS = [UUID(int=n + 1) for n in range(2)]
STREAMS = [patient_stream(patient) for patient in PATIENTS]
TIMERS = TimerTable({Reminder: on(Heard, answered_late)})
TOPIC = "patient.events"

Op = Callable[[Connection], Awaitable[Any]]


def locked(stream: Stream) -> Op:
    return lambda db: streams.lock(db, [stream])


def advanced(stream: Stream, to: int) -> Op:
    sealed = _sealed(stream, to)

    async def run(db: Connection) -> Any:
        await streams.lock(db, [stream])
        await outbox.write(db, [sealed])

    return run


def marked(stream: Stream, to: int) -> Op:
    async def run(db: Connection) -> Any:
        marks = await Watermarks.load(db, [("a", stream), ("b", stream)])
        found = dict(marks._last)
        marks.move("a", stream, to, UUID(int=to))
        await marks.save(db)
        return found

    return run


def told(n: int, sequence: int) -> Op:
    event = assessed(f"mark {sequence}")
    made = headers(event, PATIENTS[n], sequence)
    return lambda db: outbox.write(db, [Told.seal(read_envelope(read_headers(made)), event)] * 2)


def _sealed(stream: Stream, sequence: int) -> Told:
    event = assessed(f"mark {sequence}")
    made = headers(event, PATIENTS[STREAMS.index(stream)], sequence)
    return Told.seal(read_envelope(read_headers(made)), event)


def pending(limit: int, forget: int) -> Op:
    async def run(db: Connection) -> Any:
        found = await outbox.pending(db, limit)
        await outbox.forget_pending(db, [one.id for one in found[:forget]], {})
        return [(one.topic, one.key, one.headers, one.body) for one in found]

    return run


def moved(before: int, after: int) -> Op:
    async def run(db: Connection) -> Any:
        stored = await offsets.read(db, [(TOPIC, 0), (TOPIC, 1)])
        await offsets.begin(db, (TOPIC, 0), 0)
        try:
            await offsets.move(db, {(TOPIC, 0): (before, after)}, {(TOPIC, 0): (after - 1, "id")})
        except offsets.Fenced:
            return stored, "fenced"
        return stored, await offsets.read(db, [(TOPIC, 0), (TOPIC, 1)])

    return run


def repaired(stored: int) -> Op:
    async def run(db: Connection) -> Any:
        await offsets.repair(db, (TOPIC, 0), stored, 1, 0)
        return await offsets.read(db, [(TOPIC, 0)])

    return run


def event(
    n: int, offset: int, source: str, sequence: int, reason: Reason, follows: tuple[str, int] | None = None
) -> Parked:
    made = headers(assessed("x"), PATIENTS[n], sequence, source, follows=follows)
    return Parked(TOPIC, 0, offset, b"k", made, b"b", reason, "r", read_envelope(read_headers(made)))


def put_into_custody(
    n: int, offset: int, source: str, sequence: int, reason: Reason, follows: tuple[str, int] | None = None
) -> Op:
    async def run(db: Connection) -> Any:
        await parked.park(db, [event(n, offset, source, sequence, reason, follows)])
        return await custody(db)

    return run


def released(n: int, offset: int, reason: Reason) -> Op:
    one = event(n, offset, "referral", 1, reason)

    async def run(db: Connection) -> Any:
        turn = await parked.is_next(db, one)
        await parked.fail_again(db, one, reason, "again")
        return turn, await parked.release(db, one) if offset % 2 else None, await custody(db)

    return run


async def custody(db: Connection) -> Any:
    inside = [
        [(p.offset % 10**12, p.offset < 0, p.reason, p.rule) for p in await parked.of_stream(db, stream, 3)]
        for stream in STREAMS
    ]
    following = [await parked.next_of_stream(db, stream) for stream in STREAMS]
    turns = [(one.offset % 10**12, one.offset < 0) if one else None for one in following]
    return turns, inside, await parked.blocked(db, STREAMS), sorted(await parked.only_waiting(db))


def timed(n: int, name: str, minutes: int | None) -> Op:
    cause = Cause(uuid5(PATIENTS[n], name), STREAMS[n], EPOCH, "test", PATIENTS[0], EPOCH)
    wake = Wake(name, EPOCH + timedelta(minutes=minutes), Reminder(mark=PATIENTS[n])) if minutes is not None else None
    return lambda db: timers.write(db, [timers.Change(STREAMS[n], name, wake, cause)])


def due(minutes: int, *, fails: bool) -> Op:
    now = EPOCH + timedelta(minutes=minutes)

    async def run(db: Connection) -> Any:
        peeked = await TIMERS.peek(db, now)
        if fails and peeked:
            await timers.fail(db, peeked[0], "rule")
        seen = sorted((one.stream, one.name, one.id) for one in peeked)
        return seen, await TIMERS.first(db), [(due.timer, due.cause) for due in await TIMERS.take(db, peeked[1:], now)]

    return run


def claimed(key: str, fingerprint: bytes) -> Op:
    async def run(db: Connection) -> Any:
        if await db.fetchval(answers._CLAIM, key, fingerprint):
            return await db.execute(answers._ANSWER, key, 200, '{"a": 1}')
        row = await db.fetchrow(answers._ANSWERED, key)
        assert row is not None
        return row["fingerprint"], row["status"], row["answer"]

    return run


few, small = st.integers(0, 1), st.integers(1, 4)
sources, reasons = st.sampled_from(["referral", "care_plan"]), st.sampled_from(sorted(Reason))
CALLS: st.SearchStrategy[Op] = st.one_of(
    st.builds(locked, st.sampled_from(STREAMS)),
    st.builds(advanced, st.sampled_from(STREAMS), small),
    st.builds(marked, st.sampled_from(STREAMS), small),
    st.builds(told, few, small),
    st.builds(pending, small, st.integers(0, 3)),
    st.builds(moved, st.integers(0, 3), small),
    st.builds(repaired, small),
    st.builds(put_into_custody, few, small, sources, small, reasons, st.none() | st.tuples(sources, small)),
    st.builds(released, few, small, reasons),
    st.builds(timed, few, st.sampled_from("ab"), st.none() | st.integers(0, 3)),
    st.builds(due, st.integers(0, 4), fails=st.booleans()),
    st.builds(claimed, st.sampled_from("kl"), st.sampled_from([b"1", b"2"])),
)
