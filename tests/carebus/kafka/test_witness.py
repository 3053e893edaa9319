"""A log that is another one than was known is noticed, also when it has grown again, and mended by its publisher."""

from __future__ import annotations

import asyncio
import random
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.cluster import ClusterMetadata
from aiokafka.structs import PartitionMetadata

from carebus.kafka.clients import Brokers
from carebus.kafka.witness import Witness
from carebus.relaying import relay
from carebus.relaying.reconciling import Report, reconcile
from carebus.service import Service
from carebus.storage import outbox
from tests.carebus.relaying.test_relay import by_stream, first_seen, forgotten, write, write_many
from tests.carebus.subscribing.test_topic_made_again import delete
from tests.carebus.wires import Wire, someone, until

PART = 0
LAST_SEEN = "select from witness where reader = 'relay' and topic = $1 and record_offset = $2"


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


async def test_a_relay_that_has_nothing_to_publish_puts_back_what_the_log_has_lost(on_wire: Wire) -> None:
    patient = someone()
    async with (service := on_wire.service(role="relay")).running():
        await write(service, patient, random.Random(7))

        async def done() -> bool:
            return await forgotten(on_wire, service)

        await until(done, "everything is published")
        await lose_the_log(on_wire)
        service.relay._witness.look_again()  # as after a new connection, or with another leader

        async def put_back() -> bool:
            return bool(await on_wire.query(service, "select from operator_act where act = 'republish'"))

        await until(put_back, "what was lost is published again")
        records = await on_wire.published(wait_for=1)
    assert {record.key for record in records} == {str(patient).encode()}


