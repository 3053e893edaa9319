"""Each service has a database of its own that no other service can enter."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from deploy.local.databases import DatabaseUnreachable, MayNotCreate, create_databases, service_url
from deploy.local.process import free_port

NAMES = ("test_referral", "test_outcomes")


@pytest.fixture
async def names(postgres_url: str, worker_id: str) -> AsyncIterator[tuple[str, ...]]:
    mine = tuple(f"{name}_{worker_id}" for name in NAMES)
    yield mine
    admin = await asyncpg.connect(postgres_url)
    for name in mine:
        await admin.execute(f"DROP DATABASE IF EXISTS carebus_{name} WITH (FORCE)")
        await admin.execute(f"DROP ROLE IF EXISTS carebus_{name}")
    await admin.close()


async def test_a_service_enters_its_own_database_only(
    postgres_url: str, names: tuple[str, ...], tmp_path: Path
) -> None:
    urls = await create_databases(postgres_url, names, tmp_path / "passwords.json")
    own = await asyncpg.connect(urls[names[0]])
    await own.execute("CREATE TABLE here (id int)")
    await own.close()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(urls[names[0]].rpartition("/")[0] + f"/carebus_{names[1]}")


async def test_a_second_run_keeps_data_and_passwords(postgres_url: str, names: tuple[str, ...], tmp_path: Path) -> None:
    passwords = tmp_path / "passwords.json"
    first = await create_databases(postgres_url, names, passwords)
    connection = await asyncpg.connect(first[names[0]])
    await connection.execute("CREATE TABLE here (id int)")
    await connection.close()
    assert await create_databases(postgres_url, names, passwords) == first
    connection = await asyncpg.connect(first[names[0]])
    assert await connection.fetchval("SELECT count(*) FROM here") == 0
    await connection.close()


async def test_a_lost_password_file_is_made_anew(postgres_url: str, names: tuple[str, ...], tmp_path: Path) -> None:
    passwords = tmp_path / "passwords.json"
    first = await create_databases(postgres_url, names, passwords)
    passwords.unlink()
    second = await create_databases(postgres_url, names, passwords)
    assert second != first
    await (await asyncpg.connect(second[names[0]])).close()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(first[names[0]])


async def test_only_the_owner_reads_the_passwords(postgres_url: str, names: tuple[str, ...], tmp_path: Path) -> None:
    passwords = tmp_path / "passwords.json"
    await create_databases(postgres_url, names, passwords)
    assert stat.S_IMODE(passwords.stat().st_mode) == 0o600


async def test_an_administrator_without_superuser_rights_will_do(
    postgres_url: str, names: tuple[str, ...], tmp_path: Path
) -> None:
    admin = await asyncpg.connect(postgres_url)
    role = f"{names[0]}_admin"
    await admin.execute(f"CREATE ROLE {role} LOGIN CREATEDB CREATEROLE PASSWORD 'secret'")
    try:
        url = service_url(postgres_url, role, "secret").rpartition("/")[0] + "/postgres"
        urls = await create_databases(url, names, tmp_path / "passwords.json")
        await (await asyncpg.connect(urls[names[1]])).close()
    finally:
        for name in names:
            await admin.execute(f"DROP DATABASE IF EXISTS carebus_{name} WITH (FORCE)")
            await admin.execute(f"DROP ROLE IF EXISTS carebus_{name}")
        await admin.execute(f"DROP ROLE {role}")
        await admin.close()


async def test_a_role_without_rights_is_one_sentence(postgres_url: str, names: tuple[str, ...], tmp_path: Path) -> None:
    urls = await create_databases(postgres_url, names[:1], tmp_path / "passwords.json")
    with pytest.raises(MayNotCreate, match="permission denied"):
        await create_databases(urls[names[0]], names[1:], tmp_path / "other.json")


async def test_a_server_that_is_not_there_is_one_sentence_without_the_password(tmp_path: Path) -> None:
    url = f"postgresql://admin:secret@127.0.0.1:{free_port()}/postgres"
    with pytest.raises(DatabaseUnreachable) as refused:
        await create_databases(url, NAMES, tmp_path / "passwords.json")
    assert "Cannot reach PostgreSQL at 127.0.0.1:" in str(refused.value)
    assert "secret" not in str(refused.value)
