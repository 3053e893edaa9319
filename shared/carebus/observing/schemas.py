"""The contracts as JSON Schema per event and as one AsyncAPI document, generated from the models and kept in git."""

import json
from pathlib import Path
from typing import Any

import yaml

from carebus.contracts import EVENTS, PUBLISHED_BY, SUBJECTS, Event
from carebus.contracts.event import Subject
from carebus.contracts.phi import phi_paths


def documents() -> dict[str, str]:
    """Every generated file, by its name in the folder."""
    files = {f"{kind.__name__}.json": _json(schema(kind)) for kind in EVENTS.values()}
    files["asyncapi.yaml"] = yaml.safe_dump(asyncapi(), sort_keys=False, allow_unicode=True, width=120)
    return files


def schema(kind: type[Event]) -> dict[str, Any]:
    """An event's JSON Schema, with its protected fields listed under `x-phi`."""
    made = kind.model_json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": kind.schema_name(),
        **made,
        "x-phi": {path: mark.value for path, mark in sorted(phi_paths(kind).items())},
    }


def asyncapi() -> dict[str, Any]:
    """The AsyncAPI 3.0 document: which topic carries which events, and who sends them."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Carebus events",
            "version": "1.0.0",
            "description": "CloudEvents 1.0 in Kafka binary mode; the key is the opaque id of the subject.",
        },
        "channels": {subject.topic: _channel(subject) for subject in SUBJECTS},
        "operations": {
            f"{service}.{kind.__name__}": {
                "action": "send",
                "channel": {"$ref": f"#/channels/{kind.SUBJECT.topic}"},
                "messages": [{"$ref": f"#/channels/{kind.SUBJECT.topic}/messages/{kind.__name__}"}],
            }
            for service, kinds in PUBLISHED_BY.items()
            for kind in kinds
        },
        "components": {"messages": {kind.__name__: _message(kind) for kind in EVENTS.values()}},
    }


def stale(folder: Path) -> list[str]:
    """The names of files that are missing, not what they should be, or should not be there."""
    wanted = documents()
    there = {file.name: file.read_text() for file in folder.glob("*") if file.is_file()} if folder.exists() else {}
    return sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))


def write(folder: Path) -> None:
    """Make the folder hold exactly the generated files."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = documents()
    for file in folder.glob("*"):
        if file.name not in wanted:
            file.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text)


def _channel(subject: Subject) -> dict[str, Any]:
    kinds = [kind.__name__ for kind in EVENTS.values() if kind.SUBJECT is subject]
    return {
        "address": subject.topic,
        "description": f"Everything about one {subject.label}, from all services, in one order per {subject.label}.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in kinds},
    }


def _message(kind: type[Event]) -> dict[str, Any]:
    return {
        "name": kind.type_name(),
        "summary": (kind.__doc__ or "").split("\n")[0],
        "contentType": "application/json",
        "payload": {"$ref": f"./{kind.__name__}.json"},
    }


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
