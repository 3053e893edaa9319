"""A clinic that is made up: clinicians and patients where people live in and around New York, the same every time."""

from __future__ import annotations

import random
from datetime import date
from itertools import cycle, islice
from uuid import UUID

import zipcodes

from carebus.contracts.care_plan import HomeArea, Licence
from carebus.contracts.people import Address, Role
from services.care_plan.domain.team.clinicians import Clinician
from services.care_plan.domain.team.fit import Candidate, Wanted

SEED = 20260302
DAY = date(2026, 3, 2)
STATES = {"NY": 0.6, "NJ": 0.3, "CT": 0.1}
REGION = (40.2, 41.6, -74.8, -73.0)
"""South, north, west, east, in degrees: New York City and an hour's drive around."""
LANGUAGES = {"en": 0.72, "es": 0.15, "zh": 0.05, "ru": 0.03, "ht": 0.02, "ko": 0.02, "pt": 0.01}
"""Of patients. No source: about what the region's censuses say."""
SECOND = {"es": 0.18, "zh": 0.05, "ru": 0.04, "ht": 0.03, "ko": 0.02, "pt": 0.02}
"""Which further language a clinician speaks, if any."""
URGENT = 0.1
ALSO_LICENSED = 0.25
"""How often a clinician has the licence of a state that they don't live in."""
SLACK = 1.1
"""How much more room there is than patients."""


def clinicians(count: int, patients: int, roles: tuple[Role, ...] = tuple(Role)) -> list[Candidate]:
    """So many of these professions in turn, with room for all patients in each profession and a little more."""
    chance = random.Random(SEED)
    each = -(-int(patients * SLACK) // max(count // len(roles), 1))
    return [_clinician(chance, n, role, each) for n, role in enumerate(islice(cycle(roles), count))]


def patients(count: int, roles: tuple[Role, ...] = tuple(Role)) -> list[Wanted]:
    """So many patients, each of whom lacks everybody of these professions."""
    chance = random.Random(SEED + 1)
    return [wanted for _ in range(count) for wanted in _patient(chance, roles)]


def _clinician(chance: random.Random, n: int, role: Role, capacity: int) -> Candidate:
    home = _home(chance)
    further = _one_of(chance, SECOND)
    others = {state for state in STATES if chance.random() < ALSO_LICENSED} - {home["state"]}
    return Candidate(
        clinician=Clinician(
            clinician_id=UUID(int=chance.getrandbits(128)),
            name=f"{role.value} {n}",
            role=role,
            capacity=capacity,
            licences=tuple(Licence(state=state) for state in (home["state"], *sorted(others))),
            languages=("en", further) if further else ("en",),
            area=HomeArea(postal_code=home["zip_code"], town=home["city"], state=home["state"]),
        )
    )


def _patient(chance: random.Random, roles: tuple[Role, ...]) -> list[Wanted]:
    home, language, urgent = _home(chance), _one_of(chance, LANGUAGES) or "en", chance.random() < URGENT
    patient_id = UUID(int=chance.getrandbits(128))
    address = Address(city=home["city"], state=home["state"], postal_code=home["zip_code"])
    return [
        Wanted(patient_id=patient_id, role=role, on=DAY, address=address, language=language, urgent=urgent)
        for role in roles
    ]


_HOMES: dict[str, list[dict[str, str]]] = {}


def _home(chance: random.Random) -> dict[str, str]:
    state = _one_of(chance, STATES) or "NY"
    if state not in _HOMES:
        south, north, west, east = REGION
        _HOMES[state] = [
            row
            for row in zipcodes.filter_by(state=state, zip_code_type="STANDARD")  # type: ignore[no-untyped-call]
            if row["lat"] and south < float(row["lat"]) < north and west < float(row["long"]) < east
        ]
    return chance.choice(_HOMES[state])


def _one_of(chance: random.Random, shares: dict[str, float]) -> str | None:
    at = chance.random()
    for name, share in shares.items():
        if at < share:
            return name
        at -= share
    return None
