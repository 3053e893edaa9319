"""The contracts as JSON Schema per event and as one AsyncAPI document, generated from the models and kept in git."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from carebus.contracts import EVENTS, PUBLISHED_BY, SUBJECTS, Event
from carebus.contracts.envelope import CONTENT_TYPE, SEQUENCE_DIGITS, SPEC_VERSION
from carebus.contracts.event import Subject
from carebus.contracts.examples import example, sampled
from carebus.contracts.phi import phi_paths

KAFKA_BINDING = "0.5.0"
SEQUENCE = (
    "An integer, per source and subject, from 1 and without gaps. New records pad it with zeros to"
    f" {SEQUENCE_DIGITS} digits, older ones do not: compare it as a number."
)
OWN_KEYWORDS = ("x-phi", "x-default")
"""What our schemas say besides JSON Schema: a strict validator has to be told of them."""


def documents() -> dict[str, str]:
    """Every generated file, by its name in the folder."""
    files = {f"{kind.__name__}.json": _json(schema(kind)) for kind in EVENTS.values()}
    files["asyncapi.yaml"] = yaml.safe_dump(asyncapi(), sort_keys=False, allow_unicode=True, width=120)
    return files


def schema(kind: type[Event]) -> dict[str, Any]:
    """An event's JSON Schema, with its protected fields listed under `x-phi`."""
    made = kind.model_json_schema(mode="serialization")
    _leave_out_empty_lists(made)
    _say_null_once(made)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": kind.schema_name(),
        **made,
        "x-phi": {path: mark.value for path, mark in sorted(phi_paths(kind).items())},
    }


def _leave_out_empty_lists(made: dict[str, Any]) -> None:
    """Generators write an empty list as a default that does not compile; releases are still compared by `x-default`."""
    for part in _objects(made):
        for field in part.get("properties", {}).values():
            if field.get("default") == []:
                field["x-default"] = field.pop("default")


def _say_null_once(made: dict[str, Any]) -> None:
    """A part that may be null wherever it stands says so itself: of `anyOf` with null some generators make nothing."""
    fields = [field for part in _objects(made) for field in part.get("properties", {}).values()]
    nullable: dict[str, list[dict[str, Any]]] = {}
    for field in fields:
        first, *others = field.get("anyOf") or [{}]
        if "$ref" in first and others == [{"type": "null"}]:
            nullable.setdefault(first["$ref"], []).append(field)
    plain = [one["$ref"] for one in _everything(made) if "$ref" in one]
    for reference, by in nullable.items():
        part = made["$defs"][reference.rpartition("/")[2]]
        if part.get("type") == "object" and plain.count(reference) == len(by):
            part["type"] = ["object", "null"]
            for field in by:
                del field["anyOf"]
                field["$ref"] = reference


def _objects(made: dict[str, Any]) -> list[dict[str, Any]]:
    return [made, *made.get("$defs", {}).values()]


def _everything(node: Any) -> Iterator[dict[str, Any]]:
    """Every object in a document, at any depth."""
    if isinstance(node, dict):
        yield node
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _everything(inner)


def asyncapi() -> dict[str, Any]:
    """The AsyncAPI document: which topic carries which events, who sends them, with which headers and keys.

    It stays 3.0.0: of 3.1, which only adds bindings for ROS 2, generators make next to nothing, and say nothing.
    """
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Carebus events",
            "version": "1.0.0",
            "description": "CloudEvents 1.0 in Kafka binary mode; the key is the opaque id of the subject.",
        },
        "servers": {"broker": _server()},
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


def made_up(kind: type[Event]) -> dict[str, Any] | None:
    """The body of a plain example; None for a type whose fields keep rules that nobody can guess."""
    try:
        made: Event = example(kind)
    except (LookupError, TypeError, ValueError):
        return None
    return made.model_dump(mode="json")


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


def _server() -> dict[str, Any]:
    return {
        "host": "{host}:{port}",
        "protocol": "kafka",
        "description": "The brokers that KAFKA_BOOTSTRAP_SERVERS names.",
        "variables": {
            "host": {"default": "127.0.0.1", "description": "One of the brokers."},
            "port": {"default": "9092", "description": "The port it listens on; `make run` says which."},
        },
    }


def _channel(subject: Subject) -> dict[str, Any]:
    kinds = [kind.__name__ for kind in EVENTS.values() if subject == kind.SUBJECT]
    return {
        "address": subject.topic,
        "description": f"Everything about one {subject.label}, from all services, in one order per {subject.label}.",
        "servers": [{"$ref": "#/servers/broker"}],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in kinds},
        "bindings": {"kafka": {"topic": subject.topic, "bindingVersion": KAFKA_BINDING}},
    }


def _message(kind: type[Event]) -> dict[str, Any]:
    key = {"type": "string", "description": f"The opaque id of the {kind.SUBJECT.label}."}
    return {
        "name": kind.type_name(),
        "title": kind.__name__,
        "summary": (kind.__doc__ or "").split("\n")[0],
        "contentType": CONTENT_TYPE,
        "headers": _headers(kind),
        "payload": {"$ref": f"./{kind.__name__}.json"},
        "bindings": {"kafka": {"key": key, "bindingVersion": KAFKA_BINDING}},
        **_examples(kind),
    }


def _examples(kind: type[Event]) -> dict[str, Any]:
    """What a sample run told, so that a reader sees real values; else one that is made up, if one can be."""
    if found := sampled(kind):
        said = {"name": "sample", "summary": "From a sample run of the services. Nobody in it is real."}
        return {"examples": [{**said, "headers": found["headers"], "payload": found["body"]}]}
    payload = made_up(kind)
    said = {"name": "made-up", "summary": "Made up: the sample run does not tell it."}
    return {"examples": [{**said, "payload": payload}]} if payload else {}


def _headers(kind: type[Event]) -> dict[str, Any]:
    """The envelope of this event, one header per attribute; see `carebus.contracts.envelope`."""
    (source,) = (name for name, kinds in PUBLISHED_BY.items() if kind in kinds)
    texts = {
        "ce_specversion": {"const": SPEC_VERSION},
        "ce_type": {"const": kind.type_name()},
        "ce_source": {"description": "Any service, of itself."} if kind.OF_EVERY_SERVICE else {"const": source},
        "ce_subject": {"pattern": f"^{kind.SUBJECT.label}/"},
        "ce_id": {"format": "uuid"},
        "ce_time": {"format": "date-time"},
        "ce_dataschema": {"const": kind.schema_name()},
        "ce_sequence": {"pattern": f"^[0-9]{{1,{SEQUENCE_DIGITS}}}$", "description": SEQUENCE},
        "ce_correlationid": {"format": "uuid"},
        "ce_causationid": {"format": "uuid"},
        "ce_actor": {},
        "ce_follows": {},
        "ce_signature": {},
        "ce_keyid": {},
        "traceparent": {},
        "content-type": {"const": CONTENT_TYPE},
    }
    optional = {"ce_follows", "ce_signature", "ce_keyid", "traceparent"}
    return {
        "type": "object",
        "properties": {name: {"type": "string", **rule} for name, rule in texts.items()},
        "required": [name for name in texts if name not in optional],
    }


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
