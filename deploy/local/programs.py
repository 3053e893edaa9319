"""Our own programs as processes: how they are started, where they log, how long they may take to stop."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.process import LOOPBACK, STOP_GRACE_S, Command, ServerProcess, require_port

LOG_LIMIT_BYTES = 8 << 20
TAIL_BYTES = 16 << 10
TAIL_LINES = 12


@dataclass
class Program:
    """One of our programs, started as often as needed with the same command line and environment."""

    name: str
    argv: Sequence[str]
    log: Path
    folder: Path
    environment: Mapping[str, str]
    port: int | None = None
    _process: ServerProcess | None = field(default=None, init=False, repr=False)

    def start(self) -> None:
        """Start it and return at once; raises `PortInUse` when somebody else listens on its port."""
        if self.port is not None:
            require_port(self.name, self.port)
        self._process = ServerProcess(Command(self.name, self.argv, self.log, self.folder, self.environment))

    def stop(self) -> None:
        """Ask it to end (SIGTERM), wait up to 20 s, kill it if it is still there."""
        self._end((signal.SIGTERM, STOP_GRACE_S))

    def kill(self) -> None:
        """End it as a crash would: SIGKILL."""
        self._end()

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return self._process is not None and self._process.running

    @property
    def pid(self) -> int | None:
        """Its process id, None when not running."""
        return self._process.pid if self._process is not None and self.running else None

    def _end(self, *steps: tuple[signal.Signals, float]) -> None:
        # It stays in its place until it has ended: `kill` must find it in the middle of `stop`.
        if self._process is not None:
            self._process.end(*steps)


def address(port: int) -> str:
    """Where the pages of the program on `port` are."""
    return f"http://{LOOPBACK}:{port}"


def rotate(log: Path) -> None:
    """Put the log of the last run aside; the one before it goes."""
    if log.exists() and log.stat().st_size:
        log.replace(_older(log))


def trim(log: Path) -> None:
    """Keep a log small while its program writes on: what is there moves aside, the file itself starts over."""
    # A rename would not do: the program holds the file open, in append mode.
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        shutil.copyfile(log, _older(log))
        with log.open("r+b") as file:
            file.truncate()


def tail(log: Path) -> str:
    """The last lines of a log, "(nothing)" when it is empty or missing."""
    if not log.exists():
        return "(nothing)"
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - TAIL_BYTES))
        lines = file.read().decode(errors="replace").splitlines()
    return "\n".join(lines[-TAIL_LINES:]) or "(nothing)"


def _older(log: Path) -> Path:
    return log.with_name(f"{log.name}.1")
