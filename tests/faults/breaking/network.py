"""What a network does: packets that vanish both ways or one way, connections reset, losses, and slowness."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from tests.faults.breaking.turns import repeated
from tests.faults.hosts import Rule
from tests.faults.proxy import CHUNK, Door
from tests.faults.worlds import Fault, World

TCP = ("--protocol", "tcp")


def _out(port: int, *then: str) -> Rule:
    return ("OUTPUT", *TCP, "--dport", str(port), *then)


def _in(port: int, *then: str) -> Rule:
    return ("INPUT", *TCP, "--sport", str(port), *then)


def _losing(share: float) -> Sequence[str]:
    return ("--match", "statistic", "--mode", "random", "--probability", str(share), "--jump", "DROP")


DROP = ("--jump", "DROP")
RESET = ("--jump", "REJECT", "--reject-with", "tcp-reset")
KINDS: Mapping[str, Callable[[int], Sequence[Rule]]] = {
    "cut off": lambda port: [_out(port, *DROP), _in(port, *DROP)],
    "heard but not answered": lambda port: [_in(port, *DROP)],
    "not heard": lambda port: [_out(port, *DROP)],
    "reset": lambda port: [_out(port, *RESET)],
    "losing 30 %": lambda port: [_out(port, *_losing(0.3)), _in(port, *_losing(0.3))],
}


def partitions(times: int, longest_s: float = 12.0) -> Fault:
    """Partitions of every kind between each service and each server, one after another, in any order."""

    async def fault(world: World) -> None:
        ports = {"the broker": world.pair.kafka.port, "PostgreSQL": world.pair.postgres.port}
        ways = [(host, server, kind) for host in world.hosts for server in ports for kind in KINDS]
        deck: list[tuple[str, str, str]] = []
        for _ in range(times):
            deck = deck or world.dice.sample(ways, len(ways))
            host, server, kind = deck.pop()
            rules = KINDS[kind](ports[server])
            await world.hit(f"{kind}: {server}", lambda: _hold(world, host, rules, longest_s))  # noqa: B023
            await asyncio.sleep(world.dice.uniform(0.5, 2))

    return fault


async def _hold(world: World, host: str, rules: Sequence[Rule], longest_s: float) -> None:
    with world.hosts[host].broken(rules):
        await asyncio.sleep(world.dice.uniform(1, longest_s))


def narrow(times: int, kbit: int = 512) -> Fault:
    """A service's host may send no more than so many kilobits a second."""

    async def once(world: World) -> None:
        with world.hosts[world.dice.choice(sorted(world.hosts))].narrow(kbit):
            await asyncio.sleep(world.dice.uniform(4, 10))

    return repeated(times, f"{kbit} kbit/s only", once)


def slow(times: int, doors: Sequence[Door]) -> Fault:
    """Both servers answer late, by up to a quarter of a second and unevenly, and in small pieces; then all is cut."""

    async def once(world: World) -> None:
        for each in doors:
            each.delay_s, each.jitter_s = world.dice.uniform(0.02, 0.15), world.dice.uniform(0, 0.1)
            each.piece = world.dice.choice([64, 1024, CHUNK])
        await asyncio.sleep(world.dice.uniform(4, 10))
        for each in doors:
            each.delay_s, each.jitter_s, each.piece = 0.0, 0.0, CHUNK
            world.seen["connections cut"] = world.seen.get("connections cut", 0) + each.cut()

    return repeated(times, "slow, then cut", once)
