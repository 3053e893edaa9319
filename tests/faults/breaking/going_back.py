"""Servers that go back in time: a standby that lacked the end, a copied volume, a restored dump, an older broker."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import psutil

from deploy.local.embedded import Postgres, free_port
from deploy.local.folders import place_data, unprivileged
from deploy.local.postgres import programs
from tests.databases import at
from tests.faults.operator import SERVICE, Operator
from tests.faults.worlds import Fault, World

STORM_S = 3.0
"""For so long clients send before what will be lost, while it is told, and after the return."""
FOUND_WITHIN_S = 60.0

Return = Callable[[], Awaitable[None]]
"""Puts the older state in the place of the present one."""


def promoted_standby(world: World) -> Awaitable[None]:
    """A standby that had not received the end is promoted in the place of its primary, which was killed."""
    return _go_back(world, "standby promoted", _stand_by)


def copied_volume(world: World) -> Awaitable[None]:
    """The data folder is what it was when it was copied from a server that had just been killed."""
    return _go_back(world, "volume put back", _copy_volume)


def restored_dump(world: World) -> Awaitable[None]:
    """Both databases are restored from a dump."""
    return _go_back(world, "dump restored", _dump)


async def older_broker(world: World) -> None:
    """The data folder of the broker is what it was before: what was lost is noticed and published again."""
    kafka, copy = world.pair.kafka, world.folder / "kafka-copy"
    await asyncio.sleep(STORM_S)
    await asyncio.to_thread(kafka.kill)
    shutil.copytree(kafka.data.resolve(), copy, symlinks=True)
    await asyncio.to_thread(kafka.start)
    await asyncio.sleep(STORM_S)

    async def put_back() -> None:
        await asyncio.to_thread(kafka.kill)
        _replace(kafka.data.resolve(), copy)
        await asyncio.to_thread(kafka.start)

    await world.hit("broker's volume put back", put_back)
    world.losses |= set(range(4))
    await asyncio.sleep(STORM_S)


async def _go_back(world: World, what: str, prepare: Callable[[World], Awaitable[Return]]) -> None:
    await asyncio.sleep(STORM_S)
    put_back = await prepare(world)
    await asyncio.sleep(STORM_S)
    world.went_back_from = time.time()
    await world.hit(what, put_back)
    world.went_back_at = time.time()
    await asyncio.gather(*(_until_found(url) for url in world.urls.values()))
    await asyncio.sleep(STORM_S / 2)  # clients are refused meanwhile, and go on asking
    for service, url in world.urls.items():
        operator = Operator(service, url, world.pair.kafka.bootstrap, world.prefix, world.folder)
        adopted = await operator.carebus("adopt", SERVICE, "--source", service, "--because", what)
        world.count(f"events adopted by {service}", adopted["events"])
        world.count("events renumbered", adopted["renumbered"])
    await asyncio.sleep(STORM_S)


async def _until_found(url: str) -> None:
    deadline = time.monotonic() + FOUND_WITHIN_S
    while True:
        db = await asyncpg.connect(url)
        try:
            if await db.fetchval("select exists (select from older_database)"):
                return
        finally:
            await db.close()
        assert time.monotonic() < deadline, "no relay found that its database went back"
        await asyncio.sleep(0.1)


async def _copy_volume(world: World) -> Return:
    postgres, copy = world.pair.postgres, world.folder / "postgres-copy"
    home = _home(postgres)
    await asyncio.to_thread(postgres.kill)
    shutil.copytree(home, copy, symlinks=True)
    await asyncio.to_thread(postgres.start)

    async def put_back() -> None:
        await asyncio.to_thread(postgres.kill)
        _replace(home, copy)
        _own(home)
        await asyncio.to_thread(postgres.start)

    return put_back


async def _dump(world: World) -> Return:
    files = {url: world.folder / f"{service}.dump" for service, url in world.urls.items()}
    for url, file in files.items():
        await asyncio.to_thread(_run, "pg_dump", "--format=custom", f"--file={file}", url)

    async def put_back() -> None:
        for url, file in files.items():
            name = url.rpartition("/")[2]
            admin = await asyncpg.connect(world.pair.postgres.url)
            await admin.execute(f"drop database {name} with (force)")
            await admin.execute(f"create database {name}")
            await admin.close()
            await asyncio.to_thread(_run, "pg_restore", f"--dbname={url}", str(file))

    return put_back


async def _stand_by(world: World) -> Return:
    primary = world.pair.postgres
    folder = _home(primary).parent / f"standby-{free_port()}"
    standby = Postgres(folder, free_port())
    home = place_data(folder, unprivileged())
    _run("pg_basebackup", f"--pgdata={home / 'cluster'}", f"--dbname={primary.url}", "--write-recovery-conf",
         "--checkpoint=fast")  # fmt: skip
    shutil.copy(_home(primary) / "password", home / "password")
    _own(home)
    await asyncio.to_thread(standby.start)
    receiver = await _receiver(standby)
    receiver.send_signal(signal.SIGSTOP)  # from now on the standby lags, and its primary does not wait

    async def promote() -> None:
        await asyncio.to_thread(primary.kill)
        receiver.send_signal(signal.SIGCONT)
        await asyncio.to_thread(standby.kill)
        _replace(_home(primary), home)
        _own(_home(primary))
        await asyncio.to_thread(primary.start)
        db = await asyncpg.connect(primary.url)
        await db.fetchval("select pg_promote()")
        await db.close()

    return promote


async def _receiver(standby: Postgres) -> psutil.Process:
    deadline = time.monotonic() + FOUND_WITHIN_S
    while True:
        db = await asyncpg.connect(at(standby.url, "postgres"))
        pid = await db.fetchval("select pid from pg_stat_wal_receiver where status = 'streaming'")
        await db.close()
        if pid:
            return psutil.Process(pid)
        assert time.monotonic() < deadline, "the standby does not follow"
        await asyncio.sleep(0.1)


def _run(program: str, *words: str) -> None:
    subprocess.run([str(programs() / program), *words], check=True, capture_output=True)


def _home(server: Postgres) -> Path:
    return place_data(server.data, unprivileged())


def _replace(folder: Path, copy: Path) -> None:
    shutil.rmtree(folder)
    shutil.copytree(copy, folder, symlinks=True)


def _own(folder: Path) -> None:
    """Give a copied folder back to the server's own user."""
    owner = unprivileged()
    if owner is not None:
        for file in (folder, *folder.rglob("*")):
            os.chown(file, owner.uid, owner.gid, follow_symlinks=False)


BACK: dict[str, Fault] = {
    "a standby that lacked the end promoted": promoted_standby,
    "a copied volume put back": copied_volume,
    "a dump restored": restored_dump,
}
