"""The order and the times of one clinician's day: every visit within its window, lunch at noon, and the shortest way.

Visits are left out only where not all of them fit. The hours are those of visits: the ways from home and back to it lie
outside of them, but count as ways. All times are minutes after midnight.
"""

from collections.abc import Iterator
from typing import Annotated, NamedTuple, Self
from uuid import UUID

from pydantic import Field, model_validator

from carebus.contracts.care_plan import HomeArea
from carebus.contracts.event import Value
from carebus.contracts.people import Address
from carebus.contracts.phi import Phi
from carebus.errors import BrokenRule
from services.care_plan.domain.team.states import home_of
from services.care_plan.domain.team.travel import Leg, Place, Travel, place_of

KEPT = 5000
"""Of more beginnings of a day than this only the most promising are followed up. Ten visits stay below it."""
MIDNIGHT = 24 * 60

Minute = Annotated[int, Field(ge=0, le=MIDNIGHT)]


class DayRules(Value):
    """How a day is laid out: data, explained in `rulesets/day-<version>.yaml`."""

    version: int
    lunch_minutes: Annotated[int, Field(ge=0)]
    lunch_from: Minute
    lunch_until: Minute
    lunch_after_minutes: Annotated[int, Field(ge=0)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.lunch_latest < self.lunch_from:
            raise BrokenRule("Give a lunch that fits between lunch_from and lunch_until.")
        return self

    @property
    def lunch_latest(self) -> int:
        """When lunch begins at the latest."""
        return self.lunch_until - self.lunch_minutes

    def needs_lunch(self, opens: int, closes: int) -> bool:
        """Whether somebody who works these hours has a right to it."""
        over_noon = opens < self.lunch_until and closes > self.lunch_from
        return over_noon and closes - opens > self.lunch_after_minutes


class ToVisit(Value):
    """A visit that is to be made on the day, begun from `earliest` to `latest`; urgent ones are left out last."""

    visit_id: UUID
    minutes: Annotated[int, Field(gt=0, le=MIDNIGHT)]
    earliest: Minute = 0
    latest: Minute = MIDNIGHT
    address: Address = Address()
    urgent: bool = False

    @property
    def place(self) -> Place | None:
        """Where it is, as far as it is known."""
        return home_of(self.address)


class DayAsked(Value):
    """A clinician's hours of one day, where they set out from, and whom they are to visit."""

    opens: Minute
    closes: Minute
    area: HomeArea | None = None
    visits: tuple[ToVisit, ...]
    rules: DayRules
    travel: Travel


class Stop(Value):
    """A visit with its time, in minutes after midnight.

    minutes_before, km_before: the way to it; the km are None where a place is not known.
    """

    visit_id: UUID
    starts: int
    ends: int
    minutes_before: int
    km_before: Annotated[float | None, Phi.PLACE]


class LeftOut(Value):
    """A visit that does not fit into the day, and why."""

    visit_id: UUID
    why: str


class Day(Value):
    """A day's order. `lunch`: when it begins, None where none is needed before the last visit ends.

    travel_minutes: all ways, with those from home and back to it.
    """

    stops: tuple[Stop, ...]
    lunch: int | None
    travel_minutes: int
    left_out: tuple[LeftOut, ...] = ()


class _Step(NamedTuple):
    """A day up to the end of a visit: `ends` and `ways` in minutes, and how it came to that."""

    done: int
    last: int
    fed: bool
    ends: int
    ways: int
    starts: int
    lunch: int | None
    before: "_Step | None"


def lay_out(asked: DayAsked) -> Day:
    """The best day: fewest urgent visits left out, then fewest of all, then the shortest ways, then the earliest end.

    As good as trying every order, up to ten visits: of two beginnings with the same visits the worse can be left.
    """
    work = _Work(asked)
    ends = [step for layer in _layers(work) for step in layer if work.may_end(step)]
    best = min(ends, key=work.worth, default=None)
    return work.day(best)


def _layers(work: "_Work") -> Iterator[list[_Step]]:
    """All days of one visit that are worth following up, then those of two, and so on."""
    layer = _undominated(work.first_steps())
    while layer:
        yield layer
        more = _undominated(step for before in layer for step in work.steps(before))
        layer = more if len(more) <= KEPT else sorted(more, key=work.promise)[:KEPT]


def _undominated(steps: Iterator[_Step]) -> list[_Step]:
    """Of days with the same visits that end at the same place, those that end earlier or had shorter ways."""
    found: dict[tuple[int, int, bool], list[_Step]] = {}
    for step in steps:
        same = found.setdefault((step.done, step.last, step.fed), [])
        if not any(other.ends <= step.ends and other.ways <= step.ways for other in same):
            same[:] = [other for other in same if step.ends > other.ends or step.ways > other.ways]
            same.append(step)
    return [step for same in found.values() for step in same]


class _Work:
    """One day's visits, with all ways between them reckoned once."""

    def __init__(self, asked: DayAsked) -> None:
        self.asked, self.rules, self.visits = asked, asked.rules, asked.visits
        self.feeds = self.rules.needs_lunch(asked.opens, asked.closes)
        area = asked.area
        home = place_of(area.postal_code, area.town, area.state) if area else None
        places = [visit.place for visit in self.visits]
        self.from_home = [asked.travel.between(home, place) for place in places]
        self.between = [[asked.travel.between(here, there) for there in places] for here in places]
        self.home = [leg.minutes for leg in self.from_home]
        self.minutes = [[leg.minutes for leg in row] for row in self.between]
        self.every = (1 << len(self.visits)) - 1
        self.urgent = sum(1 << at for at, visit in enumerate(self.visits) if visit.urgent)
        self.latest = [min(v.latest, asked.closes - v.minutes) for v in self.visits]

    def first_steps(self) -> Iterator[_Step]:
        """The day begins with any visit, at the beginning of the hours."""
        for to, way in enumerate(self.home):
            yield from self._to(to, self.asked.opens, 0, way, None)

    def steps(self, before: _Step) -> Iterator[_Step]:
        """Any further visit."""
        for to, way in enumerate(self.minutes[before.last]):
            if not before.done >> to & 1:
                yield from self._to(to, before.ends, way, way, before)

    def _to(self, to: int, leaves: int, drives: int, way: int, before: _Step | None) -> Iterator[_Step]:
        """On to a visit, with lunch before it or without. Lunch may be had before the way, on it, or after it."""
        fed, arrives = before is not None and before.fed, leaves + drives
        made = self._begin(to, arrives, way, before, lunch=None, fed=fed)
        if made:
            yield made
        if self.feeds and not fed and leaves <= self.rules.lunch_latest:
            noon = max(leaves, self.rules.lunch_from, min(arrives, self.rules.lunch_latest))
            after = max(arrives, self.rules.lunch_from) + self.rules.lunch_minutes
            made = self._begin(to, after, way, before, lunch=noon, fed=True)
            if made:
                yield made

    def _begin(
        self, to: int, arrives: int, way: int, before: _Step | None, *, lunch: int | None, fed: bool
    ) -> _Step | None:
        visit, starts = self.visits[to], max(arrives, self.visits[to].earliest)
        if starts > self.latest[to]:
            return None
        done, ways = (before.done, before.ways) if before else (0, 0)
        return _Step(done | 1 << to, to, fed, starts + visit.minutes, ways + way, starts, lunch, before)

    def may_end(self, step: _Step) -> bool:
        """Whether lunch was had, is not needed, or can be had once the visits are over."""
        return not self.feeds or step.fed or step.ends <= self.rules.lunch_latest

    def worth(self, step: _Step) -> tuple[int, int, int, int]:
        """The smaller the better."""
        left = self.every & ~step.done
        return (left & self.urgent).bit_count(), left.bit_count(), step.ways + self.home[step.last], step.ends

    def promise(self, step: _Step) -> tuple[int, int]:
        """Which beginnings of equally many visits are followed up: those that leave most time."""
        return step.ends, step.ways

    def day(self, last: _Step | None) -> Day:
        """What is told of the day that ends so; None: no visit is possible."""
        steps: list[_Step] = []
        step = last
        while step:
            steps.insert(0, step)
            step = step.before
        done = last.done if last else 0
        return Day(
            stops=tuple(self._stop(each) for each in steps),
            lunch=next((each.lunch for each in steps if each.lunch is not None), None),
            travel_minutes=last.ways + self.home[last.last] if last else 0,
            left_out=tuple(self._left_out(at) for at in range(len(self.visits)) if not done >> at & 1),
        )

    def _stop(self, step: _Step) -> Stop:
        visit = self.visits[step.last]
        leg = self._leg(step)
        return Stop(
            visit_id=visit.visit_id,
            starts=step.starts,
            ends=step.ends,
            minutes_before=leg.minutes,
            km_before=leg.km,
        )

    def _leg(self, step: _Step) -> Leg:
        return self.between[step.before.last][step.last] if step.before else self.from_home[step.last]

    def _left_out(self, at: int) -> LeftOut:
        visit = self.visits[at]
        alone = max(self.asked.opens, visit.earliest) <= self.latest[at]
        why = "There is no time for it beside the others." if alone else "Its time lies outside of the hours."
        return LeftOut(visit_id=visit.visit_id, why=why)
