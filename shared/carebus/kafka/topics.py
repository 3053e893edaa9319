"""Creates the topics that the contracts name, with the settings that events of record need, and finds what drifted."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, for_code

from carebus.access import kafka
from carebus.contracts import SUBJECTS

SETTINGS = {
    "retention.ms": "-1",
    "cleanup.policy": "delete",
    "message.timestamp.type": "CreateTime",
    "compression.type": "uncompressed",
}
"""Kept for ever: a rebuild reads from the first event. Unpacked by the broker, whoever packed it: a reader without the
codec of one foreign batch would stand before it for ever."""

LOOK_EVERY_S = 0.05
LOOKS = 600


def names(prefix: str = "") -> list[str]:
    """Every topic of the contracts."""
    return [prefix + subject.topic for subject in SUBJECTS]


async def create(bootstrap: str, *, prefix: str = "", partitions: int = 6, replication: int = 1) -> Sequence[str]:
    """Create the topics that do not exist yet; gives their names. Never changes one that exists."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, client_id="carebus-topics", **kafka())
    await admin.start()
    try:
        missing = sorted(set(names(prefix)) - set(await admin.list_topics()))
        if missing:
            wanted = [NewTopic(name, partitions, replication, topic_configs=SETTINGS) for name in missing]
            response = await admin.create_topics(wanted)
            for topic, code, *_ in response.topic_errors:
                if code and not isinstance(for_code(code)(), TopicAlreadyExistsError):
                    raise for_code(code)(topic)
            await _listed(admin, set(missing))
        return missing
    finally:
        await admin.close()


async def _listed(admin: AIOKafkaAdminClient, created: set[str]) -> None:
    """Wait until the broker lists them too: it answers before its own metadata has what was created."""
    for _ in range(LOOKS):
        if created <= set(await admin.list_topics()):
            return
        await asyncio.sleep(LOOK_EVERY_S)


@dataclass(frozen=True, slots=True)
class Drift:
    """One thing about a topic that is not as it should be."""

    topic: str
    what: str
    wanted: str
    found: str


async def drift(bootstrap: str, *, prefix: str = "", partitions: int = 6, replication: int = 1) -> Sequence[Drift]:
    """What is not as `create` would have made it. More replicas than asked for are no drift."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, client_id="carebus-topics", **kafka())
    await admin.start()
    try:
        wanted = names(prefix)
        there = set(await admin.list_topics())
        found = [Drift(name, "topic", "exists", "missing") for name in wanted if name not in there]
        present = [name for name in wanted if name in there]
        for topic in await admin.describe_topics(present) if present else ():
            found += _drift_of_partitions(topic["topic"], topic["partitions"], partitions, replication)
        for name, configs in (await _configs(admin, present)).items():
            found += [Drift(name, key, want, configs[key]) for key, want in SETTINGS.items() if configs[key] != want]
        return sorted(found, key=lambda one: (one.topic, one.what))
    finally:
        await admin.close()


def _drift_of_partitions(name: str, there: Sequence[dict[str, Any]], partitions: int, replication: int) -> list[Drift]:
    found = [Drift(name, "partitions", str(partitions), str(len(there)))] if len(there) != partitions else []
    least = min((len(partition["replicas"]) for partition in there), default=0)
    if least < replication:
        found.append(Drift(name, "replication", str(replication), str(least)))
    return found


async def _configs(admin: AIOKafkaAdminClient, present: Sequence[str]) -> dict[str, dict[str, str]]:
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in present]
    return {
        name: {entry[0]: entry[1] for entry in entries}
        for response in (await admin.describe_configs(asked) if asked else ())
        for _, _, _, name, entries in response.resources
    }
