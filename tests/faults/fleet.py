"""The processes of the two services: each a role of its own, killed, stopped and started again at will."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.process import LOOPBACK, Command, ServerProcess, free_port
from tests.faults.hosts import Host
from tests.faults.stranger import NOBODY

ROOT = Path(__file__).parents[2]
START_S = 120.0
SEASONED_S = 1.0
AT_WORK = {"api": '"event": "command_done"', "subscriber": '"event": "batch_handled"', "relay": '"event": "started"'}
"""What the log of a process says that has begun to do its work: to kill one before that shows little."""
Crew = Sequence[tuple[str, str]]
CREW = (
    ("asking", "api"),
    ("asking", "subscriber"),
    ("asking", "relay"),
    ("asking", "relay"),  # one publishes, the other stands by
    ("echo", "subscriber"),
    ("echo", "subscriber"),
    ("echo", "relay"),
)


@dataclass
class Member:
    """One process, and those that were in its place before it."""

    service: str
    role: str
    logs: Path
    environment: dict[str, str]
    host: Host | None = None
    release: str = "first"
    port: int = field(default_factory=free_port)
    operators_port: int = field(default_factory=free_port)
    starts: int = 0
    _process: ServerProcess | None = None
    _since: float | None = None

    def start(self) -> None:
        """Start it; returns at once."""
        self.starts += 1
        self._since = None
        if not self.clock.exists():
            self.clock.write_text("+0")
        self._process = ServerProcess(
            Command(
                server=f"{self.service} {self.role}",
                argv=[*self._entrance, sys.executable, "-m", "tests.faults.chain", self.service],
                log=self._log,
                folder=ROOT,
                environment={
                    **self.environment,
                    "CAREBUS_ROLE": self.role,
                    "CAREBUS_PORT": str(self.port),
                    "CAREBUS_OPERATORS_PORT": str(self.operators_port),
                    "FAKETIME_TIMESTAMP_FILE": str(self.clock),
                    "CHAIN_RELEASE": self.release,
                },
            )
        )

    @property
    def clock(self) -> Path:
        """The file by which its clock goes, if it was started with a false one."""
        return self.logs / f"{self.service}-{self.role}-{self.port}.clock"

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{self.host.address if self.host else LOOPBACK}:{self.port}"

    @property
    def _entrance(self) -> list[str]:
        return self.host.entrance if self.host else []

    @property
    def _log(self) -> Path:
        return self.logs / f"{self.service}-{self.role}-{self.port}-{self.starts}.out"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def works(self) -> bool:
        """Whether this start of it has come so far as to run its loops. Ended by itself, it is an error."""
        assert self._process is not None
        assert self._process.running, f"{self.service} {self.role} ended:\n{self._process.log_tail()}"
        return '"event": "started"' in self._log.read_text(errors="replace")

    def is_at_work(self) -> bool:
        """Whether this start of it has done some of its work already."""
        if self._since is None and self.works() and AT_WORK[self.role] in self._log.read_text(errors="replace"):
            self._since = time.monotonic()
        return self._since is not None and time.monotonic() - self._since > SEASONED_S

    def kill(self) -> None:
        """End it as the kernel would, also when it is stopped."""
        if self._process is not None:
            self._process.end()

    def stop(self, within_s: float) -> bool:
        """Ask it to end (SIGTERM) and wait; whether it ended by itself and in order."""
        assert self._process is not None
        self._process.end((signal.SIGTERM, within_s))
        return '"event": "stopped"' in self._log.read_text(errors="replace")

    def send(self, what: signal.Signals) -> None:
        os.kill(self.pid, what)


@dataclass
class Fleet:
    """All of them."""

    members: list[Member]
    logs: Path

    def start(self) -> None:
        for member in self.members:
            member.start()

    def end(self) -> None:
        for member in self.members:
            member.kill()

    def all_work(self) -> bool:
        return all(member.works() for member in self.members)

    def api(self) -> Member:
        return next(member for member in self.members if member.role == "api")

    def working(self, service: str = "", role: str = "") -> list[Member]:
        """Those that have begun to do their work."""
        wanted = [m for m in self.members if m.service.startswith(service) and m.role.startswith(role)]
        return [member for member in wanted if member.is_at_work()]

    def pick(self, dice: random.Random, service: str = "", role: str = "") -> Member:
        """One that works, waited for."""
        deadline = time.monotonic() + START_S
        while not (found := self.working(service, role)):
            assert time.monotonic() < deadline, f"no {service} {role} works"
            time.sleep(0.1)
        return dice.choice(found)

    def logged(self, event: str) -> int:
        """How often any of them, living or dead, logged this event."""
        return sum(
            1
            for file in self.logs.glob("*.out")
            for line in file.read_text(errors="replace").splitlines()
            if _event_of(line) == event
        )


def _event_of(line: str) -> str:
    with suppress(ValueError, AttributeError):
        return str(json.loads(line).get("event"))
    return ""


def fleet(
    logs: Path,
    urls: Mapping[str, str],
    bootstrap: str,
    prefix: str,
    environment: Mapping[str, str],
    hosts: Mapping[str, Host],
    crew: Crew,
) -> Fleet:
    """A fleet on these servers, not started; a service with a host runs there."""
    made = []
    for service, role in crew:
        host = hosts.get(service)
        variables = {
            **os.environ,
            "DATABASE_URL": urls[service],
            "KAFKA_BOOTSTRAP_SERVERS": bootstrap,
            "CAREBUS_TOPIC_PREFIX": prefix,
            "CAREBUS_DRAIN_SECONDS": "3",
            "CAREBUS_BELIEVED_SOURCES": NOBODY,
            "CAREBUS_HOST": host.address if host else LOOPBACK,
            "CAREBUS_HOSTS": host.address if host else LOOPBACK,
            "PYTHONPATH": f"{ROOT}:{ROOT / 'shared'}",
            **environment,
        }
        made.append(Member(service, role, logs, variables, host))
    return Fleet(made, logs)
