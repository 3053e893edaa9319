"""One PostgreSQL and one Kafka per test run, shared by all its workers, each started when a test first asks for it.

The process that runs or controls the tests owns the servers and answers wishes on a local socket: servers started by a
worker would end with that worker.
"""

from __future__ import annotations

import os
import shutil
import socket
import socketserver
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.embedded import Kafka, LocalServerError, Postgres, cache_folder, free_port
from deploy.local.process import LOOPBACK

DATABASE = "DATABASE_URL"
BROKER = "KAFKA_BOOTSTRAP_SERVERS"
DOOR = "CAREBUS_TEST_SERVERS"
REFUSED = "refused: "
WISH_TIMEOUT_S = 300.0


@dataclass
class Pair:
    """A PostgreSQL and a Kafka in a folder of their own."""

    postgres: Postgres
    kafka: Kafka

    @classmethod
    def at(cls, folder: Path, *, fast: bool, host: str = LOOPBACK, door: str = "") -> Pair:
        """A pair on free ports, not started."""
        return cls(
            Postgres(folder / "postgres", free_port(), fast=fast, host=host),
            Kafka(folder / "kafka", free_port(), cache_folder(), host=host, door=door),
        )

    def start(self) -> None:
        """Start both."""
        self.postgres.start()
        self.kafka.start()

    def end(self) -> None:
        """End both at once: nobody reads their data again."""
        self.kafka.kill()
        self.postgres.kill()


@contextmanager
def server_folder() -> Iterator[Path]:
    """A temporary folder that an unprivileged server may enter (pytest's own are closed to it)."""
    folder = Path(tempfile.mkdtemp(prefix="carebus-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def private_pair(*, host: str = LOOPBACK, door: str = "") -> Iterator[Pair]:
    """A started pair that nobody else uses; it may be killed and started again."""
    with server_folder() as folder:
        pair = Pair.at(folder, fast=False, host=host, door=door)
        try:
            pair.start()
            yield pair
        finally:
            pair.end()


@contextmanager
def shared_servers() -> Iterator[None]:
    """While this lasts, `wish` in this process and its children finds the run's servers."""
    with server_folder() as folder:
        pair = Pair.at(folder, fast=True)
        with _Owner(str(folder / "door"), pair) as owner:
            threading.Thread(target=owner.serve_forever, daemon=True).start()
            os.environ[DOOR] = str(owner.server_address)
            try:
                yield
            finally:
                owner.shutdown()
                pair.end()
                del os.environ[DOOR]


def wish(variable: str) -> str:
    """The address that `variable` names: of a server that exists if it is set, else of the run's own, started now."""
    if variable not in os.environ:
        with socket.socket(socket.AF_UNIX) as door:
            door.settimeout(WISH_TIMEOUT_S)
            door.connect(os.environ[DOOR])
            door.sendall(f"{variable}\n".encode())
            answer = door.makefile(encoding="utf-8").read()
        if answer.startswith(REFUSED):
            raise RuntimeError(answer.removeprefix(REFUSED))
        os.environ[variable] = answer
    return os.environ[variable]


class _Owner(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def __init__(self, door: str, pair: Pair) -> None:
        self.servers: dict[str, tuple[threading.Lock, Callable[[], str]]] = {
            DATABASE: (threading.Lock(), lambda: _start_postgres(pair.postgres)),
            BROKER: (threading.Lock(), lambda: _start_kafka(pair.kafka)),
        }
        super().__init__(door, _Wish)


class _Wish(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, _Owner)
        lock, start = self.server.servers[self.rfile.readline().decode().strip()]
        with lock:
            try:
                answer = start()
            except (LocalServerError, OSError) as failed:
                answer = f"{REFUSED}{failed}"
        self.wfile.write(answer.encode())


def _start_postgres(postgres: Postgres) -> str:
    postgres.start()
    return postgres.url


def _start_kafka(kafka: Kafka) -> str:
    kafka.start()
    return kafka.bootstrap
