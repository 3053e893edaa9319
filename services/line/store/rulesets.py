"""Reads the data that the line brings: in which order somebody is paged."""

from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from carebus.errors import CarebusError, broken_rules
from services.line.domain.shifts.ladder import Ladder

OWN = Path(__file__).parents[1] / "rulesets"
LADDER = "paging-1.yaml"
V = TypeVar("V")


class RulesetUnreadable(CarebusError):
    """The data in {file} can't be used: {why}."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR


@cache
def ladder(file: Path = OWN / LADDER) -> Ladder:
    """In which order somebody is paged. Raises RulesetUnreadable."""
    return read(file, Ladder.model_validate)


def read(file: Path, make: Callable[[Any], V]) -> V:
    """What is made of this file's YAML. Raises RulesetUnreadable, which says what is wrong."""
    try:
        return make(yaml.safe_load(file.read_text("utf-8")))
    except ValidationError as why:
        raise RulesetUnreadable(file=file.name, why=broken_rules(why)) from None
    except (OSError, yaml.YAMLError, AttributeError, KeyError) as why:
        raise RulesetUnreadable(file=file.name, why=type(why).__name__) from None
