"""Releases that are no good, and a database that has a bad hour: what is parked then, and what waits."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from tests.faults.breaking.deliveries import restarted
from tests.faults.fleet import Member
from tests.faults.operator import Operator
from tests.faults.storm import until
from tests.faults.worlds import Fault, World

_FLAKY = """
create table trouble (state text not null);
create function be_away() returns trigger language plpgsql as $$
declare one text;
begin
    select state into one from trouble order by random() limit 1;
    if one is not null and random() < 0.7 then raise exception using errcode = one; end if;
    return new;
end $$;
create trigger be_away before insert on effect for each row execute function be_away();
"""
PASSING = ("40001", "40P01", "53300", "55P03", "57P01")


@dataclass
class BadRelease:
    """A release of one service's subscribers that fails, for so many seconds; then the good one is back."""

    service: str
    shim: str
    seconds: float
    failed: int = 0
    behind: int = 0
    stopped: int = 0

    async def __call__(self, world: World) -> None:
        members = [m for m in world.fleet.members if (m.service, m.role) == (self.service, "subscriber")]
        await world.hit("bad release", lambda: self._bad(world, members))
        await restarted(members, "")
        world.seen["subscribers that stopped"] = self.stopped
        world.seen["parked because they failed"] = self.failed
        world.seen["parked behind those"] = self.behind
        if self.failed:
            await self._retry(world)

    async def _bad(self, world: World, members: Sequence[Member]) -> None:
        before = await custody(world.urls[self.service])
        await restarted(members, self.shim)
        await asyncio.sleep(self.seconds)
        self.stopped = world.fleet.logged("subscriber_stopped")
        now = await custody(world.urls[self.service])
        self.failed = now["decision_failed"] - before["decision_failed"]
        self.behind = now["behind"] - before["behind"]

    async def _retry(self, world: World) -> None:
        """An operator's one command, when the good release is back; what is spoilt stays."""
        prefix = world.topic.removesuffix("patient.events")
        operator = Operator(self.service, world.urls[self.service], world.pair.kafka.bootstrap, prefix, world.folder)
        _, answer, _ = await operator.parked("retry", "--all", "--because", "the good release is back")
        world.seen["handled by one retry"] = answer["handled"]


async def custody(url: str) -> Counter[str]:
    """How many events are parked in a service, by reason."""
    db = await asyncpg.connect(url)
    try:
        return Counter(row["reason"] for row in await db.fetch("select reason from parked_event"))
    finally:
        await db.close()


def database_in_trouble(seconds: float) -> Fault:
    """Most writes of `echo` fail for a while with errors that pass; then none does."""

    async def fault(world: World) -> None:
        url = world.urls["echo"]
        await _execute(url, _FLAKY)
        await world.hit("database in trouble", lambda: _trouble(url, seconds))
        subscribers = [member for member in world.fleet.members if member.role == "subscriber"]
        await until(lambda: world.fleet.logged("batch_retries") > 0, "a batch is tried again")
        world.seen["batches tried again"] = world.fleet.logged("batch_retries")
        world.seen["parked meanwhile, but for spoilt ones"] = await _parked_wrongly(url)
        assert all(member.starts == 1 for member in subscribers)

    return fault


async def _trouble(url: str, seconds: float) -> None:
    db = await asyncpg.connect(url)
    await db.executemany("insert into trouble values ($1)", [(state,) for state in PASSING])
    await asyncio.sleep(seconds)
    await db.execute("truncate trouble")
    await db.close()


async def _parked_wrongly(url: str) -> int:
    return sum(count for reason, count in (await custody(url)).items() if reason not in {"decision_failed", "behind"})


async def _execute(url: str, sql: str) -> None:
    db = await asyncpg.connect(url)
    await db.execute(sql)
    await db.close()
