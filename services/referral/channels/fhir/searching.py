"""Searches for Tasks as FHIR has it: `a,b` is either, a parameter twice is both, and strict asks for no surprises."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Self
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from carebus.storage.database import Connection
from carebus.web.fhir.refusing import NotReadable
from services.referral import store
from services.referral.channels.fhir import codes
from services.referral.channels.fhir.standing import Standing, standing_of, status_of
from services.referral.domain.workflow.reference import read_reference

LONGEST_VALUE = 500
MOST_VALUES = 50
TASK_STATUS = "http://hl7.org/fhir/task-status"
_COMMON = {"_format", "_pretty"}
_PIECES = re.compile(r"(\\.|[,|])", re.DOTALL)
_ESCAPED = re.compile(r"\\([\\,|$])")

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Token:
    """A value of a token parameter; without a system any will do, an empty one is none."""

    system: str | None
    value: str


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked for: every list of tokens has to be met, by any one of its own."""

    identifiers: tuple[tuple[Token, ...], ...]
    statuses: tuple[tuple[Token, ...], ...] = ()
    asked: tuple[tuple[str, str], ...] = ()

    @classmethod
    def read(cls, pairs: Pairs, *, strict: bool) -> Self:
        """The search that these parameters are. Raises NotReadable."""
        used = [(name, text) for name, text in pairs if name.partition(":")[0] in {"identifier", "status"}]
        if strict and (unknown := len({name for name, _ in pairs} - {name for name, _ in used} - _COMMON)):
            raise _refused("not-supported", f"Search by identifier and status: {unknown} other was asked for.")
        if any(":" in name for name, _ in used):
            raise _refused("not-supported", "Search without modifiers.")
        found = {name: tuple(_tokens(text) for at, text in used if at == name) for name in ("identifier", "status")}
        if sum(len(either) for lists in found.values() for either in lists) > MOST_VALUES:
            raise _refused("too-costly", f"Ask for at most {MOST_VALUES} values.")
        if not found["identifier"]:
            raise _refused("required", "Search by identifier, as value or as system|value.")
        return cls(found["identifier"], found["status"], tuple(used))

    def link(self, base: str) -> str:
        """The address of this search."""
        return f"{base}/Task?{urlencode(self.asked)}"


def parameters(query: str) -> list[tuple[str, str]]:
    """The parameters of a query or a form. Raises NotReadable."""
    try:
        return parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=MOST_VALUES * 2)
    except ValueError:
        raise _refused("structure", "Send the parameters of a search in UTF-8, and fewer of them.") from None


async def found(db: Connection, search: Search) -> list[Standing]:
    """The referrals that a search finds, as they stand."""
    [those] = await found_each(db, [search])
    return those


async def found_each(db: Connection, searches: Sequence[Search], most: int | None = None) -> list[list[Standing]]:
    """What each search finds; of those that fit by number no more than `most` are looked at."""
    numbered = await _numbered(db, {token for each in searches for either in each.identifiers for token in either})
    fits = [_meets_all(each, numbered)[:most] for each in searches]
    ids = sorted({referral_id for those in fits for referral_id in those})
    known = {each.referral_id: standing_of(of, each) for of, each in await store.referrals_by_id(db, ids)}
    return [
        [known[each] for each in those if each in known and _fits(known[each], search)]
        for search, those in zip(searches, fits, strict=True)
    ]


def _meets_all(search: Search, numbered: Mapping[Token, set[UUID]]) -> list[UUID]:
    fits = [set[UUID]().union(*(numbered[token] for token in either)) for either in search.identifiers]
    return sorted(set.intersection(*fits)) if fits else []


async def _numbered(db: Connection, tokens: Iterable[Token]) -> dict[Token, set[UUID]]:
    """By token the referrals with this number: their own id, the one that is read out, or their senders'."""
    found: dict[Token, set[UUID]] = {token: set() for token in tokens}
    own = {token: one for token in found if token.system in {None, codes.OURS} and (one := _uuid(token.value))}
    spoken = {
        token: read_out
        for token in found.keys() - own.keys()
        if token.system in {None, codes.REFERENCE} and (read_out := read_reference(token.value))
    }
    there, named = await store.streams_of(db, [*own.values()]), await store.with_references(db, [*spoken.values()])
    placed = [*(found.keys() - own.keys() - spoken.keys())]
    numbers = await store.placed(db, [(token.value, token.system) for token in placed])
    return {
        **{token: {one} & there.keys() for token, one in own.items()},
        **{token: named.get(reference, set()) for token, reference in spoken.items()},
        **dict(zip(placed, numbers, strict=True)),
    }


def _fits(standing: Standing, search: Search) -> bool:
    status = status_of(standing)
    return all(
        any(token.value == status and token.system in {None, TASK_STATUS} for token in either)
        for either in search.statuses
    )


def _tokens(text: str) -> tuple[Token, ...]:
    return tuple(map(_token, _parted(text, ",")))


def _token(text: str) -> Token:
    *system, value = _parted(text.strip(), "|")
    value = _ESCAPED.sub(r"\1", value)
    if not value or "\0" in text or len(text) > LONGEST_VALUE:
        raise _refused("value", "Give a number, as value or as system|value.")
    return Token(_ESCAPED.sub(r"\1", "|".join(system)) if system else None, value)


def _parted(text: str, by: str) -> list[str]:
    """The parts between a character; one after a backslash is part of its part."""
    parts = [""]
    for piece in _PIECES.split(text):
        if piece == by:
            parts.append("")
        else:
            parts[-1] += piece
    return parts


def _uuid(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None


def _refused(code: str, rule: str) -> NotReadable:
    return NotReadable.because(code, rule, status=HTTPStatus.BAD_REQUEST)
