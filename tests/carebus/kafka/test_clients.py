"""Several brokers, of which some are away: whoever runs goes on with those that it knows."""

from __future__ import annotations

import random
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from aiokafka.structs import BrokerMetadata

from carebus.kafka.clients import Brokers
from deploy.local.process import free_port
from tests.carebus.relaying.test_relay import forgotten, write
from tests.carebus.wires import Wire, someone, until, wire
from tests.faults.proxy import door
from tests.servers import Pair


def knowing(*places: tuple[str, int]) -> SimpleNamespace:
    """A client that has learned of these brokers."""
    found = {BrokerMetadata(number, host, port, None) for number, (host, port) in enumerate(places)}
    return SimpleNamespace(cluster=SimpleNamespace(brokers=lambda: found))


def test_brokers_that_a_client_knows_come_before_those_of_the_setting() -> None:
    brokers = Brokers(("named:1",))
    assert brokers.places == ["named:1"]
    brokers.learn(knowing(("b", 2), ("named", 1), ("::1", 3)))
    assert set(brokers.places) == {"b:2", "named:1", "[::1]:3"}
    brokers.learn(knowing(("c", 4)))
    assert brokers.places == ["c:4", "named:1"]
    brokers.learn(knowing())
    assert brokers.places == ["c:4", "named:1"], "a client that found nobody has nothing to say"


async def test_a_service_that_is_told_of_several_brokers_reads_and_publishes_though_one_is_away(on_wire: Wire) -> None:
    several = f"127.0.0.1:{free_port()}, {on_wire.bootstrap}"
    patient = someone()
    async with (service := on_wire.service(kafka_bootstrap_servers=several)).running():
        await on_wire.tell(patient, "a")
        await heard(on_wire, service, patient, ["a"])

        async def published() -> bool:
            return await forgotten(on_wire, service)

        await until(published, "the answer is published")


async def test_a_reader_and_a_relay_go_on_when_the_broker_that_the_setting_names_is_gone_for_good(
    own_servers: Pair, topic_prefix: str
) -> None:
    """They named a door that is closed meanwhile; the broker itself, known by another address, is started again."""
    kafka, front = own_servers.kafka, free_port()
    async with wire(own_servers.postgres.url, kafka.bootstrap, topic_prefix) as on_wire:
        service = on_wire.service(kafka_bootstrap_servers=f"127.0.0.1:{front}")
        patient, chance = someone(), random.Random(1)
        async with door(front, kafka.port, chance) as named:
            running = service.running()
            await running.__aenter__()
            await on_wire.tell(patient, "a")
            await heard(on_wire, service, patient, ["a"])
        assert named.carried
        try:
            kafka.stop()
            kafka.start()
            await on_wire.tell(patient, "b", first=2)
            await heard(on_wire, service, patient, ["a", "b"])
            await write(service, someone(), chance)

            async def published() -> bool:
                return await forgotten(on_wire, service)

            await until(published, "what was decided since then is published")
        finally:
            await running.__aexit__(None, None, None)


async def heard(on_wire: Wire, service: Any, patient: Any, marks: Sequence[str]) -> None:
    """Wait until the service has heard just these."""

    async def so_far() -> bool:
        return await on_wire.marks(service, patient) == marks

    await until(so_far, f"{marks} are heard")
