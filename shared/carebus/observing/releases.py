"""Holds the contracts of today against every release: what breaks, for whom, and what to do instead."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carebus.contracts import EVENTS, PUBLISHED_BY
from carebus.contracts.event import Event
from carebus.observing.compatibility import Finding, Harm, Schema, compare
from carebus.observing.schemas import schema


@dataclass(frozen=True, slots=True)
class Declared:
    """What is public of an event beside its body: who tells it, on which topic, keyed by what, as which type."""

    schema: Schema
    publisher: str
    topic: str
    subject: str
    type: str


def of_today() -> dict[str, Declared]:
    """Every event of the contracts, by its name."""
    tells = {kind: source for source, kinds in PUBLISHED_BY.items() for kind in kinds}
    return {kind.__name__: declared(kind, tells[kind]) for kind in EVENTS.values()}


def declared(kind: type[Event], publisher: str) -> Declared:
    """What is public of one event."""
    return Declared(schema(kind), publisher, kind.SUBJECT.topic, kind.SUBJECT.label, kind.type_name())


def of_release(folder: Path) -> dict[str, Declared]:
    """Every event of a frozen release."""
    return {file.stem: _frozen(folder, json.loads(file.read_text()), file.stem) for file in _events(folder)}


def breaking(released: Path, today: Mapping[str, Declared] | None = None) -> Iterator[tuple[str, Finding]]:
    """What harms anybody since each release in this folder, unless `accepted.json` there says why it may."""
    accepted = json.loads((released / "accepted.json").read_text())
    now = of_today() if today is None else today
    for folder in sorted(one for one in released.iterdir() if one.is_dir()):
        for finding in differences(of_release(folder), now):
            if finding.harm is Harm.OLD_EVENTS or f"{finding.where}: {finding.what}" not in accepted:
                yield folder.name, finding


def differences(old: Mapping[str, Declared], new: Mapping[str, Declared]) -> list[Finding]:
    """Everything that changed harmfully between two releases."""
    found = compare({n: one.schema for n, one in old.items()}, {n: one.schema for n, one in new.items()})
    for name in sorted(old.keys() & new.keys()):
        was, now = old[name], new[name]
        for what, changed in (
            ("another publisher", was.publisher != now.publisher),
            ("another topic", was.topic != now.topic),
            ("another key", was.subject != now.subject),
            ("another type", was.type != now.type),
        ):
            if changed:
                found.append(Finding(name, what, Harm.OLD_EVENTS))
    return sorted(found)


def _events(folder: Path) -> list[Path]:
    return sorted((folder / "events").glob("*.json"))


def _frozen(folder: Path, record: Mapping[str, Any], name: str) -> Declared:
    headers = record["headers"]
    return Declared(
        json.loads((folder / "schemas" / f"{name}.json").read_text()),
        headers["ce_source"],
        record["topic"],
        headers["ce_subject"].partition("/")[0],
        headers["ce_type"],
    )
