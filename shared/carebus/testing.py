"""Test a service as it is: on a real database, through both its doors, with every event delivered twice."""

import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from uuid import UUID, uuid5

import httpx

from carebus.clock import Clock
from carebus.contracts import EVENTS, PUBLISHED_BY, TOLD_BY, Envelope, Event, Stream, patient_stream
from carebus.contracts.event import subject_id, topic_of
from carebus.ids import new_id
from carebus.service import Service
from carebus.storage import outbox
from carebus.subscribing.arrivals import read_record
from carebus.subscribing.handled import Handled

E = TypeVar("E", bound=Event)
START = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
"""A Monday morning in the clinic."""
LATE = timedelta(days=30)
"""How late events come to a service that is added later."""


@dataclass(frozen=True, slots=True)
class TestRecord:
    """A record as Kafka would hand it over."""

    __test__ = False
    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


@dataclass(frozen=True, slots=True)
class Published:
    """An event found in a service's outbox."""

    event: Event
    stream: Stream
    correlation_id: UUID
    causation_id: UUID
    sequence: int


@dataclass(slots=True)
class Bench:
    """A service under test. Make one with `bench(...)`."""

    service: Service
    http: httpx.AsyncClient
    clock_file: Path
    _sequences: Counter[tuple[str, str]] = field(default_factory=Counter)
    _offset: int = 0

    async def hears(
        self, *events: Event, patient: UUID | None = None, stream: Stream | None = None, times: int = 2
    ) -> Handled:
        """Deliver these events as their own service would, `times` times; gives the first delivery's result."""
        of = stream or patient_stream(patient or new_id())
        records = [self.record(event, of) for event in events]
        handled = Handled()
        for delivery in range(times):
            result = await self.deliver(*records)
            handled = result if delivery == 0 else handled
        return handled

    def record(
        self, event: Event, stream: Stream, *, correlation_id: UUID | None = None, told_at: datetime | None = None
    ) -> TestRecord:
        """A record of this event with the next sequence of its source and stream; told now, unless said otherwise."""
        source = next(name for name, kinds in PUBLISHED_BY.items() if type(event) in kinds)
        self._sequences[source, stream] += 1
        sequence = self._sequences[source, stream]
        cause = uuid5(UUID(int=0), f"{source}/{stream}/{sequence}")
        envelope = Envelope(
            id=uuid5(cause, "event"),
            source=source,
            type=event.type_name(),
            subject=stream,
            time=told_at or self.now(),
            sequence=sequence,
            correlation_id=correlation_id or cause,
            causation_id=cause,
            actor="test",
        )
        self._offset += 1
        return TestRecord(
            topic=topic_of(stream),
            partition=0,
            offset=self._offset,
            timestamp=int(time.time() * 1000),
            key=subject_id(stream).encode(),
            value=event.model_dump_json().encode(),
            headers=tuple(envelope.headers()),
        )

    async def deliver(self, *records: TestRecord) -> Handled:
        """Deliver records in one batch and one transaction, as the subscriber does."""
        arrivals = [read_record(record) for record in records]
        from_first = {(record.topic, record.partition) for record in records}
        async with self.service.core.database.transaction() as db:
            handled = await self.service.batch.apply(db, arrivals, self.now(), from_first)
        self.service.core.committed(handled.made)
        return handled

    async def published(self, kind: type[E], *, patient: UUID | None = None) -> list[E]:
        """The events of this type that the service has told, in order; of one patient, if given."""
        return [p.event for p in await self.all_published() if isinstance(p.event, kind) and _of(p, patient)]

    async def all_published(self) -> list[Published]:
        """Everything the service has told, in order."""
        async with self.service.core.database.connection() as db:
            rows = await outbox.everything(db)
        return [_published(row) for row in rows]

    def now(self) -> datetime:
        """The clinic's time in this test: it stands still until `passes` moves it."""
        return Clock(self.clock_file).now()

    async def passes(self, **span: float) -> None:
        """Let clinic time pass (`days=1`, `hours=2`), then handle every timer that has come due, step by step."""
        set_clock(self.clock_file, self.now() + timedelta(**span))
        while await self.service.timers.handle() == 0.0:
            pass

    async def states(self, *streams: Stream) -> dict[str, Any]:
        """Everything the service keeps of these streams, and of those that it has one of, as plain values."""
        found: dict[str, Any] = {}
        async with self.service.core.database.connection() as db:
            for kind, table in self.service.core.states.items():
                of = [kind.LIVES_ON] if kind.LIVES_ON else sorted(set(streams))
                for stream, state in (await table.load(db, of)).items():
                    found[f"{kind.__name__} {stream}"] = state.model_dump(mode="json")
        return found

    async def command(self, path: str, body: dict[str, Any], *, key: str | None = None) -> httpx.Response:
        """Post a command to the JSON API under a fresh (or the given) Idempotency-Key."""
        return await self.http.post(path, json=body, headers={"Idempotency-Key": key or str(new_id())})


async def assert_published(bench: Bench, kind: type[E], *, patient: UUID | None = None, times: int = 1) -> list[E]:
    """Assert that the service has told this event exactly `times` times; gives the events."""
    found = await bench.published(kind, patient=patient)
    told = Counter(type(p.event).__name__ for p in await bench.all_published())
    assert len(found) == times, f"{kind.__name__} was told {len(found)} times, not {times}; all: {dict(told)}"
    return found


@asynccontextmanager
async def bench(make: Callable[[], Service], clock_file: Path, *, at: datetime = START) -> AsyncIterator[Bench]:
    """A service over its (migrated) database, with its HTTP API in process and no broker; the clock stands at `at`.

    `make` builds the service from its settings, which must name `clock_file` as CAREBUS_CLOCK_FILE.
    """
    set_clock(clock_file, at)
    service = make()
    await service.core.database.open()
    await service.begin()
    transport = httpx.ASGITransport(app=service.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as http:
        try:
            yield Bench(service, http, clock_file)
        finally:
            await service.core.database.close()


def set_clock(file: Path, now: datetime) -> None:
    """Make the clinic's clock stand still at this time."""
    new = file.with_suffix(".new")
    new.write_text(json.dumps({"clinic": now.isoformat(), "real": time.time(), "speed": 0}))
    new.replace(file)


def _of(published: Published, patient: UUID | None) -> bool:
    return patient is None or published.stream == patient_stream(patient)


def _published(row: Any) -> Published:
    headers = json.loads(row["headers"])
    return Published(
        event=EVENTS[row["type"]].model_validate_json(row["body"]),
        stream=Stream(row["stream"]),
        correlation_id=UUID(headers["ce_correlationid"]),
        causation_id=UUID(headers["ce_causationid"]),
        sequence=row["sequence"],
    )


def let_tell(source: str, *kinds: type[Event]) -> None:
    """Let a source that only tests or a benchmark have tell any event of the contracts, and these; no service may."""
    TOLD_BY[source] = TOLD_BY.get(source, frozenset()) | {*EVENTS.values(), *kinds}


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
