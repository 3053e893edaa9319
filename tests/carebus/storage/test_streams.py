"""Streams and marks: one order per stream, and where an event stands in its source's sequence."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from carebus.contracts.event import Stream
from carebus.storage import streams
from carebus.storage.database import Connection
from carebus.storage.watermarks import Turn, Watermarks
from carebus.testing import Bench

SOURCES = st.sampled_from(["referral", "care_plan"])
ARRIVALS = st.lists(st.tuples(SOURCES, st.sampled_from(["patient/a", "patient/b"]), st.integers(1, 5)), max_size=40)


class Plain:
    """What marks promise, in the plainest words: everything handled so far, per source and stream."""

    def __init__(self) -> None:
        self.handled: dict[tuple[str, str], list[int]] = {}

    def turn_of(self, source: str, stream: str, sequence: int, *, whole: bool) -> Turn:
        handled = self.handled.get((source, stream), [])
        if not handled:
            return Turn.NEXT if sequence == 1 or not whole else Turn.GAP
        if sequence in handled or sequence < handled[0]:
            return Turn.REPEAT
        return Turn.NEXT if sequence - 1 in handled else Turn.GAP


@given(ARRIVALS, st.booleans())
def test_marks_tell_repeats_and_gaps_like_a_list_of_everything_handled(
    arrivals: list[tuple[str, str, int]], whole: bool
) -> None:
    marks, plain = Watermarks({}), Plain()
    for source, stream, sequence in arrivals:
        place = marks.turn_of(source, stream, sequence, log_is_whole=whole)
        assert place is plain.turn_of(source, stream, sequence, whole=whole)
        if place is Turn.NEXT:
            marks.move(source, stream, sequence)
            plain.handled.setdefault((source, stream), []).append(sequence)
    for handled in plain.handled.values():
        assert handled == list(range(handled[0], handled[0] + len(handled))), "each once, in order, without a hole"
        assert handled[0] == 1 or not whole


async def test_marks_are_stored_as_they_were_moved(tallying: Bench) -> None:
    pairs = [("referral", "patient/a"), ("care_plan", "patient/a"), ("referral", "patient/b")]
    async with tallying.service.core.database.transaction() as db:
        marks = await Watermarks.load(db, pairs)
        for sequence in (1, 2, 3):
            marks.move(*pairs[0], sequence)
        marks.move(*pairs[1], 1)
        await marks.save(db)
    async with tallying.service.core.database.transaction() as db:
        marks = await Watermarks.load(db, pairs)
        places = [marks.turn_of(*pairs[0], sequence, log_is_whole=True) for sequence in (3, 4, 5)]
        assert places == [Turn.REPEAT, Turn.NEXT, Turn.GAP]
        assert marks.turn_of(*pairs[2], 1, log_is_whole=True) is Turn.NEXT


async def advance(db: Connection, stream: Stream, to: int) -> None:
    await db.execute("update stream set next_sequence = $2 where stream = $1", stream, to)


async def test_a_lock_is_held_until_the_transaction_ends_also_for_a_stream_not_seen_before(tallying: Bench) -> None:
    new, order = Stream("patient/new"), []
    database = tallying.service.core.database
    entered = asyncio.Event()

    async def first() -> None:
        async with database.transaction() as db:
            assert await streams.lock(db, [new]) == {new: 1}
            entered.set()
            await asyncio.sleep(0.2)
            await advance(db, new, 4)
            order.append("first")

    async def second() -> None:
        await entered.wait()
        async with database.transaction() as db:
            assert await streams.lock(db, [new]) == {new: 4}
            order.append("second")

    await asyncio.gather(first(), second())
    assert order == ["first", "second"]


async def test_locks_taken_in_any_order_by_many_do_not_deadlock(tallying: Bench) -> None:
    names = [Stream(f"patient/{n}") for n in range(8)]

    async def work(n: int) -> None:
        async with tallying.service.core.database.transaction() as db:
            locked = await streams.lock(db, names[n % 8 :] + names[: n % 8][::-1])
            for name, at in locked.items():
                await advance(db, name, at + 1)

    await asyncio.gather(*(work(n) for n in range(40)))
    async with tallying.service.core.database.connection() as db:
        assert {row["next_sequence"] for row in await db.fetch("select next_sequence from stream")} == {41}
