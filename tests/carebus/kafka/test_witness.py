"""A log that is another one than was known is noticed, also when it has grown again."""

from __future__ import annotations

from types import SimpleNamespace

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.cluster import ClusterMetadata
from aiokafka.structs import PartitionMetadata

from carebus.kafka.clients import Brokers
from carebus.kafka.witness import Witness
from carebus.service import Service
from carebus.storage import outbox
from tests.carebus.subscribing.test_topic_made_again import delete
from tests.carebus.wires import Wire, someone

PART = 0


def fresh_links() -> SimpleNamespace:
    """A client with a connection that nobody has seen yet."""
    return SimpleNamespace(_conns={1: object()}, cluster=ClusterMetadata())


def led_by(broker: int, topic: str) -> ClusterMetadata:
    """What a client knows when this broker leads the topic."""
    cluster = ClusterMetadata()
    cluster._partitions[topic] = {PART: PartitionMetadata(topic, PART, broker, [1, 2], [1, 2], None)}
    return cluster


async def lose_the_log(wire: Wire) -> None:
    """Let the topic be empty again, as if a broker had lost all of it."""
    topic = wire.prefix + "patient.events"
    admin = AIOKafkaAdminClient(bootstrap_servers=wire.bootstrap)
    await delete(wire)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, 2, 1)])
    finally:
        await admin.close()


async def witnessed(wire: Wire, service: Service, *marks: str) -> Witness:
    """A witness of the last of these events."""
    await wire.tell(someone(), *marks)
    ids = [dict(record.headers)["ce_id"].decode() for record in await wire.read(wait_for=len(marks))]
    witness = Witness(service.core, "relay", Brokers([wire.bootstrap]))
    async with service.core.database.connection() as db:
        seen = {(wire.prefix + "patient.events", PART): (len(ids) - 1, ids[-1])}
        await outbox.forget_pending(db, [], seen)
    return witness


async def test_a_log_that_only_grew_is_still_the_one_that_was_known(on_wire: Wire) -> None:
    service = on_wire.service()
    await service.core.database.open()
    witness = await witnessed(on_wire, service, "a", "b")
    await on_wire.tell(someone(), "c")
    assert await witness.lost(fresh_links()) == {}
    await service.core.database.close()


async def test_a_log_that_lost_its_end_is_noticed_before_and_after_it_has_grown_again(on_wire: Wire) -> None:
    service = on_wire.service()
    await service.core.database.open()
    witness = await witnessed(on_wire, service, "a", "b")
    await lose_the_log(on_wire)
    part = (on_wire.prefix + "patient.events", PART)
    assert await witness.lost(fresh_links()) == {part: 0}
    await on_wire.tell(someone(), "c", "d", "e")
    assert await witness.lost(fresh_links()) == {part: 3}
    assert await witness.lost(fresh_links(), parts=[]) == {}, "another process reads that one"
    async with service.core.database.connection() as db:
        await witness.forget(db, [part])
    assert await witness.lost(fresh_links()) == {}
    await service.core.database.close()


async def test_the_log_is_looked_at_only_when_there_is_a_new_connection(on_wire: Wire) -> None:
    service, links = on_wire.service(), fresh_links()
    await service.core.database.open()
    witness = await witnessed(on_wire, service, "a")
    assert await witness.lost(links) == {}
    await lose_the_log(on_wire)
    assert await witness.lost(links) == {}, "nothing can have come over the old connection from another log"
    assert await witness.lost(fresh_links())
    await service.core.database.close()


async def test_the_log_is_looked_at_when_another_broker_leads_to_whom_there_was_a_connection_already(
    on_wire: Wire,
) -> None:
    service, links, topic = on_wire.service(), fresh_links(), on_wire.prefix + "patient.events"
    await service.core.database.open()
    witness = await witnessed(on_wire, service, "a")
    links.cluster = led_by(1, topic)
    assert await witness.lost(links) == {}
    await lose_the_log(on_wire)
    links.cluster = led_by(-1, topic)
    assert await witness.lost(links) == {}, "nobody leads, so nothing can have come"
    links.cluster = led_by(2, topic)
    assert await witness.lost(links) == {(topic, PART): 0}
    await service.core.database.close()


async def test_partitions_that_others_have_read_so_far_are_looked_at_over_the_old_connection(on_wire: Wire) -> None:
    service, links = on_wire.service(), fresh_links()
    await service.core.database.open()
    witness, part = await witnessed(on_wire, service, "a"), (on_wire.prefix + "patient.events", PART)
    assert await witness.lost(links, parts=[]) == {}
    await lose_the_log(on_wire)
    await on_wire.tell(someone(), "b", "c")
    witness.look_again()
    assert await witness.lost(links, parts=[part]) == {part: 2}
    await service.core.database.close()
