"""A relay publishes again what the log has lost, and only then what follows."""

from __future__ import annotations

import random
from typing import Any

import pytest

from carebus.relaying import relay
from carebus.relaying.reconciling import Report, reconcile
from tests.carebus.kafka.test_witness import lose_the_log
from tests.carebus.relaying.test_relay import by_stream, first_seen, forgotten, write, write_many
from tests.carebus.wires import Wire, someone, until

LAST_SEEN = "select from witness where reader = 'relay' and topic = $1 and record_offset = $2"


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
