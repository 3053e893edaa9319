"""The kit's `Database` over a server in memory: what asyncpg's pool and connections are to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any, Self

import asyncpg

from carebus.storage.database import Database
from tests.simulation.loop import PROCESS, Loop
from tests.simulation.postgres import COMMIT, ROLLBACK, Row, Server, Session, Transaction


class Connection:
    """One connection, with the part of asyncpg's interface that the kit uses."""

    def __init__(self, loop: Loop, server: Server) -> None:
        self._loop = loop
        self._server = server
        self.session = server.connect(PROCESS.get().index)

    async def ask(self, sql: str, *args: Any) -> Any:
        """Send one request and wait for its answer; the connection may break meanwhile."""
        if self._loop.ending:
            raise asyncio.CancelledError
        if self.session.broken:
            raise asyncpg.InterfaceError("connection is closed")
        self.session.asked = answer = self._loop.create_future()
        self._loop.later(self._server.latency(), self._server.take, self.session, sql, args, answer)
        return await answer

    async def fetch(self, sql: str, *args: Any, timeout: float | None = None) -> list[Row]:
        found: list[Row] = await self.ask(sql, *args)
        return found

    async def fetchrow(self, sql: str, *args: Any) -> Row | None:
        return next(iter(await self.fetch(sql, *args)), None)

    async def fetchval(self, sql: str, *args: Any, timeout: float | None = None) -> Any:
        if sql.startswith("select pg_try_advisory_lock"):
            await self.ask("select 1")
            return not self.session.broken and self._server.try_to_lead(self.session, args[0])
        row = await self.fetchrow(sql, *args)
        return next(iter(row.values())) if row else None

    async def execute(self, sql: str, *args: Any) -> str:
        return str(await self.ask(sql, *args))

    async def executemany(self, sql: str, rows: Iterable[Iterable[Any]]) -> None:
        for row in rows:
            await self.ask(sql, *row)

    def add_termination_listener(self, closed: Callable[[Any], None]) -> None:
        """Nothing is heard of it: the next request finds out."""

    def transaction(self) -> _Scope:
        return _Scope(self)

    def terminate(self) -> None:
        """Close without a word; the server notices a moment later."""
        if not self._loop.ending:
            self._loop.later(self._server.latency(), self._server.cut, self.session)


class _Scope:
    """A transaction, or a savepoint within one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._savepoint = False

    async def __aenter__(self) -> Self:
        session = self._connection.session
        if session.broken:
            raise asyncpg.InterfaceError("connection is closed")
        if session.transaction is None:
            session.transaction = Transaction(self._connection._server)
        else:
            self._savepoint = True
            session.transaction.layers.append({})
        return self

    async def __aexit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: object) -> None:
        session = self._connection.session
        if not self._savepoint:
            await self._connection.ask(COMMIT if kind is None else ROLLBACK)
        elif session.transaction is None:
            raise asyncpg.InterfaceError("connection is closed")
        else:
            layer = session.transaction.layers.pop()
            session.transaction.failed = False
            if kind is None:
                session.transaction.layers[-1].update(layer)


class _Pool:
    """Connections that are kept for the next who asks."""

    def __init__(self, loop: Loop, server: Server) -> None:
        self._loop = loop
        self._server = server
        self._idle: list[Connection] = []

    @asynccontextmanager
    async def acquire(self, timeout: float) -> AsyncIterator[Connection]:
        connection = self._take()
        try:
            yield connection
        finally:
            self._give_back(connection)

    def _take(self) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            if not connection.session.broken:
                return connection
        return Connection(self._loop, self._server)

    def _give_back(self, connection: Connection) -> None:
        """A connection that is still in a transaction, or waits for an answer, is no use to anybody else."""
        session = connection.session
        if session.transaction is not None or (session.asked is not None and not _settled(session)):
            connection.terminate()
        elif not session.broken:
            self._idle.append(connection)

    def terminate(self) -> None:
        for connection in self._idle:
            connection.terminate()
        self._idle.clear()


def _settled(session: Session) -> bool:
    return session.asked is not None and session.asked.done() and not session.asked.cancelled()


class MemoryDatabase(Database):
    """The kit's database, whose pool and connections lead to a server in memory."""

    def __init__(self, loop: Loop, server: Server) -> None:
        super().__init__("", name="memory")
        self._loop = loop
        self._server = server

    async def open(self) -> None:
        pool: Any = _Pool(self._loop, self._server)
        self._pool = pool

    async def connect(self, purpose: str = "") -> Any:
        return Connection(self._loop, self._server)
