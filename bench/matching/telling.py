"""What becomes of the invented households: who is linked unseen, reviewed, missed, and linked to somebody else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from bench.matching.households import ACCEPTED, AGAIN, OTHERS, Case, cases
from services.referral.domain.matching import Known, Verdict, place
from services.referral.domain.matching.blocking import keys

PEOPLE = 100_000
"""How many people are known, as far as the weight asks."""
OF_EACH_KIND = 1_200
LINKED, REVIEWED, NEW, WRONG, UNFOUND = "linked", "reviewed", "new", "wrong", "reviewed without the right one"


@dataclass
class Told:
    """The ends of one kind's cases, and how many pairs were held against each other."""

    kind: str
    ends: Counter[str] = field(default_factory=Counter)
    pairs: int = 0

    @property
    def wrong(self) -> int:
        """How many were linked to somebody else."""
        return self.ends[WRONG]


def tell(kind: str, many: int = OF_EACH_KIND) -> Told:
    """Place so many statements of a kind among those who share a key with them."""
    told = Told(kind)
    for case in cases(kind, many):
        told.ends[_end(case)] += 1
        told.pairs += len(case.known)
    return told


def _end(case: Case) -> str:
    wanted = set(keys(case.stated))
    known = [Known(UUID(int=n), each) for n, each in enumerate(case.known) if wanted & set(keys(each))]
    placed = place(case.stated, known, PEOPLE)
    if placed.verdict is Verdict.NEW_PERSON:
        return NEW
    right = None if case.right is None else UUID(int=case.right)
    if placed.verdict is Verdict.AUTO_LINKED:
        return LINKED if placed.patient_id == right else WRONG
    return REVIEWED if right in {None, *(each.patient_id for each in placed.candidates)} else UNFOUND


def row(told: Told) -> str:
    """A line of one of the tables."""
    ends = told.ends
    if told.kind in OTHERS:
        accepted = " (accepted)" if told.kind in ACCEPTED else ""
        return f"| {told.kind} | {told.pairs:,} | {ends[NEW]:,} | {ends[REVIEWED]:,} | {told.wrong:,}{accepted} |"
    return f"| {told.kind} | {ends[LINKED]:,} | {ends[REVIEWED]:,} | {ends[NEW] + ends[UNFOUND]:,} | {told.wrong:,} |"


def tables() -> Iterator[str]:
    """The lines of both tables, and their sum."""
    others, again = [tell(kind) for kind in OTHERS], [tell(kind) for kind in AGAIN]
    yield "| somebody nobody knows, beside | pairs | taken for somebody new | reviewed | linked to somebody else |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    yield from map(row, others)
    yield ""
    yield "| somebody known, stated with | linked | reviewed | missed | linked to somebody else |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    yield from map(row, again)
    yield ""
    pairs, wrong = sum(of.pairs for of in others), sum(of.wrong for of in (*others, *again))
    accepted = sum(of.wrong for of in others if of.kind in ACCEPTED)
    yield f"{pairs:,} pairs of two people: {wrong:,} wrong links, {accepted:,} of them of the accepted kinds."
