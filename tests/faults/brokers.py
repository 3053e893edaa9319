"""Three real brokers and a controller of their own, each a process to be stopped, killed or frozen at will."""

from __future__ import annotations

import os
import signal
import socket
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from deploy.local.embedded import Kafka, Postgres, cache_folder, free_port
from deploy.local.kafka import SETTINGS
from deploy.local.process import LOOPBACK
from tests.servers import Pair, server_folder

BROKERS = (1, 2, 3)
REPLICAS, IN_SYNC = 3, 2
CONTROLLER = 9
REPLICATED = {
    "default.replication.factor": f"{REPLICAS}",
    "min.insync.replicas": f"{IN_SYNC}",
    "offsets.topic.replication.factor": f"{REPLICAS}",
}


@dataclass
class Node(Kafka):
    """One of them. `voter` is where the controller listens, which is the only one that votes."""

    number: int = 0
    voter: str = ""

    def settings(self, home: Path) -> dict[str, str]:
        controls = self.number == CONTROLLER
        listens = f"{'CONTROLLER' if controls else 'PLAINTEXT'}://{self.bootstrap}"
        return {
            **SETTINGS,
            **REPLICATED,
            "process.roles": "controller" if controls else "broker",
            "node.id": str(self.number),
            "controller.quorum.voters": f"{CONTROLLER}@{self.voter}",
            "listeners": listens,
            **({} if controls else {"advertised.listeners": listens}),
            "log.dirs": str(home / "topics"),
        }

    def answers(self) -> bool:
        if self.number != CONTROLLER:
            return super().answers()
        with suppress(OSError), socket.create_connection((self.host, self.port), 5):
            return True
        return False

    def send(self, what: signal.Signals) -> None:
        """SIGSTOP freezes it, SIGCONT lets it go on."""
        assert self.pid is not None
        os.kill(self.pid, what)


@dataclass
class Cluster(Kafka):
    """All of them, as one Kafka."""

    nodes: dict[int, Node] = field(default_factory=dict)
    controller: Node | None = None

    @classmethod
    def at(cls, folder: Path) -> Cluster:
        """A cluster on free ports, not started."""
        voter, cluster = free_port(), "c" + urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")[1:]

        def node(number: int, port: int) -> Node:
            data = folder / f"kafka-{number}"
            return Node(data, port, cache_folder(), cluster=cluster, number=number, voter=f"{LOOPBACK}:{voter}")

        nodes = {number: node(number, free_port()) for number in BROKERS}
        return cls(folder, voter, cache_folder(), nodes=nodes, controller=node(CONTROLLER, voter))

    def start(self) -> None:
        assert self.controller is not None
        self.controller.start()
        with ThreadPoolExecutor() as at_once:
            list(at_once.map(Node.start, self.nodes.values()))

    def kill(self) -> None:
        for node in self.all_nodes:
            node.kill()

    @property
    def all_nodes(self) -> Sequence[Node]:
        """The brokers and their controller."""
        assert self.controller is not None
        return [*self.nodes.values(), self.controller]

    @property
    def bootstrap(self) -> str:
        return ",".join(node.bootstrap for node in self.nodes.values())


@contextmanager
def three_brokers() -> Iterator[tuple[Pair, Cluster]]:
    """A started PostgreSQL with a started cluster."""
    with server_folder() as folder:
        cluster = Cluster.at(folder)
        pair = Pair(Postgres(folder / "postgres", free_port(), fast=False, host=LOOPBACK), cluster)
        try:
            pair.start()
            yield pair, cluster
        finally:
            pair.end()
