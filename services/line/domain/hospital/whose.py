"""Whose a message is: certainly one person's, perhaps one of a few, or nobody's that is known. Pure."""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple
from uuid import UUID

from carebus.folding import NICKNAMES
from services.line.domain.hospital.keys import Keys


class Grade(IntEnum):
    """How well a known person fits what a message says."""

    NO = 0
    POSSIBLE = 1
    CERTAIN = 2


class Verdict(NamedTuple):
    """Whose a message is, or who it may be: nobody is known where both are empty."""

    patient_id: UUID | None = None
    candidates: tuple[UUID, ...] = ()


class More(NamedTuple):
    """Of phones, member numbers, home, sex and generation: how many agree, and how many contradict."""

    agree: int
    contradict: int


def whose(stated: Keys, people: Mapping[UUID, Sequence[Keys]]) -> Verdict:
    """The one person who certainly fits, by any of their records; else everybody who may, for a person to decide."""
    graded = {patient: max(grade(stated, known) for known in records) for patient, records in people.items()}
    certain = [patient for patient, found in graded.items() if found is Grade.CERTAIN]
    if len(certain) == 1:
        return Verdict(certain[0])
    return Verdict(candidates=tuple(sorted(patient for patient, found in graded.items() if found)))


def grade(stated: Keys, known: Keys) -> Grade:
    """Certain: a hospital number that is known; or name, birth date and one more field, and nothing contradicts.

    A number with another name and another birth date is somebody's else, a spouse's perhaps, or was mistyped: a person
    looks.
    """
    same_born = stated.birth_date is not None and stated.birth_date == known.birth_date
    family, given = _shares(stated.families, known.families), _shares(stated.givens, known.givens)
    if _shares(stated.hospital_numbers, known.hospital_numbers):
        other = stated.birth_date and known.birth_date and not same_born
        named_otherwise = (stated.families and not family) or (stated.givens and not given)
        return Grade.POSSIBLE if other and named_otherwise else Grade.CERTAIN
    more = _more(stated, known)
    if family and given and same_born and more.agree and not more.contradict:
        return Grade.CERTAIN
    given = given or _familiar(stated.givens, known.givens)
    if same_born and (family or given or more.agree):
        return Grade.POSSIBLE
    return Grade.POSSIBLE if family and given and more.agree else Grade.NO


def _more(stated: Keys, known: Keys) -> More:
    """How many of the other fields agree and contradict; what one side does not know does neither."""
    agree = (
        (stated.phones, known.phones),
        (stated.member_numbers, known.member_numbers),
        (_home(stated), _home(known)),
    )
    alone = ((_one(stated.sex), _one(known.sex)), (_one(stated.suffix), _one(known.suffix)))
    return More(
        agree=sum(_shares(a, b) for a, b in agree),
        contradict=sum(bool(a and b) and not _shares(a, b) for a, b in (*agree, *alone)),
    )


def _home(keys: Keys) -> tuple[str, ...]:
    return _one(f"{keys.street}|{keys.postal_code}" if keys.street and keys.postal_code else "")


def _one(text: str) -> tuple[str, ...]:
    return (text,) if text else ()


def _shares(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return not set(one).isdisjoint(other)


def _familiar(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two given names may be forms of one name."""
    groups = [{group for name in names for group in NICKNAMES.get(name, ())} for names in (one, other)]
    return not groups[0].isdisjoint(groups[1])
