"""Migrations: applied once and in order, by one of many, and never changed afterwards."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from carebus.cli import main
from carebus.errors import CarebusError
from carebus.storage.migrate import (
    FOR_GOOD,
    MigrationChanged,
    MigrationMisnamed,
    MigrationPhase,
    ReleaseTooOld,
    migrate,
)
from tests.carebus.wires import until
from tests.databases import at

KIT = [
    "kit/0001_pre_kit.sql",
    "kit/0002_pre_operators.sql",
    "kit/0003_pre_witness.sql",
    "kit/0004_pre_room.sql",
    "kit/0005_pre_what_was_lost.sql",
    "kit/0006_pre_beginning.sql",
    "kit/0007_pre_sign_in.sql",
    "kit/0008_pre_audit.sql",
    "kit/0009_pre_organization.sql",
]


@pytest.fixture
async def url(postgres_url: str) -> AsyncIterator[str]:
    """An empty database."""
    name = f"m_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(postgres_url)
    await admin.execute(f"create database {name}")
    yield at(postgres_url, name)
    await admin.execute(f"drop database {name} with (force)")
    await admin.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A service's migrations."""
    (tmp_path / "0001_pre_first.sql").write_text("create table first (n int);")
    (tmp_path / "0002_post_second.sql").write_text("create table second (n int);")
    return tmp_path


async def tables(url: str) -> set[str]:
    db = await asyncpg.connect(url)
    try:
        rows = await db.fetch("select tablename from pg_tables where schemaname = 'public'")
        return {row["tablename"] for row in rows} & {"first", "second", "outbox", "third"}
    finally:
        await db.close()


async def test_the_kits_come_first_and_a_second_run_has_nothing_to_do(url: str, folder: Path) -> None:
    assert await migrate(url, folder) == [*KIT, "service/0001_pre_first.sql", "service/0002_post_second.sql"]
    assert await migrate(url, folder) == []
    assert await tables(url) == {"first", "second", "outbox"}


async def test_many_at_once_apply_each_once(url: str, folder: Path) -> None:
    applied = await asyncio.gather(*(migrate(url, folder) for _ in range(4)))
    assert sorted(map(len, applied)) == [0, 0, 0, len(KIT) + 2]


async def test_pre_runs_before_the_new_code_and_post_after_it(url: str, folder: Path) -> None:
    assert await migrate(url, folder, MigrationPhase.PRE) == [*KIT, "service/0001_pre_first.sql"]
    assert await tables(url) == {"first", "outbox"}
    assert await migrate(url, folder, MigrationPhase.POST) == ["service/0002_post_second.sql"]


async def test_a_release_is_refused_once_the_post_of_a_later_one_is_applied(
    url: str, folder: Path, tmp_path: Path
) -> None:
    earlier = tmp_path / "earlier"
    earlier.mkdir()
    (earlier / "0001_pre_first.sql").write_text((folder / "0001_pre_first.sql").read_text())
    await migrate(url, folder, MigrationPhase.PRE)
    assert await migrate(url, earlier) == []
    await migrate(url, folder, MigrationPhase.POST)
    for phase in MigrationPhase:
        with pytest.raises(ReleaseTooOld, match="0002_post_second"):
            await migrate(url, earlier, phase)
    assert await migrate(url, folder) == []


async def test_a_run_that_is_killed_leaves_its_work_to_the_one_that_waits(url: str, folder: Path) -> None:
    await migrate(url, folder)
    (folder / "0003_pre_third.sql").write_text("create table third (n int); alter table first add column m int;")
    db = await asyncpg.connect(url)
    try:
        async with db.transaction():
            await db.execute("lock table first in access share mode")
            one, other = (asyncio.create_task(migrate(url, folder)) for _ in range(2))
            waiting = "select pid from pg_locks where relation = 'first'::regclass and not granted"
            standing_by = "select pid from pg_locks where locktype = 'advisory' and not granted and database = $1"
            own = await db.fetchval("select oid from pg_database where datname = current_database()")
            await until(lambda: db.fetchval(waiting), "one is at work")
            await until(lambda: db.fetchval(standing_by, own), "the other waits for it")
            at_work = await db.fetchval(waiting)
            await db.execute("select pg_terminate_backend($1)", at_work)
            gone = "select not exists (select from pg_locks where pid = $1)"  # pg_stat_activity stays as first seen
            await until(lambda: db.fetchval(gone, at_work), "it is gone")
        results = await asyncio.gather(one, other, return_exceptions=True)
        assert ["service/0003_pre_third.sql"] in results
        assert sum(isinstance(result, Exception) for result in results) == 1
    finally:
        await db.close()


