"""What the broker refuses: batches that are too large are divided, and failures count until something was published."""

from __future__ import annotations

from uuid import UUID

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from carebus.contracts.event import patient_stream
from carebus.kafka.publishing import BatchSize
from carebus.service import Service
from carebus.storage import outbox, streams
from tests.carebus.relaying.test_relay import by_stream, first_seen, forgotten
from tests.carebus.storage.test_outbox import told
from tests.carebus.wires import Wire, someone, until


async def take_at_most(wire: Wire, size: int) -> None:
    """Let the topic refuse record batches of more bytes."""
    admin = AIOKafkaAdminClient(bootstrap_servers=wire.bootstrap)
    await admin.start()
    configs = {"max.message.bytes": str(size)}
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, wire.prefix + "patient.events", configs)])
    await admin.close()


async def tell_at_once(service: Service, patient: UUID, events: int, text: str = "", first: int = 1) -> None:
    """Let the outbox hold so many events of one patient, of one transaction."""
    async with service.core.database.transaction() as db:
        await streams.lock(db, [patient_stream(patient)])
        await outbox.write(db, [told(patient, first + n, text) for n in range(events)])
    service.core.notices.told.give()


async def all_published(wire: Wire, service: Service) -> None:
    async def done() -> bool:
        return await forgotten(wire, service)

    await until(done, "everything is published")


async def goes_well(service: Service) -> None:
    """Wait until the relay says that it does not fail any more."""

    async def never() -> bool:
        return service.core.beats.failures["relay"] == 0

    await until(never, "the relay counts no failures")


async def failed(service: Service, times: int) -> None:
    """Wait until the relay has said that it failed so often in a row."""

    async def so_often() -> bool:
        return service.core.beats.failures.get("relay", 0) >= times

    await until(so_often, f"the relay has failed {times} times in a row")


async def test_a_batch_that_the_topic_refuses_as_too_large_is_divided_and_arrives_in_order(on_wire: Wire) -> None:
    await take_at_most(on_wire, 4000)
    patient = someone()
    async with (service := on_wire.service(role="relay")).running():
        await tell_at_once(service, patient, 60)
        await all_published(on_wire, service)
        await goes_well(service)
        records = await on_wire.published(wait_for=60)
    assert first_seen(by_stream(records)[str(patient).encode()]) == list(range(1, 61))


async def test_an_event_that_is_refused_alone_is_shown_as_a_failing_loop_until_the_topic_takes_it(
    on_wire: Wire,
) -> None:
    await take_at_most(on_wire, 4000)
    patient = someone()
    async with (service := on_wire.service(role="relay")).running():
        await tell_at_once(service, patient, 2)
        await all_published(on_wire, service)
        await tell_at_once(service, patient, 1, "x" * 6000, first=3)
        await failed(service, 20)  # more often than the size of a batch can be halved
        await take_at_most(on_wire, 1 << 20)
        await all_published(on_wire, service)
        await goes_well(service)
        records = await on_wire.published(wait_for=3)
    assert first_seen(by_stream(records)[str(patient).encode()]) == [1, 2, 3]


async def test_a_relay_that_stops_to_publish_leaves_no_failures_behind(on_wire: Wire) -> None:
    await take_at_most(on_wire, 100)
    async with (service := on_wire.service(role="relay")).running():
        await tell_at_once(service, someone(), 1)
        await failed(service, 1)
    assert service.core.beats.failures["relay"] == 0


def test_a_size_is_halved_down_to_one_record_and_is_whole_again_after_a_while() -> None:
    now = 0.0
    size = BatchSize(lambda: now)
    assert size.begin() == BatchSize.WHOLE
    assert size.halve()
    assert size.begin() == BatchSize.WHOLE // 2
    while size.halve():
        assert not size.may_grow
    assert size.begin() == 1
    now = BatchSize.SMALLER_FOR_S + 1
    assert size.may_grow
    assert size.begin() == BatchSize.WHOLE
    assert not size.may_grow
