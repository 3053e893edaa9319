"""Schemas for kubeconform: of the Kubernetes API itself, and of custom resources from their definitions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml


class _Loader(yaml.CSafeLoader):
    """Reads a lone equals sign as text, which YAML 1.1 keeps for something that nobody ever used."""


_Loader.add_constructor("tag:yaml.org,2002:value", lambda _, node: node.value)


def core_schemas(source: Path, target: Path) -> None:
    """Schemas of the API as kubernetes-validate has them, so changed that they are found in one folder."""
    target.mkdir(parents=True, exist_ok=True)
    for file in source.glob("*.json"):
        schema = json.loads(file.read_text().replace("/api/_definitions.json#", "_definitions.json#"))
        (target / file.name).write_text(json.dumps(_without_ids(schema)))


def definition_schemas(source: Path, target: Path) -> None:
    """One schema per kind and version of the definitions in a folder; fields that are not declared are refused."""
    for file in sorted(source.glob("*.yaml")):
        for definition in yaml.load_all(file.read_text(), _Loader):
            if definition and definition.get("kind") == "CustomResourceDefinition":
                _write(definition["spec"], target)


def _write(spec: dict[str, Any], target: Path) -> None:
    for version in spec["versions"]:
        schema = _closed(version["schema"]["openAPIV3Schema"])
        schema["properties"] |= {"apiVersion": {"type": "string"}, "kind": {"type": "string"}}
        schema["properties"]["metadata"] = {"type": "object"}
        file = target / spec["group"] / f"{spec['names']['kind'].lower()}_{version['name']}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(schema))


def _closed(schema: Any) -> Any:
    """The same schema, where objects have only the fields that it names."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(part) for name, part in schema.items() if name != "properties"}
    if isinstance(schema.get("properties"), dict):
        closed["properties"] = {name: _closed(part) for name, part in schema["properties"].items()}
        if not schema.get("x-kubernetes-preserve-unknown-fields") and "additionalProperties" not in schema:
            closed["additionalProperties"] = False
    if schema.get("x-kubernetes-int-or-string"):
        closed.pop("type", None)
    return closed


def _without_ids(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {name: _without_ids(part) for name, part in schema.items() if name != "$id" or not isinstance(part, str)}
    return [_without_ids(each) for each in schema] if isinstance(schema, list) else schema
