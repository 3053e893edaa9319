"""Reads the data that the service brings: starting plans, and what medicines are checked by."""

from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import ValidationError

from carebus.errors import CarebusError, broken_rules
from services.care_plan.domain.medicines.rules import MedicineRules
from services.care_plan.domain.plan.starting import StartingPlans

OWN = Path(__file__).parents[1] / "rulesets"

D = TypeVar("D", StartingPlans, MedicineRules)


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


def _newest(name: str, kind: type[D]) -> D:
    return max((read(file, kind) for file in OWN.glob(f"{name}-*.yaml")), key=lambda each: each.version)
