"""Watermarks: where an event stands in its source's sequence, and whether it is the one that stood there before."""

from __future__ import annotations

from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from carebus.storage.watermarks import WINDOW, Turn, Watermark, Watermarks
from carebus.testing import Bench

SOURCES = st.sampled_from(["referral", "care_plan"])
STREAMS = st.sampled_from(["patient/a", "patient/b"])
ARRIVALS = st.lists(st.tuples(SOURCES, STREAMS, st.integers(1, 12), st.integers(1, 2)), max_size=80)


def event(sequence: int, which: int = 1) -> UUID:
    """The id of an event with this sequence: of the first one, or of another that claims the same."""
    return uuid5(UUID(int=which), str(sequence))


class Plain:
    """What watermarks promise, in the plainest words: everything handled so far, per source and stream."""

    def __init__(self) -> None:
        self.handled: dict[tuple[str, str], dict[int, UUID]] = {}

    def turn_of(self, source: str, stream: str, sequence: int, id_: UUID, *, from_first: bool) -> Turn:
        handled = self.handled.get((source, stream), {})
        if not handled:
            return Turn.NEXT if sequence == 1 or not from_first else Turn.GAP
        if sequence > max(handled):
            return Turn.NEXT if sequence - 1 in handled else Turn.GAP
        if sequence not in handled or sequence <= max(handled) - WINDOW:
            return Turn.OLD
        return Turn.REPEAT if handled[sequence] == id_ else Turn.FORK


@given(ARRIVALS, st.booleans())
def test_marks_tell_repeats_gaps_and_forks_like_a_list_of_everything_handled(
    arrivals: list[tuple[str, str, int, int]], from_first: bool
) -> None:
    marks, plain = Watermarks({}), Plain()
    for source, stream, sequence, which in arrivals:
        id_ = event(sequence, which)
        turn = marks.turn_of(source, stream, sequence, id_, from_first=from_first)
        assert turn is plain.turn_of(source, stream, sequence, id_, from_first=from_first)
        if turn is Turn.NEXT:
            marks.move(source, stream, sequence, id_)
            plain.handled.setdefault((source, stream), {})[sequence] = id_
    for handled in map(list, plain.handled.values()):
        assert handled == list(range(handled[0], handled[0] + len(handled))), "each once, in order, without a hole"
        assert handled[0] == 1 or not from_first


async def test_marks_are_stored_as_they_were_moved(tallying: Bench) -> None:
    pairs = [("referral", "patient/a"), ("care_plan", "patient/a"), ("referral", "patient/b")]
    async with tallying.service.core.database.transaction() as db:
        marks = await Watermarks.load(db, pairs)
        for sequence in (1, 2, 3):
            marks.move(*pairs[0], sequence, event(sequence))
        marks.move(*pairs[1], 1, event(1))
        await marks.save(db)
    async with tallying.service.core.database.transaction() as db:
        marks = await Watermarks.load(db, pairs)
        turns = [marks.turn_of(*pairs[0], n, event(n), from_first=True) for n in (3, 4, 5)]
        assert turns == [Turn.REPEAT, Turn.NEXT, Turn.GAP]
        assert marks.turn_of(*pairs[0], 2, event(2, which=2), from_first=True) is Turn.FORK
        assert marks.turn_of(*pairs[2], 1, event(1), from_first=True) is Turn.NEXT


async def test_a_mark_that_an_earlier_release_moved_on_takes_no_event_for_a_fork(tallying: Bench) -> None:
    pair = ("referral", "patient/a")
    async with tallying.service.core.database.transaction() as db:
        marks = await Watermarks.load(db, [pair])
        marks.move(*pair, 1, event(1))
        await marks.save(db)
        await db.execute("update mark set last_sequence = 2")
        moved_on = await Watermarks.load(db, [pair])
    assert moved_on.turn_of(*pair, 2, event(2), from_first=True) is Turn.OLD
    assert moved_on.turn_of(*pair, 1, event(1), from_first=True) is Turn.OLD
    assert moved_on.turn_of(*pair, 3, event(3), from_first=True) is Turn.NEXT


def test_of_each_mark_only_a_window_of_ids_is_kept() -> None:
    mark = Watermark()
    for sequence in range(1, 100):
        mark = mark.then(sequence, event(sequence))
    assert len(mark.packed()) == 2 * 8 * (WINDOW + 1)
