"""The guides for conversations that the service brings."""

from functools import cache
from pathlib import Path

import yaml
from pydantic import ValidationError

from carebus.errors import CarebusError, broken_rules
from services.wishes.domain.conversations.guide import Guide

OWN = Path(__file__).parents[1] / "guides"
NEWEST = "serious_illness", 1


class GuideUnreadable(CarebusError):
    """The guide in {file} can't be used: {why}."""

    status = 500


@cache
def guides() -> dict[tuple[str, int], Guide]:
    """Every guide by its name and version. Raises GuideUnreadable."""
    found = [_read(file) for file in sorted(OWN.glob("*.yaml"))]
    return {(one.guide, one.version): one for one in found}


def newest() -> Guide:
    """The one that a conversation begins with today."""
    return guides()[NEWEST]


def _read(file: Path) -> Guide:
    try:
        return Guide.model_validate(yaml.safe_load(file.read_text("utf-8")))
    except ValidationError as why:
        raise GuideUnreadable(file=file.name, why=broken_rules(why)) from None
    except (OSError, yaml.YAMLError) as why:
        raise GuideUnreadable(file=file.name, why=type(why).__name__) from None
