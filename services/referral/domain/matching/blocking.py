"""Under which keys a person is found again: each is a few traits together that hardly anybody else shares.

A key is a number of 64 bits, so that it is small, says nothing, and takes one index for all kinds.
"""

from collections.abc import Iterator
from hashlib import blake2b

from carebus.folding import base, unparted
from services.referral.domain.matching.levels import joined
from services.referral.domain.matching.traits import Traits

BLOCK = 100
"""How many statements under one key are looked at. A fuller block (a home's phone number, a name that everybody has)
tells nobody apart; the people who matter are found under another key."""

VERSION = 2
"""Raise it when traits or keys of a statement come to be made otherwise: what is kept is then made again."""

SHORTEST_STREET = 5
"""Characters of a house number and street that say where somebody lives."""


def keys(of: Traits) -> list[int]:
    """The keys of one statement."""
    return sorted({_number(text) for text in _texts(of)})


def proving(of: Traits) -> list[int]:
    """Those keys under which every certain match is found: if none is too full to look at, there is no other."""
    return sorted({_number(text) for text in _proving(of)})


def _proving(of: Traits) -> Iterator[str]:
    """By date of birth, day and month in either order, with the start of either name; and by a plan's number."""
    if of.born:
        yield from (f"born+name {_day(of)} {joined(name)[:2]}" for name in (of.family, of.given) if name)
    for number in {of.mbi, base(of.member), unparted(of.member)} - {""}:
        yield f"number {number}"


def _texts(of: Traits) -> Iterator[str]:
    yield from _proving(of)
    if of.born and of.postal_code:
        yield f"born+code {_day(of)} {of.postal_code}"
    if of.given and of.family:
        yield from _by_names(of, "names " + " ".join(sorted((joined(of.given), joined(of.family)))))
    if of.postal_code:
        yield from (f"name+code {joined(name)[:4]} {of.postal_code}" for name in (of.family, of.given) if name)
    if len(street := joined(of.street)) >= SHORTEST_STREET:
        yield f"home {street[:8]} {of.postal_code[:3]}"
    for kind, value in (("phone", of.phone), ("email", of.email)):
        if value:
            yield f"{kind} {value}"


def _by_names(of: Traits, names: str) -> Iterator[str]:
    """Both names; and with a part of the birth date, which says who is meant where hundreds have the names.

    Whatever one slip did to the date, its year or its day and month (in either order) are as they were.
    """
    yield names
    if of.born:
        yield f"{names} {of.born[:4]}"
        yield f"{names} {_day(of)[4:]}"


def _day(of: Traits) -> str:
    return of.born[:4] + "".join(sorted((of.born[4:6], of.born[6:])))


def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)
