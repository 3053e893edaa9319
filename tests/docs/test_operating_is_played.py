"""What docs/operating.md tells an operator to do about databases is done, word by word, on servers of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from carebus.storage.migrate import migrate
from deploy.local.databases import create_databases
from deploy.local.embedded import free_port
from deploy.local.folders import place_data, unprivileged
from deploy.local.postgres import Postgres, _binaries
from tests.carebus.cli.conftest import SERVICE, Carebus, carebus
from tests.carebus.relaying.test_relay import forgotten
from tests.carebus.wires import Wire, someone, until, wire
from tests.databases import at, migrations_of
from tests.docs.pages import ROOT, said_to_be
from tests.servers import server_folder

__all__ = ["carebus"]
STEPS = said_to_be(ROOT / "docs" / "operating.md", "step: ")


@dataclass
class Keeper:
    """An operator with a PostgreSQL to look after, and a folder to keep backups in."""

    folder: Path
    server: Postgres

    def environment(self, **told: str) -> dict[str, str]:
        programs = _binaries(unprivileged())
        return {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "ADMIN_URL": self.server.url, **told}

    def do(self, step: str, **told: str) -> str:
        """Do what the page says at this step."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", STEPS[step]],
            cwd=self.folder,
            env=self.environment(**told),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{step}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    @contextmanager
    def going_on(self, step: str) -> Iterator[None]:
        """While this lasts, what the page says goes on; then it is asked to end."""
        started = subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", "exec " + STEPS[step]], cwd=self.folder, env=self.environment()
        )
        try:
            yield
        finally:
            started.send_signal(signal.SIGINT)
            started.wait(30)

    def replaced(self) -> Postgres:
        """A server in the old one's place whose data are still to come, with the passwords of the old one."""
        old, new = place_data(self.server.data, unprivileged()), Postgres(self.folder / "new", self.server.port)
        shutil.copy(old / "password", place_data(new.data, unprivileged()) / "password")
        return new


@pytest.fixture
async def keeper() -> AsyncIterator[Keeper]:
    with server_folder() as folder:
        kept = Keeper(folder, Postgres(folder / "old", free_port()))
        kept.server.start()
        try:
            yield kept
        finally:
            kept.server.kill()


async def tell(on: Wire, *marks: str) -> None:
    """The service hears these of a new patient, and publishes as many answers."""
    patient = someone()
    await on.tell(patient, *marks)
    async with (service := on.service()).running():

        async def done() -> bool:
            return len(await on.marks(service, patient)) == len(marks) and await forgotten(on, service)

        await until(done, "everything is handled and published")


def at_desk(on: Wire, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    on.url = url
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", on.bootstrap)
    monkeypatch.setenv("CAREBUS_TOPIC_PREFIX", on.prefix)


async def told(on: Wire) -> int:
    db = await asyncpg.connect(on.url)
    try:
        return int(await db.fetchval("select count(*) from outbox"))
    finally:
        await db.close()


async def test_a_server_that_is_gone_comes_back_with_everything_it_had_told(
    keeper: Keeper, kafka_bootstrap: str, topic_prefix: str, carebus: Carebus, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper.do("keep the log")
    async with wire(keeper.server.url, kafka_bootstrap, topic_prefix) as on:
        with keeper.going_on("follow the log"):
            await tell(on, "a", "b")
            keeper.do("base backup")
            await tell(on, "c")
            await followed(keeper)
        database = on.url.rpartition("/")[2]
        keeper.server.kill()
        keeper.server = keeper.replaced()
        keeper.do("restore", PGDATA=str(place_data(keeper.server.data, unprivileged()) / "cluster"))
        own(keeper.folder)
        keeper.server.start()
        at_desk(on, at(keeper.server.url, database), monkeypatch)
        await promoted(keeper.server.url)
        compared = await carebus("reconcile", SERVICE, "--json")
        assert (compared.code, compared.json["differences"]) == (0, 0), compared.out
        assert await told(on) == 3  # of which one may be pending again: that is not waited for when it is published
        await tell(on, "d")
        assert (await carebus("reconcile", SERVICE, "--json")).json["differences"] == 0


async def test_an_older_copy_of_a_service_that_tells_events_is_found_out(
    keeper: Keeper, kafka_bootstrap: str, topic_prefix: str, carebus: Carebus, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with wire(keeper.server.url, kafka_bootstrap, topic_prefix) as on:
        await tell(on, "a")
        name = on.url.rpartition("/")[2]
        keeper.do("dump", DATABASE_URL=on.url)
        await tell(on, "b")
        keeper.do("restore a dump", RESTORED_URL=at(keeper.server.url, name + "_restored"))
        at_desk(on, at(keeper.server.url, name + "_restored"), monkeypatch)
        compared = await carebus("reconcile", SERVICE, "--json")
        assert compared.code == 1
        assert compared.json["unknown"] > 0 if isinstance(compared.json["unknown"], int) else compared.json["unknown"]
        on.url = at(keeper.server.url, name)


async def test_a_role_takes_over_from_another_while_both_can_work(keeper: Keeper) -> None:
    urls = await create_databases(keeper.server.url, ["referral"], keeper.folder / "passwords.json")
    await migrate(urls["referral"], migrations_of("referral"))
    keeper.do("new role")
    new = at(keeper.server.url, "carebus_referral").replace(
        keeper.server.url.partition("://")[2].partition("@")[0], "carebus_referral_2:the-new-password"
    )
    for url in (urls["referral"], new):
        assert await rows(url, "select current_user as it") == ["carebus_referral"]
        await migrate(url, migrations_of("referral"))
    await rows(new, "create table made_by_the_new (it int)")
    assert await rows(urls["referral"], "select count(*) as it from made_by_the_new") == [0]
    keeper.do("close the old role")
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
        await rows(urls["referral"], "select 1 as it")
    assert await rows(new, "select count(*) as it from made_by_the_new") == [0]


async def rows(url: str, sql: str) -> list[Any]:
    db = await asyncpg.connect(url)
    try:
        return [row["it"] for row in await db.fetch(sql)]
    finally:
        await db.close()


async def followed(keeper: Keeper) -> None:
    """The log is kept elsewhere as far as it is written."""

    async def so() -> bool:
        return bool(
            await rows(
                keeper.server.url,
                "select flush_lsn >= pg_current_wal_flush_lsn() as it from pg_stat_replication"
                " where application_name = 'pg_receivewal'",
            )
            == [True]
        )

    await until(so, "the log is followed")


async def promoted(url: str) -> None:
    async def so() -> bool:
        return bool(await rows(url, "select not pg_is_in_recovery() as it") == [True])

    await until(so, "the restored server takes writes")


def own(folder: Path) -> None:
    """What root has copied here belongs to the server's user, as it would have where that user restores."""
    if (owner := unprivileged()) is not None:
        for file in (folder, *folder.rglob("*")):
            os.chown(file, owner.uid, owner.gid, follow_symlinks=False)