async def test_a_log_that_loses_its_end_again_while_it_is_compared_is_mended_whole(
    on_wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[int] = []

    async def compare_and_lose(*asked: Any) -> Report:
        report = await reconcile(*asked)
        compared.append(len(report.missing))
        if len(compared) == 1:  # what comes before the last was there when it was read
            del report.missing[:-1]
        return report

    monkeypatch.setattr(relay, "reconcile", compare_and_lose)
    service, topic = on_wire.service(role="relay"), on_wire.prefix + "patient.events"
    async with service.running():
        told = await write_many(service, 12, seed=7)
        await on_wire.published(wait_for=told)
        await lose_the_log(on_wire)
        service.relay._witness.look_again()
        records = await on_wire.published(wait_for=told)
        assert len({dict(record.headers)["ce_id"] for record in records}) == told
        assert compared[:2] == [told, told - 1]

        async def kept() -> bool:
            return len(compared) > 2 and bool(await on_wire.query(service, LAST_SEEN, topic, records[-1].offset))

        await until(kept, "it is known where the last ones are, so that a further loss shows")


@pytest.mark.parametrize("producer_is_new", [False, True])
async def test_events_are_sent_again_if_another_broker_led_before_the_last_of_them_was_acknowledged(
    producer_is_new: bool, on_wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part of them may have been acknowledged by a leader that took it along."""
    service, patient, sent = on_wire.service(role="relay"), someone(), 0
    await service.core.database.open()
    first = 0 if producer_is_new else await write(service, patient, random.Random(7))
    send, producer = service.relay._send, service.relay._producer()
    await producer.start()

    async def elects(*args: Any) -> Any:
        nonlocal sent
        seen, sent = await send(*args), sent + 1
        if sent == 1:
            of_topic = producer.client.cluster._partitions[on_wire.prefix + "patient.events"]
            of_topic |= {number: part._replace(leader=part.leader + 1) for number, part in of_topic.items()}
            producer.client.force_metadata_update()
        return seen

    try:
        await service.relay.publish_pending(producer)
        monkeypatch.setattr(service.relay, "_send", elects)
        then = await write(service, patient, random.Random(7))
        assert await service.relay.publish_pending(producer) == then
    finally:
        await producer.close()
    await service.core.database.close()
    records = await on_wire.published(wait_for=first + 2 * then)
    again = list(range(first + 1, first + then + 1))
    assert by_stream(records)[str(patient).encode()][: first + 2 * then] == [*range(1, first + 1), *again, *again]


async def test_what_was_fetched_before_a_look_at_the_log_is_fetched_again(
    on_wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be of a log that another broker replaced before the look."""
    service, patient, held, given = on_wire.service(role="subscriber"), someone(), asyncio.Event(), list[int]()
    async with service.running():
        await on_wire.tell(patient, "a")
        await until_heard(on_wire, service, patient, "a")
        once = service.subscriber._once

        async def holds(records: Any, *args: Any, **kwargs: Any) -> None:
            given.extend(record.offset for record in records)
            await held.wait()
            await once(records, *args, **kwargs)

        monkeypatch.setattr(service.subscriber, "_once", holds)
        await on_wire.tell(patient, "b", first=2)

        async def in_hand() -> bool:
            return given == [1]

        await until(in_hand, "a batch is in hand")
        await on_wire.tell(patient, "c", first=3)
        service.subscriber._witness.look_again()
        held.set()
        await until_heard(on_wire, service, patient, "a", "b", "c")
    assert given == [1, 1, 2]


async def test_a_commit_that_a_look_at_the_log_may_not_have_seen_makes_another_look(
    on_wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, patient = on_wire.service(role="subscriber"), someone()
    witness, batch = service.subscriber._witness, service.subscriber._batch
    async with service.running():
        await on_wire.tell(patient, "a")
        await until_heard(on_wire, service, patient, "a")
        apply, before = batch.apply, witness.looks

        async def while_another_looks(*args: Any) -> Any:
            monkeypatch.setattr(batch, "apply", apply)
            witness.looks += 1
            return await apply(*args)

        monkeypatch.setattr(batch, "apply", while_another_looks)
        await on_wire.tell(patient, "b", first=2)

        async def looked_again() -> bool:
            return witness.looks == before + 2

        await until(looked_again, "the log is looked at after the commit too")
        await until_heard(on_wire, service, patient, "a", "b")


async def until_heard(wire: Wire, service: Service, patient: UUID, *marks: str) -> None:
    async def heard() -> bool:
        return await wire.marks(service, patient) == list(marks)

    await until(heard, f"{marks} are heard")


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


async def test_a_relay_publishes_again_what_the_log_has_lost_and_only_then_what_follows(on_wire: Wire) -> None:
    patient, chance = someone(), random.Random(7)
    first = on_wire.service(role="relay", database_connections=10)
    async with first.running():
        committed = await write_many(first, 60, seed=3) + await write(first, patient, chance)

        async def done() -> bool:
            return await forgotten(on_wire, first)

        await until(done, "everything is published")
    await lose_the_log(on_wire)
    second = on_wire.service(role="relay", database_connections=10)
    async with second.running():
        committed += await write(second, patient, chance)

        async def done_again() -> bool:
            return await forgotten(on_wire, second)

        await until(done_again, "the rest is published")
        records = await on_wire.published(wait_for=committed)
        acts = await on_wire.query(second, "select actor, act from operator_act")
    assert len({dict(record.headers)["ce_id"] for record in records}) == committed
    assert [tuple(act) for act in acts] == [("relay", "republish")]
    for sequences in by_stream(records).values():
        assert first_seen(sequences) == list(range(1, max(sequences) + 1))


async def test_a_subscriber_reads_a_log_that_grew_again_from_its_first_event(on_wire: Wire) -> None:
    early, late = someone(), someone()
    first = on_wire.service(role="subscriber")
    async with first.running():
        await on_wire.tell(early, "a", "b", "c")

        async def heard() -> bool:
            return await on_wire.marks(first, early) == ["a", "b", "c"]

        await until(heard, "the first events are heard")
    await lose_the_log(on_wire)
    await on_wire.tell(late, "x", "y", "z", "w")  # beyond the stored offset, which would skip the first three
    second = on_wire.service(role="subscriber")
    async with second.running():

        async def heard_too() -> bool:
            return await on_wire.marks(second, late) == ["x", "y", "z", "w"]

        await until(heard_too, "what is at places that were read before is heard")
        repairs = await on_wire.query(second, "select set_to from offset_repair")
    assert [row["set_to"] for row in repairs] == [0]


async def test_what_is_parked_of_a_lost_log_keeps_no_other_event_from_being_parked(on_wire: Wire) -> None:
    async def in_custody(service: Service) -> list[str]:
        rows = await on_wire.query(service, "select stream from parked_event order by topic, partition, record_offset")
        return [row["stream"] for row in rows]

    before, after = someone(), someone()
    first = on_wire.service(role="subscriber")
    async with first.running():
        await on_wire.tell(before, "broken")

        async def parked() -> bool:
            return await in_custody(first) == [f"patient/{before}"]

        await until(parked, "the first event is parked")
    await lose_the_log(on_wire)
    await on_wire.tell(after, "broken")
    second = on_wire.service(role="subscriber")
    async with second.running():

        async def both_parked() -> bool:
            return await in_custody(second) == [f"patient/{before}", f"patient/{after}"]

        await until(both_parked, "the event at the same offset is parked too")