async def test_a_migration_that_waits_for_a_table_lets_those_behind_it_pass(url: str, folder: Path) -> None:
    await migrate(url, folder)
    (folder / "0003_pre_third.sql").write_text("alter table first add column m int;")
    reader, other = await asyncpg.connect(url), await asyncpg.connect(url)
    try:
        async with reader.transaction():
            await reader.execute("lock table first in access share mode")
            waits = asyncio.create_task(migrate(url, folder))
            waiting = "select pid from pg_locks where relation = 'first'::regclass and not granted"
            await until(lambda: reader.fetchval(waiting), "it waits")
            assert await other.fetch("select n from first") == []
            assert not waits.done()
        assert await waits == ["service/0003_pre_third.sql"]
    finally:
        await reader.close()
        await other.close()


async def test_a_changed_file_is_refused(url: str, folder: Path) -> None:
    await migrate(url, folder)
    (folder / "0001_pre_first.sql").write_text("create table first (n bigint);")
    with pytest.raises(MigrationChanged, match="0001_pre_first"):
        await migrate(url, folder)


@pytest.mark.parametrize("name", ["first.sql", "1_pre_x.sql", "0003_later_x.sql", "0003_pre_X.sql"])
async def test_a_misnamed_file_is_refused_before_anything_is_applied(url: str, folder: Path, name: str) -> None:
    (folder / name).write_text("select 1;")
    with pytest.raises(MigrationMisnamed, match=name):
        await migrate(url, folder)
    assert await tables(url) == set()


async def test_a_migration_that_fails_leaves_nothing_of_itself_and_can_be_mended(url: str, folder: Path) -> None:
    bad = folder / "0003_pre_third.sql"
    bad.write_text("create table third (n int); select 1 / 0;")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(url, folder)
    assert await tables(url) == {"first", "second", "outbox"}
    bad.write_text("create table third (n int);")
    assert await migrate(url, folder) == ["service/0003_pre_third.sql"]


async def test_a_role_of_its_own_may_migrate_its_own_database(url: str, folder: Path, postgres_url: str) -> None:
    role = f"r_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(postgres_url)
    name = url.rpartition("/")[2]
    await admin.execute(f"create role {role} login password 'secret'; alter database {name} owner to {role}")
    host = url.rpartition("@")[2]
    try:
        assert len(await migrate(f"postgresql://{role}:secret@{host}", folder)) == len(KIT) + 2
        assert await migrate(f"postgresql://{role}:secret@{host}", folder) == []
    finally:
        await admin.execute(f"drop database {name} with (force)")
        await admin.execute(f"drop role {role}")
        await admin.execute(f"create database {name}")
        await admin.close()


def test_the_command_says_which_service_or_setting_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert main(["migrate", "no_such_service"]) == 2
    assert "no service called no_such_service" in capsys.readouterr().err
    assert main(["migrate", "care_plan"]) == 2
    assert "DATABASE_URL" in capsys.readouterr().err


@pytest.mark.parametrize("refused", FOR_GOOD)
def test_what_is_refused_for_good_has_an_exit_code_of_its_own(
    refused: type[CarebusError], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_: object) -> int:
        raise refused(name="kit/0009_post_x.sql")

    monkeypatch.setattr("carebus.cli.schema._migrate", refuse)
    assert main(["migrate", "care_plan"]) == 3
    assert "kit/0009_post_x.sql" in capsys.readouterr().err
