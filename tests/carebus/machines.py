"""What the state machines share: one service on one real database, driven from a test that is not a coroutine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from carebus.testing import START, Bench, bench, set_clock
from tests.carebus import tally
from tests.databases import fresh_database

T = TypeVar("T")
_PLAYED = settings(max_examples=20, stateful_step_count=20)

_TABLES = "stream, mark, outbox, outbox_pending, consumer_offset, parked_event, command, timer, tally, effect"


@dataclass
class Driven:
    """A service on the bench, and what runs its coroutines."""

    runner: asyncio.Runner
    bench: Bench

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run this to its end."""
        return self.runner.run(work)

    def clean(self) -> None:
        """Forget everything: an example begins."""
        set_clock(self.bench.clock_file, START)
        self.do(self._clean())

    async def _clean(self) -> None:
        async with self.bench.service.core.database.connection() as db:
            await db.execute(f"truncate {_TABLES}")

    def rows(self, sql: str, *args: Any) -> list[tuple[Any, ...]]:
        """Rows from the service's database."""

        async def fetch() -> list[Any]:
            async with self.bench.service.core.database.connection() as db:
                return list(await db.fetch(sql, *args))

        return [tuple(row) for row in self.do(fetch())]


def play(machine: Callable[[Driven], RuleBasedStateMachine], postgres_url: str, folder: Path) -> None:
    """Play a machine's rules in many orders, each time on empty tables."""
    with driven(postgres_url, folder) as made:
        anew: Any = lambda: machine(made)  # noqa: E731  # a class or whatever makes one; its stub knows classes only
        run_state_machine_as_test(anew, settings=_PLAYED)


@contextmanager
def driven(postgres_url: str, folder: Path) -> Iterator[Driven]:
    """The tally service on a migrated database of its own."""
    clock = folder / "clock.json"
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()

        async def begin() -> Bench:
            url = await stack.enter_async_context(fresh_database(postgres_url, "tally", tally.MIGRATIONS))
            made = tally.without_broker(url, clock)
            return await stack.enter_async_context(bench(lambda: tally.make(made), clock))

        try:
            yield Driven(runner, runner.run(begin()))
        finally:
            runner.run(stack.aclose())
