"""Nodes that are not there: kwok says that pods run on them, so that rollouts, drains and upgrades really happen."""

from __future__ import annotations

import json
from pathlib import Path

from deploy.kubernetes.plane import Plane
from deploy.kubernetes.tools import home, program, source_of
from deploy.local.process import LOOPBACK, free_port

KWOK = "sigs.k8s.io/kwok@v0.8.0"
MARK = "kwok.x-k8s.io/node"


def add_nodes(plane: Plane, zones: dict[str, str]) -> None:
    """Add nodes by name in these zones, and the program that answers for them."""
    words = (f"--config={_stages()}", f"--kubeconfig={plane.kubeconfig}", "--manage-all-nodes=false", "--enable-crds=")
    ours = (f"--manage-nodes-with-annotation-selector={MARK}=fake", f"--server-address={LOOPBACK}:{free_port()}")
    plane.run("kwok", program("kwok"), *words, *ours, "--node-lease-duration-seconds=40")
    plane.kubectl("apply", "-f", "-", given="\n---\n".join(json.dumps(_node(*each)) for each in zones.items()))
    plane.wait(lambda: len(ready_nodes(plane)) == len(zones), "all nodes are ready")


def ready_nodes(plane: Plane) -> list[str]:
    """The names of the nodes that are ready."""
    return [
        node["metadata"]["name"]
        for node in plane.read("nodes")["items"]
        if any(each["type"] == "Ready" and each["status"] == "True" for each in node["status"].get("conditions", []))
    ]


def _stages() -> Path:
    """What becomes of nodes and pods, as kwok's own module has it: at once what a real one comes to."""
    file = home() / "stages.yaml"
    if not file.exists():
        source = source_of(KWOK) / "kustomize/stage"
        wanted = ("node/fast/node-*.yaml", "node/heartbeat-with-lease/node-*.yaml", "pod/fast/pod-*.yaml")
        file.write_text("\n---\n".join(one.read_text() for each in wanted for one in sorted(source.glob(each))))
    return file


def _node(name: str, zone: str) -> dict[str, object]:
    room = {"cpu": "16", "memory": "32Gi", "pods": "110"}
    labels = {"kubernetes.io/hostname": name, "topology.kubernetes.io/zone": zone, "type": "fake"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "annotations": {MARK: "fake"}, "labels": labels},
        "status": {"allocatable": room, "capacity": room},
    }
