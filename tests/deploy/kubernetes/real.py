"""A release of the chart in real pods, with the servers it needs, and the load that judges what is done to it."""

from __future__ import annotations

import asyncio
import json
import secrets
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import httpx
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink

from carebus.kafka import topics
from carebus.relaying.reconciling import reconcile
from carebus.settings import Settings
from carebus.testing import people
from deploy.kubernetes import images, render
from deploy.kubernetes.node import ADDRESS, FOLDER, Node, bridge, node
from deploy.kubernetes.plane import Plane, plane
from deploy.kubernetes.topics import services
from deploy.local.databases import create_databases
from deploy.local.embedded import free_port
from tests.referral.samples import body, patient
from tests.servers import Pair, server_folder

SPACE = "carebus"
PATIENCE_S = 180.0
TELLING = ("referral", "care_plan", "notifications")


@dataclass
class Release:
    """The installed release and all it runs on."""

    plane: Plane
    node: Node
    pair: Pair
    urls: dict[str, str]
    values: list[str]
    tag: str = ""
    figures: dict[str, Any] = field(default_factory=dict)

    def upgrade(self, tag: str, *words: str) -> float:
        """Install, or upgrade to, the images of this tag; gives the seconds that it took."""
        began = time.monotonic()
        chart = str(render.DEPLOY / "chart")
        more = ("-n", SPACE, "--install", "--wait", "--timeout", "400s", *self.values, "--set", f"image.tag={tag}")
        self.plane.helm("upgrade", "carebus", chart, *more, *words)
        self.tag = tag
        return time.monotonic() - began

    def serving(self) -> str:
        """The revision that Helm's history calls deployed."""
        history = json.loads(self.plane.helm("history", "carebus", "-n", SPACE, "-o", "json"))
        (found,) = [str(one["revision"]) for one in history if one["status"] == "deployed"]
        return found

    def address(self, service: str) -> str:
        """Where the pages of a service are for whoever is inside the cluster."""
        found = self.plane.read("service", service.replace("_", "-"), "-n", SPACE)
        return f"http://{found['spec']['clusterIP']}"

    def operators(self, service: str) -> str:
        """Where operators ask a service that has pages."""
        return f"{self.address(service)}:{Settings.model_fields['operators_port'].default}"

    def pods(self, service: str = "") -> list[dict[str, Any]]:
        """The running pods of a service, or of all."""
        chosen = ("-l", f"app.kubernetes.io/name={service.replace('_', '-')}") if service else ()
        found = self.plane.read("pods", "-n", SPACE, *chosen)["items"]
        return [
            pod for pod in found if "deletionTimestamp" not in pod["metadata"] and pod["status"]["phase"] == "Running"
        ]

    def process(self, pod: dict[str, Any]) -> int:
        """The process id of a pod's program on this machine."""
        container = pod["status"]["containerStatuses"][0]["containerID"].rpartition("/")[2]
        lines = [line.split() for line in self.node.ctr("task", "ls").splitlines()]
        (found,) = [int(line[1]) for line in lines if line[0] == container]
        return found

    def rolled_out(self) -> None:
        """Wait until all Deployments have all their pods."""
        for service in services():
            name = f"deployment/{service.replace('_', '-')}"
            self.plane.kubectl("rollout", "status", name, "-n", SPACE, f"--timeout={PATIENCE_S:.0f}s")


