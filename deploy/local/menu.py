"""The menu of a local run: a file with a link to each of its services, which all its pages show."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from carebus.web.links import parsed

START = "Start"


def label_of(service: str) -> str:
    """What the menu calls a service."""
    return service.replace("_", " ").capitalize()


def keep_links(file: Path, links: Mapping[str, str]) -> None:
    """Let the menu have these links and no others, at once for whoever reads it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    new.write_text(",".join(f"{label}={where}" for label, where in links.items()))
    new.replace(file)


def links_of(file: Path) -> dict[str, str]:
    """What the menu has, by label."""
    return {link.label: link.href for link in parsed(file.read_text())} if file.exists() else {}


def services_of(file: Path) -> dict[str, str]:
    """Where each service of the menu is, by name."""
    return {label.lower().replace(" ", "_"): where for label, where in links_of(file).items() if label != START}
