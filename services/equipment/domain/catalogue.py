"""What may be asked for: items by their HCPCS codes, in plain words, with how each is paid and for how long."""

from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated

from pydantic import ConfigDict, Field, model_validator

from carebus.contracts.event import Value
from carebus.errors import BrokenRule, CarebusError

Words = Annotated[str, Field(min_length=1, max_length=120)]
Code = Annotated[str, Field(pattern=r"^[A-Z][0-9]{4}$")]


class ItemUnknown(CarebusError):
    """This code is not in the catalogue. Choose one that is."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "item_code"


class Category(StrEnum):
    """What an item is for."""

    BED = "bed"
    MOBILITY = "mobility"
    BATH = "bath"
    BREATHING = "breathing"
    FEEDING = "feeding"
    MEDICINE = "medicine"


class Paid(StrEnum):
    """How an item is paid: at once, by rent until it is the patient's own, or by rent while it stays the supplier's."""

    BOUGHT = "bought"
    RENTED_TO_OWN = "rented_to_own"
    RENTED = "rented"


class Item(Value):
    """One item. rental_months: None for rent without an end, and where nothing is rented."""

    model_config = ConfigDict(extra="forbid")
    code: Code
    en: Words
    es: Words
    category: Category
    paid: Paid
    rental_months: Annotated[int | None, Field(ge=1, le=120)] = None
    oxygen: bool = False
    source: Words

    @model_validator(mode="after")
    def _months_go_with_rent(self) -> "Item":
        if (self.paid is Paid.RENTED_TO_OWN) and self.rental_months is None:
            raise BrokenRule("What is rented to own says after how many months.")
        if self.paid is Paid.BOUGHT and self.rental_months is not None:
            raise BrokenRule("What is bought has no months of rent.")
        return self


class Catalogue(Value):
    """All items of one version, by code."""

    model_config = ConfigDict(extra="forbid")
    version: Annotated[int, Field(ge=1)]
    items: Annotated[tuple[Item, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _has_each_code_once(self) -> "Catalogue":
        codes = [one.code for one in self.items]
        if len(codes) != len(set(codes)):
            raise BrokenRule("Each code stands once.")
        return self

    @property
    def by_code(self) -> Mapping[str, Item]:
        """Each item by its code."""
        return {one.code: one for one in self.items}

    def item(self, code: str) -> Item:
        """The item with this code. Raises ItemUnknown."""
        found = self.by_code.get(code.strip().upper())
        if found is None:
            raise ItemUnknown
        return found
