"""The embedded servers start on nothing, keep their data through kill -9, and say what is wrong."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local import folders, jars
from deploy.local.embedded import (
    DataInUse,
    FolderClosed,
    JarAltered,
    Kafka,
    PortInUse,
    Postgres,
    RegistryUnreachable,
    cache_folder,
    fetch_kafka_jars,
    free_port,
)
from deploy.local.folders import Owner
from tests.servers import Pair, server_folder

ROOT = Path(__file__).parents[3]


@pytest.fixture
def folder() -> Iterator[Path]:
    with server_folder() as made:
        yield made


@pytest.fixture
def postgres(folder: Path) -> Iterator[Postgres]:
    server = Postgres(folder / "postgres", free_port(), fast=True)
    yield server
    server.kill()


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


async def query(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def test_postgres_answers_as_postgres_18_with_what_logical_decoding_needs(postgres: Postgres) -> None:
    postgres.start()
    assert str(await query(postgres.url, "SHOW server_version")).startswith("18.")
    assert await query(postgres.url, "SHOW wal_level") == "logical"
    assert await query(postgres.url, "SHOW listen_addresses") == "127.0.0.1"


async def test_postgres_asks_everyone_for_the_password(postgres: Postgres) -> None:
    postgres.start()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgres.url, password="guessed")
    assert (postgres.data / "password").stat().st_mode & 0o077 == 0


async def test_postgres_keeps_committed_rows_through_kill_and_stop(postgres: Postgres) -> None:
    postgres.fast = False
    postgres.start()
    await query(postgres.url, "CREATE TABLE visit AS SELECT 7 AS number")
    first = postgres.pid
    postgres.kill()
    assert not postgres.running
    assert (postgres.data / "cluster" / "postmaster.pid").exists(), "a crash leaves its lock behind"
    postgres.start()
    assert postgres.pid != first
    postgres.stop()
    assert postgres.pid is None
    postgres.start()
    assert await query(postgres.url, "SELECT number FROM visit") == 7


async def test_a_crash_lock_whose_number_another_program_got_stops_nobody(postgres: Postgres) -> None:
    postgres.start()
    postgres.kill()
    lock = postgres.data / "cluster" / "postmaster.pid"
    lock.write_text(lock.read_text().replace(lock.read_text().split()[0], str(os.getpid()), 1))
    postgres.start()
    assert await query(postgres.url, "SELECT 1") == 1


def test_a_second_run_over_the_same_data_is_told_who_uses_it(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.local.postgres.ORPHAN_GRACE_S", 0.0)
    postgres.start()
    with pytest.raises(DataInUse, match=rf"in use by another run \(process {postgres.pid}\)"):
        Postgres(postgres.data, free_port(), fast=True).start()


def test_a_taken_port_is_named(folder: Path, taken_port: int) -> None:
    with pytest.raises(PortInUse, match=rf"PostgreSQL cannot listen on 127\.0\.0\.1:{taken_port}: .*another port"):
        Postgres(folder / "postgres", taken_port).start()
    with pytest.raises(PortInUse, match=rf"Kafka cannot listen on 127\.0\.0\.1:{taken_port}: .*another port"):
        Kafka(folder / "kafka", taken_port, cache_folder()).start()


def test_servers_end_with_an_owner_that_was_killed(folder: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from deploy.local.embedded import Postgres, free_port\n"
        "server = Postgres(Path(sys.argv[1]), free_port(), fast=True); server.start()\n"
        "print(server.pid, flush=True); time.sleep(600)"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", program, str(folder / "postgres")], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    server = psutil.Process(int(owner.stdout.readline()))
    owner.send_signal(signal.SIGKILL)
    owner.communicate()
    _, alive = psutil.wait_procs([server], timeout=30)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []


async def test_kafka_keeps_acknowledged_records_through_kill_and_makes_no_topic_by_itself(own_servers: Pair) -> None:
    kafka = own_servers.kafka
    await make_topic(kafka.bootstrap, "kept")
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all") as producer:
        await producer.send_and_wait("kept", b"a visit")
    kafka.kill()
    assert not kafka.running
    kafka.start()
    async with AIOKafkaConsumer("kept", bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest") as consumer:
        record = await consumer.getone()
    assert record.value == b"a visit"
    assert await topics(kafka.bootstrap) == ["kept"]


async def make_topic(bootstrap: str, name: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, num_partitions=1, replication_factor=1)])
    finally:
        await admin.close()


async def topics(bootstrap: str) -> list[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        return sorted(await admin.list_topics())
    finally:
        await admin.close()


def test_the_second_start_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    fetch_kafka_jars(cache_folder(), lambda _: None)
    monkeypatch.setattr(jars, "_registry", lambda _: pytest.fail("asked the registry"))
    folder = fetch_kafka_jars(cache_folder(), pytest.fail)
    assert {path.name for path in folder.iterdir()} == {
        jars.Jar.parse(line).name for line in jars.LOCK.read_text().splitlines()[1:]
    }


def test_an_unreachable_registry_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = tmp_path / "jgo.conf"
    settings.write_text(f"[repositories]\ncentral = http://127.0.0.1:{free_port()}/nothing\n")
    monkeypatch.setenv("JGO_CONFIG_FILE", str(settings))
    with pytest.raises(RegistryUnreachable, match=r"Cannot fetch Apache Kafka .* name a mirror"):
        fetch_kafka_jars(tmp_path / "cache", pytest.fail)


def test_no_port_is_given_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = iter([20_001, 20_001, 20_002])
    monkeypatch.setattr("deploy.local.process._given", set())
    monkeypatch.setattr("deploy.local.process.random.randint", lambda *_: next(chosen))
    assert [free_port(), free_port()] == [20_001, 20_002]


def test_a_jar_that_is_not_the_locked_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = tmp_path / "mirror"
    line = next(line for line in jars.LOCK.read_text().splitlines() if "slf4j-api" in line)
    jar = jars.Jar.parse(line)
    monkeypatch.setattr(jars, "_resolve", lambda _: _altered(repository, jar.name))
    with pytest.raises(JarAltered, match=r"slf4j-api-.*\.jar is not the file this release was tested with"):
        jars._download(jar, jars._registry(tmp_path))


def _altered(repository: Path, name: str) -> Path:
    repository.mkdir(exist_ok=True)
    (repository / name).write_bytes(b"something else")
    return repository / name


SOMEBODY = Owner("somebody", os.geteuid() + 1, os.getegid() + 1)


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """A folder behind one that only its owner may enter."""
    inner = tmp_path / "closed" / "inner"
    inner.mkdir(parents=True)
    inner.parent.chmod(0o700)
    return inner


def test_data_in_a_closed_folder_goes_where_the_server_may_enter(
    closed: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "SYSTEM_DATA", folder / "system")
    home = folders.place_data(closed / "postgres", SOMEBODY)
    assert home.parent == folder / "system"
    assert (closed / "postgres").resolve() == home
    (home / "kept").touch()
    assert folders.place_data(closed / "postgres", SOMEBODY) == home
    assert (home / "kept").exists()


def test_forgetting_the_link_forgets_the_data_behind_it(
    closed: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "SYSTEM_DATA", folder / "system")
    (folders.place_data(closed / "postgres", SOMEBODY) / "kept").touch()
    (closed / "postgres").unlink()
    assert list(folders.place_data(closed / "postgres", SOMEBODY).iterdir()) == []


def test_programs_in_a_closed_folder_are_copied_once(
    closed: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAREBUS_CACHE", str(folder / "cache"))
    (closed / "tool").mkdir()
    (closed / "tool" / "run").touch(0o755)
    copy = folders.place_programs(closed, ["tool"], "tool-1", SOMEBODY)
    assert copy == folder / "cache" / "tool-1"
    assert os.access(copy / "tool" / "run", os.X_OK)
    (closed / "tool" / "run").unlink()
    assert (folders.place_programs(closed, ["tool"], "tool-1", SOMEBODY) / "tool" / "run").exists()


def test_nowhere_to_put_the_data_is_one_sentence(closed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "SYSTEM_DATA", closed / "system")
    with pytest.raises(FolderClosed, match="the user somebody may not enter"):
        folders.place_data(closed / "postgres", SOMEBODY)
