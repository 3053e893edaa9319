"""The outbox and its relay against a plain list: whatever fails between, all is published, first times in order."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from carebus.contracts.event import patient_stream
from carebus.storage import outbox, streams
from tests.carebus.machines import Driven, play
from tests.carebus.storage.test_outbox import told
from tests.simulation.kafka import PARTITIONS, Acknowledged, Links, RecordBatch

PATIENTS = [UUID(int=n + 1) for n in range(3)]
patients = st.sampled_from(PATIENTS)


class Abandoned(Exception):
    """A transaction that changed its mind, or a relay that died."""


class Topic:
    """Takes what a relay sends: appends `takes` record batches of one or two, and acknowledges `acks` of them."""

    def __init__(self) -> None:
        self.client = Links()
        self.records: list[tuple[Any, int]] = []
        self.takes = self.acks = 1000

    async def partitions_for(self, topic: str) -> set[int]:
        return set(range(PARTITIONS))

    def create_batch(self) -> RecordBatch:
        return RecordBatch(2, asyncio.get_running_loop().create_future())

    async def send_batch(self, batch: RecordBatch, topic: str, *, partition: int) -> Any:
        first = len(self.records)
        if self.takes > 0:
            self.records += [(one.key, int(dict(one.headers)["ce_sequence"] or 0)) for one in batch.unsent]
        if self.takes > 0 and self.acks > 0:
            batch.promise.set_result(Acknowledged(topic, partition, first))
        else:
            batch.promise.set_exception(Abandoned())
        self.takes, self.acks = self.takes - 1, self.acks - 1
        return batch.promise


class OutboxMachine(RuleBasedStateMachine):
    """`told`: how many events of each patient were committed. The topic may repeat, and nothing else."""

    def __init__(self, driven: Driven) -> None:
        super().__init__()
        self.driven = driven
        driven.clean()
        self.told = dict.fromkeys(PATIENTS, 0)
        self.topic = Topic()

    async def _tell(self, patient: UUID, many: int, *, meanwhile: Any = None, commits: bool = True) -> None:
        stream = patient_stream(patient)
        try:
            async with self.driven.bench.service.core.database.transaction() as db:
                first = (await streams.lock(db, [stream]))[stream].next_sequence
                await outbox.write(db, [told(patient, first + n) for n in range(many)])
                if meanwhile:
                    await meanwhile
                if not commits:
                    raise Abandoned
            self.told[patient] += many
        except Abandoned:
            pass

    async def _relay(self) -> int:
        return await self.driven.bench.service.relay.publish_pending(self.topic)

    @rule(patient=patients, many=st.integers(1, 3), commits=st.booleans())
    def tell(self, patient: UUID, many: int, commits: bool) -> None:
        self.driven.do(self._tell(patient, many, commits=commits))

    @rule(one=st.integers(0, 2), commits=st.booleans(), relayed=st.booleans())
    def tell_crosswise(self, one: int, commits: bool, relayed: bool) -> None:
        """Ids drawn first are committed last, and the relay looks in between."""

        async def meanwhile() -> None:
            await self._tell(PATIENTS[one - 1], 2)
            if relayed:
                await self._relay()

        self.driven.do(self._tell(PATIENTS[one], 2, meanwhile=meanwhile(), commits=commits))

    @rule()
    def relay(self) -> None:
        self.driven.do(self._relay())

    @rule(takes=st.integers(0, 4), acks=st.integers(0, 4))
    def relay_that_fails(self, takes: int, acks: int) -> None:
        """Some records never came, some were appended without an acknowledgement; a new relay begins anew."""
        self.topic.takes, self.topic.acks = takes, acks
        with suppress(Abandoned):
            self.driven.do(self._relay())
        self.topic.takes = self.topic.acks = 1000

    @rule()
    def relay_that_dies_before_it_forgets(self) -> None:
        async def dies() -> None:
            core = self.driven.bench.service.core
            async with core.database.connection() as db:
                await self.driven.bench.service.relay._send(self.topic, await outbox.pending(db, 1000))

        self.driven.do(dies())

    @rule()
    def two_relays(self) -> None:
        async def both() -> None:
            await asyncio.gather(self._relay(), self._relay())

        self.driven.do(both())

    @invariant()
    def first_times_come_in_order(self) -> None:
        for patient, sequences in self._published().items():
            assert sequences == list(range(1, len(sequences) + 1)), "in order, and nothing left out"
            assert len(sequences) <= self.told[patient], "nothing that was not committed"

    def _published(self) -> dict[UUID, list[int]]:
        first: dict[UUID, list[int]] = defaultdict(list)
        for key, sequence in self.topic.records:
            if sequence not in first[UUID(key.decode())]:
                first[UUID(key.decode())].append(sequence)
        return first

    def teardown(self) -> None:
        self.driven.do(self._relay())
        published = self._published()
        assert {patient: len(published[patient]) for patient in PATIENTS} == self.told, "everything, in the end"
        assert self.driven.rows("select * from outbox_pending") == []
        assert self.driven.rows("select count(*) from outbox") == [(sum(self.told.values()),)]


def test_whatever_happens_to_the_relay_everything_told_is_published_in_order(postgres_url: str, tmp_path: Path) -> None:
    play(OutboxMachine, postgres_url, tmp_path)
