"""Looks at the services from outside: their status and metrics as operators do, their counts as the office does."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import inf
from typing import Protocol

import httpx
from prometheus_client.parser import text_string_to_metric_families
from pydantic import BaseModel, ConfigDict, ValidationError

from deploy.local.acting import OFFICE
from deploy.local.failures import LocalServerError

TIMEOUT_S = 3.0
NO_HEADERS: Mapping[str, str] = {}
HOP = "carebus_hop_seconds"
HANDLER = "carebus_handler_seconds"


class Status(BaseModel):
    """A service's own account of itself; `answers` is False when it gave none."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    service: str
    answers: bool = True
    ready: bool = False
    outbox_pending: int = 0
    parked: int = 0
    parked_streams: int = 0
    lag_events: int | None = None
    timers_overdue: int = 0
    stopped: str | None = None
    handled: int = 0
    duplicates: int = 0
    fenced: int = 0

    def has_moved_since(self, before: Status | None) -> bool:
        """Whether it answers and has handled events, or was started again."""
        return self.answers and (before is None or before.handled != self.handled)


class Messages(BaseModel):
    """How many messages to families the notifications service still has to send, and has sent."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    queued: int = 0
    sent: int = 0


class Counts(BaseModel):
    """How far the clinic's patients have come, as the outcomes service counts them."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    received: int = 0
    accepted: int = 0
    declined: dict[str, int | str] = {}
    declined_in_all: int = 0
    teams_assigned: int = 0
    visits_scheduled: int = 0
    visits_completed: int = 0
    patients_visited: int = 0
    notified: int = 0
    suppressed: dict[str, int | str] = {}
    failed: int = 0

    def stages(self) -> dict[str, int]:
        """The counts in the order patients pass them."""
        return {
            "received": self.received,
            "accepted": self.accepted,
            "declined": self.declined_in_all,
            "teams": self.teams_assigned,
            "visits planned": self.visits_scheduled,
            "visits": self.visits_completed,
            "notified": self.notified,
        }


