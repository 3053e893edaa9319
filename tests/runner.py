"""`make run` in a process of its own, on servers, ports and data of its own, and what is left of it afterwards."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from deploy.local.options import PORTS, variable
from deploy.local.process import free_port

ROOT = Path(__file__).parents[1]
PATIENCE_S = 300.0


@dataclass
class Runner:
    """`make run` in a process of its own."""

    data: Path
    ports: dict[str, int] = field(default_factory=lambda: {name: free_port() for name in PORTS})
    lines: list[str] = field(default_factory=list)
    _process: subprocess.Popen[str] | None = None
    _family: dict[int, psutil.Process] = field(default_factory=dict)
    _told: queue.SimpleQueue[str | None] = field(default_factory=queue.SimpleQueue)

    def start(self, **settings: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "deploy.local"],
            cwd=ROOT,
            env=self.environment(**settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._family[self.process.pid] = psutil.Process(self.process.pid)
        threading.Thread(target=self._listen, args=(self._process,), daemon=True).start()

    def environment(self, **settings: str) -> dict[str, str]:
        kept = {
            name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS")
        }
        ports = {variable(name): str(port) for name, port in self.ports.items()}
        return {**kept, **ports, "CAREBUS_DATA": str(self.data), **settings}

    @property
    def process(self) -> subprocess.Popen[str]:
        assert self._process is not None
        return self._process

    def until_told(self, words: str) -> None:
        """Return when a line with these words was said."""
        while (line := self._told.get(timeout=PATIENCE_S)) is not None:
            self.lines.append(line)
            if words in line:
                self.family()
                return
        raise AssertionError(f"ended without a word of {words!r}:\n{''.join(self.lines[-40:])}")

    def ended(self) -> int:
        """The exit code, when it has ended."""
        code = self.process.wait(PATIENCE_S)
        while (line := self._told.get(timeout=PATIENCE_S)) is not None:
            self.lines.append(line)
        return code

    def family(self) -> dict[int, psutil.Process]:
        """Every process this run was ever seen with."""
        with suppress(psutil.NoSuchProcess):
            self._family |= {each.pid: each for each in psutil.Process(self.process.pid).children(recursive=True)}
        return self._family

    def find(self, program: str) -> psutil.Process | None:
        """The process of the run whose command line has these words."""
        with suppress(psutil.NoSuchProcess):
            for each in psutil.Process(self.process.pid).children():
                if program in " ".join(each.cmdline()):
                    return each
        return None

    def left(self) -> list[psutil.Process]:
        """What still lives of it."""
        return psutil.wait_procs(list(self.family().values()), 30)[1]

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout as said:
            for line in said:
                self._told.put(line)
        self._told.put(None)
