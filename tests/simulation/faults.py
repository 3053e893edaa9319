"""What can go wrong in a simulated run: each fault is drawn from the seed and strikes between two steps, anywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.simulation.kafka import Unsent
from tests.simulation.loop import Process

if TYPE_CHECKING:
    from tests.simulation.processes import Running
    from tests.simulation.world import World

Fault = Callable[["World", Process], None]


def kill(world: World, at_work: Process) -> None:
    """kill -9 of the process that was just at work, or of any other."""
    victim = _pick(world, at_work)
    if victim is not None:
        world.end(victim)
        world.loop.later(0.05 + world.chance.random(), world.start, victim.name)


def stop(world: World, at_work: Process) -> None:
    """SIGTERM, and a new process when the old one is gone: a rolling restart."""
    victim = _pick(world, at_work)
    if victim is not None and victim not in world.stopping:
        world.stopping.add(victim)
        victim.stop().add_done_callback(lambda _: world.stopped(victim), context=world.loop.world.context)


def sleep(world: World, at_work: Process) -> None:
    """SIGSTOP, often beyond the session timeout, then SIGCONT: a zombie that goes on with what it had in hand."""
    victim = _pick(world, at_work)
    if victim is not None:
        world.loop.suspend(victim.process)
        world.loop.later(0.1 + 2.5 * world.chance.random(), world.loop.resume, victim.process)


def database_crash(world: World, at_work: Process) -> None:
    """The database is away for a moment; what was not committed is gone."""
    server = world.servers[world.chance.choice(sorted(world.servers))]
    if server.up:
        server.crash()
        world.loop.later(0.1 + world.chance.random(), setattr, server, "up", True)


def lost_reply(world: World, at_work: Process) -> None:
    """The next commit happens, but nobody is told so."""
    world.servers[_name(world, at_work)].loses_replies += 1


def cut_connections(world: World, at_work: Process) -> None:
    """Some connections break, perhaps the one that holds the relay's lock: two relays are at work for a moment."""
    server = world.servers[_name(world, at_work)]
    for session in list(server.sessions):
        if session in server.leaders.values() or world.chance.random() < 0.3:
            server.cut(session)


def broker_away(world: World, at_work: Process) -> None:
    """The broker is away for a moment, sometimes for longer than a producer is patient."""
    if world.broker.up:
        world.broker.up = False
        world.loop.later(0.1 + 2 * world.chance.random(), setattr, world.broker, "up", True)


def lost_acks(world: World, at_work: Process) -> None:
    """Batches are appended, but the acknowledgements get lost: they come late, or never."""
    world.broker.loses_acks += world.chance.randint(1, 3)


def refused(world: World, at_work: Process) -> None:
    """Batches do not get through at first."""
    world.broker.refuses += world.chance.randint(1, 20)


def delivered_again(world: World, at_work: Process) -> None:
    """A consumer brings records again that it has brought."""
    victim = _pick(world, at_work)
    if victim is not None and victim.subscriber.reads is not None:
        victim.subscriber.reads.again(world.chance.randint(1, 5))


def published_again(world: World, at_work: Process) -> None:
    """Events come onto the topic once more, as after a producer's crash: the same ids and sequences."""
    for part, log in sorted(world.broker.logs.items()):
        if log and world.broker.takes:
            start = world.chance.randrange(len(log))
            world.broker.append(part, [Unsent(r.value, r.key, r.headers, r.timestamp) for r in log[start:]])


def rebalance(world: World, at_work: Process) -> None:
    """The partitions of a service are dealt anew."""
    world.groups[_name(world, at_work)].change()


def one_more(world: World, at_work: Process) -> None:
    """Another process of a service is started."""
    name = _name(world, at_work)
    if sum(one.name == name for one in world.running) < 3:
        world.start(name)


def garbage(world: World, at_work: Process) -> None:
    """Somebody writes what is no event."""
    part = ("patient.events", world.chance.randrange(2))
    if world.broker.takes:
        world.broker.append(part, [Unsent(b"?", b"?", [("ce_id", None)], 0)])


def lost_tail(world: World, at_work: Process) -> None:
    """The broker loses acknowledged records. Nothing new is taken until every reader has seen it, then an operator
    puts back what is missing."""
    parts = [part for part, log in sorted(world.broker.logs.items()) if log]
    if parts and world.broker.takes:
        part = world.chance.choice(parts)
        world.broker.takes = False
        world.lost_tail = True
        world.broker.truncate(part, world.chance.randint(1, min(5, len(world.broker.logs[part]))))
        for event in world.broker.readers:
            event.set()
        world.loop.later(0.05, world.put_back)


def _pick(world: World, at_work: Process) -> Running | None:
    """Who is hit: mostly who was just at work."""
    awake = [one for one in world.running if not one.process.asleep]
    if not awake:
        return None
    same = [one for one in awake if one.process is at_work]
    return same[0] if same and world.chance.random() < 0.8 else world.chance.choice(awake)


def _name(world: World, at_work: Process) -> str:
    return at_work.name if at_work.name in world.servers else world.chance.choice(sorted(world.servers))


FAULTS: dict[Fault, int] = {
    kill: 8,
    sleep: 6,
    stop: 2,
    database_crash: 2,
    lost_reply: 3,
    cut_connections: 3,
    broker_away: 2,
    lost_acks: 3,
    refused: 2,
    delivered_again: 2,
    published_again: 1,
    rebalance: 3,
    one_more: 1,
    garbage: 1,
    lost_tail: 1,
}
"""Each fault, and how often it is drawn compared with the others."""
