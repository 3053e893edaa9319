"""A real node of this machine's own: containerd, kubelet, kube-proxy and names, on a bridge that nobody else uses."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from deploy.kubernetes.fake import ready_nodes
from deploy.kubernetes.images import BASES
from deploy.kubernetes.names import DOMAIN, start_names
from deploy.kubernetes.plane import Plane, listens
from deploy.kubernetes.tools import LaneSkipped, program, run
from deploy.local.process import LOOPBACK, free_port

ADDRESS = "10.213.0.1"
PODS = "10.214.0.0/24"
NODE_BRIDGE, POD_BRIDGE = "carebus0", "carebus1"
NAME = "real"
FOLDER = "carebus-node"
"""What the folder of a node is called: nothing else of that name is touched."""
MARK = "carebus-containerd"
"""In the name of the socket, and so in the words of every process that belongs to a node of ours."""
PAUSE = "localhost/carebus-pause:1"


class Node:
    """The one node of a plane that was started with `advertised=ADDRESS`."""

    def __init__(self, plane: Plane, folder: Path) -> None:
        self._plane = plane
        self._folder = folder
        self._socket = folder / f"{MARK}.sock"
        self._health = free_port()

    def start(self, images: Sequence[str]) -> None:
        """Start it with these images of buildah's; returns when it is ready."""
        self._write_settings()
        self._plane.run("containerd", shutil.which("containerd"), "--config", self._folder / "containerd.toml")
        self._plane.wait(self._answers, "containerd answers")
        self._load([_pause(), *images])
        start_names(self._plane)
        self._plane.run("kubelet", program("kube"), "kubelet", *self._kubelet_words())
        proxy = self._plane.run("proxy", program("kube"), "proxy", f"--config={self._folder}/proxy.json")
        proxy.wait_until(lambda: listens(self._health), self._health, 60)
        self._plane.wait(lambda: ready_nodes(self._plane) == [NAME], "the node is ready")

    def ctr(self, *words: str) -> str:
        """What containerd's own command answers."""
        return run("ctr", "-a", str(self._socket), "-n", "k8s.io", *words)

    def end_pods(self) -> None:
        """Kill every container that is left; for the end."""
        for task in self.ctr("task", "ls", "-q").split():
            subprocess.run(["ctr", "-a", self._socket, "-n", "k8s.io", "task", "kill", "-s", "9", task], check=False)
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline and "RUNNING" in self.ctr("task", "ls"):
            time.sleep(0.2)

    def _answers(self) -> bool:
        try:
            self.ctr("version")
        except LaneSkipped:
            return False
        return True

    def _load(self, images: Sequence[str]) -> None:
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            archive = f"{folder}/images.tar"
            run("podman", "save", "-q", "--format=docker-archive", "-m", "-o", archive, *images)
            self.ctr("images", "import", archive)

    def _write_settings(self) -> None:
        folder = self._folder
        (folder / "cni").mkdir(parents=True)
        (folder / "containerd.toml").write_text(CONTAINERD.format(folder=folder, socket=self._socket, pause=PAUSE))
        bridge = {
            "type": "bridge",
            "bridge": POD_BRIDGE,
            "isGateway": True,
            "ipMasq": True,
            "hairpinMode": True,
            "ipam": {
                "type": "host-local",
                "dataDir": str(folder / "addresses"),
                "ranges": [[{"subnet": PODS}]],
                "routes": [{"dst": "0.0.0.0/0"}],
            },
        }
        network = {"cniVersion": "0.4.0", "name": "carebus", "plugins": [bridge]}
        (folder / "cni" / "10-carebus.conflist").write_text(json.dumps(network))
        (folder / "kubelet.json").write_text(json.dumps(self._kubelet()))
        (folder / "proxy.json").write_text(json.dumps(self._proxy()))

    def _kubelet(self) -> dict[str, object]:
        """Settings for a machine that is a guest itself: no rights over resource limits, disks never called full."""
        return {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "address": ADDRESS,
            "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
            "authorization": {"mode": "AlwaysAllow"},
            "cgroupDriver": "cgroupfs",
            "clusterDNS": [self._plane.advertised],
            "clusterDomain": DOMAIN,
            "containerRuntimeEndpoint": f"unix://{self._socket}",
            "failSwapOn": False,
            "oomScoreAdj": 0,
            "makeIPTablesUtilChains": False,
            "localStorageCapacityIsolation": False,
            "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
            "imageGCHighThresholdPercent": 100,
            "podLogsDir": str(self._folder / "logs"),
            "syncFrequency": "5s",
        }

    def _proxy(self) -> dict[str, object]:
        return {
            "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
            "kind": "KubeProxyConfiguration",
            "mode": "nftables",
            "clusterCIDR": PODS,
            "clientConnection": {"kubeconfig": str(self._plane.kubeconfig)},
            "hostnameOverride": NAME,
            "conntrack": {"maxPerCore": 0, "min": 0},
            "healthzBindAddress": f"{LOOPBACK}:{self._health}",
            "metricsBindAddress": f"{LOOPBACK}:{free_port()}",
        }

    def _kubelet_words(self) -> list[str]:
        place = f"--root-dir={self._folder}/kubelet"
        names = (
            f"--hostname-override={NAME}",
            f"--node-ip={ADDRESS}",
            "--node-labels=topology.kubernetes.io/zone=here",
        )
        given = (f"--config={self._folder}/kubelet.json", f"--kubeconfig={self._plane.kubeconfig}")
        return [*given, place, f"--cert-dir={self._folder}/kubelet-certificates", *names]


