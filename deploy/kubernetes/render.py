"""What the charts come to: manifests of every overlay, and the same as kustomizations for shops without Helm."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import yaml

from deploy.kubernetes.tools import program

DEPLOY = Path(__file__).parents[1]
KUSTOMIZE = DEPLOY / "kustomize"
CHARTS = ("chart", "topics")
OVERLAYS = ("dev", "prod")
HOOK = "helm.sh/hook"
NOTE = "# Rendered from the chart by `python -m deploy.kubernetes render`: change it there.\n"
SAME_TAG = ("--set", "image.tag=0.2.0")

Document = dict[str, Any]


class ChartRefused(Exception):
    """Helm does not take these values."""

    def __init__(self, said: str) -> None:
        super().__init__(said)


def rendered(chart: str, *words: str, release: str = "carebus") -> list[Document]:
    """The manifests of a chart, hooks included. Raises ChartRefused, and LaneSkipped without Helm."""
    text = helm("template", release, str(DEPLOY / chart), *words)
    return [document for document in yaml.safe_load_all(text) if document]


def overlay(chart: str, name: str, *words: str) -> list[Document]:
    """The manifests of a chart with one of its overlays."""
    return rendered(chart, "-f", str(DEPLOY / chart / "overlays" / f"{name}.yaml"), *words)


def helm(*words: str, by: str = "helm") -> str:
    """What Helm answers. Raises ChartRefused."""
    asked = subprocess.run([str(program(by)), *words], capture_output=True, text=True, check=False)
    if asked.returncode:
        raise ChartRefused(asked.stderr.strip() or asked.stdout.strip())
    return asked.stdout


def hook(document: Document) -> str:
    """When Helm would run this by itself; empty for what simply is there."""
    return str(document["metadata"].get("annotations", {}).get(HOOK, ""))


def kustomizations() -> dict[str, str]:
    """Every file of `deploy/kustomize` by its name: what all overlays share is the base."""
    every = {name: [_without_helm(one) for one in overlay("chart", name, *SAME_TAG)] for name in OVERLAYS}
    first, *others = every.values()
    shared = [one for one in first if not hook(one) and all(one in other for other in others)]
    files = {"base/carebus.yaml": _text(shared), "base/kustomization.yaml": _kustomization("carebus.yaml")}
    for name, documents in every.items():
        own = [one for one in documents if one not in shared and not _is_hook_of(one, "install", "test")]
        files[f"overlays/{name}/carebus.yaml"] = _text(own)
        files[f"overlays/{name}/kustomization.yaml"] = _kustomization("../../base", "carebus.yaml")
        for phase in ("pre", "post"):
            hooked = [_without_hook(one) for one in documents if _is_hook_of(one, f"{phase}-install")]
            files[f"overlays/{name}/migrate-{phase}/jobs.yaml"] = _text(hooked)
            files[f"overlays/{name}/migrate-{phase}/kustomization.yaml"] = _kustomization("jobs.yaml")
        files[f"overlays/{name}/topics/topics.yaml"] = _text([_without_helm(one) for one in overlay("topics", name)])
        files[f"overlays/{name}/topics/kustomization.yaml"] = _kustomization("topics.yaml", namespace="kafka")
    return files


def stale(folder: Path = KUSTOMIZE) -> list[str]:
    """The names of the files that are missing, not what they should be, or should not be there."""
    wanted = kustomizations()
    there = {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*.yaml")}
    return sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))


def write(folder: Path = KUSTOMIZE) -> list[str]:
    """Make the folder hold exactly these files; gives the names of the changed ones."""
    changed, wanted = stale(folder), kustomizations()
    for name in changed:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if name in wanted:
            (folder / name).write_text(wanted[name])
        else:
            (folder / name).unlink()
    return changed


def _is_hook_of(document: Document, *moments: str) -> bool:
    return any(moment in hook(document) for moment in moments)


def _without_helm(document: Document) -> Document:
    for metadata in _metadata(document):
        labels = metadata.get("labels", {})
        labels.pop("helm.sh/chart", None)
        if labels.get("app.kubernetes.io/managed-by") == "Helm":
            del labels["app.kubernetes.io/managed-by"]
        metadata.get("annotations", {}).pop("helm.sh/resource-policy", None)
    return document


def _without_hook(document: Document) -> Document:
    annotations = document["metadata"].get("annotations", {})
    kept = {name: value for name, value in annotations.items() if not name.startswith(HOOK)}
    metadata = {name: value for name, value in document["metadata"].items() if name != "annotations"}
    return {**document, "metadata": {**metadata, **({"annotations": kept} if kept else {})}}


def _metadata(document: Document) -> list[Document]:
    template = document.get("spec", {}).get("template", {}) if isinstance(document.get("spec"), dict) else {}
    return [document["metadata"], *([template["metadata"]] if "metadata" in template else [])]


def _text(documents: list[Document]) -> str:
    return NOTE + yaml.safe_dump_all(documents, sort_keys=False, width=120)


def _kustomization(*resources: str, namespace: str = "carebus") -> str:
    made: Document = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
    made |= {"namespace": namespace, "resources": list(resources)}
    return NOTE + yaml.safe_dump(made, sort_keys=False)
