"""A PostgreSQL in memory: read committed, row locks, deadlocks, savepoints, and connections that may break."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from types import GeneratorType
from typing import Any

import asyncpg

from tests.simulation.loop import Loop

Key = tuple[Any, ...]
Row = dict[str, Any]
Place = tuple[str, Key]
Steps = Generator[Place, None, Any]
"""A statement under way: it yields each row that it must lock, and goes on when it has the lock."""

Statement = Callable[..., Any]
COMMIT, ROLLBACK = "commit", "rollback"


class Transaction:
    """What one transaction sees and has written: what is committed now, under its own changes."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.layers: list[dict[Place, Row | None]] = [{}]  # one per savepoint
        self.held: list[Place] = []
        self.failed = False

    def get(self, table: str, key: Key) -> Row | None:
        """A row as this transaction sees it."""
        for layer in reversed(self.layers):
            if (table, key) in layer:
                return layer[table, key]
        return self.server.tables[table].get(key)

    def rows(self, table: str) -> dict[Key, Row]:
        """A whole table as this transaction sees it."""
        seen = dict(self.server.tables[table])
        for layer in self.layers:
            for (of, key), row in layer.items():
                if of == table and row is not None:
                    seen[key] = row
                elif of == table:
                    seen.pop(key, None)
        return seen

    def put(self, table: str, key: Key, row: Row | None) -> None:
        """Write a row, or delete it; the caller has locked it."""
        self.layers[-1][table, key] = row


@dataclass(eq=False)
class Session:
    """One connection as the server sees it."""

    owner: int
    broken: bool = False
    transaction: Transaction | None = None
    asked: asyncio.Future[Any] | None = None


@dataclass(eq=False)
class _Waiting:
    session: Session
    transaction: Transaction
    steps: Steps
    answer: asyncio.Future[Any]
    place: Place


@dataclass(frozen=True)
class Commit:
    """One commit: when, and each row before and after it."""

    at: float
    rows: Mapping[Place, tuple[Row | None, Row | None]]


@dataclass(eq=False)
class Server:
    """One database. Knows a fixed set of statements, by their text."""

    loop: Loop
    statements: Mapping[str, Statement]
    tables: defaultdict[str, dict[Key, Row]] = field(default_factory=lambda: defaultdict(dict))
    journal: list[Commit] = field(default_factory=list)
    up: bool = True
    loses_replies: int = 0
    sessions: list[Session] = field(default_factory=list)
    leaders: dict[str, Session] = field(default_factory=dict)
    last_id: int = 0
    _locks: dict[Place, Transaction] = field(default_factory=dict)
    _waiting: list[_Waiting] = field(default_factory=list)

    def latency(self) -> float:
        """How long one request travels: a millisecond or so, now and then much longer."""
        slow = 60 if self.loop.chance.random() < 0.02 else 1
        return 0.0002 + self.loop.chance.random() * 0.002 * slow

    def draw_id(self) -> int:
        """The next identity: drawn for good, whatever becomes of the transaction."""
        self.last_id += 1
        return self.last_id

    def connect(self, owner: int) -> Session:
        """A new connection. Raises OSError while the server is away."""
        if not self.up:
            raise ConnectionRefusedError
        session = Session(owner)
        self.sessions.append(session)
        return session

    def take(self, session: Session, sql: str, args: Key, answer: asyncio.Future[Any]) -> None:
        """A request arrives."""
        if session.broken or answer.done():
            return
        if sql in {COMMIT, ROLLBACK}:
            self._finish(session, keep=sql == COMMIT)
            if sql == COMMIT and self.loses_replies:
                self.loses_replies -= 1
                self.cut(session)
            else:
                answer.set_result(sql)
            return
        transaction = session.transaction or Transaction(self)
        if transaction.failed:
            answer.set_exception(asyncpg.InFailedSQLTransactionError("transaction is aborted"))
            return
        try:
            result = self.statements[sql](transaction, *args)
        except asyncpg.PostgresError as refused:
            transaction.failed = True
            answer.set_exception(refused)
            return
        if isinstance(result, GeneratorType):
            self._go_on(_Waiting(session, transaction, result, answer, ("", ())))
        else:
            self._answer(session, transaction, answer, result)

    def try_to_lead(self, session: Session, name: str) -> bool:
        """Take an advisory lock of this connection, if nobody else has it."""
        return self.leaders.setdefault(name, session) is session

    def _answer(self, session: Session, transaction: Transaction, answer: asyncio.Future[Any], result: Any) -> None:
        if transaction is not session.transaction:
            self._close(transaction, keep=True)
        if not answer.done():
            answer.set_result(result)

    def _go_on(self, waiting: _Waiting) -> None:
        """Run a statement until it is done, fails, or meets a row that another transaction holds."""
        transaction = waiting.transaction
        try:
            while True:
                waiting.place = next(waiting.steps)
                if self._locks.setdefault(waiting.place, transaction) is not transaction:
                    self._wait(waiting)
                    return
                transaction.held.append(waiting.place)
        except StopIteration as done:
            self._answer(waiting.session, transaction, waiting.answer, done.value)
        except asyncpg.PostgresError as refused:
            transaction.failed = True
            if transaction is not waiting.session.transaction:
                self._close(transaction, keep=False)
            if not waiting.answer.done():
                waiting.answer.set_exception(refused)

    def _wait(self, waiting: _Waiting) -> None:
        holder: Transaction | None = self._locks[waiting.place]
        while holder is not None:
            if holder is waiting.transaction:
                raise asyncpg.DeadlockDetectedError("deadlock detected")
            blocked = next((w for w in self._waiting if w.transaction is holder), None)
            holder = self._locks.get(blocked.place) if blocked else None
        self._waiting.append(waiting)

    def _finish(self, session: Session, *, keep: bool) -> None:
        if session.transaction is not None:
            transaction, session.transaction = session.transaction, None
            self._close(transaction, keep=keep and not transaction.failed)

    def _close(self, transaction: Transaction, *, keep: bool) -> None:
        if keep:
            written: dict[Place, tuple[Row | None, Row | None]] = {}
            for layer in transaction.layers:
                for (table, key), row in layer.items():
                    written[table, key] = (self.tables[table].get(key), row)
            for (table, key), (_, row) in written.items():
                if row is None:
                    self.tables[table].pop(key, None)
                else:
                    self.tables[table][key] = row
            if written:
                self.journal.append(Commit(self.loop.time(), written))
        self._waiting = [w for w in self._waiting if w.transaction is not transaction]
        for place in transaction.held:
            self._locks.pop(place, None)
        self._wake(set(transaction.held))

    def _wake(self, freed: set[Place]) -> None:
        for waiting in [w for w in self._waiting if w.place in freed]:
            if waiting in self._waiting and self._locks.setdefault(waiting.place, waiting.transaction) is (
                waiting.transaction
            ):
                self._waiting.remove(waiting)
                waiting.transaction.held.append(waiting.place)
                self._go_on(waiting)

    # Faults

    def cut(self, session: Session) -> None:
        """Break a connection: its transaction is rolled back and its locks are free."""
        session.broken = True
        if session in self.sessions:
            self.sessions.remove(session)
        for name in [name for name, leader in self.leaders.items() if leader is session]:
            del self.leaders[name]
        if session.asked is not None and not session.asked.done():
            session.asked.set_exception(asyncpg.ConnectionDoesNotExistError("connection was closed"))
        self._finish(session, keep=False)

    def crash(self) -> None:
        """Go away with every connection; what is committed stays."""
        self.up = False
        for session in list(self.sessions):
            self.cut(session)
