"""Conditional creates: an order with `ifNoneExist` changes nothing where one order fits it; several refuse it."""

from collections.abc import Sequence
from http import HTTPStatus
from uuid import UUID

from carebus.errors import CarebusError
from carebus.storage.database import Connection
from carebus.web.fhir.refusing import NotReadable
from services.referral import store
from services.referral.channels.fhir.arriving import Resources
from services.referral.channels.fhir.focus import focus_of
from services.referral.channels.fhir.searching import Search, found_each, parameters
from services.referral.channels.fhir.standing import Standing

SEVERAL = "More than one order is there already: name the one that is meant."
_MOST, _MOST_OF_A_STATUS = 2, 100
"""So many of those that fit are looked at: two are several, but their status may tell them apart."""


class ThereAlready(CarebusError):
    """An order that fits ifNoneExist is there already: nothing was changed."""

    status = HTTPStatus.OK

    def __init__(self, referral_id: UUID) -> None:
        """How it stands is read anew: within a decision that is taken back it stands as after that."""
        super().__init__()
        self.referral_id = referral_id


def query_of(found: Resources) -> str:
    """What the order's `ifNoneExist` asks for, if it has one. Raises NotReadable."""
    condition = found.entry_of(focus_of(found).order).at("request", "ifNoneExist")
    query = condition.text.rpartition("?")[2]
    try:
        if condition:
            Search.read(parameters(query), strict=True)
    except NotReadable:
        rule = "Give a search by identifier, such as identifier=system|value: no other can be looked for."
        raise NotReadable.because("not-supported", rule, condition.path) from None
    return query


def numbers_of(query: str) -> frozenset[str]:
    """The numbers that are asked for, whoever gave them."""
    search = Search.read(parameters(query), strict=True)
    return frozenset(token.value for either in search.identifiers for token in either)


async def there_already(db: Connection, queries: Sequence[str]) -> list[list[Standing]]:
    """The orders that fit each of these."""
    searches = [Search.read(parameters(each), strict=True) for each in queries]
    plain = await found_each(db, [each for each in searches if not each.statuses], _MOST)
    chosen = await found_each(db, [each for each in searches if each.statuses], _MOST_OF_A_STATUS)
    fits = iter(plain), iter(chosen)
    return [next(fits[bool(each.statuses)]) for each in searches]


async def there_for_sure(db: Connection, queries: Sequence[str]) -> list[list[Standing]]:
    """The same, and nobody else creates by an equal condition until this transaction ends."""
    await store.lock_numbers(db, sorted(frozenset[str]().union(*map(numbers_of, queries))))
    return await there_already(db, queries)


def require_none(found: Resources, there: Sequence[Standing]) -> None:
    """Raises ThereAlready for one that fits, NotReadable for several."""
    if len(there) > 1:
        at = found.entry_of(focus_of(found).order).at("request", "ifNoneExist").path
        raise NotReadable.because("multiple-matches", SEVERAL, at, HTTPStatus.PRECONDITION_FAILED)
    if there:
        raise ThereAlready(there[0].referral.referral_id)
