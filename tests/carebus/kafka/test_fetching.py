"""Records are asked for of all partitions at once: a request about some would hold up what comes for the others."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from carebus.subscribing.subscriber import Subscriber
from tests.carebus.subscribing.test_subscriber import handled
from tests.carebus.wires import Wire, someone

SLOW_S = 0.4
"""Longer than aiokafka waits by itself for what was fetched to be taken."""


async def test_what_waits_behind_a_slow_batch_leaves_no_partition_out_of_the_next_request(
    on_wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient, service = someone(), on_wire.service()
    asked: list[int] = []
    once = Subscriber._once

    async def slowly(self: Subscriber, *args: Any, singly: bool) -> None:
        await asyncio.sleep(SLOW_S)
        await once(self, *args, singly=singly)

    async with service.running():
        await on_wire.tell(patient, "a")
        await handled(on_wire, service, patient, 1)
        consumer = service.subscriber._consumer
        assert consumer is not None
        actions = consumer._fetcher._get_actions_per_node

        def noted(assignment: Any) -> Any:
            found = actions(assignment)
            asked.extend(sum(len(parts) for _, parts in request.topics) for _, request in found[0])
            return found

        monkeypatch.setattr(consumer._fetcher, "_get_actions_per_node", noted)
        monkeypatch.setattr(Subscriber, "_once", slowly)
        for sequence in range(2, 5):
            await on_wire.tell(patient, f"mark {sequence}", first=sequence)
            await asyncio.sleep(SLOW_S / 4)
        await handled(on_wire, service, patient, 4)
        partitions = len(consumer.assignment())
    assert len(asked) > 1
    assert set(asked) == {partitions}
