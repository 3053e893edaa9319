"""What each choice costs, for many patients and clinicians at once: what several share is reckoned once."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cached_property
from math import ceil
from typing import NamedTuple, TypeVar

from services.care_plan.domain.team import fit
from services.care_plan.domain.team.clinicians import primary_tag
from services.care_plan.domain.team.fit import Bar, Candidate, Wanted, Weights, bar_of, explained
from services.care_plan.domain.team.travel import Place, Travel

PER_KM = 10
"""Costs are whole numbers of 100 m."""
BARRED = -1
"""What stands for a choice that must not be made."""
BANDS = 25
"""In so many steps at most the cost of a clinician's load rises."""

K = TypeVar("K")
Row = list[int]
"""One number for each candidate, in their order."""


class Costs:
    """Costs of choosing these candidates, all of one profession."""

    def __init__(self, candidates: Sequence[Candidate], weights: Weights, travel: Travel) -> None:
        self.candidates, self.weights, self.travel = candidates, weights, travel
        self._rows: dict[object, Row] = {}

    def row(self, wanted: Wanted) -> Row:
        """What each candidate would cost this patient, without regard to room; BARRED where a rule forbids it."""
        may = self._once(("may", wanted.state, wanted.on, wanted.until), lambda: self._may(wanted))
        language = self._once(("language", primary_tag(wanted.language)), lambda: self._language(wanted.language))
        distance = self._once(("distance", wanted.urgent, wanted.place), lambda: self._distance(wanted))
        skills = self._once(("skills", wanted.skills), lambda: self._skills(wanted.skills))
        found = [a + b + c if ok else BARRED for ok, a, b, c in zip(may, language, distance, skills, strict=True)]
        return self._personal(found, wanted)

    def bands(self, candidate: Candidate) -> list[tuple[int, int]]:
        """For each further patients a clinician could take: how many, and what each of them adds for the load."""
        room, capacity = candidate.room, candidate.clinician.capacity
        step = max(ceil(room / BANDS), 1)
        firsts = range(candidate.load, candidate.load + room, step)
        return [
            (min(step, capacity - at), self.weights.load_km * PER_KM * (at + 1) ** 2 // capacity**2) for at in firsts
        ]

    @cached_property
    def places(self) -> list[Place | None]:
        """Where each candidate sets out from."""
        return [each.place for each in self.candidates]

    def _once(self, key: object, made: Callable[[], Row]) -> Row:
        if (row := self._rows.get(key)) is None:
            row = self._rows[key] = made()
        return row

    def _may(self, wanted: Wanted) -> Row:
        span: tuple[date, date | None] = (wanted.on, wanted.until)
        return [
            fit.employed(each.clinician, *span)
            and fit.licensed(each.clinician, wanted.state, *span)
            and not fit.away(each.clinician, *span)
            for each in self.candidates
        ]

    def _language(self, language: str) -> Row:
        lacking = self.weights.language_km * PER_KM
        return [0 if each.clinician.speaks(language) else lacking for each in self.candidates]

    def _skills(self, skills: tuple[str, ...]) -> Row:
        each_lacking = self.weights.skill_km * PER_KM
        return [each_lacking * len(set(skills).difference(each.clinician.skills)) for each in self.candidates]

    def _distance(self, wanted: Wanted) -> Row:
        place, times = wanted.place, self.weights.urgent_distance if wanted.urgent else 1
        ways = [self.travel.km(here, place) for here in self.places]
        return [times * self._far(way, each) for way, each in zip(ways, self.candidates, strict=True)]

    def _far(self, km: float | None, candidate: Candidate) -> int:
        if km is None:
            return self.weights.distance_not_known_km * PER_KM
        area = candidate.clinician.area
        beyond = max(km - area.reach_km, 0) if area and area.reach_km else 0
        return round(min(km + self.weights.beyond_reach * beyond, self.weights.distance_most_km) * PER_KM)

    def _personal(self, row: Row, wanted: Wanted) -> Row:
        """What holds for this patient alone: whom they had before, and whom they are not to have."""
        if not wanted.before and not wanted.not_by:
            return row
        new = self.weights.continuity_km * PER_KM if wanted.before else 0
        for at, each in enumerate(self.candidates):
            if each.clinician_id in wanted.not_by:
                row[at] = BARRED
            elif row[at] != BARRED and each.clinician_id not in wanted.before:
                row[at] += new
        return row


class Ranked(NamedTuple):
    """A clinician as a choice for one patient: what it would cost (BARRED when `bar` forbids it), and why, in words."""

    candidate: Candidate
    bar: Bar | None
    cost: int
    because: str


def ranked(
    wanted: Wanted, candidates: Sequence[Candidate], weights: Weights, travel: Travel, names: Mapping[str, str]
) -> list[Ranked]:
    """Everybody of the profession, for a coordinator who chooses: those who may first, and the best of them first."""
    of_role = [each for each in candidates if each.clinician.role is wanted.role]
    row, place = Costs(of_role, weights, travel).row(wanted), wanted.place
    found = [
        Ranked(each, bar_of(wanted, each), cost, explained(wanted, each, travel.between(each.place, place), names))
        for each, cost in zip(of_role, row, strict=True)
    ]
    return sorted(found, key=lambda one: (one.bar is not None, one.cost, str(one.candidate.clinician_id)))
