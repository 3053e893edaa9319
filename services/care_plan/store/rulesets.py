"""Reads the data that the service brings, or those of an operator's own folder: starting plans, what medicines are
checked by, and the planner's numbers."""

from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import ValidationError

from carebus.errors import CarebusError, broken_rules
from services.care_plan.domain.medicines.rules import MedicineRules
from services.care_plan.domain.plan.starting import StartingPlans
from services.care_plan.domain.team.fit import Weights
from services.care_plan.domain.team.routes import DayRules
from services.care_plan.domain.team.travel import Travel

OWN = Path(__file__).parents[1] / "rulesets"

D = TypeVar("D", StartingPlans, MedicineRules, Weights, Travel, DayRules)


class RulesetUnreadable(CarebusError):
    """The data in {file} can't be used: {why}."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR


@cache
def starting_plans() -> StartingPlans:
    """The newest starting plans there are. Raises RulesetUnreadable."""
    return _newest("plans", StartingPlans)


@cache
def medicine_rules() -> MedicineRules:
    """The newest rules for medicines there are. Raises RulesetUnreadable."""
    return _newest("medicines", MedicineRules)


@cache
def assignment_weights(added: Path | None = None) -> Weights:
    """What counts in a choice of a team. Raises RulesetUnreadable."""
    return _newest("assignment", Weights, added)


@cache
def travel_rules(added: Path | None = None) -> Travel:
    """How ways are reckoned. Raises RulesetUnreadable."""
    return _newest("travel", Travel, added)


@cache
def day_rules(added: Path | None = None) -> DayRules:
    """How a day is laid out. Raises RulesetUnreadable."""
    return _newest("day", DayRules, added)


def read(file: Path, kind: type[D]) -> D:
    """What this file says. Raises RulesetUnreadable, which says what is wrong."""
    try:
        found = kind.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError):
        raise RulesetUnreadable(file=file.name, why="it can't be read as text") from None
    except yaml.YAMLError:
        raise RulesetUnreadable(file=file.name, why="it is not YAML") from None
    except ValidationError as exc:
        raise RulesetUnreadable(file=file.name, why=broken_rules(exc)) from None
    if file.stem.rpartition("-")[2] != str(found.version):
        raise RulesetUnreadable(file=file.name, why=f"its name is to end with -{found.version}{file.suffix}")
    return found


def _newest(name: str, kind: type[D], added: Path | None = None) -> D:
    """The newest version there is; an operator's own go before the service's."""
    for folder in (added, OWN):
        found = [read(file, kind) for file in folder.glob(f"{name}-*.yaml")] if folder else []
        if found:
            return max(found, key=lambda each: each.version)
    raise RulesetUnreadable(file=f"{name}-1.yaml", why="there is no such file")
