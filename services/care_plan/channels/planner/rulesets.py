"""Reads what the planner reckons with: the numbers that the service brings, or those of an operator's own folder."""

from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import ValidationError

from carebus.errors import CarebusError, broken_rules
from services.care_plan.domain.team.fit import Weights
from services.care_plan.domain.team.routes import DayRules
from services.care_plan.domain.team.travel import Travel

OWN = Path(__file__).parents[2] / "rulesets"

V = TypeVar("V", Weights, Travel, DayRules)


class RulesetBroken(CarebusError):
    """The rules in {file} can't be used: {why}."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR


@cache
def assignment_weights(added: Path | None = None) -> Weights:
    """What counts in a choice, by the newest version there is. Raises RulesetBroken."""
    return _newest("assignment", Weights, added)


@cache
def travel_rules(added: Path | None = None) -> Travel:
    """How ways are reckoned, by the newest version there is. Raises RulesetBroken."""
    return _newest("travel", Travel, added)


@cache
def day_rules(added: Path | None = None) -> DayRules:
    """How a day is laid out, by the newest version there is. Raises RulesetBroken."""
    return _newest("day", DayRules, added)


def _newest(name: str, kind: type[V], added: Path | None) -> V:
    """An operator's own go before the service's."""
    for folder in (added, OWN):
        found = [read(file, kind) for file in folder.glob(f"{name}-*.yaml")] if folder else []
        if found:
            return max(found, key=lambda each: each.version)
    raise RulesetBroken(file=f"{name}-1.yaml", why="there is no such file")


def read(file: Path, kind: type[V]) -> V:
    """The rules in this file. Raises RulesetBroken, which says what is wrong."""
    try:
        found = kind.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError):
        raise RulesetBroken(file=file.name, why="it can't be read as text") from None
    except yaml.YAMLError:
        raise RulesetBroken(file=file.name, why="it is not YAML") from None
    except ValidationError as exc:
        raise RulesetBroken(file=file.name, why=broken_rules(exc)) from None
    if file.stem.rpartition("-")[2] != str(found.version):
        raise RulesetBroken(file=file.name, why=f"its name is to end with -{found.version}{file.suffix}")
    return found
