"""Migrates one new database after another, and compares each with one whose migration nobody disturbed."""

from __future__ import annotations

import asyncio
import os
import sys
from urllib.parse import urlsplit

import asyncpg

from carebus.storage.migrate import migrate
from tests.databases import at
from tests.faults.chain import MIGRATIONS
from tests.faults.crashing.moments import armed

_SHAPE = """
select table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable from information_schema.columns
where table_schema = 'public' union all select indexdef from pg_indexes where schemaname = 'public'
union all select conname || ' ' || pg_get_constraintdef(oid) from pg_constraint
where connamespace = 'public'::regnamespace
union all select tgname from pg_trigger where not tgisinternal
union all select name || encode(checksum, 'hex') from schema_migration order by 1
"""


def migrate_for_ever() -> None:
    """Migrate until the process is killed; a database that a killed process left half-way is taken up again."""
    asyncio.run(_migrate(os.environ["DATABASE_URL"]))


async def _migrate(whole: str) -> None:
    name = urlsplit(whole).path[1:] + "_again"
    again = at(whole, name)
    while armed():
        await _make(whole, name)
        await migrate(again, MIGRATIONS)
        if await _shape(again) != await _shape(whole):
            sys.exit("a migration that was killed and run again made another database than one left alone")
        await _query(whole, f"drop database {name}")
    await asyncio.Event().wait()


async def _make(url: str, name: str) -> None:
    if not await _query(url, f"select datname from pg_database where datname = '{name}'"):
        await _query(url, f"create database {name}")


async def _shape(url: str) -> list[str]:
    return [str(row[0]) for row in await _query(url, _SHAPE)]


async def _query(url: str, query: str) -> list[asyncpg.Record]:
    db = await asyncpg.connect(url)
    try:
        return list(await db.fetch(query))
    finally:
        await db.close()
