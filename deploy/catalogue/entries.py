"""Every event with what there is to know about it, from the contracts, the services' own tables and the releases."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from inspect import cleandoc
from pathlib import Path
from typing import Any

from carebus.contracts import PUBLISHED_BY, Event, phi_paths
from carebus.contracts.examples import sampled
from carebus.observing.schemas import made_up

ROOT = Path(__file__).parents[2]
SERVICES = ROOT / "services"
RELEASED = ROOT / "tests" / "contracts" / "released"
UNRELEASED = "the next release"
PHI = {
    "name": "a name",
    "place": "a place",
    "date": "a date",
    "phone": "a phone number",
    "email": "an e-mail address",
    "number": "a number",
    "text": "a free text",
}
"""The kinds of protected fields, in words."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event as the page shows it. `marks` are its protected fields with their kinds in words."""

    name: str
    type_name: str
    meaning: tuple[str, ...]
    topic: str
    about: str
    told_by: str
    heard_by: tuple[str, ...]
    marks: tuple[tuple[str, str], ...]
    since: str
    example: str
    is_sampled: bool

    @property
    def gist(self) -> str:
        """What it means, in its first sentence."""
        return self.meaning[0]


@cache
def entries() -> tuple[Entry, ...]:
    """All events, by who tells them."""
    hears = heard_by(services())
    return tuple(_entry(kind, source, hears) for source, kinds in PUBLISHED_BY.items() for kind in kinds)


def services() -> list[str]:
    """The packages of all services that are here."""
    return sorted(folder.name for folder in SERVICES.iterdir() if (folder / "handlers.py").exists())


def heard_by(names: list[str]) -> dict[str, frozenset[type[Any]]]:
    """What each of these services hears, by its own table."""
    return {name: frozenset(import_module(f"services.{name}.handlers").HANDLERS) for name in names}


def since(name: str, releases: Path = RELEASED) -> str:
    """The first release whose contracts have this event."""
    found = [folder.name for folder in releases.glob("*/") if (folder / "events" / f"{name}.json").exists()]
    return min(found, key=_version, default=UNRELEASED)


def _version(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in name.split(".") if part.isdigit())


def _entry(kind: type[Event], source: str, hears: Mapping[str, frozenset[type[Any]]]) -> Entry:
    found = sampled(kind)
    body = found["body"] if found else made_up(kind)
    return Entry(
        name=kind.__name__,
        type_name=kind.type_name(),
        meaning=tuple(" ".join(part.split()) for part in cleandoc(kind.__doc__ or "").split("\n\n")),
        topic=kind.SUBJECT.topic,
        about=kind.SUBJECT.label,
        told_by=source,
        heard_by=tuple(name for name, kinds in hears.items() if kind in kinds),
        marks=tuple((path, PHI[mark]) for path, mark in sorted(phi_paths(kind).items())),
        since=since(kind.__name__),
        example=json.dumps(body, indent=2, ensure_ascii=False) if body else "",
        is_sampled=found is not None,
    )
