"""Creates the topics that the contracts name, with the settings that events of record need; finds and mends drift."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, for_code

from carebus.contracts import SUBJECTS
from carebus.credentials import kafka

LONGEST = (1 << 63) - 1

SETTINGS = {
    "retention.ms": "-1",
    "cleanup.policy": "delete",
    "message.timestamp.type": "CreateTime",
    "message.timestamp.before.max.ms": str(LONGEST),
    "message.timestamp.after.max.ms": str(LONGEST),
    "compression.type": "uncompressed",
}
"""Kept for ever: a rebuild reads from the first event. The broker unpacks what any client compressed: a reader without
the codec of one foreign batch would stop there for ever. Timestamps may be of any time: by Kafka's own limit of an hour
a broker whose clock is behind would refuse everything."""

OF_THE_TOPIC = 1
"""Where Kafka says that a setting comes from, if it was set for the topic itself."""

LOOK_EVERY_S = 0.05
LOOKS = 600


def names(prefix: str = "") -> list[str]:
    """Every topic of the contracts."""
    return [prefix + subject.topic for subject in SUBJECTS]


async def create(
    brokers: Sequence[str], *, prefix: str = "", partitions: int = 6, replication: int = 1
) -> Sequence[str]:
    """Create the topics that do not exist yet; gives their names. Never changes one that exists."""
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers, client_id="carebus-topics", **kafka())
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


@dataclass(frozen=True, slots=True)
class Setting:
    """What a setting of a topic is, and whether it was set for this topic rather than for all."""

    value: str
    own: bool


def _order(one: Drift) -> tuple[str, str]:
    return one.topic, one.what


async def drift(
    brokers: Sequence[str], *, prefix: str = "", partitions: int = 6, replication: int = 1
) -> Sequence[Drift]:
    """What is not as `create` would have made it. More replicas than asked for are no drift."""
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers, client_id="carebus-topics", **kafka())
    await admin.start()
    try:
        wanted = names(prefix)
        there = set(await admin.list_topics())
        found = [Drift(name, "topic", "exists", "missing") for name in wanted if name not in there]
        present = [name for name in wanted if name in there]
        for topic in await admin.describe_topics(present) if present else ():
            found += _drift_of_partitions(topic["topic"], topic["partitions"], partitions, replication)
        for name, configs in (await _configs(admin, present)).items():
            found += _drift_of_settings(name, configs)
        return sorted(found, key=_order)
    finally:
        await admin.close()


def _drift_of_partitions(name: str, there: Sequence[dict[str, Any]], partitions: int, replication: int) -> list[Drift]:
    found = [Drift(name, "partitions", str(partitions), str(len(there)))] if len(there) != partitions else []
    least = min((len(partition["replicas"]) for partition in there), default=0)
    if least < replication:
        found.append(Drift(name, "replication", str(replication), str(least)))
    return found


def _drift_of_settings(name: str, configs: Mapping[str, Setting]) -> list[Drift]:
    found = {key: configs[key].value for key in SETTINGS}
    return [Drift(name, key, want, found[key]) for key, want in SETTINGS.items() if found[key] != want]


async def _configs(admin: AIOKafkaAdminClient, present: Sequence[str]) -> dict[str, dict[str, Setting]]:
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in present]
    return {
        name: {key: Setting(value, source == OF_THE_TOPIC) for key, value, _, source, *_ in entries}
        for response in (await admin.describe_configs(asked) if asked else ())
        for _, _, _, name, entries in response.resources
    }


async def mend(brokers: Sequence[str], *, prefix: str = "") -> Sequence[Drift]:
    """Set what drifted of the settings as `create` would have; gives what that was. Partitions stay as they are."""
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers, client_id="carebus-topics", **kafka())
    await admin.start()
    try:
        there = set(await admin.list_topics())
        known = await _configs(admin, [name for name in names(prefix) if name in there])
        drifted = {name: found for name, its in known.items() if (found := _drift_of_settings(name, its))}
        await _set(admin, {name: known[name] for name in drifted})
        return sorted((one for found in drifted.values() for one in found), key=_order)
    finally:
        await admin.close()


async def _set(admin: AIOKafkaAdminClient, topics: Mapping[str, Mapping[str, Setting]]) -> None:
    """Send all settings of a topic again: the broker resets to its default what such a request leaves out."""
    wanted = {
        name: {key: one.value for key, one in configs.items() if one.own} | SETTINGS for name, configs in topics.items()
    }
    resources = [ConfigResource(ConfigResourceType.TOPIC, name, configs) for name, configs in wanted.items()]
    for response in await admin.alter_configs(resources) if resources else ():
        for code, _, _, name in response.resources:
            if code:
                raise for_code(code)(name)
