"""The charts on a real API server: admission, rollout, drain, upgrade from the chart of an earlier commit and back."""

from __future__ import annotations

import json
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.kubernetes import building, fake, render, tools, trial
from deploy.kubernetes.plane import CommandFailed, Plane, plane
from tests.deploy.kubernetes.conftest import or_skipped

pytestmark = pytest.mark.cluster

ZONES = {"node-a1": "a", "node-a2": "a", "node-b1": "b", "node-b2": "b"}
RESTRICTED = "pod-security.kubernetes.io/enforce=restricted"
USED = (
    "keda.sh_scaledobjects",
    "keda.sh_triggerauth",
    "podmonitors",
    "prometheusrules",
    "httproutes",
    "kafkatopic",
    "kafkauser",
)
DEV = str(render.DEPLOY / "chart/overlays/dev.yaml")
TWO = ("--set", "defaults.replicas.all=2")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Plane]:
    """A control plane with the definitions of custom resources and four nodes that are not there."""
    with or_skipped():
        building.require(("kube", "etcd", "kwok"), print, build=False)
        tools.definitions()
    with tempfile.TemporaryDirectory(prefix="carebus-plane-") as folder, plane(Path(folder)) as made:
        files = [str(file) for file in tools.definitions().glob("*.yaml") if any(name in file.name for name in USED)]
        made.kubectl("apply", "--server-side", *(word for file in files for word in ("-f", file)))
        fake.add_nodes(made, ZONES)
        yield made


def namespace(cluster: Plane, name: str) -> str:
    cluster.kubectl("create", "namespace", name)
    cluster.kubectl("label", "namespace", name, RESTRICTED)
    return name


def apply(cluster: Plane, where: str, documents: list[dict[str, Any]]) -> None:
    text = yaml.safe_dump_all(documents)
    cluster.kubectl("apply", "--server-side", "--validate=strict", "-n", where, "-f", "-", given=text)


@pytest.mark.parametrize("overlay", render.OVERLAYS)
def test_the_server_takes_all_that_an_overlay_comes_to(overlay: str, cluster: Plane) -> None:
    where = namespace(cluster, f"taken-{overlay}")
    manifests = [one for one in render.overlay("chart", overlay) if render.hook(one) != "test"]
    apply(cluster, where, [*manifests, *render.overlay("topics", overlay)])
    stored = cluster.read("deployments,jobs,kafkatopics.kafka.strimzi.io,kafkausers.kafka.strimzi.io", "-n", where)
    kinds = {"Deployment", "Job", "KafkaTopic", "KafkaUser"}
    wanted = [one for one in [*manifests, *render.overlay("topics", overlay)] if one["kind"] in kinds]
    assert len(stored["items"]) == len(wanted)
    for one in [each for each in manifests if each["kind"] == "Deployment"]:
        name = one["metadata"]["name"]
        cluster.wait(lambda name=name: bool(pods_of(cluster, where, name)), f"pods of {name} are admitted")  # type: ignore[misc]


def test_the_server_takes_what_a_trial_brings_along(cluster: Plane) -> None:
    where = namespace(cluster, "trial")
    servers = [one for one in yaml.safe_load_all((render.DEPLOY / "trial/servers.yaml").read_text()) if one]
    apply(cluster, where, [*servers, *trial.trial_secrets(), trial.topics_job("registry.example", "dev")])
    for name in ("kafka", "postgres", "mail"):
        cluster.wait(lambda name=name: bool(pods_of(cluster, where, name)), f"pods of {name} are admitted")  # type: ignore[misc]


def pods_of(cluster: Plane, where: str, deployment: str) -> list[dict[str, Any]]:
    found = cluster.read("pods", "-n", where)["items"]
    return [
        pod
        for pod in found
        if pod["metadata"].get("generateName", "").rpartition("-")[0].rpartition("-")[0] == deployment
    ]


