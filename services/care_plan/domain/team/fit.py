"""Who may look after a patient, how well one fits, and why, in a sentence."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Annotated
from uuid import UUID

from pydantic import Field

from carebus.contracts.event import Value
from carebus.contracts.people import Address, Role
from carebus.contracts.phi import Phi
from services.care_plan.domain.team.clinicians import WORKING_LANGUAGE, Clinician, primary_tag
from services.care_plan.domain.team.states import state_code
from services.care_plan.domain.team.travel import Leg, Place, place_of

Km = Annotated[int, Field(ge=0, le=10_000)]

NOTICE = timedelta(days=30)
"""Whoever leaves so soon takes nobody new, but stands in for others: a patient is not handed over twice in a month."""
SEVERAL = {
    Role.DOCTOR: "doctors",
    Role.ADVANCED_PRACTICE_PROVIDER: "advanced practice providers",
    Role.NURSE: "nurses",
    Role.SOCIAL_WORKER: "social workers",
}


class Weights(Value):
    """What counts in a choice, as kilometres by road: data, explained in `rulesets/assignment-<version>.yaml`."""

    version: int
    language_km: Km
    continuity_km: Km
    skill_km: Km
    load_km: Km
    beyond_reach: Annotated[int, Field(ge=0, le=100)]
    urgent_distance: Annotated[int, Field(ge=1, le=100)]
    distance_not_known_km: Km
    distance_most_km: Km
    urgent_weeks: Annotated[int, Field(ge=0, le=52)]


class Wanted(Value):
    """A patient who lacks somebody of a profession from a day on, or for some days (`until`, included).

    before: who has looked after them.  not_by: whom they are not to have, such as who is about to leave.
    replaces: whose place it is, where it is somebody's.
    """

    patient_id: UUID
    role: Role
    on: Annotated[date, Phi.DATE]
    until: Annotated[date | None, Phi.DATE] = None
    address: Address = Address()
    language: str = WORKING_LANGUAGE
    urgent: bool = False
    waiting_weeks: int = 0
    skills: tuple[str, ...] = ()
    before: tuple[UUID, ...] = ()
    not_by: tuple[UUID, ...] = ()
    replaces: UUID | None = None

    @cached_property
    def place(self) -> Place | None:
        """Where the patient lives, as far as it is known."""
        return place_of(self.address.postal_code, self.address.city, self.state)

    @cached_property
    def state(self) -> str:
        """In which state, by its two letters; empty when it is not known."""
        return state_code(self.address.state, self.address.postal_code)


class Candidate(Value):
    """A clinician, and how many patients they look after now."""

    clinician: Clinician
    load: int = 0

    @property
    def clinician_id(self) -> UUID:
        """Whose id it is. Only who has joined is a candidate."""
        assert self.clinician.clinician_id is not None, "has joined"
        return self.clinician.clinician_id

    @cached_property
    def place(self) -> Place | None:
        """Where the clinician sets out from, as far as it is known."""
        area = self.clinician.area
        return place_of(area.postal_code, area.town, area.state) if area else None

    @property
    def room(self) -> int:
        """How many more patients they can take; none when they have too many already."""
        return max(self.clinician.capacity - self.load, 0)


class Bar(StrEnum):
    """Why somebody can't be chosen, in the order in which they are asked about."""

    OTHER_ROLE = "other_role"
    GONE = "gone"
    NOT_LICENSED = "not_licensed"
    ASKED_NOT = "asked_not"
    AWAY = "away"
    FULL = "full"


def bar_of(wanted: Wanted, candidate: Candidate) -> Bar | None:
    """What forbids this choice; None: nothing does."""
    clinician = candidate.clinician
    barred = {
        Bar.OTHER_ROLE: clinician.role is not wanted.role,
        Bar.GONE: not employed(clinician, wanted.on, wanted.until),
        Bar.NOT_LICENSED: not licensed(clinician, wanted.state, wanted.on, wanted.until),
        Bar.ASKED_NOT: candidate.clinician_id in wanted.not_by,
        Bar.AWAY: away(clinician, wanted.on, wanted.until),
        Bar.FULL: not candidate.room,
    }
    return next((bar for bar in Bar if barred[bar]), None)


def employed(clinician: Clinician, on: date, until: date | None) -> bool:
    """Whether they work here on all of the days, or, where it is for good, for longer than `NOTICE` from the day on."""
    return clinician.is_employed(until or on + NOTICE)


def licensed(clinician: Clinician, state: str, on: date, until: date | None) -> bool:
    """Whether they may practise where the patient is, on the day or on all of the days.

    Where the state is not known it can't be looked at: the patient is helped, and the sentence says so.
    """
    return not state or clinician.licensed_in(state, until or on)


def away(clinician: Clinician, on: date, until: date | None) -> bool:
    """Whether they are on leave on the day, or on any of the days."""
    return any(leave.first_day <= (until or on) and on <= leave.last_day for leave in clinician.leave)


def explained(wanted: Wanted, candidate: Candidate, leg: Leg, names: Mapping[str, str]) -> str:
    """Why this one, in a sentence that a coordinator reads. `names`: how languages are called, by their tags."""
    clinician = candidate.clinician
    parts = [
        "looked after them before" if candidate.clinician_id in wanted.before else "",
        _language(clinician, wanted.language, names),
        *(f"{'has' if skill in clinician.skills else 'lacks'} {skill.replace('_', ' ')}" for skill in wanted.skills),
        _distance(clinician, leg),
        f"looks after {candidate.load} of {clinician.capacity}",
        _licence(clinician, wanted.state),
    ]
    said = ", ".join(part for part in parts if part)
    return f"{said[0].upper()}{said[1:]}."


def why_nobody(wanted: Wanted, candidates: Iterable[Candidate]) -> str:
    """Why nobody could be chosen, in a sentence: what bars the last ones who are not barred by anything before."""
    of_role = [bar_of(wanted, each) for each in candidates if each.clinician.role is wanted.role]
    bars, several = [bar for bar in of_role if bar is not Bar.GONE], SEVERAL[wanted.role]
    if not bars:
        return f"There are no {several}."
    last = max((bar for bar in bars if bar), key=list(Bar).index, default=Bar.FULL)
    return {
        Bar.NOT_LICENSED: f"No {wanted.role.replace('_', ' ')} is licensed in {wanted.state} for that time.",
        Bar.ASKED_NOT: f"There are no other {several} who may practise there.",
        Bar.AWAY: f"All {several} who may practise there are on leave.",
        Bar.FULL: f"All {several} who may practise there and are not on leave have as many patients as they can.",
    }[last]


def claim(wanted: Wanted, weights: Weights) -> int:
    """How strong a patient's claim is where not everybody can have somebody: in weeks of waiting."""
    return max(wanted.waiting_weeks, 0) + (weights.urgent_weeks if wanted.urgent else 0)


def _language(clinician: Clinician, language: str, names: Mapping[str, str]) -> str:
    tag = primary_tag(language)
    if tag == WORKING_LANGUAGE:
        return ""
    return f"{'speaks' if clinician.speaks(language) else 'does not speak'} {names.get(tag, tag)}"


def _distance(clinician: Clinician, leg: Leg) -> str:
    if leg.km is None:
        return "distance not known"
    reach = clinician.area and clinician.area.reach_km
    return f"lives {leg} away" + (f" and would travel {reach} km" if reach and leg.km > reach else "")


def _licence(clinician: Clinician, state: str) -> str:
    if not state:
        return "licence not looked at, because the patient's state is not known"
    return "" if clinician.states_licences else "licences not stated"