class MessageList(BaseModel):
    """What is read of the notifications service's list."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    counts: Messages


@dataclass(frozen=True)
class Timing:
    """How long something took: events of one type into one service, in seconds of real time."""

    service: str
    type: str
    count: int
    mean_s: float
    p50_s: float
    p99_s: float


@dataclass(frozen=True)
class Picture:
    """What was seen at one moment (`at` on the monotonic clock, in seconds); None: not answered."""

    at: float = field(compare=False)
    statuses: Mapping[str, Status]
    counts: Counts | None = None
    hops: tuple[Timing, ...] = ()
    handlers: tuple[Timing, ...] = ()
    messages: Messages = field(default_factory=Messages)

    @property
    def parked(self) -> int:
        """How many events are parked in all services."""
        return sum(status.parked for status in self.statuses.values())

    @property
    def lag(self) -> int:
        """How many events wait to be handled, in all services."""
        return sum(status.lag_events or 0 for status in self.statuses.values())

    @property
    def outbox(self) -> int:
        """How many events wait to be published, in all services."""
        return sum(status.outbox_pending for status in self.statuses.values())

    @property
    def slowest(self) -> Timing | None:
        """The hop with the highest 99th percentile."""
        return max(self.hops, key=lambda hop: hop.p99_s, default=None)


class Bearer(Protocol):
    """Something that has tokens for people."""

    async def token(self, actor: str) -> str:
        """A token of this actor."""


@dataclass
class Watch:
    """Asks services (name to base address): by `operators` how they stand, at `addresses` for counts and messages."""

    addresses: Mapping[str, str]
    operators: Mapping[str, str]
    acting: Bearer | None = None
    _client: httpx.AsyncClient = field(default_factory=lambda: httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False))

    async def statuses(self) -> dict[str, Status]:
        """Each service's status."""
        seen = await asyncio.gather(*(self._status(name) for name in self.operators))
        return {status.service: status for status in seen}

    async def look(self) -> Picture:
        """Status, counts and timings of all."""
        statuses, messages, counts, texts = await asyncio.gather(
            self.statuses(), self.messages(), self.counts(), self._metrics(self.operators)
        )
        hops = tuple(timing for text in texts for timing in timings(text, HOP))
        handlers = tuple(timing for text in texts for timing in timings(text, HANDLER))
        return Picture(time.monotonic(), statuses, counts, hops, handlers, messages)

    async def look_again(self, before: Picture) -> Picture:
        """What is shown, and nothing else anew: counts and hops only of services that have handled events since."""
        statuses = await self.statuses()
        moved = {name for name, status in statuses.items() if status.has_moved_since(before.statuses.get(name))}
        texts = await self._metrics(moved)
        counts = await self.counts() if "outcomes" in moved else before.counts
        hops = [hop for hop in before.hops if hop.service not in moved]
        hops += [timing for text in texts for timing in timings(text, HOP)]
        return replace(before, at=time.monotonic(), statuses=statuses, counts=counts, hops=tuple(hops))

    async def counts(self) -> Counts | None:
        """What the outcomes service counts, None when it does not answer."""
        answer = await self._as_office("outcomes", "/api/outcomes")
        try:
            return None if answer is None else Counts.model_validate_json(answer)
        except ValidationError:
            return None

    async def messages(self) -> Messages:
        """What the notifications service has to send and has sent; nothing when it does not answer."""
        answer = await self._as_office("notifications", "/api/notifications?limit=1")
        try:
            return Messages() if answer is None else MessageList.model_validate_json(answer).counts
        except ValidationError:
            return Messages()

    async def ready(self, name: str) -> bool:
        """Whether a service takes requests."""
        return await self._get(self.operators.get(name), "/health/ready") is not None

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def _status(self, name: str) -> Status:
        answer = await self._get(self.operators.get(name), "/api/status")
        try:
            told = None if answer is None else Status.model_validate_json(answer)
        except ValidationError:
            told = None
        return Status(service=name, answers=False) if told is None else told.model_copy(update={"service": name})

    async def _metrics(self, of: Iterable[str]) -> list[str]:
        answers = await asyncio.gather(*(self._get(self.operators.get(name), "/metrics") for name in of))
        return [answer for answer in answers if answer is not None]

    async def _as_office(self, name: str, path: str) -> str | None:
        """What a service shows to those who may see it."""
        if self.acting is None:
            return await self._get(self.addresses.get(name), path)
        try:
            token = await self.acting.token(OFFICE)
        except (httpx.HTTPError, LocalServerError):
            return None
        return await self._get(self.addresses.get(name), path, {"Authorization": f"Bearer {token}"})

    async def _get(self, where: str | None, path: str, headers: Mapping[str, str] = NO_HEADERS) -> str | None:
        if where is None:
            return None
        try:
            answer = await self._client.get(where + path, headers=headers)
        except httpx.HTTPError:
            return None
        return answer.text if answer.is_success else None


def timings(metrics: str, histogram: str) -> list[Timing]:
    """The timings in a metrics page; empty when the histogram is not there or the page can't be read."""
    buckets: dict[tuple[str, str], dict[float, float]] = defaultdict(dict)
    sums: dict[tuple[str, str], float] = defaultdict(float)
    lines = [line for line in metrics.splitlines(keepends=True) if line.startswith(histogram)]
    try:
        samples = [sample for family in text_string_to_metric_families("".join(lines)) for sample in family.samples]
    except ValueError:
        return []
    for sample in samples:
        key = (sample.labels.get("service", ""), sample.labels.get("type", ""))
        if sample.name == f"{histogram}_bucket":
            upto = float(sample.labels["le"])
            buckets[key][upto] = buckets[key].get(upto, 0.0) + sample.value
        elif sample.name == f"{histogram}_sum":
            sums[key] += sample.value
    made = (_timing(key, buckets[key], sums[key]) for key in sorted(buckets))
    return [timing for timing in made if timing.count]


def _timing(key: tuple[str, str], buckets: Mapping[float, float], total_s: float) -> Timing:
    ordered = sorted(buckets.items())
    count = int(ordered[-1][1])
    mean_s = total_s / count if count else 0.0
    return Timing(*key, count, mean_s, quantile(0.5, ordered), quantile(0.99, ordered))


def quantile(share: float, buckets: Iterable[tuple[float, float]]) -> float:
    """The value below which `share` of a histogram lies, from its cumulative buckets (upper bound, count).

    Values beyond the last finite bound count as that bound.
    """
    ordered = list(buckets)
    rank = share * ordered[-1][1]
    below, lower = 0.0, 0.0
    for upper, upto in ordered:
        if upto >= rank and upto > below:
            return lower if upper == inf else lower + (upper - lower) * (rank - below) / (upto - below)
        below, lower = upto, (lower if upper == inf else upper)
    return lower
