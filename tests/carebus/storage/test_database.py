"""The pool tells its callers in one way that the database is away, however asyncpg says it."""

from __future__ import annotations

import asyncpg
import pytest

from carebus.storage.database import Database, DatabaseAway, is_data_error, is_transient


@pytest.mark.parametrize(
    "broken",
    [
        asyncpg.InternalClientError('cannot switch to state 12; protocol is in the "failed" state'),
        asyncpg.ConnectionDoesNotExistError(),
        asyncpg.CrashShutdownError(),
        asyncpg.InterfaceError("connection is closed"),
        ConnectionRefusedError(),
        TimeoutError(),
    ],
    ids=lambda broken: type(broken).__name__,
)
async def test_a_connection_that_breaks_in_use_means_that_the_database_is_away(
    broken: Exception, postgres_url: str
) -> None:
    assert is_transient(broken), "so that no timer and no event is blamed for it"
    database = Database(postgres_url, name="test")
    await database.open()
    try:
        with pytest.raises(DatabaseAway):
            async with database.transaction():
                raise broken
    finally:
        await database.close()


async def test_a_value_that_the_driver_refuses_is_that_rows_fault_and_no_absence(postgres_url: str) -> None:
    database = Database(postgres_url, name="test")
    await database.open()
    try:
        with pytest.raises(asyncpg.DataError, match="invalid input for query argument") as refused:
            async with database.transaction() as db:
                await db.fetchval("select $1::int", 2**40)
        assert is_data_error(refused.value)
        assert not is_transient(refused.value)
    finally:
        await database.close()


async def test_a_backend_that_is_ended_between_two_statements_means_that_the_database_is_away(
    postgres_url: str,
) -> None:
    database = Database(postgres_url, name="test")
    await database.open()
    other = await asyncpg.connect(postgres_url)
    try:
        for _ in range(20):
            with pytest.raises(DatabaseAway):
                await _work_until_ended(database, other)
    finally:
        await other.close()
        await database.close()


async def _work_until_ended(database: Database, other: asyncpg.Connection[asyncpg.Record]) -> None:
    async with database.transaction() as db:
        await other.execute("select pg_terminate_backend($1)", await db.fetchval("select pg_backend_pid()"))
        while True:
            await db.fetchval("select 1")


async def test_the_server_is_asked_to_free_the_locks_of_a_client_that_has_vanished(postgres_url: str) -> None:
    database = Database(postgres_url, name="test")
    await database.open()
    lock = await database.connect()
    try:
        async with database.connection() as pooled:
            for db in (pooled, lock):
                for setting, most in (("tcp_keepalives_idle", 10), ("idle_in_transaction_session_timeout", 60_000)):
                    set_to = await db.fetchval("select setting::int from pg_settings where name = $1", setting)
                    assert 0 < set_to <= most, setting
    finally:
        await lock.close()
        await database.close()
