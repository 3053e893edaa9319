"""Reads the pages for families that the line brings."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import yaml
from pydantic import ValidationError

from carebus.errors import broken_rules
from services.line.domain.resources.resource import Resource
from services.line.store.rulesets import RulesetUnreadable

OWN = Path(__file__).parents[1] / "resources"


@cache
def resources(folder: Path = OWN) -> Mapping[str, Resource]:
    """Every page, by its topic. Raises RulesetUnreadable."""
    read = [_read(file) for file in sorted(folder.glob("*.yaml"))]
    return MappingProxyType({one.topic: one for one in read})


def _read(file: Path) -> Resource:
    try:
        said = yaml.safe_load(file.read_text("utf-8"))
        suggested = said.pop("suggested")
        return Resource.model_validate({"topic": file.stem, "suggested": suggested, "texts": said})
    except ValidationError as why:
        raise RulesetUnreadable(file=file.name, why=broken_rules(why)) from None
    except (OSError, yaml.YAMLError, AttributeError, KeyError) as why:
        raise RulesetUnreadable(file=file.name, why=type(why).__name__) from None
