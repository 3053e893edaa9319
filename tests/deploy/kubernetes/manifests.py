"""Looks into manifests: kinds, pods, what a selector selects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

Document = dict[str, Any]


def of_kind(documents: Sequence[Document], *kinds: str) -> list[Document]:
    """The documents of these kinds."""
    return [one for one in documents if one["kind"] in kinds]


def named(documents: Sequence[Document], kind: str, name: str) -> Document:
    """The one document of this kind and name."""
    (found,) = [one for one in of_kind(documents, kind) if one["metadata"]["name"] == name]
    return found


def pods(documents: Sequence[Document]) -> Iterator[tuple[str, dict[str, str], Document]]:
    """Every pod there will be: of whom, its labels, its spec."""
    for one in of_kind(documents, "Deployment", "Job"):
        template = one["spec"]["template"]
        yield f"{one['kind']} {one['metadata']['name']}", template["metadata"]["labels"], template["spec"]
    for one in of_kind(documents, "Pod"):
        yield f"Pod {one['metadata']['name']}", one["metadata"].get("labels", {}), one["spec"]


def selects(selector: Document, labels: dict[str, str]) -> bool:
    """Whether a label selector takes these labels."""
    if any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        return False
    for rule in selector.get("matchExpressions", []):
        assert rule["operator"] == "In"
        if labels.get(rule["key"]) not in rule["values"]:
            return False
    return True


def environment(spec: Document) -> dict[str, str]:
    """The environment of the one container."""
    (container,) = spec["containers"]
    return {each["name"]: each["value"] for each in container["env"]}
