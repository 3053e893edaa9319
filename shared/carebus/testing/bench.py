"""Test a service as it is: on a real database, through both its doors, with every event delivered twice."""

import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid5

import httpx

from carebus.access import AccountRole
from carebus.clock import Clock
from carebus.contracts import EVENTS, PUBLISHED_BY, TOLD_BY, Envelope, Event, Stream, patient_stream
from carebus.contracts.event import subject_id, topic_of
from carebus.ids import new_id
from carebus.service import Service
from carebus.storage import outbox
from carebus.subscribing.arrivals import read_record
from carebus.subscribing.handled import Handled
from carebus.testing import people

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
    """A service under test, with clients of its own port and of the operators'. Make one with `bench(...)`.

    works: what the service's workers do about what has changed; done after every step of a test, so that it stays
    the same each time.
    """

    service: Service
    http: httpx.AsyncClient
    operators: httpx.AsyncClient
    clock_file: Path
    works: Callable[["Bench"], Awaitable[None]] | None = None
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
        await self.work()
        return handled

    def record(
        self,
        event: Event,
        stream: Stream,
        *,
        correlation_id: UUID | None = None,
        told_at: datetime | None = None,
        source: str = "",
    ) -> TestRecord:
        """A record of this event with the next sequence of its source and stream; told now, unless said otherwise.

        What every service tells of itself is told by the one that the stream names, unless `source` is another.
        """
        if not source and event.OF_EVERY_SERVICE:
            source = subject_id(stream)
        source = source or next(name for name, kinds in PUBLISHED_BY.items() if type(event) in kinds)
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
        await self.work()

    async def states(self, *streams: Stream) -> dict[str, Any]:
        """Everything the service keeps of these streams, and of those that it has one of, as plain values."""
        found: dict[str, Any] = {}
        async with self.service.core.database.connection() as db:
            for kind, table in self.service.core.states.items():
                of = [kind.LIVES_ON] if kind.LIVES_ON else sorted(set(streams))
                for stream, state in (await table.load(db, of)).items():
                    found[f"{kind.__name__} {stream}"] = state.model_dump(mode="json")
        return found

    @asynccontextmanager
    async def as_(self, *roles: AccountRole, subject: str = "", **said: str) -> AsyncIterator[httpx.AsyncClient]:
        """A client that acts as somebody with these roles (or a program: `scope=`), or as nobody without any.

        Each set of roles is another person, unless `subject` names one.
        """
        named = subject or "-".join(roles) or said.get("scope", "")
        bearer = people.token(*roles, subject=named, **said) if named else None
        async with client_of(self.service, lambda _: bearer) as http:
            yield http

    async def command(self, path: str, body: dict[str, Any], *, key: str | None = None) -> httpx.Response:
        """Post a command to the JSON API under a fresh (or the given) Idempotency-Key."""
        answer = await self.http.post(path, json=body, headers={"Idempotency-Key": key or str(new_id())})
        await self.work()
        return answer

    async def work(self) -> None:
        """Let the service's workers do what there is to do, as far as the test brought any."""
        if self.works is not None:
            await self.works(self)


async def assert_published(bench: Bench, kind: type[E], *, patient: UUID | None = None, times: int = 1) -> list[E]:
    """Assert that the service has told this event exactly `times` times; gives the events."""
    found = await bench.published(kind, patient=patient)
    told = Counter(type(p.event).__name__ for p in await bench.all_published())
    assert len(found) == times, f"{kind.__name__} was told {len(found)} times, not {times}; all: {dict(told)}"
    return found


@asynccontextmanager
async def bench(
    make: Callable[[], Service],
    clock_file: Path,
    *,
    at: datetime = START,
    token_for: people.TokenFor = people.as_everybody,
    works: Callable[[Bench], Awaitable[None]] | None = None,
) -> AsyncIterator[Bench]:
    """A service over its (migrated) database, with its HTTP API in process and no broker; the clock stands at `at`.

    `make` builds the service from its settings, which must name `clock_file` as CAREBUS_CLOCK_FILE. Requests are made
    by whomever `token_for` says: rules are enforced as they are live.
    """
    set_clock(clock_file, at)
    service = make()
    await service.core.database.open()
    await service.begin()
    async with client_of(service, token_for) as http, operators_of(service) as operators:
        try:
            yield Bench(service, http, operators, clock_file, works)
        finally:
            await service.core.database.close()


def client_of(service: Service, token_for: people.TokenFor = people.as_everybody) -> httpx.AsyncClient:
    """A client of this service in process, as whomever `token_for` says."""
    service.provider.trust(people.ISSUER, people.keys())
    service.hosts.add("service")
    transport = httpx.ASGITransport(app=service.app)
    return httpx.AsyncClient(transport=transport, base_url="http://service", auth=people.Bearing(token_for))


def operators_of(service: Service) -> httpx.AsyncClient:
    """A client of this service's operators' port in process."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=service.operators), base_url="http://operators")


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
