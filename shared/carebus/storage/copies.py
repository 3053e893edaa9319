"""A second copy of a service's tables in a schema of its own: filled beside the first, then put in its place."""

from collections.abc import Sequence
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg

from carebus.errors import CarebusError
from carebus.storage.database import Connection
from carebus.storage.migrate import migrate

KEPT = frozenset(
    {
        "schema_migration",
        "operator_act",
        "offset_repair",
        "log_hole",
        "comparison",
        "published_place",
        "older_database",
        "beginning",
        "untold",
        "command",
        "sign_in",
        "session",
        "logout_seen",
        "account",
        "audit_pending",
        "audit_sealed",
        "audit_known",
        "outbox",
        "outbox_pending",
        "copy_plan",
        "emergency_access",
    }
)
"""What is not read in again: the record of what was done and told, who has signed in, and how far the copy is."""

_TABLES = """
select c.relname::text as name, array_agg(a.attname::text order by a.attnum) as columns
from pg_class as c join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relnamespace = $1::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and a.attgenerated = ''
group by 1
"""

_REFERENCES = """
select own.relname::text as name, other.relname::text as needs
from pg_constraint as f join pg_class as own on own.oid = f.conrelid join pg_class as other on other.oid = f.confrelid
where f.contype = 'f' and f.connamespace = $1::regnamespace and own.oid <> other.oid
"""

_SEQUENCES = """
select pg_get_serial_sequence(format('%I.%I', $1::text, relname), attname) as live,
       pg_get_serial_sequence(format('%I.%I', $2::text, relname), attname) as copy
from pg_class as c join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relnamespace = $1::regnamespace and c.relname = any($3::text[])
"""


TAKE_LOCK = "select pg_try_advisory_lock(hashtextextended('carebus copy', 0))"

_USED = """
select exists (select from consumer_offset) or exists (select from mark) or exists (select from outbox)
    or exists (select from command) or exists (select from stream)
"""

_FAILED = """
select coalesce(type, '') as type, reason, rule, count(*) as events
from {}.parked_event group by 1, 2, 3 order by 4 desc
"""

_PARKED = "select (select count(*) from {}.parked_event) as copy, (select count(*) from parked_event) as live"


class SchemasDiffer(CarebusError):
    """The database is not at this release's schema: run `migrate` for this service first, with all phases."""


class MayNotMakeSchema(CarebusError):
    """The role of DATABASE_URL may not make a schema: grant it `create` on the database, or be the database's owner."""


def url_of(dsn: str, schema: str) -> str:
    """The address under which every name without a schema means the copy's table, and only the copy's."""
    parts = urlsplit(dsn)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name != "search_path"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("search_path", schema)])))


async def begin(db: Connection, dsn: str, schema: str, folder: Path, plan: bytes) -> bool:
    """Make an empty copy, or go on with one that was begun by the same `plan`; tells whether it goes on.

    Raises MayNotMakeSchema, SchemasDiffer.
    """
    there = await db.fetchval("select to_regclass($1) is not null", f"{schema}.copy_plan")
    if there and await db.fetchval(f"select plan from {schema}.copy_plan") == plan:
        return True
    try:
        await drop(db, schema)
        await db.execute(f"create schema {schema}")
    except asyncpg.InsufficientPrivilegeError:
        raise MayNotMakeSchema from None
    await migrate(url_of(dsn, schema), folder)
    applied = f"select array_agg(name order by name) from {schema}.schema_migration"
    if await db.fetchval(applied) != await db.fetchval("select array_agg(name order by name) from schema_migration"):
        raise SchemasDiffer
    async with db.transaction():
        await db.execute(f"create table {schema}.copy_plan (plan bytea not null)")
        await db.execute(f"insert into {schema}.copy_plan values ($1)", plan)
    return False


async def drop(db: Connection, schema: str) -> None:
    """Forget the copy."""
    await db.execute(f"drop schema if exists {schema} cascade")


async def put_in_place(db: Connection, schema: str) -> None:
    """The rows of the copy take the place of the first ones, in the caller's transaction; the copy is then spent.

    The tables themselves stay, with who may read them and what is built upon them. Who reads meanwhile sees the
    former rows until the transaction commits.
    """
    live = str(await db.fetchval("select current_schema()"))
    columns = {row["name"]: row["columns"] for row in await db.fetch(_TABLES, live) if row["name"] not in KEPT}
    needs: dict[str, set[str]] = {name: set() for name in columns}
    for row in await db.fetch(_REFERENCES, live):
        needs[row["name"]].add(row["needs"])
    order = list(TopologicalSorter(needs).static_order())
    for name in reversed(order):
        await db.execute(f'delete from "{live}"."{name}"')
    for name in order:
        await _take_over(db, f'"{live}"."{name}"', f'"{schema}"."{name}"', columns[name])
    for row in await db.fetch(_SEQUENCES, live, schema, order):
        if row["live"] and row["copy"]:
            await db.execute(f"select setval('{row['live']}', last_value, is_called) from {row['copy']}")
    await db.execute(f"delete from {schema}.copy_plan")


async def _take_over(db: Connection, live: str, copy: str, columns: Sequence[str]) -> None:
    names = ", ".join(f'"{column}"' for column in columns)
    await db.execute(f"insert into {live} ({names}) overriding system value select {names} from {copy}")


async def take_lock(db: Connection) -> bool:
    """Whether this connection is now the only one that fills a copy in this database; kept until it closes."""
    return bool(await db.fetchval(TAKE_LOCK))


async def keep_plan(db: Connection, schema: str, plan: bytes) -> None:
    """The copy is filled by this plan."""
    await db.execute(f"update {schema}.copy_plan set plan = $1", plan)


async def parked_in(db: Connection, schema: str) -> tuple[int, int]:
    """How many events are parked in the copy, and how many beside it."""
    row = await db.fetchrow(_PARKED.format(schema))
    return (row["copy"], row["live"]) if row else (0, 0)


async def was_used(db: Connection) -> bool:
    """Whether a service has ever worked on this database."""
    return bool(await db.fetchval(_USED))


async def failed_in(db: Connection, schema: str) -> list[dict[str, Any]]:
    """What is parked in a schema, by `type`, `reason` and `rule`, with the number of `events`."""
    return [dict(row) for row in await db.fetch(_FAILED.format(schema))]
