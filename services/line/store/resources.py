"""Reads the pages for families that the line brings."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from services.line.domain.resources.resource import Resource
from services.line.store.rulesets import read

OWN = Path(__file__).parents[1] / "resources"


@cache
def resources(folder: Path = OWN) -> Mapping[str, Resource]:
    """Every page, by its topic. Raises RulesetUnreadable."""
    found = [_read(file) for file in sorted(folder.glob("*.yaml"))]
    return MappingProxyType({one.topic: one for one in found})


def _read(file: Path) -> Resource:
    def made(said: Any) -> Resource:
        return Resource.model_validate({"topic": file.stem, "suggested": said.pop("suggested"), "texts": said})

    return read(file, made)
