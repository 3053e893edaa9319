"""A topic that is deleted and made again: its readers hear it as soon as they look at the metadata again."""

from __future__ import annotations

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from carebus.contracts.care_plan import ClinicianJoined
from carebus.decisions import ignore, on
from carebus.kafka import fetching, topics
from carebus.service import Service
from tests.carebus.tally import HANDLERS, Tally
from tests.carebus.wires import Wire, someone, until

HEARD = {**HANDLERS, ClinicianJoined: on(Tally, lambda *_: ignore("of_the_roster"))}


async def test_readers_hear_a_topic_that_was_deleted_and_made_again(
    on_wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two: who has lost all partitions looks for new ones all the time, and who has some left does not."""
    monkeypatch.setattr(fetching, "METADATA_AGE_MS", 1000)
    early, late = someone(), someone()
    async with (service := on_wire.service(HEARD, role="subscriber")).running():
        await on_wire.tell(early, "a")

        async def heard() -> bool:
            return await on_wire.marks(service, early) == ["a"]

        await until(heard, "the first event is heard")
        await delete(on_wire)

        async def has_seen_it() -> bool:
            return service.subscriber.assigned == 2

        await until(has_seen_it, "the reader has the partitions of the other topic only")
        assert there_are(service) == 4, "that some are not read must be seen"
        await topics.create([on_wire.bootstrap], prefix=on_wire.prefix, partitions=2)
        await on_wire.tell(late, "x")

        async def heard_again() -> bool:
            return await on_wire.marks(service, late) == ["x"]

        await until(heard_again, "the first event of the new topic is heard")
        assert there_are(service) == service.subscriber.assigned == 4


def there_are(service: Service) -> float | None:
    """How many partitions the service says that its topics have."""
    return service.core.metrics.registry.get_sample_value("carebus_topic_partitions", {"service": "tally"})


async def delete(wire: Wire) -> None:
    """Delete the patient journal, and wait until it is gone."""
    topic = wire.prefix + "patient.events"
    admin = AIOKafkaAdminClient(bootstrap_servers=wire.bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([topic])

        async def gone() -> bool:
            return topic not in await admin.list_topics()

        await until(gone, "the topic is deleted")
    finally:
        await admin.close()
