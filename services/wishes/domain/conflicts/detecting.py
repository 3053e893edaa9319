"""Finds what can't both be followed: every pair of sides, by the contract's table of contradictions.

It reads codes, and no meaning out of texts. It chooses nothing: the later side stands first, and a person is asked.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import NamedTuple
from uuid import UUID, uuid5

from carebus.contracts.wishes import Side, SideKind, contradict

_KEYS = UUID("4f0d7b6e-3f53-5a1a-9a0f-1f6f5f0a4c55")
WISHES = frozenset({SideKind.DOCUMENT, SideKind.CONVERSATION, SideKind.GOAL})
"""What somebody wants. Of two others (an order and equipment, say) neither is a wish, and no wish is contradicted."""


class Pair(NamedTuple):
    """Two sides that contradict each other, the later first."""

    conflict_id: UUID
    first: Side
    second: Side


def pairs_of(sides: Sequence[Side]) -> tuple[Pair, ...]:
    """Every contradiction among them, each pair once, in the same order for the same sides."""
    ordered = sorted(sides, key=_order)
    found = (_pair(one, other) for one, other in combinations(ordered, 2) if _contradicts(one, other))
    return tuple(sorted(found, key=lambda pair: str(pair.conflict_id)))


def contradicted(side: Side, known: Iterable[Side]) -> tuple[Side, ...]:
    """Which of the known sides something new would contradict."""
    return tuple(one for one in known if _contradicts(side, one))


def key_of(side: Side) -> str:
    """The same thing saying the same is the same side, however its words are put."""
    return f"{side.kind}/{side.of}/{side.topic}/{side.choice}"


def _contradicts(one: Side, other: Side) -> bool:
    if one.of == other.of or not WISHES & {one.kind, other.kind}:
        return False
    return contradict((one.topic, one.choice), (other.topic, other.choice))


def _pair(one: Side, other: Side) -> Pair:
    return Pair(uuid5(_KEYS, "|".join(sorted((key_of(one), key_of(other))))), one, other)


def _order(side: Side) -> tuple[int, str]:
    return (-side.stated_on.toordinal(), key_of(side))
