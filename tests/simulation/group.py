"""A consumer group in memory: members that join, miss their heartbeats and are left out, and the consumer of each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from aiokafka.errors import IllegalStateError, KafkaConnectionError, UnknownMemberIdError
from aiokafka.structs import TopicPartition

from tests.simulation.kafka import PARTITIONS, Broker, Links, Record
from tests.simulation.loop import Loop

SESSION_S = 1.0
REBALANCE_S = 2.5
BEAT_S = 0.25


class Group:
    """The coordinator's view: who is in, who has joined again since the last change, who was heard of when."""

    def __init__(self, loop: Loop, broker: Broker) -> None:
        self._loop = loop
        self._broker = broker
        self._heard: dict[Consumer, float] = {}
        self._joined: dict[Consumer, asyncio.Future[list[TopicPartition]]] = {}
        self._since = 0.0
        self.changing = False
        self.committed: dict[TopicPartition, int] = {}

    def beat(self, member: Consumer) -> bool:
        """A heartbeat; tells whether the member must join (again)."""
        if member not in self._heard:
            return True
        self._heard[member] = self._loop.time()
        self._look()
        return self.changing and member not in self._joined

    def join(self, member: Consumer, answer: asyncio.Future[list[TopicPartition]]) -> None:
        """A member wants partitions: it gets them when all have asked."""
        self.change()
        self._heard[member] = self._loop.time()
        self._joined[member] = answer
        self._look()
        if not answer.done():
            self._loop.later(SESSION_S * 1.1, self._look)
            self._loop.later(REBALANCE_S * 1.1, self._look)

    def change(self) -> None:
        """Everybody must join again."""
        if not self.changing:
            self.changing, self._since = True, self._loop.time()

    def leave(self, member: Consumer) -> None:
        """A member goes in good order."""
        if self._heard.pop(member, None) is not None:
            self._joined.pop(member, None)
            self.change()
            self._look()

    def _look(self) -> None:
        now = self._loop.time()
        late = self.changing and now - self._since > REBALANCE_S
        for member, heard in list(self._heard.items()):
            if (self._broker.up and now - heard > SESSION_S) or (late and member not in self._joined):
                self._leave_out(member)
        if self.changing and self._joined.keys() == self._heard.keys():
            self._assign()

    def _leave_out(self, member: Consumer) -> None:
        del self._heard[member]
        self.change()
        answer = self._joined.pop(member, None)
        if answer is not None and not answer.done():
            answer.set_exception(UnknownMemberIdError())

    def _assign(self) -> None:
        joined, self._joined, self.changing = self._joined, {}, False
        topics = sorted({topic for member in joined for topic in member.topics})
        members = list(joined)
        for n, (member, answer) in enumerate(joined.items()):
            self._heard[member] = self._loop.time()
            mine = range(n * PARTITIONS // len(members), (n + 1) * PARTITIONS // len(members))
            if not answer.done():
                answer.set_result([TopicPartition(topic, part) for topic in topics for part in mine])


class Consumer:
    """One member and what it reads: what the kit sees of FastStream and aiokafka together."""

    died = False

    def __init__(
        self,
        loop: Loop,
        broker: Broker,
        group: Group,
        topics: Sequence[str],
        listener: Any,
        receive: Callable[[Sequence[Record]], Awaitable[None]],
    ) -> None:
        self.topics = list(topics)
        self.consumer = self
        self._client = Links()
        self._loop = loop
        self._broker = broker
        self._group = group
        self._listener = listener
        self._receive = receive
        self._at: dict[TopicPartition, int] = {}
        self._wake = asyncio.Event()
        self._must_join = asyncio.Event()
        self._busy = asyncio.Lock()
        self._open = False
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Connect and begin to join and to read."""
        await self._travel()
        self._open = True
        self._broker.readers.append(self._wake)
        self._must_join.set()
        self._tasks = [asyncio.create_task(self._belong()), asyncio.create_task(self._read())]
        self._beat()

    async def stop(self) -> None:
        """Let the batch in hand end, and leave."""
        self._open = False
        if self._loop.ending:
            return
        if self._wake in self._broker.readers:
            self._broker.readers.remove(self._wake)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._busy.acquire(), 3)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._broker.up:
            self._loop.later(self._broker.latency(), self._group.leave, self)

    async def _travel(self) -> None:
        if self._loop.ending:
            raise asyncio.CancelledError
        await asyncio.sleep(self._broker.latency())
        if not self._broker.up:
            raise KafkaConnectionError

    # Membership

    def _beat(self) -> None:
        if self._open and not self._loop.ending:
            if self._broker.up and self._group.beat(self):
                self._must_join.set()
            self._loop.here(BEAT_S, self._beat)

    async def _belong(self) -> None:
        while True:
            await self._must_join.wait()
            if not self._broker.up:
                await asyncio.sleep(0.2)
                continue
            await self._listener.on_partitions_revoked(list(self._at))
            self._at = {}
            answer: asyncio.Future[list[TopicPartition]] = self._loop.create_future()
            self._loop.later(self._broker.latency(), self._group.join, self, answer)
            try:
                mine = await answer
            except UnknownMemberIdError:
                continue
            self._must_join.clear()
            self._at = {tp: self._group.committed.get(tp, 0) for tp in mine}
            await self._listener.on_partitions_assigned(mine)
            self._wake.set()

    # Reading

    async def _read(self) -> None:
        while self._open:
            self._wake.clear()
            wanted = dict(self._at)
            if not self._broker.up or not any(self._end(tp) != at for tp, at in wanted.items()):
                await self._wait()
                continue
            await asyncio.sleep(self._broker.latency())
            if records := self._fetched(wanted):
                async with self._busy:
                    await self._receive(records)

    async def _wait(self) -> None:
        if self._broker.up:
            await self._wake.wait()
        else:
            await asyncio.sleep(0.1)

    def _fetched(self, wanted: Mapping[TopicPartition, int]) -> list[Record]:
        """What is there from these positions on, unless somebody sought elsewhere meanwhile."""
        found: list[Record] = []
        for tp, at in wanted.items():
            if self._at.get(tp) != at:
                continue
            if at > self._end(tp):
                self._at[tp] = 0  # out of range: begin again, as `earliest` says
                self._wake.set()
                continue
            upto = min(self._end(tp), at + self._loop.chance.choice((1, 2, 3, 50)))
            found += self._broker.logs[tuple(tp)][at:upto]
            self._at[tp] = upto
            if upto < self._end(tp):
                self._wake.set()
        return found

    @property
    def busy(self) -> bool:
        """Whether records are in somebody's hands."""
        return self._busy.locked()

    def again(self, records: int) -> None:
        """Deliver the last records once more."""
        for tp, at in self._at.items():
            self._at[tp] = max(0, at - records)
        self._wake.set()

    def _end(self, tp: TopicPartition) -> int:
        return len(self._broker.logs[tuple(tp)])

    # What the kit asks of aiokafka's consumer

    def partitions_for_topic(self, _: str) -> set[int]:
        return set(range(PARTITIONS))

    def assignment(self) -> set[TopicPartition]:
        return set(self._at)

    async def beginning_offsets(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        await self._travel()
        return dict.fromkeys(partitions, 0)

    async def end_offsets(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        await self._travel()
        return {tp: self._end(tp) for tp in partitions}

    def pause(self, *partitions: TopicPartition) -> None: ...
    def resume(self, *partitions: TopicPartition) -> None: ...

    def seek(self, partition: TopicPartition, offset: int) -> None:
        if partition not in self._at:
            raise IllegalStateError(f"{partition} is not assigned")
        self._at[partition] = offset
        self._wake.set()

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        await self._travel()
        self._group.committed.update(offsets)
