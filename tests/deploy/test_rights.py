"""The users' rights on a real broker that asks for them: each service can do its work, and nothing beyond."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError
from aiokafka.protocol.admin import CreateAclsRequest

from carebus.kafka.reading import Reading
from deploy.kubernetes import topics
from deploy.local.embedded import Kafka, cache_folder, free_port
from tests.servers import server_folder

RESOURCES = {"topic": 2, "group": 3, "cluster": 4}
OPERATIONS = {
    "Read": 3,
    "Write": 4,
    "Create": 5,
    "Describe": 8,
    "DescribeConfigs": 10,
    "AlterConfigs": 11,
    "IdempotentWrite": 12,
}
LITERAL, ALLOW = 3, 3
USERS = [*topics.services(), topics.OPERATOR]
PASSWORD = secrets.token_hex(8)


@pytest.fixture(scope="module")
def front() -> Iterator[str]:
    """The door of a broker with our topics and rights, which wants a password."""
    port = free_port()
    with server_folder() as folder:
        kafka = Kafka(
            folder / "kafka",
            free_port(),
            cache_folder(),
            users={named(user): PASSWORD for user in USERS},
            more={
                "listeners": f"FRONT://127.0.0.1:{port}",
                "advertised.listeners": f"FRONT://127.0.0.1:{port}",
                "listener.security.protocol.map": "FRONT:SASL_PLAINTEXT",
                "listener.name.front.sasl.enabled.mechanisms": "SCRAM-SHA-512",
                "listener.name.front.scram-sha-512.sasl.jaas.config": (
                    "org.apache.kafka.common.security.scram.ScramLoginModule required;"
                ),
                "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                "super.users": "User:ANONYMOUS",
            },
        )
        try:
            kafka.start()
            asyncio.run(prepare(kafka.bootstrap))
            yield f"127.0.0.1:{port}"
        finally:
            kafka.kill()


def named(user: str) -> str:
    return f"carebus-{user.replace('_', '-')}"


async def prepare(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(name, 1, 1) for name in (*topics.access()["topics"], "foreign")])
    for user, rights in topics.access()["users"].items():
        for right in rights:
            for operation in right["operations"]:
                asked = CreateAclsRequest(
                    RESOURCES[right["resource"]],
                    right["name"] or "kafka-cluster",
                    LITERAL,
                    f"User:{named(user)}",
                    "*",
                    OPERATIONS[operation],
                    ALLOW,
                )
                response = await admin._send_request(asked)
                assert [code for code, *_ in response.creation_responses] == [0]
    await admin.close()


def shown(user: str) -> dict[str, Any]:
    return {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": named(user),
        "sasl_plain_password": PASSWORD,
    }


async def may_write(front: str, user: str, topic: str) -> bool:
    producer = AIOKafkaProducer(
        bootstrap_servers=front, acks="all", enable_idempotence=True, request_timeout_ms=8000, **shown(user)
    )
    try:
        await producer.start()
        await producer.send_and_wait(topic, b"{}")
    except KafkaError:
        return False
    finally:
        await producer.stop()
    return True


async def may_commit(front: str, user: str, topic: str, group: str) -> bool:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=front, group_id=group, enable_auto_commit=False, **shown(user))
    try:
        await consumer.start()
        await consumer.getmany(timeout_ms=200)
        await consumer.commit()
    except KafkaError:
        return False
    finally:
        await consumer.stop()
    return True


@pytest.mark.parametrize("service", topics.services())
async def test_a_service_writes_where_it_tells_and_nowhere_else(service: str, front: str) -> None:
    for topic in (*topics.access()["topics"], "foreign"):
        assert await may_write(front, service, topic) == (topic in topics.told(service)), topic


@pytest.mark.parametrize("service", topics.services())
async def test_a_service_hears_in_its_own_group_and_in_no_other(service: str, front: str) -> None:
    for topic in topics.heard(service):
        assert await may_commit(front, service, topic, service)
        assert not await may_commit(front, service, topic, "another")


async def test_the_operator_reads_everything_of_ours(
    front: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    (tmp_path / "password").write_text(PASSWORD)
    monkeypatch.setenv("KAFKA_SECURITY_PROTOCOL", "SASL_PLAINTEXT")
    monkeypatch.setenv("KAFKA_SASL_USERNAME", named(topics.OPERATOR))
    monkeypatch.setenv("KAFKA_SASL_PASSWORD_FILE", str(tmp_path / "password"))
    async with Reading([front], [*topics.access()["topics"], "foreign"]) as reading:
        assert {topic for topic, _ in reading.ends} == set(topics.access()["topics"])


def test_every_operation_of_ours_is_one_that_brokers_know() -> None:
    used = {
        operation
        for rights in topics.access()["users"].values()
        for right in rights
        for operation in right["operations"]
    }
    assert used <= OPERATIONS.keys()
