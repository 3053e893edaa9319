"""What is promised while servers and processes die: an answered command is kept, and its events arrive."""

from __future__ import annotations

import pytest

from tests.carebus.processes import process
from tests.carebus.relaying.test_relay import forgotten
from tests.carebus.wires import assessed, someone, until, wire
from tests.servers import Pair


async def test_an_answered_command_survives_the_broker_the_service_and_the_database(
    own_servers: Pair, topic_prefix: str
) -> None:
    """The broker is away; each service process is killed right after its answer, and then the database too."""
    pair = own_servers
    async with wire(pair.postgres.url, pair.kafka.bootstrap, topic_prefix) as on_wire:
        await on_wire.producer.stop()
        pair.kafka.kill()
        patients = [someone() for _ in range(3)]
        for patient in patients:
            async with process(on_wire.url, on_wire.bootstrap, topic_prefix) as service:
                answer = await service.http.post(
                    f"/api/{patient}/marks",
                    json=assessed("a").model_dump(mode="json"),
                    headers={"Idempotency-Key": f"{patient}"},
                )
                service.kill()
            assert answer.status_code == 201
        pair.postgres.kill()
        pair.postgres.start()
        pair.kafka.start()
        async with (reader := on_wire.service()).running():
            assert len(await on_wire.query(reader, "select from outbox where stream like 'patient/%'")) == 3

            async def published() -> bool:
                return await forgotten(on_wire, reader)

            await until(published, "the events arrive once the broker is back")
            records = await on_wire.published(wait_for=3)
            assert {record.key for record in records} == {str(patient).encode() for patient in patients}
            for patient in patients:
                assert await on_wire.marks(reader, patient) == ["a"]


@pytest.mark.faults
async def test_a_broker_that_restarts_under_load_loses_nothing(own_servers: Pair, topic_prefix: str) -> None:
    pair = own_servers
    async with wire(pair.postgres.url, pair.kafka.bootstrap, topic_prefix) as on_wire:
        patient = someone()
        async with (service := on_wire.service()).running():
            await on_wire.tell(patient, "a", "b")
            pair.kafka.kill()
            async with process(on_wire.url, on_wire.bootstrap, topic_prefix, "api") as api:
                path, body = f"/api/{patient}/marks", assessed("c").model_dump(mode="json")
                assert (await api.http.post(path, json=body, headers={"Idempotency-Key": "c"})).status_code == 201
            pair.kafka.start()
            await on_wire.tell(patient, "d", first=3)

            async def all_handled() -> bool:
                return len(await on_wire.marks(service, patient)) == 4 and await forgotten(on_wire, service)

            await until(all_handled, "all four are handled and answered")
            records = await on_wire.published(wait_for=4)
        sequences = list(dict.fromkeys(int(dict(record.headers)["ce_sequence"]) for record in records))
        assert sequences == [1, 2, 3, 4]
