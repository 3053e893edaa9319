"""What a service makes of a story that it hears late: a month after everything happened."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any, NamedTuple

from carebus.contracts import EVENTS, Event, Stream
from carebus.service import Service
from carebus.testing.bench import LATE, START, Bench, set_clock


class Happens(NamedTuple):
    """Something that a service hears: so long after START it happens, and is told at once."""

    after: timedelta
    event: Event
    stream: Stream


Opened = Callable[[datetime], AbstractAsyncContextManager[Bench]]
"""Puts a fresh service on the bench, with the clock at this time."""


async def _nothing(_: Bench) -> None:
    """Nothing has to be there before the events come."""


async def late_differences(
    opened: Opened,
    story: Sequence[Happens],
    *,
    before: Callable[[Bench], Awaitable[None]] = _nothing,
    timers_between: bool = True,
) -> set[str]:
    """What is otherwise in a fresh service that hears all of this a month late than in one that heard it in time.

    Both are looked at when that month is over, their timers handled: the states, and what was told. Given are the
    places that differ (`Care.opened_at`, `told VisitScheduled.starts_at`), which can only be what is decided now.
    `before` is what the service needs to have: it is done at the beginning of either.

    Late is both in one batch, and one by one with the timers handled that are due after each, as when much is read
    slowly; `timers_between=False` leaves the second out.

    Asserts that the story has every type of event that the service hears.
    """
    story = sorted(story, key=lambda one: one.after)
    expected = await _in_time(opened, story, before)
    found: set[str] = set()
    for one_by_one in (False, True)[: 1 + timers_between]:
        found |= set(_differences("", expected, await _late(opened, story, before, one_by_one=one_by_one)))
    return found


async def _in_time(opened: Opened, story: Sequence[Happens], before: Callable[[Bench], Awaitable[None]]) -> Any:
    async with opened(START) as bench:
        _assert_all_heard(bench.service, story)
        await before(bench)
        for one in story:
            await bench.passes(seconds=(START + one.after - bench.now()).total_seconds())
            await bench.hears(one.event, stream=one.stream)
        await bench.passes(seconds=(START + LATE - bench.now()).total_seconds())
        return await _found(bench, story)


async def _late(
    opened: Opened, story: Sequence[Happens], before: Callable[[Bench], Awaitable[None]], *, one_by_one: bool
) -> Any:
    async with opened(START + LATE) as bench:
        await before(bench)
        set_clock(bench.clock_file, START + LATE)
        records = [bench.record(one.event, one.stream, told_at=START + one.after) for one in story]
        for part in [[record] for record in records] if one_by_one else [records]:
            await bench.deliver(*part)
            await bench.deliver(*part)
            await bench.passes(seconds=0)
        return await _found(bench, story)


def _assert_all_heard(service: Service, story: Sequence[Happens]) -> None:
    heard = {kind for kind in EVENTS.values() if service.hearing.hears(kind.type_name())}
    missing = sorted(kind.__name__ for kind in heard - {type(one.event) for one in story})
    assert not missing, f"the story lacks {', '.join(missing)}"


async def _found(bench: Bench, story: Sequence[Happens]) -> dict[str, Any]:
    """The states by their kind and stream, and what was told by its type, stream and order."""
    found = await bench.states(*(one.stream for one in story))
    for published in await bench.all_published():
        of = found.setdefault(f"told {type(published.event).__name__} {published.stream}", [])
        of.append(published.event.model_dump(mode="json"))
    return found


def _differences(place: str, one: Any, other: Any) -> Iterator[str]:
    """The places at which two plain values differ, without the numbers and ids of what they lie in."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted(one.keys() | other.keys()):
            inner = f"{place}.{name}" if place else name.rpartition(" ")[0]
            yield from _differences(inner, one.get(name), other.get(name))
    elif isinstance(one, list) and isinstance(other, list):
        for each, same in zip_longest(one, other):
            yield from _differences(place, each, same)
    elif one != other:
        yield place