class Load:
    """Referrals through the Service, so many a second, each by a connection of its own and with a key of its own."""

    def __init__(self, address: str, each_second: float) -> None:
        self._address = address
        self._pause = 1 / each_second
        self._over = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self.patients: list[str] = []
        self.first_tries_failed = 0
        self.took: list[float] = []
        self.why: Counter[str] = Counter()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as posts:
            while not self._over.is_set():
                posts.create_task(self._refer())
                await asyncio.sleep(self._pause)

    async def _refer(self) -> None:
        key, name = str(uuid4()), secrets.token_hex(5)
        payer = {"name": "Medicare", "kind": "medicare", "member_id": f"MBI-{secrets.token_hex(5)}"}
        told = body(patient=patient(given_name=f"Given{name}", family_name=f"Family{name[::-1]}"), payer=payer)
        deadline = time.monotonic() + PATIENCE_S
        tries = 0
        while time.monotonic() < deadline:
            began = time.monotonic()
            answer = await self._post(told, key)
            if answer is not None and answer.status_code == 201:
                self.took.append(time.monotonic() - began)
                self.patients.append(answer.json()["patient_id"])
                self.first_tries_failed += tries > 0
                return
            tries += 1
            if answer is not None:
                self.why[str(answer.status_code)] += 1
            await asyncio.sleep(0.5)
        raise AssertionError("a referral was never taken")

    async def _post(self, told: dict[str, Any], key: str) -> httpx.Response | None:
        try:
            async with httpx.AsyncClient(timeout=20, trust_env=False) as client:
                headers = {"Idempotency-Key": key, **people.bearer()}
                return await client.post(f"{self._address}/api/referrals", json=told, headers=headers)
        except httpx.HTTPError as failed:
            self.why[type(failed).__name__] += 1
            return None

    def told(self) -> dict[str, Any]:
        """The figures of this load."""
        took = sorted(self.took)
        return {
            "referrals": len(self.patients),
            "first tries failed": self.first_tries_failed,
            "why": dict(self.why),
            "p50 ms": round(1000 * took[len(took) // 2]),
            "slowest ms": round(1000 * took[-1]),
        }


async def nothing_lost_or_twice(release: Release, load: Load) -> None:
    """Every referral of the load is one journey in outcomes; what was told is on the topics, once, and marked."""
    streams = [f"patient/{patient}" for patient in load.patients]
    assert len(set(streams)) == len(streams) > 0
    found = 0
    db = await asyncpg.connect(release.urls["outcomes"])
    try:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            found = await db.fetchval("select count(*) from journey where received and stream = any($1)", streams)
            if found == len(streams):
                break
            await asyncio.sleep(0.5)
        assert found == len(streams)
    finally:
        await db.close()
    for service in TELLING:
        assert await _differences(release, service) == 0, service


async def _differences(release: Release, service: str) -> int:
    """What still differs once everything has had its time to arrive."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        db = await asyncpg.connect(release.urls[service])
        try:
            report = await reconcile(db, service, [release.pair.kafka.bootstrap], topics.names(), lambda _: None)
        finally:
            await db.close()
        if not report.differences or time.monotonic() > deadline:
            return report.differences
        await asyncio.sleep(1)


@contextmanager
def release(tags: tuple[str, ...]) -> Iterator[Release]:
    """The release with the images of the first tag installed, the others at hand; with Kafka, PostgreSQL and mail."""
    with ExitStack() as stack:
        folder = stack.enter_context(server_folder())
        stack.enter_context(bridge())
        pair = Pair.at(folder, fast=False, host=ADDRESS)
        stack.callback(pair.end)
        pair.start()
        mail = Controller(Sink(), hostname=ADDRESS, port=free_port())
        stack.callback(mail.stop)
        mail.start()
        cluster = stack.enter_context(plane(Path(tempfile.mkdtemp(dir=folder)), ADDRESS))
        wanted = [images.name_of(service).replace(":dev", f":{tag}") for service in services() for tag in tags]
        began = time.monotonic()
        real = stack.enter_context(node(cluster, folder / FOLDER, wanted))
        made = Release(cluster, real, pair, *_prepared(cluster, pair, folder, mail.port))
        made.figures["node ready s"] = round(time.monotonic() - began, 1)
        made.figures["installed s"] = round(made.upgrade(tags[0]), 1)
        yield made


def _prepared(cluster: Plane, pair: Pair, folder: Path, mail: int) -> tuple[dict[str, str], list[str]]:
    """Namespace, databases, topics and Secrets; gives the databases' addresses and the values of the chart."""
    cluster.kubectl("create", "namespace", SPACE)
    cluster.kubectl("label", "namespace", SPACE, "pod-security.kubernetes.io/enforce=restricted")
    urls = asyncio.run(create_databases(pair.postgres.url, services(), folder / "passwords.json"))
    asyncio.run(topics.create([pair.kafka.bootstrap], partitions=6))
    for service, url in urls.items():
        name = f"carebus-{service.replace('_', '-')}-database"
        _secret(cluster, name, {"password": urlsplit(url).password or ""})
    mail_server = {"SMTP_URL": f"smtp://{ADDRESS}:{mail}"}
    for service in urls:
        more = mail_server if service == "notifications" else {}
        _secret(cluster, f"carebus-{service.replace('_', '-')}-settings", {**people.environment(), **more})
    told = {
        "image.registry": "localhost",
        "image.pullPolicy": "Never",
        "kafka.bootstrapServers": pair.kafka.bootstrap,
        "database.host": ADDRESS,
        "database.port": str(pair.postgres.port),
        "defaults.replicas.all": "2",
        **{f"services.{name}.settingsSecret": f"carebus-{name.replace('_', '-')}-settings" for name in urls},
    }
    values = ["-f", str(render.DEPLOY / "chart/overlays/dev.yaml")]
    return urls, [*values, *(word for name, value in told.items() for word in ("--set", f"{name}={value}"))]


def _secret(cluster: Plane, name: str, data: dict[str, str]) -> None:
    made = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": data}
    cluster.kubectl("apply", "-n", SPACE, "-f", "-", given=json.dumps(made))


def with_migrations(service: str, folder: Path) -> None:
    """The image `next` of a service: as it is, with one migration more before and one after."""
    image = images.name_of(service)
    container = subprocess.run(["buildah", "from", "--pull=never", image], capture_output=True, text=True, check=True)
    name = container.stdout.strip()
    for phase in ("pre", "post"):
        file = folder / f"9999_{phase}_trial.sql"
        file.write_text(f"create table trial_{phase} (id int);\n")
        place = f"/app/services/{service}/migrations/"
        subprocess.run(["buildah", "copy", "-q", name, str(file), place], check=True, capture_output=True)
    committed = ["buildah", "commit", "-q", name, image.replace(":dev", ":next")]
    subprocess.run(committed, check=True, capture_output=True)
    subprocess.run(["buildah", "rm", name], check=True, capture_output=True)
