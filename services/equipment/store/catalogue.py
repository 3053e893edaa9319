"""Reads the catalogue that the service brings, or the operator's own."""

from functools import cache
from http import HTTPStatus
from pathlib import Path

import yaml
from pydantic import ValidationError

from carebus.errors import CarebusError, broken_rules
from services.equipment.domain.catalogue import Catalogue

OWN = Path(__file__).parents[1] / "catalogue" / "dme-1.yaml"


class CatalogueUnreadable(CarebusError):
    """The catalogue in {file} can't be used: {why}."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR


@cache
def catalogue(file: Path | None = None) -> Catalogue:
    """Everything that may be asked for. Raises CatalogueUnreadable."""
    chosen = file or OWN
    try:
        return Catalogue.model_validate(yaml.safe_load(chosen.read_text("utf-8")))
    except ValidationError as why:
        raise CatalogueUnreadable(file=chosen.name, why=broken_rules(why)) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as why:
        raise CatalogueUnreadable(file=chosen.name, why=type(why).__name__) from None
