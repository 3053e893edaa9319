"""`carebus topics` on a real broker: what is created is as it should be, what drifts is found, and can be mended."""

from __future__ import annotations

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

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
        ("message.timestamp.after.max.ms", "3600000"),
        ("partitions", "3"),
        ("replication", "1"),
        ("retention.ms", "1000000"),
    ]


async def test_settings_that_drifted_are_mended_and_whatever_else_was_set_for_a_topic_stays(
    prefix: str, carebus: Carebus, kafka_bootstrap: str
) -> None:
    assert (await carebus("topics", "create", "--partitions", "2")).code == 0
    topic = f"{prefix}patient.events"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    drifted = {"max.message.bytes": "2000000", "retention.ms": "1000000", "cleanup.policy": "delete"}
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, drifted)])
    mended = await carebus("topics", "mend", "--json")
    assert mended.code == 0
    assert [(one["topic"], one["what"], one["found"]) for one in mended.json] == [
        (topic, "compression.type", "producer"),
        (topic, "message.timestamp.after.max.ms", "3600000"),
        (topic, "retention.ms", "1000000"),
    ]
    assert (await carebus("topics", "check", "--partitions", "2")).code == 0
    assert "nothing to mend" in (await carebus("topics", "mend")).out
    kept = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    await admin.close()
    assert ("max.message.bytes", "2000000") in [tuple(entry[:2]) for entry in kept[0].resources[0][4]]
