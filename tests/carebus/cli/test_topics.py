"""`carebus topics` on a real broker: what is created is as it should be, and what drifts is found."""

from __future__ import annotations

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.carebus.cli.conftest import Carebus


@pytest.fixture
def prefix(topic_prefix: str, kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The environment of an operator who has a broker."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka_bootstrap)
    monkeypatch.setenv("CAREBUS_TOPIC_PREFIX", topic_prefix)
    return topic_prefix


async def test_what_create_made_has_not_drifted(prefix: str, carebus: Carebus) -> None:
    missing = await carebus("topics", "check", "--json")
    assert missing.code == 1
    assert {one["found"] for one in missing.json} == {"missing"}
    assert (await carebus("topics", "create", "--partitions", "2")).code == 0
    assert (await carebus("topics", "check", "--partitions", "2")).code == 0


async def test_partitions_replication_retention_and_cleanup_are_checked(
    prefix: str, carebus: Carebus, kafka_bootstrap: str
) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    configs = {"retention.ms": "1000000", "cleanup.policy": "compact"}
    await admin.create_topics([NewTopic(f"{prefix}patient.events", 3, 1, topic_configs=configs)])
    await admin.close()
    assert (await carebus("topics", "create", "--partitions", "2")).code == 0
    ended = await carebus("topics", "check", "--partitions", "2", "--replication", "2", "--json")
    assert ended.code == 1
    of_patients = [(one["what"], one["found"]) for one in ended.json if one["topic"] == f"{prefix}patient.events"]
    assert of_patients == [
        ("cleanup.policy", "compact"),
        ("compression.type", "producer"),
        ("partitions", "3"),
        ("replication", "1"),
        ("retention.ms", "1000000"),
    ]
