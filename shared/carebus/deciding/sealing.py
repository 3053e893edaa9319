"""Seals pending rows of the audit: into the service's chain and into one event a batch, in one transaction.

Never in a transaction that decides: there the chain's last row would be a lock that every command waits for.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from carebus.contracts.audit import AuditRow, AuditSealed, SealedRow, beginning_of, hash_of
from carebus.core import Core
from carebus.deciding.auditing import SEEN_AGAIN
from carebus.deciding.transaction import Deciding, Item
from carebus.decisions import Cause, Decision, Reaction, tells
from carebus.ids import new_id
from carebus.storage import audit, streams
from carebus.storage.audit import ChainHead, Unsealed

MOST = 200
"""Rows in a batch."""
MOST_BYTES = 400_000
"""In a batch of more than one row: well below what an event may have."""
FORGET = timedelta(minutes=5)
WITHIN_S = 60.0


class Sealer:
    """One at a time per database (see `lead`); a second one would wait for the lock and then find nothing to seal."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._stream = AuditSealed.SUBJECT.stream(core.name)
        self._forgot_at: datetime | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Seal until `stop`. Raises what the database does; whoever leads next goes on."""
        self._core.beats.expect("audit", WITHIN_S)
        try:
            while not stop.is_set():
                while await self.seal():
                    self._core.beats.beat("audit")
                await self._forget()
                self._core.beats.beat("audit")
                await self._core.notices.audited.wait()
        finally:
            self._core.beats.forget("audit")

    async def seal(self) -> bool:
        """Seal the first pending rows as one batch; tells whether more were there than one batch takes."""
        async with self._core.database.transaction() as db:
            if not await audit.waiting(db, 1):
                return False
            deciding = Deciding.of(self._core, await streams.lock(db, {self._stream}))
            found = await audit.waiting(db, MOST)
            if not (rows := _at_once(found)):
                return False
            links = _links(await audit.head(db) or ChainHead(0, 0, beginning_of(self._core.name)), rows)
            deciding.decide(Item(_TELL, _batch(rows, links), self._cause()))
            await audit.seal(db, rows, links)
            await deciding.save(db)
        self._core.committed(deciding.made())
        return len(found) == MOST or len(rows) < len(found)

    def _cause(self) -> Cause:
        now, id_ = self._core.clock.now(), new_id()
        return Cause(id=id_, stream=self._stream, now=now, actor=self._core.name, correlation_id=id_, occurred_at=now)

    async def _forget(self) -> None:
        """Now and then, forget which reads and denials would be written again by now."""
        now = self._core.clock.now()
        if self._forgot_at is None or now - self._forgot_at > FORGET:
            self._forgot_at = now
            async with self._core.database.connection() as db:
                await audit.forget_known(db, SEEN_AGAIN)


def _tell(sealed: AuditSealed, _: Cause) -> Decision:
    return tells(sealed)


_TELL = Reaction(states=(), decide=_tell)


def _at_once(rows: Sequence[Unsealed]) -> Sequence[Unsealed]:
    """As many of these as make one event; at least one."""
    size = 0
    for n, row in enumerate(rows):
        size += len(row.content)
        if size > MOST_BYTES and n:
            return rows[:n]
    return rows


def _links(head: ChainHead, rows: Sequence[Unsealed]) -> list[SealedRow]:
    """The next links of the chain, for these rows."""
    links, previous = list[SealedRow](), head.hash
    for number, row in enumerate(rows, head.number + 1):
        links.append(SealedRow(number, head.batch + 1, previous, hash_of(previous, number, row.content), row.content))
        previous = links[-1].hash
    return links


def _batch(rows: Sequence[Unsealed], links: Sequence[SealedRow]) -> AuditSealed:
    return AuditSealed(
        batch=links[0].batch,
        first=links[0].number,
        previous=links[0].previous,
        head=links[-1].hash,
        rows=tuple(AuditRow.model_validate_json(row.content) for row in rows),
    )
