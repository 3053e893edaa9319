"""Commands: decided, saved and answered in one transaction; the same `Idempotency-Key` is the same command."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import orjson
import structlog
from pydantic import BaseModel
from pydantic_core import PydanticSerializationError

from carebus.access import Caller, own_work
from carebus.contracts.event import Stream
from carebus.core import Core
from carebus.deciding.asked import (
    Also,
    Answer,
    Asked,
    Became,
    Done,
    Reply,
    Settle,
    Step,
    audited,
    fingerprint_of,
    is_told,
    key_of,
    part_of,
)
from carebus.deciding.auditing import Asking, Audit
from carebus.deciding.faults import fault_of
from carebus.deciding.permission import permission
from carebus.deciding.transaction import Deciding, Item
from carebus.decisions import Cause, Reaction, event_id
from carebus.errors import CarebusError
from carebus.ids import new_id
from carebus.notices import Made
from carebus.observing.logs import log_as_part_of
from carebus.observing.loops import backoff
from carebus.storage import answers, streams
from carebus.storage.database import Connection, DatabaseAway, is_away, is_transient, sqlstate

__all__ = ["Also", "Answer", "Asked", "Became", "Commands", "Done", "IdempotencyKeyReused", "Reply", "Settle", "Step"]

log = structlog.get_logger()

R = TypeVar("R")
_TRIES = 4
_UNTEXT = {"22021", "22P05"}  # what PostgreSQL says of text that it cannot keep


class TextRefused(CarebusError):
    """A text holds a character that cannot be kept, such as NUL. Take it out and send the command again."""

    status = 422


class IdempotencyKeyReused(CarebusError):
    """This Idempotency-Key was used for another command. Send a new key with a new command."""

    status = 422


class Commands:
    """The door of commands: needs the service's own database only, never the broker."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._audit = Audit(core)

    async def perform(
        self,
        reaction: Reaction,
        stream: Stream,
        command: BaseModel,
        asked: Asked,
        reply: Reply,
        *,
        status: int = 200,
        also: Also | None = None,
    ) -> Answer:
        """Decide on one command for one stream and keep its answer under its key, and what `also` keeps.

        Raises what the domain raises (nothing is kept then, so it may be sent again), IdempotencyKeyReused, and
        DatabaseAway.
        """
        return await self._perform([(reaction, stream, command)], asked, reply, status, also)

    async def perform_in_turn(
        self, steps: Sequence[Step], asked: Asked, reply: Reply, *, status: int = 200, also: Also | None = None
    ) -> Answer:
        """Decide on several streams in one transaction, all steps or none. The first is the command that `asked` keys.

        The first event that a step tells is the cause of what the next one tells, so each stream names why. `also` is
        kept with them.
        """
        return await self._perform(steps, asked, reply, status, also)

    async def _perform(
        self, steps: Sequence[Step], asked: Asked, reply: Reply, status: int, also: Also | None
    ) -> Answer:
        name, started = type(steps[0][2]).__name__, time.perf_counter()

        async def once(db: Connection) -> tuple[Answer, Made]:
            answer, made = await self._once(db, steps, asked, reply, status)
            if also is not None and not answer.repeated:
                await also(db, answer)
            return answer, made

        try:
            answer, made = await self._retried(once)
        except Exception as exc:
            outcome = exc.code if isinstance(exc, CarebusError) else "error"
            self._core.metrics.add(self._core.metrics.commands, name, outcome)
            if isinstance(exc, CarebusError) and exc.denied:
                await self._audit.denied_command(asked.asking, name, exc, steps[0][1])
            raise
        self._core.metrics.add(self._core.metrics.commands, name, "repeated" if answer.repeated else "done")
        self._core.metrics.observe(self._core.metrics.command_seconds, time.perf_counter() - started, name)
        log.info("command_done", command=name, **part_of(asked, answer), repeated=answer.repeated)
        self._core.committed(made)
        return answer

    async def perform_all(self, items: Sequence[tuple[Reaction, BaseModel, Cause]]) -> list[int]:
        """Decide on many messages of a service's own making (a channel's results) in one transaction.

        Gives the numbers of those whose decision or data failed: nothing is kept of them, and all others are done.
        """
        try:
            await self._perform_all(items)
        except Exception as exc:
            if (fault := fault_of(exc)) is None:
                raise
            if len(items) > 1:
                return [n for n, item in enumerate(items) if await self.perform_all([item])]
            log.error("message_failed", message=type(items[0][1]).__name__, rule=fault[1], exc_info=exc)
            return [0]
        return []

    async def _perform_all(self, items: Sequence[tuple[Reaction, BaseModel, Cause]]) -> None:
        async def once(db: Connection) -> Made:
            deciding, _ = await self._decide(db, [Item(*item) for item in items], own_work(self._core.name))
            return deciding.made()

        made = await self._retried(once)
        for name, many in Counter(type(message).__name__ for _, message, _ in items).items():
            self._core.metrics.add(self._core.metrics.commands, name, "done", by=many)
        self._core.committed(made)

    async def perform_each(
        self, items: Sequence[tuple[Reaction, BaseModel, Cause]], settle: Settle, caller: Caller
    ) -> None:
        """Decide on many commands in one transaction; one that the domain refuses stands in no other's way.

        They have no keys: `settle` keeps the result of each, and knows a command that was settled before. Raises
        what `settle` raises and DatabaseAway; nothing is kept then.
        """

        async def once(db: Connection) -> tuple[list[Became], Made]:
            all_items = [Item(*item) for item in items]
            deciding = await self._deciding(db, all_items)
            may = await permission(db, self._core.access, all_items, caller)
            became = [may.refused[n] or _became(deciding, item) for n, item in enumerate(all_items)]
            await deciding.save(db)
            matter = all_items[0].cause.correlation_id if all_items else None
            asking = Asking(caller, matter, emergency_reason=may.reason)
            told = [audited(item, one) for item, one in zip(all_items, became, strict=True) if is_told(one)]
            kept = await self._audit.keep_commands(db, asking, told)
            await settle(db, became)
            return became, deciding.made()._replace(audited=kept)

        became, made = await self._retried(once)
        for (_, command, _), one in zip(items, became, strict=True):
            outcome = one.code if isinstance(one, CarebusError) else "done"
            self._core.metrics.add(self._core.metrics.commands, type(command).__name__, outcome)
        self._core.committed(made)

    def cause(self, stream: Stream, asked: Asked, name: str) -> Cause:
        """A cause for a command that comes now."""
        now = self._core.clock.now()
        return Cause(
            id=new_id(),
            stream=stream,
            now=now,
            actor=asked.actor,
            correlation_id=asked.correlation_id,
            occurred_at=now,
            traceparent=self._core.tracing.child(f"{self._core.name} {name}", asked.traceparent),
            role=asked.caller.role,
        )

    async def _once(
        self, db: Connection, steps: Sequence[Step], asked: Asked, reply: Reply, status: int
    ) -> tuple[Answer, Made]:
        _, stream, command = steps[0]
        key = key_of(asked)
        if key is not None and (answered := await self._claim(db, key, fingerprint_of(asked.address, command))):
            return answered, Made()
        cause = self.cause(stream, asked, type(command).__name__)
        log_as_part_of(cause.traceparent)
        items = self._items(steps, cause)
        deciding, reason = await self._decide(db, items, asked.caller)
        asking = replace(asked.asking, emergency_reason=asked.emergency_reason or reason)
        kept = await self._audit.keep_commands(db, asking, [audited(item, None) for item in items])
        body = reply(Done(cause, deciding)).model_dump_json()
        if key is not None:
            await answers.keep_answer(db, key, status, body)
        matter = deciding.told[0].envelope.correlation_id if deciding.told else None
        made = deciding.made()._replace(audited=kept)
        return Answer(status, orjson.loads(body), correlation_id=matter), made

    def _items(self, steps: Sequence[Step], cause: Cause) -> list[Item]:
        items: list[Item] = []
        for reaction, stream, command in steps:
            if items:
                cause = cause._replace(id=event_id(self._core.name, cause, 0), stream=stream)
            items.append(Item(reaction, command, cause))
        return items

    async def _claim(self, db: Connection, key: str, fingerprint: bytes) -> Answer | None:
        """Claim a key, or give the answer kept under it; waits while the same command is under way elsewhere."""
        if await answers.claim(db, key, fingerprint):
            return None
        kept = await answers.answered(db, key)
        if kept is None or bytes(kept["fingerprint"]) != fingerprint:
            raise IdempotencyKeyReused
        return Answer(kept["status"], orjson.loads(kept["answer"]), repeated=True)

    async def _deciding(self, db: Connection, items: Sequence[Item]) -> Deciding:
        """Lock and load what these items need."""
        wanted = {stream for item in items for stream in item.reaction.streams(item.cause.stream)}
        deciding = Deciding.of(self._core, await streams.lock(db, wanted))
        await deciding.load(db, [key for item in items for key in item.state_keys()])
        return deciding

    async def _decide(self, db: Connection, items: Sequence[Item], caller: Caller) -> tuple[Deciding, str]:
        """Lock, load, look whether the caller may (and in an emergency why), and only then decide."""
        deciding = await self._deciding(db, items)
        may = await permission(db, self._core.access, items, caller)
        for why in may.refused:
            if why is not None:
                raise why
        for item in items:
            deciding.decide(item)
        await deciding.save(db)
        return deciding, may.reason

    async def _retried(self, once: Callable[[Connection], Awaitable[R]]) -> R:
        """Run a transaction; again after a deadlock or the like; DatabaseAway when the server is not there."""
        for attempt in range(_TRIES):
            try:
                async with self._core.database.transaction() as db:
                    return await once(db)
            except DatabaseAway:
                raise
            except Exception as exc:
                if is_away(exc):
                    raise DatabaseAway from exc
                if sqlstate(exc) in _UNTEXT or isinstance(exc, PydanticSerializationError):  # as half a character
                    raise TextRefused from None
                if not is_transient(exc) or attempt == _TRIES - 1:
                    raise
            await asyncio.sleep(backoff(attempt, first=0.02))
        raise AssertionError


def _became(deciding: Deciding, item: Item) -> Became:
    try:
        deciding.decide(item)
    except CarebusError as why:
        return why
    return Done(item.cause, deciding)
