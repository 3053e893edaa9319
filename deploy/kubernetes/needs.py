"""What each lane needs of a machine, named at once before anything is fetched or built."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.kubernetes.building import MINUTES
from deploy.kubernetes.tools import LaneSkipped, home

PACKAGES = {
    "buildah": "buildah",
    "podman": "podman",
    "runc": "runc",
    "mmdebstrap": "mmdebstrap",
    "containerd": "containerd",
    "ctr": "containerd",
    "nft": "nftables",
    "conntrack": "conntrack",
    "ip": "iproute2",
    "/usr/lib/cni/bridge": "containernetworking-plugins",
    "go": "golang",
}
"""Programs, or files, and Debian's packages that bring them."""


@dataclass(frozen=True)
class Needs:
    """What a lane needs: programs of this machine, programs built into the cache, and to be root."""

    programs: Sequence[str]
    built: Sequence[str] = ()
    root: bool = False

    def lacking(self, *, build: bool) -> list[str]:
        """Everything that stands in the way, each in a few words."""
        unbuilt = [name for name in self.built if not (home() / "bin" / name).exists()]
        programs = [*self.programs, *(["go"] if unbuilt and build and "go" not in self.programs else [])]
        missing = [name for name in programs if not _is_there(name)]
        found = ["to be root"] if self.root and os.geteuid() != 0 else []
        if missing:
            packages = " ".join(sorted({PACKAGES[name] for name in missing}))
            found.append(f"{', '.join(missing)} (apt-get install {packages})")
        if unbuilt and not build:
            times = ", ".join(f"{name}, {MINUTES[name]}" for name in unbuilt)
            found.append(f"to build once, with KUBERNETES=build: {times}")
        return found


IMAGES = Needs(("buildah", "podman", "runc", "mmdebstrap"), root=True)
API_SERVER = Needs((), built=("kube", "etcd", "kwok"))
CLUSTER = Needs(
    (*IMAGES.programs, "containerd", "ctr", "nft", "conntrack", "ip", "/usr/lib/cni/bridge"),
    built=("kube", "etcd", "coredns"),
    root=True,
)


def require(needs: Needs, *, build: bool, say: Callable[[str], None] = lambda _: None) -> None:
    """Raise LaneSkipped with all that is lacking; say what will be built first otherwise."""
    lacking = needs.lacking(build=build)
    if lacking:
        raise LaneSkipped(f"this lane needs {'; '.join(lacking)}")
    for name in needs.built:
        if not (home() / "bin" / name).exists():
            say(f"{name} will be built once: {MINUTES[name]}")


def _is_there(name: str) -> bool:
    return Path(name).exists() if name.startswith("/") else shutil.which(name) is not None
