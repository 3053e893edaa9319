"""Programs that only Go modules bring, such as Kubernetes itself and etcd: built once, into the cache."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from deploy.kubernetes.keda import KEDA
from deploy.kubernetes.tools import LaneSkipped, go, home, source_of

HERE = Path(__file__).parent
KUBERNETES = "v1.34.4"
GOT = {
    "etcd": "go.etcd.io/etcd/server/v3@v3.6.16",
    "helm3": "helm.sh/helm/v3/cmd/helm@v3.21.4",
}
"""Programs whose own name is another, or whose module is not to be installed as it is."""
INSTALLED = {
    "kwok": "sigs.k8s.io/kwok/cmd/kwok@v0.8.0",
    "coredns": "github.com/coredns/coredns@v1.13.2",
}
NEXUS = "github.com/nexus-rpc/nexus-proto-annotations"
KEDA_PATH = KEDA.partition("@")[0]
KEDA_MODULE = f"""module carebus/keda

go 1.26.0

require {KEDA.replace("@", " ")}

replace {NEXUS} v0.1.0 => {NEXUS} v0.1.1-0.20260629224316-835bd8d49cb4

tool (
\t{KEDA_PATH}/cmd/adapter
\t{KEDA_PATH}/cmd/operator
)
"""
"""What KEDA asks for under `v0.1.0` is published under another version only."""
SMALL = ("-trimpath", "-ldflags", "-s -w")
PATIENT = "-buildvcs=false -p=1"
MINUTES = {
    "kube": "five to ten minutes",
    "etcd": "half a minute",
    "helm3": "three minutes",
    "kwok": "two minutes",
    "coredns": "two minutes",
    "keda-operator": "ten minutes",
    "keda-adapter": "two minutes",
}


def require(names: Sequence[str], say: Callable[[str], None], *, build: bool) -> None:
    """Have these programs in the cache; without `build` only look. Raises LaneSkipped."""
    missing = [name for name in names if not (home() / "bin" / name).exists()]
    if missing and not build:
        raise LaneSkipped(f"{', '.join(missing)} must be built first, which takes minutes: say KUBERNETES=build")
    for name in missing:
        say(f"building {name}, once: {MINUTES[name]}")
        _build(name)


def _build(name: str) -> None:
    folder = home() / "build" / name
    folder.mkdir(parents=True, exist_ok=True)
    if name == "kube":
        _kubernetes(folder)
    elif name in GOT:
        _got(folder, name)
    elif name.startswith("keda-"):
        _keda(name)
    else:
        go("install", *SMALL, INSTALLED[name], GOBIN=str(home() / "bin"), GOFLAGS=PATIENT)


def _kubernetes(folder: Path) -> None:
    """Kubernetes names its own parts by folders of its repository: say instead where they are published."""
    source = source_of(f"k8s.io/kubernetes@{KUBERNETES}")
    theirs = (source / "go.mod").read_text()
    parts = re.findall(r"^\s*(k8s\.io/[a-z0-9-]+) => \./staging", theirs, re.MULTILINE)
    version = KUBERNETES.replace("v1.", "v0.", 1)
    replaced = "\n".join(f"\t{part} => {part} {version}" for part in parts)
    speaks = re.search(r"^go .*$", theirs, re.MULTILINE)
    head = f"module carebus/kube\n\n{speaks.group(0) if speaks else 'go 1.24'}\n\n"
    (folder / "go.mod").write_text(f"{head}require k8s.io/kubernetes {KUBERNETES}\n\nreplace (\n{replaced}\n)\n")
    shutil.copy(HERE / "go" / "main.go", folder)
    go("mod", "tidy", folder=folder)
    named = " ".join(
        f"-X {package}.gitVersion={KUBERNETES}"
        for package in ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    )
    _into(folder, "kube", ".", f"-s -w {named}")


def _got(folder: Path, name: str) -> None:
    if not (folder / "go.mod").exists():
        go("mod", "init", f"carebus/{name}", folder=folder)
    go("get", GOT[name], folder=folder)
    _into(folder, name, GOT[name].partition("@")[0], "-s -w")


def _keda(name: str) -> None:
    folder = home() / "build" / "keda"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "go.mod").write_text(KEDA_MODULE)
    go("mod", "tidy", folder=folder)
    _into(folder, name, f"{KEDA_PATH}/cmd/{name.removeprefix('keda-')}", "-s -w")


def _into(folder: Path, name: str, package: str, flags: str) -> None:
    draft = home() / "bin" / f"{name}.new"
    go("build", "-trimpath", "-ldflags", flags, "-o", str(draft), package, folder=folder, GOFLAGS=PATIENT)
    draft.rename(home() / "bin" / name)
