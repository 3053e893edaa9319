"""Brokers of three: restarted in turn, killed as leaders, too few in sync, and one made leader that lacks records."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from carebus.kafka.topics import SETTINGS
from tests.faults import segments
from tests.faults.breaking.turns import repeated
from tests.faults.brokers import BROKERS, REPLICAS, Cluster, Node
from tests.faults.history import PARTITIONS
from tests.faults.worlds import Fault, World

WITHIN_S = 120.0
AWAY_S = 10.0
LAGS = 5
"""Records of each partition that the frozen broker lacks at least: what it led is published only after a while."""
UNCLEAN = {**SETTINGS, "unclean.leader.election.enable": "true"}

Look = Callable[[dict[str, Any]], bool]
"""What is to hold of a partition as the brokers describe it."""


def rolling_restarts(times: int) -> Fault:
    """A graceful stop and start of one broker after the other, each when the one before it is in sync again."""
    return repeated(times, "all brokers restarted in turn", _roll)


async def _roll(world: World) -> None:
    for node in _cluster(world).nodes.values():
        await asyncio.to_thread(node.stop)
        await _back(world, [node])


def leader_kills(times: int) -> Fault:
    """SIGKILL to the broker that leads some partition; it is away for up to four seconds."""
    return repeated(times, "leader killed", _kill_leader)


async def _kill_leader(world: World) -> None:
    leader = _cluster(world).nodes[world.dice.choice(await _described(world))["leader"]]
    await asyncio.to_thread(leader.kill)
    await asyncio.sleep(world.dice.uniform(0, 4))
    await _back(world, [leader])


async def named_broker_dead(world: World) -> None:
    """SIGKILL for good to the broker that the services were told of; then the others lose every connection once."""
    named, *others = _cluster(world).nodes.values()
    for url in world.urls.values():  # a process that has reached no broker yet knows only the named one
        await _until_at_work(url)
    await world.hit("named broker killed", lambda: asyncio.to_thread(named.kill))
    await _until(world, lambda part: named.number not in part["isr"], "the others know that it is gone")
    for node in others:
        await world.hit("another restarted", lambda: _restarted(world, node))  # noqa: B023


async def _until_at_work(url: str) -> None:
    """Until this service has read something and published something."""
    db = await asyncpg.connect(url)
    try:
        async with asyncio.timeout(WITHIN_S):
            while await db.fetchval("select count(distinct reader) from witness") < len(("subscriber", "relay")):
                await asyncio.sleep(0.1)
    finally:
        await db.close()


async def _restarted(world: World, node: Node) -> None:
    await asyncio.to_thread(node.stop)
    await _back(world, [node], REPLICAS - 1)


def too_few_in_sync(times: int) -> Fault:
    """SIGKILL to two of three at once: nothing is published until they are back."""
    return repeated(times, "two of three killed", _too_few)


async def _too_few(world: World) -> None:
    cluster = _cluster(world)
    gone = [cluster.nodes[number] for number in world.dice.sample(BROKERS, 2)]
    left = next(node for node in cluster.nodes.values() if node not in gone)
    await asyncio.gather(*(asyncio.to_thread(node.kill) for node in gone))
    await _until(world, lambda part: part["isr"] == [left.number], "only one is in sync")
    before = _ends_at(left, world)
    await asyncio.sleep(AWAY_S)
    _count(world, "records published meanwhile", _more(before, _ends_at(left, world)))
    await _back(world, gone)


def unclean_elections(times: int) -> Fault:
    """A follower is frozen until it lags; the others are killed, and it leads without what it never got."""

    async def fault(world: World) -> None:
        async with _admin(world) as admin:
            await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, world.topic, UNCLEAN)])
        await repeated(times, "unclean election", _elect)(world)

    return fault


async def _elect(world: World) -> None:
    cluster = _cluster(world)
    behind = cluster.nodes[world.dice.choice(BROKERS)]
    others = [node for node in cluster.nodes.values() if node is not behind]
    behind.send(signal.SIGSTOP)
    await _until(world, lambda part: part["leader"] >= 0 and len(part["isr"]) == 2, "it is out of sync", of=others)
    before = await _grown(world, others)
    await asyncio.gather(*(asyncio.to_thread(node.kill) for node in others))
    behind.send(signal.SIGCONT)
    await _until(world, lambda part: part["leader"] == behind.number, "it leads", of=[behind])
    after = _ends_at(behind, world)
    world.losses |= {part for part, end in before.items() if after[part] < end}
    _count(world, "acknowledged records lost by the brokers", _more(after, before))
    await _back(world, others)


def _cluster(world: World) -> Cluster:
    assert isinstance(world.pair.kafka, Cluster)
    return world.pair.kafka


async def _back(world: World, nodes: Sequence[Node], in_sync: int = REPLICAS) -> None:
    """Start these again, and wait until every partition has so many replicas in sync."""
    await asyncio.gather(*(asyncio.to_thread(node.start) for node in nodes))
    await _until(world, lambda part: part["leader"] >= 0 and len(part["isr"]) == in_sync, "all is in sync again")


async def _until(world: World, look: Look, what: str, of: Sequence[Node] = ()) -> None:
    """Wait until it holds of every partition, as these brokers or all of them say."""
    try:
        async with asyncio.timeout(WITHIN_S):
            while not await _holds(world, look, of):
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise AssertionError(f"did not come about: {what}") from None


async def _holds(world: World, look: Look, of: Sequence[Node]) -> bool:
    try:
        return all(map(look, await _described(world, of)))
    except KafkaError:  # whoever was asked is away, or frozen, and the client asks any of those that it knows
        return False


async def _described(world: World, of: Sequence[Node] = ()) -> list[dict[str, Any]]:
    async with _admin(world, of) as admin:
        found: list[dict[str, Any]] = (await admin.describe_topics([world.topic]))[0]["partitions"]
    return found


@asynccontextmanager
async def _admin(world: World, of: Sequence[Node] = ()) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=_places(world, of), request_timeout_ms=5000)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def _ends(world: World, of: Sequence[Node]) -> dict[int, int]:
    """Up to where these have acknowledged."""
    parts = [TopicPartition(world.topic, number) for number in range(PARTITIONS)]
    consumer = AIOKafkaConsumer(bootstrap_servers=_places(world, of), enable_auto_commit=False)
    await consumer.start()
    try:
        return {tp.partition: end for tp, end in (await consumer.end_offsets(parts)).items()}
    finally:
        await consumer.stop()


async def _grown(world: World, of: Sequence[Node]) -> dict[int, int]:
    """Where all partitions end once enough was acknowledged without the one that is frozen."""
    since = now = await _ends(world, of)
    async with asyncio.timeout(WITHIN_S):
        while min(now[part] - since[part] for part in now) < LAGS:
            await asyncio.sleep(0.5)
            now = await _ends(world, of)
    return now


def _ends_at(node: Node, world: World) -> dict[int, int]:
    """By its files: a leader with too few in sync tells nobody where its log ends."""
    return segments.ends(node.data.resolve() / "topics", world.topic)


def _places(world: World, of: Sequence[Node]) -> list[str]:
    """Those that run and answer: a frozen one takes a connection, and says nothing."""
    return [node.bootstrap for node in of or _cluster(world).nodes.values() if node.running]


def _more(before: Mapping[int, int], after: Mapping[int, int]) -> int:
    return sum(max(0, after[part] - end) for part, end in before.items())


def _count(world: World, what: str, more: int) -> None:
    world.seen[what] = world.seen.get(what, 0) + more
