"""A reader is never deaf for good: not when uvloop closes a connection, nor when a loop of aiokafka's ends."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import uvloop
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.admin import ApiVersionRequest

from carebus.kafka import connections
from tests.carebus.subscribing.test_subscriber import handled
from tests.carebus.wires import Wire, someone, until


class Unexpected(RuntimeError):
    """What aiokafka's loops do not expect."""


async def write_too_late(bootstrap: str) -> None:
    """Write on a connection that its transport has closed, before the task that reads there could notice."""
    host, _, port = bootstrap.rpartition(":")
    connection = AIOKafkaConnection(host, int(port))
    await connection.connect()
    connection._writer.transport.abort()
    await asyncio.sleep(0)
    connection.send(ApiVersionRequest())


def test_a_connection_that_uvloop_has_closed_is_closed_for_aiokafka_too(kafka_bootstrap: str) -> None:
    connections.mend()
    connections.mend()
    with pytest.raises(KafkaConnectionError) as raised:
        uvloop.run(write_too_late(kafka_bootstrap))
    assert "the handler is closed" in str(raised.value.__cause__)


async def _end_coordination(consumer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise Unexpected

    with monkeypatch.context() as once:
        once.setattr(consumer._client, "coordinator_lookup", fail)
        consumer._coordinator.coordinator_dead()
        task = consumer._coordinator._coordination_task
        await asyncio.wait([task])
        assert task.exception() is not None  # or it is told when the task is collected


async def _end_fetching(consumer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise Unexpected

    with monkeypatch.context() as once:
        once.setattr(consumer._fetcher, "_get_actions_per_node", fail)
        consumer._fetcher._notify(consumer._fetcher._wait_consume_future)
        await asyncio.wait([consumer._fetcher.error_future])


@pytest.mark.parametrize("end", [_end_coordination, _end_fetching])
async def test_a_consumer_of_which_a_loop_has_ended_is_replaced(
    end: Any, on_wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient, service = someone(), on_wire.service()
    async with service.running():
        await on_wire.tell(patient, "a")
        await handled(on_wire, service, patient, 1)
        before = service.subscriber._consumer

        async def replaced() -> bool:
            return service.subscriber._consumer not in {None, before}

        await end(before, monkeypatch)
        await until(replaced, "there is a new consumer")
        await on_wire.tell(patient, "b", first=2)
        await handled(on_wire, service, patient, 2)
