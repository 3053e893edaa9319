"""One server process: in a session of its own, its output in a file, and gone when its owner is gone."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.failures import DidNotStart, NoDiskSpace, PortInUse, require_space

LOOPBACK = "127.0.0.1"
POLL_S = 0.05
STOP_GRACE_S = 20.0
"""Seconds that a server has to end by itself."""
FREE_PORTS = (15_000, 32_000)
LOG_TAIL_LINES = 12
LOG_KEPT_BYTES = 10 << 20
SPACE_NEEDED_BYTES = 256 << 20
# The shell reads until its pipe closes, which happens when the owner ends in whatever way (kill -9 too). A pipe and not
# PR_SET_PDEATHSIG: that signal fires when the *thread* that forked ends, and is lost on a change of user.
LEASH = 'read -r _; kill -"$0" "$1" 2>/dev/null'


_given: set[int] = set()


def free_port() -> int:
    """A TCP port on loopback that nobody listens on now, and that no outgoing connection is given until then.

    Below the range that systems take for outgoing connections: a port that is free for a moment stays free. None is
    given twice in this process, because the program that asked for it may be slow to listen.
    """
    while True:
        port = random.randint(*FREE_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind((LOOPBACK, port))
            if port not in _given:
                _given.add(port)
                return port


def require_port(server: str, port: int) -> None:
    """Raise `PortInUse` when somebody listens on `port` already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as taken:
            raise PortInUse(server, port) from taken


def require_disk(folder: Path) -> None:
    """Raise `NoDiskSpace` when the disk of `folder` has no room for a server's data."""
    require_space(folder, shutil.disk_usage(folder).free, SPACE_NEEDED_BYTES)


@dataclass(frozen=True)
class Command:
    """What to run: `die_with` is the signal the server gets if this process ends without stopping it."""

    server: str
    argv: Sequence[str]
    log: Path
    folder: Path
    environment: Mapping[str, str]
    owner: tuple[int, int] | None = None
    die_with: signal.Signals = signal.SIGKILL


class ServerProcess:
    """A running server, started by this process and ended with it at the latest."""

    def __init__(self, command: Command) -> None:
        """Start `command`; the process exists when this returns, whether it works shows `wait_until`."""
        self._command = command
        user, group = command.owner or (None, None)
        with command.log.open("ab" if _size(command.log) < LOG_KEPT_BYTES else "wb") as log:
            self._log_start = log.tell()
            self._process = subprocess.Popen(
                command.argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=command.folder,
                env=dict(command.environment),
                start_new_session=True,
                user=user,
                group=group,
                extra_groups=None if user is None else [],
            )
        self._leash = subprocess.Popen(
            ["/bin/sh", "-c", LEASH, command.die_with.name.removeprefix("SIG"), str(self._process.pid)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """The server's process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process.poll() is None

    def wait_until(self, answers: Callable[[], bool], port: int, timeout_s: float) -> None:
        """Return when `answers()` is true; when the server ends or `timeout_s` passes, end it and raise why."""
        deadline = time.monotonic() + timeout_s
        while not answers():
            if not self.running:
                raise self._failure(f"it ended with code {self._process.returncode}", port)
            if time.monotonic() > deadline:
                raise self._failure(f"no answer after {timeout_s:.0f} s", port)
            time.sleep(POLL_S)

    def end(self, *steps: tuple[signal.Signals, float]) -> None:
        """Send each signal in turn and wait its seconds; kill what is left."""
        for signal_, grace_s in steps:
            self._process.send_signal(signal_)
            try:
                self._process.wait(grace_s)
            except subprocess.TimeoutExpired:
                continue
            break
        self._process.kill()
        self._process.wait()
        self._release()

    def _failure(self, what: str, port: int) -> Exception:
        self.end()
        command, tail = self._command, self.log_tail()
        if "No space left on device" in tail:
            return NoDiskSpace(command.folder, shutil.disk_usage(command.folder).free >> 20, SPACE_NEEDED_BYTES >> 20)
        if "Address already in use" in tail:
            return PortInUse(command.server, port)
        return DidNotStart(command.server, what, command.log, tail)

    def log_tail(self) -> str:
        """The last lines the server wrote since this start."""
        with self._command.log.open("rb") as log:
            log.seek(self._log_start)
            lines = log.read().decode(errors="replace").splitlines()
        return "\n".join(lines[-LOG_TAIL_LINES:]) or "(nothing)"

    def _release(self) -> None:
        self._leash.kill()
        self._leash.communicate()


def without_java() -> dict[str, str]:
    """The environment without the caller's Java options, which are meant for the caller's own programs."""
    theirs = ("JAVA_", "JDK_", "_JAVA", "CLASSPATH")
    return {name: value for name, value in os.environ.items() if not name.startswith(theirs)}


async def ended(pid: int, within_s: float) -> None:
    """Return as soon as a process of ours has ended, as far as the kernel tells, or after so many seconds."""
    try:
        watched = os.pidfd_open(pid)
    except OSError:
        await asyncio.sleep(within_s)
        return
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(watched, done.set)
    try:
        with suppress(TimeoutError):
            await asyncio.wait_for(done.wait(), within_s)
    finally:
        loop.remove_reader(watched)
        os.close(watched)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


@dataclass
class Server:
    """A server of a run's own: started by whoever knows how, ended here. Its process is gone once it is ended."""

    _server: ServerProcess | None = field(default=None, init=False, repr=False)

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return self._server is not None and self._server.running

    @property
    def pid(self) -> int | None:
        """Its process id, None when not running."""
        return self._server.pid if self._server is not None and self.running else None

    def stop(self) -> None:
        """Stop cleanly, with everything acknowledged on disk. Does nothing when not running."""
        self._end((signal.SIGTERM, STOP_GRACE_S))

    def kill(self) -> None:
        """End it as a crash would: SIGKILL."""
        self._end()

    def _end(self, *steps: tuple[signal.Signals, float]) -> None:
        if self._server is not None:
            self._server.end(*steps)
            self._server = None
