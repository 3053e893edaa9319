"""Precision and recall on the FEBRL sets: of the combinations, of the weight, and of the verdict for each record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from bench.matching.estimate import SET
from bench.matching.febrl import Febrl, Pair, load
from services.referral.domain.matching import Grade, Known, Match, Verdict, match, place
from services.referral.domain.matching.blocking import keys

REPORTED = ("febrl4", "febrl1", "febrl2")
"""The sets that nothing was estimated or chosen on."""


@dataclass(frozen=True)
class Found:
    """How many pairs a rule found, and how many of them, and of all true ones, are right."""

    rule: str
    found: int
    right: int
    true: int

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.true


def qualities(people: Febrl) -> list[Found]:
    """What each rule finds among a set's pairs."""
    matches, true = matched(people), people.true_pairs()
    graded = {grade: {pair for pair, each in matches.items() if each.grade is grade} for grade in Grade}
    certain = graded[Grade.CERTAIN]
    probable, possible = certain | graded[Grade.PROBABLE], certain | graded[Grade.PROBABLE] | graded[Grade.POSSIBLE]
    rules = {
        "shares a key": set(matches),
        "certain": certain,
        "probable or better": probable,
        "possible or better": possible,
    }
    return [Found(rule, len(pairs), len(pairs & true), len(true)) for rule, pairs in rules.items()]


def matched(people: Febrl) -> dict[Pair, Match]:
    """Every pair that shares a key, as it is judged online."""
    size = people.half or len(people.traits)
    pairs = people.blocked_pairs([keys(traits) for traits in people.traits])
    return {(a, b): match(people.traits[a], people.traits[b], size) for a, b in pairs}


def verdicts(people: Febrl, most: int | None = None) -> Counter[str]:
    """What becomes of each record of the second half, as if it were referred to a service that knows the first."""
    assert people.half is not None
    blocks: dict[int, list[int]] = {}
    for number in range(people.half):
        for key in keys(people.traits[number]):
            blocks.setdefault(key, []).append(number)
    ends: Counter[str] = Counter()
    for number in range(people.half, len(people.traits))[:most]:
        traits = people.traits[number]
        known = [
            Known(UUID(int=n), people.traits[n])
            for n in sorted({n for key in keys(traits) for n in blocks.get(key, [])})
        ]
        placed = place(traits, known, people.half)
        who = {people.person[each.patient_id.int] for each in placed.candidates}
        right = people.person[number] in who
        first = bool(placed.candidates) and people.person[placed.candidates[0].patient_id.int] == people.person[number]
        ends[_end(placed.verdict, right=first if placed.verdict is Verdict.AUTO_LINKED else right)] += 1
    return ends


def _end(verdict: Verdict, *, right: bool) -> str:
    return {
        Verdict.AUTO_LINKED: "linked to the right person" if right else "linked to a wrong person",
        Verdict.REVIEW: "reviewed, the right person among the candidates"
        if right
        else "reviewed, without the right person",
        Verdict.NEW_PERSON: "taken for somebody new",
    }[verdict]


def row(people: Febrl, found: Found) -> str:
    """A line of the result table."""
    fields = "names, birth date, address" + (", number" if people.numbers else "")
    shown = people.name + (" (estimated on)" if people.name == SET else "")
    return (
        f"| {shown} | {fields} | {found.rule} | {found.found:,} | {found.right:,} of {found.true:,} | "
        f"{found.precision:.4f} | {found.recall:.4f} |"
    )


def tables() -> Iterator[str]:
    """The lines of the result tables."""
    yield "| set | fields | rule | pairs found | right | precision | recall |"
    yield "| --- | --- | --- | ---: | ---: | ---: | ---: |"
    for name in (*REPORTED, SET):
        for numbers in (False, True):
            people = load(name, numbers=numbers)
            yield from (row(people, found) for found in qualities(people))
    yield ""
    yield "| each record of febrl4's second half is | names, birth date, address | with a number |"
    yield "| --- | ---: | ---: |"
    without, with_number = (verdicts(load("febrl4", numbers=numbers)) for numbers in (False, True))
    for end in sorted({*without, *with_number}):
        yield f"| {end} | {without[end]:,} | {with_number[end]:,} |"