CONTAINERD = """version = 2
root = "{folder}/root"
state = "{folder}/state"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.internal.v1.opt"]
[grpc]
  address = "{socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{folder}/cni"
"""


@contextmanager
def bridge() -> Iterator[str]:
    """The address that node, pods and servers of this machine share, while this lasts."""
    _end_left_over()
    _remove_bridges()
    run("ip", "link", "add", NODE_BRIDGE, "type", "bridge")
    try:
        run("ip", "address", "add", f"{ADDRESS}/32", "dev", NODE_BRIDGE)
        run("ip", "link", "set", NODE_BRIDGE, "up")
        yield ADDRESS
    finally:
        _remove_bridges()
        subprocess.run(["nft", "delete", "table", "ip", "kube-proxy"], capture_output=True, check=False)


@contextmanager
def node(plane: Plane, folder: Path, images: Sequence[str]) -> Iterator[Node]:
    """The node with these images, while this lasts; must end before its plane does."""
    made = Node(plane, folder)
    try:
        made.start(images)
        yield made
    finally:
        if made._answers():  # noqa: SLF001
            plane.end("kubelet")
            made.end_pods()
        _end_left_over()


def _pause() -> str:
    """What holds the network of each pod: the base image, asleep."""
    if PAUSE not in run("buildah", "images", "--format", "{{.Name}}:{{.Tag}}").split():
        container = run("buildah", "from", "--pull=never", next(iter(BASES))).strip()
        run("buildah", "config", "--entrypoint", '["/bin/sleep", "infinity"]', container)
        run("buildah", "commit", container, PAUSE)
        run("buildah", "rm", container)
    return PAUSE


def _end_left_over() -> None:
    """End the pods and free the folders of a node whose owner was killed."""
    for process in psutil.process_iter(["name", "cmdline"]):
        words = process.info["cmdline"] or []
        if (process.info["name"] or "").startswith("containerd-shim") and any(MARK in word for word in words):
            for each in (*process.children(recursive=True), process):
                with suppress(psutil.NoSuchProcess):
                    each.kill()
    _unmount(f"/{FOLDER}/")


def _unmount(under: str) -> None:
    for line in Path("/proc/mounts").read_text().splitlines()[::-1]:
        if under in (place := line.split()[1]):
            subprocess.run(["umount", "-l", place], check=False)


def _remove_bridges() -> None:
    for name in (NODE_BRIDGE, POD_BRIDGE):
        subprocess.run(["ip", "link", "delete", name], capture_output=True, check=False)
