"""A copy of a service's tables put in place: whatever a migration may make, nothing built on the tables is lost."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest

from carebus.storage import copies
from carebus.storage.copies import SchemasDiffer
from tests.carebus.tally import MIGRATIONS
from tests.databases import fresh_database

TABLES = """
create table team (id bigint generated always as identity primary key, name text not null, was_in bigint);
alter table team add foreign key (was_in) references team (id);
create table member (
    id bigserial primary key, team bigint not null references team (id), doc jsonb not null,
    named text generated always as (doc ->> 'name') stored
);
create table "Odd name" ("A column" text primary key);
create view members as select team.name as team, member.named from member join team on team.id = member.team;
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_pre_teams.sql").write_text(TABLES)
    return tmp_path


async def fill(db: asyncpg.Connection, schema: str, name: str) -> None:
    await db.execute(f"""
        insert into {schema}.team (name) values ('{name} first'), ('{name}');
        insert into {schema}.member (team, doc) select id, '{{"name": "{name}"}}' from {schema}.team;
        insert into {schema}."Odd name" values ('{name}');
        insert into {schema}.mark values ('referral', 'patient/1', 7);
        insert into {schema}.operator_act (actor, act, target) values ('nina', '{name}', 'x');
    """)


async def test_rows_change_places_and_keys_views_sequences_and_the_record_stay(postgres_url: str, folder: Path) -> None:
    async with fresh_database(postgres_url, "copies_" + folder.name[-8:].lower().strip("_"), folder) as url:
        db, reader = await asyncpg.connect(url), await asyncpg.connect(url)
        await fill(db, "public", "old")
        assert await copies.begin(db, url, "carebus_copy", folder, b"plan") is False
        copy = await asyncpg.connect(copies.url_of(url, "carebus_copy"))
        assert await copy.fetch("select * from team") == []
        await fill(db, "carebus_copy", "new")
        assert await copies.begin(db, url, "carebus_copy", folder, b"plan") is True
        async with db.transaction():
            await copies.put_in_place(db, "carebus_copy")
            seen = await reader.fetch("select named from members")
        assert {row["named"] for row in seen} == {"old"}
        assert {row["named"] for row in await reader.fetch("select named from members")} == {"new"}
        assert [row["act"] for row in await db.fetch("select act from operator_act")] == ["old"]
        assert await db.fetchval("insert into team (name) values ('next') returning id") == 3
        assert await db.fetchval("""insert into member (team, doc) values (3, '{}') returning id""") == 3
        assert await copies.begin(db, url, "carebus_copy", folder, b"plan") is False, "a spent copy is not gone on with"
        for one in (db, reader, copy):
            await one.close()


READ_AGAIN = {"stream", "mark", "consumer_offset", "parked_event", "timer", "witness", "relation", "goes_on"}


async def test_of_each_of_the_kits_tables_it_is_said_whether_it_is_read_again(postgres_url: str, folder: Path) -> None:
    async with fresh_database(postgres_url, "tally", MIGRATIONS) as url:
        db = await asyncpg.connect(url)
        rows = await db.fetch("select tablename from pg_tables where schemaname = current_schema()")
        await db.close()
    kits = {row["tablename"] for row in rows if not row["tablename"].startswith(("outbox_", "tally", "effect"))}
    assert kits - copies.KEPT == READ_AGAIN


async def test_another_plan_begins_with_nothing_and_another_schema_is_refused(postgres_url: str, folder: Path) -> None:
    async with fresh_database(postgres_url, "differ_" + folder.name[-8:].lower().strip("_"), folder) as url:
        db = await asyncpg.connect(url)
        await copies.begin(db, url, "carebus_copy", folder, b"plan")
        await fill(db, "carebus_copy", "new")
        assert await copies.begin(db, url, "carebus_copy", folder, b"another") is False
        assert await db.fetch("select * from carebus_copy.team") == []
        (folder / "0002_post_more.sql").write_text("create table more (id int)")
        with pytest.raises(SchemasDiffer):
            await copies.begin(db, url, "carebus_copy", folder, b"third")
        await db.close()


def test_the_copys_address_names_its_schema_whatever_else_it_says() -> None:
    assert copies.url_of("postgresql://x:y@h:1/d?sslmode=require&search_path=a", "b").endswith(
        "/d?sslmode=require&search_path=b"
    )