def test_a_misspelt_field_and_a_pod_that_may_do_more_are_refused(cluster: Plane) -> None:
    where = namespace(cluster, "refused")
    (deployment,) = [
        one
        for one in render.overlay("chart", "dev")
        if one["kind"] == "Deployment" and one["metadata"]["name"] == "outcomes"
    ]
    misspelt = {**deployment, "spec": {**deployment["spec"], "replica": 2}}
    with pytest.raises(CommandFailed, match=r"replica.*not declared in schema|unknown field"):
        apply(cluster, where, [misspelt])
    spec = json.loads(json.dumps(deployment["spec"]["template"]["spec"]))
    del spec["containers"][0]["securityContext"]["capabilities"], spec["serviceAccountName"]
    mighty = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "mighty"}, "spec": spec}
    with pytest.raises(CommandFailed, match="violates PodSecurity"):
        apply(cluster, where, [mighty])


def test_a_release_is_installed_drained_upgraded_and_rolled_back(cluster: Plane, tmp_path: Path) -> None:
    where = namespace(cluster, "carebus")
    earlier = chart_of_an_earlier_commit(tmp_path)
    words = ("-n", where, "-f", DEV, *TWO, "--timeout", "180s", "--wait")
    cluster.helm("install", "carebus", str(earlier), *words)
    deployed(cluster, where)
    zones = {pod["spec"]["nodeName"][:6] for pod in pods_of(cluster, where, "referral")}
    assert zones == {"node-a", "node-b"}, "spread over both zones"

    with watched(cluster, where) as least:
        for node in ZONES:
            cluster.kubectl("drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=180s")
            cluster.kubectl("uncordon", node)
            deployed(cluster, where)
    assert min(least.values()) >= 1, f"the budget held everywhere: {least}"

    with watched(cluster, where) as least:
        cluster.helm("upgrade", "carebus", str(render.DEPLOY / "chart"), *words, "--set", "image.tag=next")
        deployed(cluster, where)
        assert images(cluster, where) == {"next"}
        cluster.helm("rollback", "carebus", "1", "-n", where, "--wait", "--timeout", "180s")
        deployed(cluster, where)
        assert images(cluster, where) == {"dev"}
    assert min(least.values()) >= 2, f"a rollout never takes a pod before its successor is ready: {least}"
    assert cluster.read("jobs", "-n", where)["items"] == [], "migrations ran and were cleared away"


def chart_of_an_earlier_commit(folder: Path) -> Path:
    """The chart as the commit before its last change had it; as it is when there is none."""
    log = ("git", "log", "--format=%h", "-2", "--", "deploy/chart")
    commits = subprocess.run(log, cwd=render.DEPLOY.parent, capture_output=True, text=True, check=True).stdout.split()
    if len(commits) < 2:
        return render.DEPLOY / "chart"
    archive = subprocess.run(
        ["git", "archive", commits[1], "deploy/chart"], cwd=render.DEPLOY.parent, capture_output=True, check=True
    ).stdout
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive, check=True)
    return folder / "deploy/chart"


def deployed(cluster: Plane, where: str) -> None:
    for name in ("referral", "care-plan", "notifications", "outcomes"):
        cluster.kubectl("rollout", "status", f"deployment/{name}", "-n", where, "--timeout=180s")


def images(cluster: Plane, where: str) -> set[str]:
    found = cluster.read("deployments", "-n", where)["items"]
    return {one["spec"]["template"]["spec"]["containers"][0]["image"].rpartition(":")[2] for one in found}


class watched:  # noqa: N801  # reads as a word of the test
    """While this lasts, the least number of available pods of each Deployment."""

    def __init__(self, cluster: Plane, where: str) -> None:
        self._cluster, self._where, self._over = cluster, where, threading.Event()
        self.least: dict[str, int] = {}
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> dict[str, int]:
        self._thread.start()
        return self.least

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.2):
            for one in self._cluster.read("deployments", "-n", self._where)["items"]:
                name, count = one["metadata"]["name"], one["status"].get("availableReplicas", 0)
                self.least[name] = min(count, self.least.get(name, count))
