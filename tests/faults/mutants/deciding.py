"""Decisions without the lock or the transaction that holds them together, and commands answered wrongly."""

from __future__ import annotations

import asyncio
import random
import re
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from carebus.deciding.commands import Answer, Commands
from carebus.storage import outbox, streams
from carebus.storage.database import Database
from tests.faults.mutants.relaying import OPEN_S

_ADVANCE = re.compile(r", advanced as \(.*?^\)\n", re.DOTALL | re.MULTILINE)


async def unlocked(db: Any, wanted: Any) -> Any:
    """The next sequences as they are now, without a lock."""
    names = sorted(set(wanted))
    await db.execute("insert into stream (stream) select unnest($1::text[]) on conflict do nothing", names)
    rows = await db.fetch("select stream, next_sequence from stream where stream = any($1::text[])", names)
    await asyncio.sleep(random.uniform(0, OPEN_S))
    return {row["stream"]: row["next_sequence"] for row in rows}


def streams_are_not_locked() -> None:
    vars(streams)["lock"] = unlocked


def events_are_told_outside_the_transaction() -> None:
    write, open_, databases = outbox.write, Database.open, list[Database]()

    async def keep_open(self: Database) -> None:
        await open_(self)
        databases.append(self)

    async def elsewhere(db: Any, told: Any) -> None:
        """Only what `db` has locked, the streams' rows, is still written in its transaction."""
        async with databases[0].connection() as other:
            rest: Any = SimpleNamespace(execute=lambda sql, *args: other.execute(_ADVANCE.sub("", sql), *args))
            await write(rest, told)
        for event in told:
            after = event.envelope.sequence + 1
            await db.execute("update stream set next_sequence = $2 where stream = $1", event.envelope.subject, after)

    Database.open = keep_open  # type: ignore[method-assign]
    outbox.write = elsewhere


def commands_are_answered_before_their_commit() -> None:
    tasks = set[asyncio.Task[None]]()

    async def retried(self: Commands, once: Any) -> Any:
        answer = asyncio.get_running_loop().create_future()

        async def commit_later() -> None:
            try:
                async with self._core.database.transaction() as db:
                    answer.set_result(await once(db))
                    await asyncio.sleep(OPEN_S)
            except Exception as exc:  # noqa: BLE001  # whatever it is, it is the answer
                if not answer.done():
                    answer.set_exception(exc)

        task = asyncio.create_task(commit_later())
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        return await answer

    Commands._retried = retried  # type: ignore[method-assign]


def a_repeated_key_is_a_new_command() -> None:
    async def claim(self: Commands, db: Any, key: str, fingerprint: bytes) -> None:
        return None

    Commands._claim = claim  # type: ignore[method-assign]


def a_repeated_key_gets_another_answer() -> None:
    original = Commands._claim

    async def claim(self: Commands, db: Any, key: str, fingerprint: bytes) -> Answer | None:
        kept = await original(self, db, key, fingerprint)
        return kept and replace(kept, body={})

    Commands._claim = claim  # type: ignore[method-assign]


MUTANTS = (
    streams_are_not_locked,
    events_are_told_outside_the_transaction,
    commands_are_answered_before_their_commit,
    a_repeated_key_is_a_new_command,
    a_repeated_key_gets_another_answer,
)
