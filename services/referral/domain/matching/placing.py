"""Where a statement about a person belongs: to exactly one person known, before a reviewer, or to somebody new.

Nobody is merged by this: at most a new referral is put on the patient that it certainly is about.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from uuid import UUID

from carebus.folding import is_unnamed, two_suffixes
from services.referral.domain.matching.combinations import combination
from services.referral.domain.matching.comparing import FIELDS, Agreement, agreement, generations_conflict
from services.referral.domain.matching.levels import Level, joined
from services.referral.domain.matching.names import is_another_name, words_pair
from services.referral.domain.matching.traits import Traits
from services.referral.domain.matching.weights import model, prior


class Grade(StrEnum):
    """How sure it is that two statements are about one person, in the words of FHIR's `match-grade`."""

    CERTAIN = "certain"
    PROBABLE = "probable"
    POSSIBLE = "possible"
    CERTAINLY_NOT = "certainly-not"


class Verdict(StrEnum):
    """What follows for a statement."""

    AUTO_LINKED = "auto_linked"
    REVIEW = "review"
    NEW_PERSON = "new_person"


@dataclass(frozen=True, slots=True)
class Match:
    """One statement compared with another: the combination that holds, if one does, and the weight with its parts."""

    grade: Grade
    combination: str | None
    weight: float
    agreed: Agreement
    parts: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Known:
    """A statement about a patient who is known."""

    patient_id: UUID
    traits: Traits


@dataclass(frozen=True, slots=True)
class Candidate:
    """A patient whom a statement may be about, by the best of the statements known of them."""

    patient_id: UUID
    match: Match
    deceased: bool


@dataclass(frozen=True, slots=True)
class Placement:
    """The verdict, and the candidates that it rests on, likeliest first."""

    verdict: Verdict
    candidates: tuple[Candidate, ...] = ()

    @property
    def patient_id(self) -> UUID | None:
        """The patient whom a statement is certainly about."""
        return self.candidates[0].patient_id if self.verdict is Verdict.AUTO_LINKED else None


GRADES = (Grade.CERTAIN, Grade.PROBABLE, Grade.POSSIBLE, Grade.CERTAINLY_NOT)
"""From the surest down."""
MOST_CANDIDATES = 10
"""A reviewer is shown no more."""


def match(a: Traits, b: Traits, population: int, *, shared: bool = False) -> Match:
    """Compare two statements, where so many people are known; `shared`: their member number proves nothing."""
    agreed, use = agreement(a, b), model()
    parts = use.parts(agreed)
    weight = sum(parts.values())
    found = combination(agreed, apart_from="member" if shared else "")
    if generations_conflict(a, b) or two_of_one_home(agreed):
        grade = Grade.CERTAINLY_NOT
    elif found:
        grade = Grade.PROBABLE if may_be_two(a, b, agreed) else Grade.CERTAIN
    else:
        grade = _grade(weight - prior(population))
        if grade is Grade.CERTAINLY_NOT and same_names_and_day(a, b, agreed):
            grade = Grade.POSSIBLE
    return Match(grade, found.id if found else None, weight, agreed, parts)


def _grade(odds: float) -> Grade:
    use = model()
    if odds >= use.probable:
        return Grade.PROBABLE
    return Grade.POSSIBLE if odds >= use.possible else Grade.CERTAINLY_NOT


def two_of_one_home(agreed: Agreement) -> bool:
    """Another first name and another date of birth: two people, though a family shares everything else."""
    return agreed["given"] is Level.DIFFERENT and agreed["born"] is Level.DIFFERENT


def may_be_two(a: Traits, b: Traits, agreed: Agreement) -> bool:
    """Whether two people may agree so: twins share the day, the home and the family name, newborns even the name.

    First names a letter apart, no name yet, two Medicare numbers, or two suffixes of one family's number.
    """
    if agreed["mbi"] is Level.DIFFERENT or is_unnamed(a.given) or is_unnamed(b.given):
        return True
    if a.plan == b.plan and two_suffixes(a.member, b.member):
        return True
    a_letter = agreed["given"] is Level.FUZZY and not words_pair(a.given, b.given)
    return a_letter and agreed["mbi"] is not Level.EXACT


def same_names_and_day(a: Traits, b: Traits, agreed: Agreement) -> bool:
    """The same names with the same birth date, or one a slip away: a move and a slip leave no more than that."""
    same_names = joined(a.given) == joined(b.given) != "" and agreed["family"] in {Level.EXACT, Level.FORMER}
    return same_names and agreed["born"] in {Level.EXACT, Level.FUZZY}


def shared_number(stated: Traits, known: Sequence[Traits]) -> bool:
    """Whether a statement's member number is known for two given names or two birth dates: then it is a family's."""
    if not stated.member:
        return False
    of_number = [stated, *(each for each in known if _same_number(stated, each))]
    return any(_two_people(a, b) for a, b in combinations(dict.fromkeys(of_number), 2))


def _two_people(a: Traits, b: Traits) -> bool:
    return is_another_name(a.given, b.given) or (a.born != b.born and bool(a.born and b.born))


def _same_number(a: Traits, b: Traits) -> bool:
    read, compare = FIELDS["member"]
    return compare(read(a), read(b)) is Level.EXACT


def place(stated: Traits, known: Sequence[Known], population: int, *, proven: bool = True) -> Placement:
    """Decide where a statement belongs, where so many people are known.

    `proven` is false when not everybody who might certainly match could be looked at.
    """
    deceased = {each.patient_id for each in known if each.traits.deceased}
    shared = shared_number(stated, [each.traits for each in known])
    best: dict[UUID, Candidate] = {}
    for each in known:
        found = match(stated, each.traits, population, shared=shared)
        new = Candidate(each.patient_id, found, each.patient_id in deceased)
        if new.match.grade is not Grade.CERTAINLY_NOT:
            best[each.patient_id] = min(new, best.get(each.patient_id, new), key=_rank)
    candidates = tuple(sorted(best.values(), key=_rank))[:MOST_CANDIDATES]
    return Placement(_verdict(candidates, proven=proven), candidates)


def _verdict(candidates: Sequence[Candidate], *, proven: bool) -> Verdict:
    if not candidates:
        return Verdict.NEW_PERSON
    certain = sum(each.match.grade is Grade.CERTAIN for each in candidates)
    plain = proven and not any(each.deceased for each in candidates)
    return Verdict.AUTO_LINKED if certain == 1 and plain else Verdict.REVIEW


def _rank(candidate: Candidate) -> tuple[int, float, UUID]:
    return GRADES.index(candidate.match.grade), -candidate.match.weight, candidate.patient_id
