"""A PgBouncer before the database: by session everything works, by transaction the service refuses to start."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from structlog.testing import capture_logs

from carebus.storage.database import TransactionPooling
from deploy.local.embedded import free_port
from tests.carebus.cli.test_adopt import published
from tests.carebus.wires import Wire, someone, until
from tests.servers import server_folder

pytestmark = pytest.mark.skipif(shutil.which("pgbouncer") is None, reason="needs Debian's pgbouncer")

CONFIG = """
[databases]
* = host={host} port={server_port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
auth_type = plain
auth_file = {users}
pool_mode = {mode}
default_pool_size = 40
max_client_conn = 100
unix_socket_dir =
"""


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def pooler(folder: Path, url: str, mode: str) -> Iterator[str]:
    """A PgBouncer with this mode; gives the address of the same database behind it."""
    parts, port = urlsplit(url), free_port()
    users, config = folder / "users", folder / "config"
    users.write_text(f'"{parts.username}" "{parts.password}"\n')
    config.write_text(CONFIG.format(host=parts.hostname, server_port=parts.port, port=port, users=users, mode=mode))
    who = ["-u", "nobody"] if os.geteuid() == 0 else []
    running = subprocess.Popen(["pgbouncer", *who, str(config)], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while not answers(port):
            assert running.poll() is None, "pgbouncer ended"
            assert time.monotonic() < deadline, "pgbouncer does not answer"
            time.sleep(0.05)
        yield url.replace(f"{parts.hostname}:{parts.port}", f"127.0.0.1:{port}")
    finally:
        running.kill()
        running.wait()


@pytest.fixture
async def folder() -> AsyncIterator[Path]:
    with server_folder() as made:
        yield made


async def test_by_session_events_are_heard_answered_and_published(on_wire: Wire, folder: Path) -> None:
    patient = someone()
    with pooler(folder, on_wire.url, "session") as on_wire.url:
        service = on_wire.service()
        await service.core.database.open()
        try:
            async with on_wire.service(role="relay").running(), on_wire.service(role="subscriber").running():
                await on_wire.tell(patient, "a", "b", "c")

                async def heard() -> bool:
                    return await on_wire.marks(service, patient) == ["a", "b", "c"]

                await until(heard, "the events are heard")
                await until(partial(published, service), "the answers are published")
                async with service.core.database.connection() as db:
                    assert await db.fetchval("show tcp_user_timeout") == "10000"
        finally:
            await service.core.database.close()


async def test_by_transaction_it_refuses_to_start_in_one_sentence(on_wire: Wire, folder: Path) -> None:
    with pooler(folder, on_wire.url, "transaction") as address, capture_logs() as logs:
        starting = on_wire.service(database_url=address).running()
        with pytest.raises(TransactionPooling):
            await starting.__aenter__()
    [told] = [entry for entry in logs if entry["event"] == "refuses_to_start"]
    assert told["why"].startswith("The pooler at DATABASE_URL pools by transaction")
