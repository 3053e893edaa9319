"""Positions: read on from where the database says, whatever the consumer brings: a real database, a log in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiokafka.structs import TopicPartition
from prometheus_client import generate_latest

from carebus.storage import holes, offsets
from carebus.storage.database import Connection, Database, DatabaseAway
from carebus.subscribing.positions import Positions
from carebus.testing import Bench, TestRecord

PART = ("patient.events", 0)
TP = TopicPartition(*PART)


@dataclass
class Log:
    """Where a log begins and ends, and where it was told to read on."""

    begin: int = 0
    end: int = 0
    sought: list[int] = field(default_factory=list)
    paused: set[TopicPartition] = field(default_factory=set)

    async def beginning_offsets(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        return dict.fromkeys(partitions, self.begin)

    async def end_offsets(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        return dict.fromkeys(partitions, self.end)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        assert partition == TP
        self.sought.append(offset)

    def pause(self, *partitions: TopicPartition) -> None:
        self.paused |= set(partitions)

    def resume(self, *partitions: TopicPartition) -> None:
        self.paused -= set(partitions)


def records(*at: int) -> list[TestRecord]:
    return [TestRecord(*PART, offset, 1000 + offset, None, None, ()) for offset in at]


def positions(bench: Bench) -> Positions:
    return Positions(bench.service.core.database, bench.service.core.metrics)


async def stored(bench: Bench) -> int | None:
    async with bench.service.core.database.connection() as db:
        return (await offsets.read(db, [PART])).get(PART)


async def store(bench: Bench, offset: int) -> None:
    async with bench.service.core.database.connection() as db:
        await offsets.begin(db, PART, offset)


async def test_a_partition_never_read_begins_at_the_logs_start_and_is_known_to_be_whole(tallying: Bench) -> None:
    log, here = Log(end=9), positions(tallying)
    assert await here.sort(records(0, 1), log) == ([], {})
    assert (log.sought, here.known(), here.from_first) == ([0], {PART: 0}, {PART})
    fresh, moves = await here.sort(records(0, 1), log)
    assert [record.offset for record in fresh] == [0, 1]
    assert moves == {PART: (0, 2)}


async def test_a_partition_that_another_process_reads_leaves_the_others_as_they_are(tallying: Bench) -> None:
    log, here = Log(end=9), positions(tallying)
    other = TestRecord("patient.events", 1, 0, 1000, None, None, ())
    here.moved({PART: (0, 4), ("patient.events", 1): (0, 7)})
    here.leave([other])
    assert here.known() == {PART: 4}
    fresh, moves = await here.sort(records(4, 5), log)
    assert ([record.offset for record in fresh], moves, log.sought) == ([4, 5], {PART: (4, 6)}, [])


async def open_holes(bench: Bench) -> list[tuple[int, int, bool]]:
    async with bench.service.core.database.connection() as db:
        return [(hole.start, hole.end, hole.at_start) for hole in await holes.still_open(db)]


async def test_a_new_service_on_a_shortened_log_waits_for_an_operator(tallying: Bench) -> None:
    log, here = Log(begin=5, end=9), positions(tallying)
    for _ in range(2):
        await here.place([PART], log)
    assert (log.sought, here.known(), log.paused) == ([], {}, {TP})
    assert await here.sort(records(5, 6), log) == ([], {})
    assert await open_holes(tallying) == [(0, 5, True)]


@pytest.mark.parametrize(("with_what_is_left", "from_first"), [(False, {PART}), (True, set())])
async def test_it_reads_on_once_the_hole_is_closed_and_takes_baselines_only_if_the_operator_says_so(
    tallying: Bench, with_what_is_left: bool, from_first: set[tuple[str, int]]
) -> None:
    log, here = Log(begin=5, end=9), positions(tallying)
    await here.place([PART], log)
    async with tallying.service.core.database.transaction() as db:
        found = await holes.still_open(db)
        await (holes.begin_with_what_is_left(db, found) if with_what_is_left else holes.close(db, found, "filled"))
    for reader in (here, positions(tallying)):
        await reader.place([PART], log)
        assert (log.sought[-1], reader.known(), reader.from_first) == (5, {PART: 5}, from_first)
    assert log.paused == set()


async def test_records_that_were_deleted_unread_are_a_hole_and_the_rest_is_read(tallying: Bench) -> None:
    await store(tallying, 4)
    log, here = Log(begin=7, end=9), positions(tallying)
    await here.place([PART], log)
    assert (log.sought, await stored(tallying), here.from_first) == ([7], 7, {PART})
    assert await open_holes(tallying) == [(4, 7, False)]
    assert tallying.service.core.metrics.total(tallying.service.core.metrics.holes) == 1


async def test_records_that_are_deleted_before_a_running_reader_are_a_hole(tallying: Bench) -> None:
    await store(tallying, 4)
    log, here = Log(end=9), positions(tallying)
    await here.place([PART], log)
    log.begin = 7
    assert await here.sort(records(7, 8), log) == ([], {})
    assert await open_holes(tallying) == []
    fresh, moves = await here.sort(records(7, 8), log)
    assert ([record.offset for record in fresh], moves) == ([7, 8], {PART: (4, 9)})
    assert await open_holes(tallying) == [(4, 7, False)]


async def test_a_log_of_which_nothing_is_left_shows_its_hole_without_a_record(tallying: Bench) -> None:
    await store(tallying, 4)
    log, here = Log(end=9), positions(tallying)
    await here.place([PART], log)
    log.begin = 9
    here.doubt(here.known(), {TP: 9}, {TP: 9})
    await here.place([PART], log)
    assert (here.known(), await open_holes(tallying)) == ({PART: 9}, [(4, 9, False)])


async def test_a_reader_of_an_earlier_release_began_where_the_log_begins_now(tallying: Bench) -> None:
    await store(tallying, 8)
    async with tallying.service.core.database.connection() as db:
        await db.execute("update consumer_offset set began_at = null")
    for begin in (3, 6):
        here = positions(tallying)
        await here.place([PART], Log(begin=begin, end=9))
        assert here.from_first == set()
    async with tallying.service.core.database.connection() as db:
        assert await db.fetchval("select began_at from consumer_offset") == 3


async def test_the_database_is_believed_and_not_the_consumer(tallying: Bench) -> None:
    await store(tallying, 4)
    log, here = Log(end=9), positions(tallying)
    assert await here.sort(records(7, 8), log) == ([], {})
    assert log.sought == [4]
    fresh, moves = await here.sort(records(4, 5), log)
    assert ([record.offset for record in fresh], moves) == ([4, 5], {PART: (4, 6)})


async def test_records_before_the_stored_offset_are_dropped(tallying: Bench) -> None:
    await store(tallying, 4)
    log, here = Log(end=9), positions(tallying)
    await here.place([PART], log)
    fresh, moves = await here.sort(records(2, 3, 4, 5), log)
    assert ([record.offset for record in fresh], moves) == ([4, 5], {PART: (4, 6)})
    assert await here.sort(records(1, 2), log) == ([], {})


async def test_a_hole_is_believed_only_after_asking_the_log_again(tallying: Bench) -> None:
    """Transactions of others leave holes; a skipped fetch must not look like one."""
    await store(tallying, 4)
    log, here = Log(end=9), positions(tallying)
    await here.place([PART], log)
    assert await here.sort(records(6, 7), log) == ([], {})
    assert log.sought == [4, 4]
    fresh, moves = await here.sort(records(6, 7), log)
    assert ([record.offset for record in fresh], moves) == ([6, 7], {PART: (4, 8)})


async def test_a_stored_offset_beyond_the_logs_end_is_repaired_and_recorded(tallying: Bench) -> None:
    await store(tallying, 500)
    log, here = Log(end=9), positions(tallying)
    await here.place([PART], log)
    assert (log.sought, await stored(tallying)) == ([0], 0)
    async with tallying.service.core.database.connection() as db:
        row = await db.fetchrow("select stored_offset, log_end, set_to from offset_repair")
    assert row is not None
    assert tuple(row) == (500, 9, 0)


async def test_a_log_that_loses_its_tail_under_a_running_reader_is_noticed(tallying: Bench) -> None:
    await store(tallying, 8)
    log, here = Log(end=9), positions(tallying)
    await here.place([PART], log)
    log.end = 3
    fresh, moves = await here.sort(records(0, 1, 2), log)
    assert ([record.offset for record in fresh], moves) == ([0, 1, 2], {PART: (0, 3)})
    assert tallying.service.core.metrics.total(tallying.service.core.metrics.repairs) == 1


async def test_a_log_that_loses_everything_under_a_running_reader_is_noticed_without_a_record(tallying: Bench) -> None:
    await store(tallying, 8)
    log, here = Log(end=8), positions(tallying)
    await here.place([PART], log)
    here.doubt(here.known(), {}, {TP: 8})
    assert here.known() == {PART: 8}, "a log that ends where this process stands is whole"
    here.doubt(here.known(), {}, {TP: 0})
    log.end = 0
    await here.place([PART], log)
    assert (here.known(), await stored(tallying)) == ({PART: 0}, 0)


async def test_a_log_that_others_read_on_in_while_its_end_is_asked_is_whole(tallying: Bench) -> None:
    """A new reader and the one before it, or a reader's own watch and its first batch."""

    class Growing(Log):
        async def end_offsets(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
            asked = await super().end_offsets(partitions)
            async with tallying.service.core.database.connection() as db:
                await offsets.move(db, {PART: (4, 12)}, {})
            return asked

    await store(tallying, 4)
    here = positions(tallying)
    await here.place([PART], Growing(end=9))
    assert (await stored(tallying), here.known()) == (12, {PART: 4}), "fenced, but nothing was repaired"


async def test_a_repair_that_was_committed_without_an_answer_is_looked_up(tallying: Bench) -> None:
    class Cut(Database):
        cut = True

        @asynccontextmanager
        async def transaction(self) -> AsyncIterator[Connection]:
            async with tallying.service.core.database.transaction() as db:
                yield db
            if self.cut:
                raise DatabaseAway

    await store(tallying, 8)
    log, database = Log(end=9), Cut("", name="cut")
    here = Positions(database, tallying.service.core.metrics)
    database.cut = False
    await here.place([PART], log)
    log.end, database.cut = 3, True
    with pytest.raises(DatabaseAway):
        await here.sort(records(0, 1, 2), log)
    log.end, database.cut = 20, False
    await here.sort(records(3, 4), log)
    assert (here.known(), await stored(tallying), log.sought[-1]) == ({PART: 0}, 0, 0)


async def test_a_lost_log_that_two_loops_find_at_once_is_set_back_once(tallying: Bench) -> None:
    """The later of two would set back again what was read since the first, as soon as it is as far as before."""
    await store(tallying, 8)
    log, here = Log(end=3), positions(tallying)
    await asyncio.gather(here.place([PART], log), here.place([PART], log))
    assert (here.known(), await stored(tallying)) == ({PART: 0}, 0)
    async with tallying.service.core.database.connection() as db:
        repairs = await db.fetch("select stored_offset, set_to from offset_repair")
    assert [tuple(row) for row in repairs] == [(8, 0)]
    told = generate_latest(here._metrics.registry).decode()
    assert 'carebus_offset_repairs_total{service="tally"} 1.0' in told


async def test_what_was_revoked_is_looked_up_again(tallying: Bench) -> None:
    log, here = Log(end=9), positions(tallying)
    await here.place([PART], log)
    here.moved({PART: (0, 6)})
    here.forget()
    assert (here.known(), here.from_first) == ({}, set())
    await here.place([PART], log)
    assert here.known() == {PART: 0}, "another process did not store it, so it was not done"


async def test_a_database_that_went_back_is_read_on_from_where_it_stands(tallying: Bench) -> None:
    await store(tallying, 5)
    log, here = Log(end=5), positions(tallying)
    await here.place([PART], log)
    await here.agree()
    assert here.known() == {PART: 5}
    async with tallying.service.core.database.connection() as db:
        await db.execute("update consumer_offset set next_offset = 2")
    await here.agree()
    await here.place([PART], log)
    assert (here.known(), log.sought) == ({PART: 2}, [5, 2])
