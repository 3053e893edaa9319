"""The visits that first and latest answers come from, in the order in which they took place."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from carebus.contracts.care_plan import EsasR, Phase
from carebus.contracts.event import Value

SYMPTOMS = tuple(EsasR.model_fields)
KEPT = 3
"""Visits that are kept at each end for each answer, so that a correction can fall back to the one between."""


class Course(Value):
    """One symptom as an earlier release kept it: its first answer, and the latest at another visit."""

    first: int | None = None
    first_visit_id: UUID | None = None
    latest: int | None = None
    latest_visit_id: UUID | None = None


class Seen(Value):
    """What is counted of one visit."""

    visit_id: UUID
    ordinal: int = 0
    started_at: datetime
    ended_at: datetime
    esas: EsasR | None = None
    phase: Phase | None = None
    akps: int | None = None

    def answer(self, what: str) -> Any:
        """What it says of a symptom, of the phase or of the AKPS; None when it says nothing."""
        return getattr(self, what) if what in {"phase", "akps"} else getattr(self.esas, what, None)


ANSWERS = (*SYMPTOMS, "phase", "akps")


def with_seen(seen: Iterable[Seen], now: Seen) -> tuple[Seen, ...]:
    """The visits with this one as it is stated now, in the order of their ends; those alone that may be needed."""
    visits = sorted((*(each for each in seen if each.visit_id != now.visit_id), now), key=_when)
    needed = {each.visit_id for group in _groups(visits) for each in (*group[:KEPT], *group[-KEPT:])}
    return tuple(each for each in visits if each.visit_id in needed)


def first(seen: Sequence[Seen], symptom: str) -> int | None:
    """The first answer."""
    return next(iter(_answers(seen, symptom)), None)


def latest(seen: Sequence[Seen], symptom: str) -> int | None:
    """The latest answer, when it was asked at two visits or more."""
    answers = [*_answers(seen, symptom)]
    return answers[-1] if len(answers) > 1 else None


def last_said(seen: Sequence[Seen], what: str) -> Any:
    """The last phase or AKPS that anybody assessed."""
    return next((said for each in reversed(seen) if (said := each.answer(what)) is not None), None)


def _answers(seen: Sequence[Seen], symptom: str) -> Iterator[int]:
    return (said for each in seen if isinstance(said := each.answer(symptom), int))


def _groups(visits: Sequence[Seen]) -> Iterator[list[Seen]]:
    yield sorted(visits, key=lambda each: (each.started_at, each.ordinal))
    for what in ANSWERS:
        yield [each for each in visits if each.answer(what) is not None]


def _when(seen: Seen) -> tuple[datetime, int]:
    return seen.ended_at, seen.ordinal
