"""Where people are, as far as it is known without a map service, and how long the way between two places takes.

A place is the centre of a postal code, else of a town, by a packaged table (`zipcodes`). Nothing is asked of the
internet, and no street is looked at: a typical centre is 4 km off.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, NamedTuple, Self

import zipcodes
from pydantic import Field, model_validator

from carebus.contracts.event import Value
from carebus.errors import BrokenRule

EARTH_KM = 6371.0088
"""The earth's mean radius (IUGG, Moritz 2000)."""
MINUTES_OF_AN_HOUR = 60
AREA = 3
"""Postal codes with the same first three digits are one sectional centre's: so many are read of the table at a time."""
POSTAL_CODE = 5
OF_HOMES = "STANDARD"
"""Postal codes that are delivered to homes, of which a town's centre is the mean; others are boxes and single firms."""


@dataclass(frozen=True, slots=True)
class Place:
    """A point of the earth's surface, in degrees. Its text form does not show it: it may be where a patient lives."""

    latitude: float = field(repr=False)
    longitude: float = field(repr=False)
    vector: tuple[float, float, float] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        lat, lon = math.radians(self.latitude), math.radians(self.longitude)
        object.__setattr__(
            self, "vector", (math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat))
        )


class Speed(Value):
    """How fast one gets on within the first `up_to_km` of a way; None: on all the rest of it."""

    up_to_km: Annotated[float | None, Field(gt=0)] = None
    km_per_hour: Annotated[float, Field(gt=0)]


class Leg(Value):
    """The way between two places; `km` is None where one of them is not known, and the minutes are then a guess."""

    minutes: int
    km: float | None

    def __str__(self) -> str:
        return "not known" if self.km is None else f"{self.km:.0f} km"


class Travel(Value):
    """How ways are reckoned: data, kept in `rulesets/travel-<version>.yaml`.

    detour: the way by road as a multiple of the way as the crow flies.  speeds: the first part of a way first.
    least_minutes: between any two doors, also of one postal code.  minutes_when_not_known: where a place is not known.
    """

    version: int
    detour: Annotated[float, Field(ge=1)]
    speeds: Annotated[tuple[Speed, ...], Field(min_length=1)]
    least_minutes: Annotated[int, Field(ge=0)]
    minutes_when_not_known: Annotated[int, Field(ge=0)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        *some, last = [speed.up_to_km for speed in self.speeds]
        if last is not None or None in some or sorted(some, key=float) != some:  # type: ignore[arg-type]
            raise BrokenRule("Give speeds with rising up_to_km, and the last one without.")
        return self

    def between(self, here: Place | None, there: Place | None) -> Leg:
        """The way by road from one place to another."""
        km = self.km(here, there)
        if km is None:
            return Leg(minutes=self.minutes_when_not_known, km=None)
        return Leg(minutes=max(self.least_minutes, math.ceil(self.minutes(km))), km=km)

    def km(self, here: Place | None, there: Place | None) -> float | None:
        """How far it is by road; None where one of the places is not known."""
        return None if here is None or there is None else self.detour * km_between(here, there)

    def minutes(self, km: float) -> float:
        """How long a way of this length takes: each part of it at the speed of that part."""
        took, done = 0.0, 0.0
        for speed in self.speeds:
            part = km if speed.up_to_km is None else min(km, speed.up_to_km)
            took += max(part - done, 0) * MINUTES_OF_AN_HOUR / speed.km_per_hour
            done = max(part, done)
        return took


def km_between(here: Place, there: Place) -> float:
    """The great circle's length, by the chord, which is exact at any distance."""
    return 2 * EARTH_KM * math.asin(min(1.0, math.dist(here.vector, there.vector) / 2))


def place_of(postal_code: str, town: str, state: str) -> Place | None:
    """The postal code's centre, else that of the town (in a state of two letters), else None: not known."""
    known = _known(postal_code)
    return (known and known.place) or _towns(state.strip().upper()).get(_called(town))


def state_of_code(postal_code: str) -> str | None:
    """The state, by its two letters, that a postal code belongs to; None where there is no such code."""
    known = _known(postal_code)
    return known and known.state


class _Known(NamedTuple):
    """What the table says of a postal code."""

    place: Place | None
    state: str


def _known(postal_code: str) -> _Known | None:
    code = postal_code.strip()[:POSTAL_CODE]
    return _codes(code[:AREA]).get(code) if len(code) == POSTAL_CODE and code.isascii() and code.isdigit() else None


@cache
def _codes(area: str) -> Mapping[str, _Known]:
    rows = zipcodes.similar_to(area)  # type: ignore[no-untyped-call]
    return {row["zip_code"]: _Known(_place(row), row["state"]) for row in rows}


@cache
def _towns(state: str) -> Mapping[str, Place]:
    """Every town of a state, by the names that the postal service accepts for it."""
    by_name: dict[str, list[tuple[bool, Place]]] = defaultdict(list)
    rows = zipcodes.filter_by(state=state) if state else ()  # type: ignore[no-untyped-call]
    for row in rows:
        if place := _place(row):
            for name in {_called(name) for name in (row["city"], *row["acceptable_cities"])}:
                by_name[name].append((row["zip_code_type"] == OF_HOMES, place))
    return {name: _centre(found) for name, found in by_name.items()}


def _centre(found: Iterable[tuple[bool, Place]]) -> Place:
    homes = [place for of_homes, place in found if of_homes] or [place for _, place in found]
    return Place(
        sum(place.latitude for place in homes) / len(homes), sum(place.longitude for place in homes) / len(homes)
    )


def _place(row: Mapping[str, Any]) -> Place | None:
    """Where a row of the table is; military ones are nowhere."""
    if not row["lat"] or not row["long"]:
        return None
    return Place(float(row["lat"]), float(row["long"]))


def _called(town: str) -> str:
    return " ".join(town.replace(".", " ").split()).casefold()
