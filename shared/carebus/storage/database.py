"""The service's own database: a pool that survives the server's absence, and which of its errors mean what."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg

from carebus.credentials import password_of
from carebus.errors import CarebusError

if TYPE_CHECKING:
    Connection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record] | asyncpg.Connection[asyncpg.Record]
else:
    Connection = Any

TRANSIENT_CLASSES = ("08", "25006", "40", "53", "55P03", "57")
"""SQLSTATE prefixes that pass by waiting: connection, read-only failover, rollback, resources, lock, shutdown."""

AWAY_CLASSES = ("08", "25006", "28", "3D000", "53", "55000", "57")
"""Those after which a client is told to come again: also a server that is read-only, that refuses the login, or that
has not this database yet, as one that is being promoted or restored does."""

DATA_CLASSES = ("22", "23", "54")
"""SQLSTATE prefixes that come from the row itself: bad data, violated constraint, larger than an index takes."""


SESSION = {
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "10000",
    "idle_in_transaction_session_timeout": "60000",
}
"""A client that has vanished (its network cut, its process asleep) holds no lock for long, neither the relay's nor a
stream's: the server ends its session after about ten seconds, and an open transaction of a sleeper after a minute.

Set once a session has begun: a pooler such as PgBouncer takes hardly anything at its start."""

_SET_SESSION = "select " + ", ".join(f"set_config('{name}', '{value}', false)" for name, value in SESSION.items())

_PROBES = 3
_PROBE_S = 5.0


_CHECK_NOW = "set constraints all immediate; set constraints all deferred"
"""Else what is checked at commit only would be found when nobody can tell any more whose row it was."""


class DatabaseAway(CarebusError):
    """The service's database cannot be reached just now. Nothing was changed; try again in a moment."""

    status = 503
    code = "database_away"


class DatabaseOlder(DatabaseAway):
    """The service's database is older than what the service has published: an operator must run `carebus adopt` first.
    Nothing was changed; try again later."""

    code = "database_older"


class TransactionPooling(CarebusError):
    """The pooler at DATABASE_URL pools by transaction, but Carebus needs sessions (for its locks and notices): set
    PgBouncer's pool_mode to session, or name the server itself."""


class Database:
    """A pool of connections to one database, opened when first needed."""

    def __init__(self, dsn: str, *, name: str, size: int = 8) -> None:
        self.dsn = dsn
        self._name = name
        self._size = size
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None

    async def open(self) -> None:
        """Prepare the pool. Does not connect: the server may be away."""
        self._pool = await asyncpg.create_pool(
            self.dsn,
            password=password_of(self.dsn),
            min_size=0,
            max_size=self._size,
            timeout=5,
            command_timeout=60,
            max_inactive_connection_lifetime=300,
            server_settings={"application_name": self._name, "timezone": "UTC"},
            init=_set_session,
            reset=_nothing,
        )

    async def close(self) -> None:
        """Close every connection; those in use are given a moment."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            pool.terminate()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection without a transaction, for reading. Raises DatabaseAway when there is none to be had."""
        if self._pool is None:
            raise DatabaseAway
        try:
            async with self._pool.acquire(timeout=10) as db:
                yield db
        except Exception as exc:
            if is_away(exc):
                raise DatabaseAway from exc
            raise

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection with a transaction that commits at the end, or rolls back on any exception."""
        async with self.connection() as db, db.transaction():
            yield db

    async def connect(self, purpose: str = "lock") -> "asyncpg.Connection[asyncpg.Record]":
        """A separate connection, outside the pool: for what lasts as long as it lives, such as a lock."""
        connection = await asyncpg.connect(
            self.dsn,
            password=password_of(self.dsn),
            timeout=5,
            command_timeout=60,
            server_settings={"application_name": f"{self._name} {purpose}", "timezone": "UTC"},
        )
        await _set_session(connection)
        return connection

    async def require_sessions(self) -> None:
        """Raise TransactionPooling if a connection has another session of the server after each transaction.

        Not sure while other clients come and go, hence asked a few times. Raises DatabaseAway, which proves nothing.
        """
        try:
            await self._require_sessions()
        except (asyncpg.InvalidSQLStatementNameError, asyncpg.DuplicatePreparedStatementError):
            raise TransactionPooling from None
        except Exception as exc:
            if is_away(exc):
                raise DatabaseAway from exc
            raise

    async def _require_sessions(self) -> None:
        one = await self.connect()
        try:
            for _ in range(_PROBES):
                before = await one.fetchval("select pg_backend_pid()", timeout=_PROBE_S)
                async with self.transaction() as other:  # takes the session that was given back last
                    await other.fetchval("select 1", timeout=_PROBE_S)
                    if await one.fetchval("select pg_backend_pid()", timeout=_PROBE_S) != before:
                        raise TransactionPooling
        finally:
            one.terminate()


async def _set_session(db: Connection) -> None:
    await db.execute(_SET_SESSION)


async def _nothing(_: Connection) -> None:
    """The kit changes no session, so none needs to be reset: that would be a round trip after every transaction.

    A transaction that was left open asyncpg rolls back by itself.
    """


def joined(texts: Iterable[str]) -> str:
    r"""Many texts as one parameter, for `string_to_array($1, e'\x1f')`: asyncpg takes ten times as long for an array.

    For texts that are not empty and hold no control characters, such as names, ids and JSON.
    """
    return "\x1f".join(texts)


def sqlstate(exc: BaseException) -> str:
    """The SQLSTATE of an error from the server, or an empty text."""
    return str(getattr(exc, "sqlstate", None) or "")


def _is_value_error(exc: BaseException) -> bool:
    """Whether the driver itself refused a value, such as a number too large for its column's type."""
    return isinstance(exc, asyncpg.InterfaceError) and isinstance(exc, ValueError)


def is_away(exc: BaseException) -> bool:
    """Whether the server could not be reached, or can change nothing just now, or the connection broke."""
    if _is_value_error(exc):
        return False
    if isinstance(exc, asyncpg.InterfaceError | asyncpg.InternalClientError | OSError | TimeoutError):
        return True  # the internal one is what a query meets on a connection whose server has just said goodbye
    return sqlstate(exc).startswith(AWAY_CLASSES)


def is_transient(exc: BaseException) -> bool:
    """Whether the same transaction may succeed when it is run again later."""
    return isinstance(exc, DatabaseAway) or is_away(exc) or sqlstate(exc).startswith(TRANSIENT_CLASSES)


def is_data_error(exc: BaseException) -> bool:
    """Whether the data of one row is at fault, so that the row alone has to be set aside."""
    return sqlstate(exc).startswith(DATA_CLASSES) or _is_value_error(exc)


async def check_constraints(db: Connection) -> None:
    """Check now what would be checked at commit only. Raises what the database says of a row that breaks a rule."""
    await db.execute(_CHECK_NOW)


async def answers(db: Connection) -> bool:
    """Whether the server answers."""
    return bool(await db.fetchval("select true"))


async def schema_of(db: Connection) -> str:
    """The schema that a name without one means here."""
    return str(await db.fetchval("select current_schema()"))
