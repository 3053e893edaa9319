"""Hosts of our own: a network namespace per service, joined to the servers by a bridge; faults stay in one of them."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

Rule = Sequence[str]
PROGRAMS = ("ip", "iptables", "tc")
DEVICE = "eth0"


def missing() -> str:
    """Why there can be no hosts here, or nothing."""
    lacking = [program for program in PROGRAMS if shutil.which(program) is None]
    if lacking:
        return f"no {', '.join(lacking)} here: `apt-get install iproute2 iptables` as root adds them"
    return "" if os.geteuid() == 0 else "only root may make network namespaces"


@dataclass(frozen=True)
class Host:
    """A namespace with one address."""

    namespace: str
    address: str

    @property
    def entrance(self) -> list[str]:
        """What to put before a command so that it runs on this host; its process is the command's own."""
        return ["ip", "netns", "exec", self.namespace]

    @contextmanager
    def broken(self, rules: Sequence[Rule]) -> Iterator[None]:
        """While this lasts, these rules hold for its packets."""
        for rule in rules:
            _run(*self.entrance, "iptables", "--wait", "--append", *rule)
        try:
            yield
        finally:
            _run(*self.entrance, "iptables", "--wait", "--flush")

    @contextmanager
    def narrow(self, kbit: int) -> Iterator[None]:
        """While this lasts, it sends at most so many kilobits a second; what waits half a second for its turn is lost."""
        shape = ("rate", f"{kbit}kbit", "burst", "16kb", "latency", "500ms")
        _run(*self.entrance, "tc", "qdisc", "add", "dev", DEVICE, "root", "tbf", *shape)
        try:
            yield
        finally:
            _run(*self.entrance, "tc", "qdisc", "del", "dev", DEVICE, "root")


@dataclass(frozen=True)
class Network:
    """A bridge with the servers' address, and the hosts on it by their names."""

    address: str
    hosts: dict[str, Host]


@contextmanager
def network(*names: str) -> Iterator[Network]:
    """A network of these hosts, gone afterwards."""
    mark = secrets.token_hex(3)
    bridge, net = f"cb{mark}", f"10.{secrets.randbelow(100) + 100}.{secrets.randbelow(256)}"
    hosts = {name: Host(f"{bridge}-{n}", f"{net}.{n + 2}") for n, name in enumerate(names)}
    try:
        _run("ip", "link", "add", bridge, "type", "bridge")
        _run("ip", "addr", "add", f"{net}.1/24", "dev", bridge)
        _run("ip", "link", "set", bridge, "up")
        for n, host in enumerate(hosts.values()):
            _join(host, bridge, f"{bridge}v{n}")
        yield Network(f"{net}.1", hosts)
    finally:
        for host in hosts.values():
            subprocess.run(["ip", "netns", "del", host.namespace], check=False, capture_output=True)
        subprocess.run(["ip", "link", "del", bridge], check=False, capture_output=True)


def _join(host: Host, bridge: str, cable: str) -> None:
    _run("ip", "netns", "add", host.namespace)
    _run("ip", "link", "add", cable, "type", "veth", "peer", "name", DEVICE, "netns", host.namespace)
    _run("ip", "link", "set", cable, "master", bridge, "up")
    _run(*host.entrance, "ip", "addr", "add", f"{host.address}/24", "dev", DEVICE)
    for device in ("lo", DEVICE):
        _run(*host.entrance, "ip", "link", "set", device, "up")


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
