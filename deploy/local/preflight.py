"""Before anything starts: this folder is ours alone, the ports are free, the disk has room, named servers answer."""

from __future__ import annotations

import fcntl
import os
import socket
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from deploy.local.failures import LocalServerError, PortInUse
from deploy.local.folders import PASSABLE, make_passable, unprivileged
from deploy.local.options import Options, purpose, variable
from deploy.local.process import require_disk, require_port

PARTING_S = 5.0
CONNECT_TIMEOUT_S = 5.0


class AlreadyRunning(LocalServerError):
    """Carebus already runs in this folder (process {0}): look at {1}, or stop that run first."""


class PortTaken(LocalServerError):
    """{0} needs port {1}, which another program uses: stop that program, or set {2} to a port that is free."""


class BrokerUnreachable(LocalServerError):
    """Cannot reach Kafka at {0}, which KAFKA_BOOTSTRAP_SERVERS names: {1}. Start it, or leave KAFKA_BOOTSTRAP_SERVERS
    unset to use the one that comes along."""


@contextmanager
def sole_run(folder: Path, start_page: str) -> Iterator[None]:
    """Hold `folder` for this run; raises `AlreadyRunning` while another does. A run that was killed holds nothing."""
    owner = unprivileged()
    make_passable(folder, owner)
    with suppress(PermissionError):
        folder.chmod(PASSABLE if owner else stat.S_IRWXU)  # an older run may have left it open
    with (folder / "run.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise AlreadyRunning(lock.read().strip() or "unknown", start_page) from None
        lock.seek(0)
        lock.truncate()
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def check(options: Options) -> None:
    """Raise the first thing that stands in the way of a run with these options."""
    options.logs.mkdir(parents=True, exist_ok=True)
    require_disk(options.data)
    if options.bootstrap:
        require_broker(options.bootstrap)
    require_ports(options, [name for name in options.ports if not _is_elsewhere(name, options)])


def require_ports(options: Options, names: Iterable[str], parting_s: float = PARTING_S) -> None:
    """Raise `PortTaken` for a port that is in use; processes of a killed run get a moment to end."""
    deadline = time.monotonic() + parting_s
    for name in names:
        while not is_free(options.ports[name]):
            if time.monotonic() > deadline:
                raise PortTaken(purpose(name), options.ports[name], variable(name))
            time.sleep(0.1)


def require_broker(bootstrap: str) -> None:
    """Raise `BrokerUnreachable` when none of these brokers takes a connection."""
    why = "no address given"
    for place in bootstrap.split(","):
        host, _, port = place.strip().rpartition(":")
        try:
            socket.create_connection((host, int(port)), CONNECT_TIMEOUT_S).close()
        except (OSError, ValueError) as failed:
            why = getattr(failed, "strerror", None) or str(failed)
        else:
            return
    raise BrokerUnreachable(bootstrap, why)


def is_free(port: int) -> bool:
    """Whether nobody listens on this port here."""
    with suppress(PortInUse):
        require_port("", port)
        return True
    return False


def _is_elsewhere(name: str, options: Options) -> bool:
    return bool(options.bootstrap if name == "kafka" else options.database_url if name == "postgres" else None)
