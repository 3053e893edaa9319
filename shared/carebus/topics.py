"""Creates the topics that the contracts name, with the settings that events of record need."""

from collections.abc import Sequence

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from carebus.contracts.event import Subject

SETTINGS = {"retention.ms": "-1", "cleanup.policy": "delete", "message.timestamp.type": "CreateTime"}
"""Kept for ever: a rebuild reads from the first event."""


def names(prefix: str = "") -> list[str]:
    """Every topic of the contracts."""
    return [prefix + subject.topic for subject in Subject]


async def create(bootstrap: str, *, prefix: str = "", partitions: int = 6, replication: int = 1) -> Sequence[str]:
    """Create the topics that do not exist yet; gives their names. Never changes one that exists."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, client_id="carebus-topics")
    await admin.start()
    try:
        missing = sorted(set(names(prefix)) - set(await admin.list_topics()))
        if missing:
            wanted = [NewTopic(name, partitions, replication, topic_configs=SETTINGS) for name in missing]
            response = await admin.create_topics(wanted)
            for topic, code, *_ in response.topic_errors:
                if code and not isinstance(for_code(code)(), TopicAlreadyExistsError):
                    raise for_code(code)(topic)
        return missing
    finally:
        await admin.close()
