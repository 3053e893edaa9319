"""A real control plane of this machine's own, as plain processes: etcd, API server, controllers and scheduler."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deploy.kubernetes.certificates import Authority
from deploy.kubernetes.tools import program
from deploy.local.process import LOOPBACK, Command, ServerProcess, free_port

START_S = 120.0
SERVICES = "10.96.0.0/16"
FIRST_SERVICE = "10.96.0.1"
GRACE = (signal.SIGTERM, 10.0)


class CommandFailed(Exception):
    """A command of the cluster's failed."""


class Plane:
    """A control plane with its files in a folder. `advertised` is where pods find the API server."""

    def __init__(self, folder: Path, advertised: str = LOOPBACK) -> None:
        self.folder = folder
        self.advertised = advertised
        self.port, self._etcd, self._peer, self._controllers, self._scheduler = (free_port() for _ in range(5))
        self.authority = Authority(folder / "certificates")
        self.kubeconfig = folder / "kubeconfig"
        self._token = secrets.token_hex(16)
        self._running: dict[str, ServerProcess] = {}

    def start(self) -> None:
        """Start all and return when the default ServiceAccount is there. Raises DidNotStart."""
        self._write_credentials()
        self.run("etcd", program("etcd"), *self._etcd_words()).wait_until(
            lambda: listens(self._etcd), self._etcd, START_S
        )
        api = self.run("apiserver", program("kube"), "apiserver", *self._api_words())
        api.wait_until(lambda: self.answers("get", "--raw", "/readyz"), self.port, START_S)
        self.run("controllers", program("kube"), "controllers", *self._controller_words())
        self.run("scheduler", program("kube"), "scheduler", *self._scheduler_words())
        self.wait(lambda: self.answers("-n", "default", "get", "serviceaccount", "default"), "the controllers work")

    def stop(self) -> None:
        """End all, the last started first."""
        while self._running:
            self._running.popitem()[1].end(GRACE)

    def run(self, name: str, *words: object) -> ServerProcess:
        """Start a program that ends with this plane; its log is in the folder."""
        process = ServerProcess(
            Command(name, [str(word) for word in words], self.folder / f"{name}.log", self.folder, dict(os.environ))
        )
        self._running[name] = process
        return process

    def end(self, name: str) -> None:
        """End one program, if it runs."""
        if name in self._running:
            self._running.pop(name).end(GRACE)

    def kubectl(self, *words: str, given: str | None = None) -> str:
        """What kubectl answers. Raises CommandFailed."""
        return self._ask([str(program("kubectl")), "--kubeconfig", str(self.kubeconfig), *words], given)

    def helm(self, *words: str) -> str:
        """What Helm answers. Raises CommandFailed."""
        return self._ask([str(program("helm")), "--kubeconfig", str(self.kubeconfig), *words], None)

    def read(self, *words: str) -> Any:
        """What `kubectl get` answers, as it is stored."""
        return json.loads(self.kubectl("get", *words, "-o", "json"))

    def answers(self, *words: str) -> bool:
        """Whether kubectl gets an answer."""
        try:
            self.kubectl("--request-timeout=5s", *words)
        except CommandFailed:
            return False
        return True

    def wait(self, condition: Callable[[], bool], what: str, seconds: float = START_S) -> float:
        """Wait until this holds; gives the seconds that it took. Raises CommandFailed."""
        began = time.monotonic()
        while not condition():
            if time.monotonic() - began > seconds:
                raise CommandFailed(f"did not come about in {seconds:.0f} s: {what}")
            time.sleep(0.2)
        return time.monotonic() - began

    def _ask(self, words: Sequence[str], given: str | None) -> str:
        asked = subprocess.run(words, input=given, capture_output=True, text=True, check=False)
        if asked.returncode:
            raise CommandFailed(f"{' '.join(words[3:])[:300]}: {asked.stderr.strip() or asked.stdout.strip()}")
        return asked.stdout

    def _write_credentials(self) -> None:
        self._server = self.authority.issue(
            "apiserver", LOOPBACK, FIRST_SERVICE, self.advertised, "kubernetes.default.svc"
        )
        self._accounts = self.authority.issue("service-accounts")
        self._front = self.authority.issue("front-proxy")
        tokens = self.folder / "tokens.csv"
        tokens.touch(mode=0o600)
        tokens.write_text(f"{self._token},admin,admin,system:masters\n")
        self.kubeconfig.touch(mode=0o600)
        self.kubeconfig.write_text(json.dumps(self._access(), indent=1))

    def _access(self) -> dict[str, Any]:
        cluster = {
            "server": f"https://{LOOPBACK}:{self.port}",
            "certificate-authority": str(self.authority.certificate),
        }
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "trial",
            "clusters": [{"name": "trial", "cluster": cluster}],
            "users": [{"name": "admin", "user": {"token": self._token}}],
            "contexts": [{"name": "trial", "context": {"cluster": "trial", "user": "admin"}}],
        }

    def _etcd_words(self) -> list[str]:
        client, peer = f"http://{LOOPBACK}:{self._etcd}", f"http://{LOOPBACK}:{self._peer}"
        return [
            *(f"--data-dir={self.folder}/etcd", "--unsafe-no-fsync", "--log-level=warn"),
            *(f"--listen-client-urls={client}", f"--advertise-client-urls={client}"),
            *(f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}"),
            f"--initial-cluster=default={peer}",
        ]

    def _api_words(self) -> list[str]:
        ca = self.authority.certificate
        return [
            *(f"--etcd-servers=http://{LOOPBACK}:{self._etcd}", f"--secure-port={self.port}"),
            *(f"--bind-address={LOOPBACK}" if self.advertised == LOOPBACK else "--bind-address=0.0.0.0",),
            *(f"--advertise-address={self.advertised}", "--endpoint-reconciler-type=none"),
            *(f"--service-cluster-ip-range={SERVICES}", "--service-account-issuer=https://kubernetes.default.svc"),
            f"--service-account-key-file={self._accounts.certificate}",
            f"--service-account-signing-key-file={self._accounts.key}",
            *(f"--token-auth-file={self.folder}/tokens.csv", "--authorization-mode=Node,RBAC"),
            *("--enable-admission-plugins=NodeRestriction", "--kubelet-preferred-address-types=InternalIP"),
            *(f"--tls-cert-file={self._server.certificate}", f"--tls-private-key-file={self._server.key}"),
            *(f"--client-ca-file={ca}", f"--requestheader-client-ca-file={ca}"),
            *("--requestheader-allowed-names=front-proxy", "--requestheader-username-headers=X-Remote-User"),
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            *(f"--proxy-client-cert-file={self._front.certificate}", f"--proxy-client-key-file={self._front.key}"),
            "--enable-aggregator-routing=true",
        ]

    def _controller_words(self) -> list[str]:
        return [
            *(f"--kubeconfig={self.kubeconfig}", "--leader-elect=false", f"--secure-port={self._controllers}"),
            f"--service-account-private-key-file={self._accounts.key}",
            f"--root-ca-file={self.authority.certificate}",
            *("--use-service-account-credentials=true", f"--bind-address={LOOPBACK}"),
            "--horizontal-pod-autoscaler-sync-period=5s",
        ]

    def _scheduler_words(self) -> list[str]:
        port = f"--secure-port={self._scheduler}"
        return [f"--kubeconfig={self.kubeconfig}", "--leader-elect=false", f"--bind-address={LOOPBACK}", port]


@contextmanager
def plane(folder: Path, advertised: str = LOOPBACK) -> Iterator[Plane]:
    """A control plane while this lasts."""
    made = Plane(folder, advertised)
    try:
        made.start()
        yield made
    finally:
        made.stop()


def listens(port: int) -> bool:
    """Whether somebody listens on this port of loopback."""
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0
