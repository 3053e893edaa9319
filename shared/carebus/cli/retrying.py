"""Retries parked events with the service's own handlers, and records the act before the first and after the last."""

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from carebus.contracts.event import Stream
from carebus.errors import CarebusError
from carebus.operating.services import database_of, say, service_called
from carebus.storage import operator_acts, parked_list
from carebus.storage.database import Connection
from carebus.storage.parked import Parked
from carebus.storage.parked_list import Kept
from carebus.subscribing.arrivals import read_parked
from carebus.subscribing.redrive import Redrive

NOT_ITS_TURN = "an earlier event of its stream is parked, or it was just handled"


class HeadersHold(CarebusError):
    """Only an event that was malformed can be given other headers: this one has its place in a stream by its own."""


class NothingParked(CarebusError):
    """Nothing that is called {target} is parked in this service."""


@dataclass(slots=True)
class Retried:
    """How many events were handled, and on which rule each target stopped that has something left."""

    handled: int = 0
    left: list[tuple[str, str]] = field(default_factory=list)


class Retry:
    """One act of retrying in one service, by somebody, for a reason."""

    def __init__(self, service: str, actor: str, because: str | None) -> None:
        self._service = service
        self._actor = actor
        self._because = because
        self._done = Retried()

    async def run(self, target: str | None, mend: dict[str, Any]) -> Retried:
        """Retry a stream or an event (as it is, or mended), or everything. Raises NothingParked."""
        service = service_called(self._service)
        async with database_of(self._service) as db:
            found = await parked_list.listed(db, target=target) if target else []
            if target and not found:
                raise NothingParked(target=target)
            if "headers" in mend and found[0].stream:
                raise HeadersHold
            act = await operator_acts.begin_act(db, self._actor, _act(mend), [target or "everything"], self._because)
            await service.core.database.open()
            try:
                await self._retry(db, service.redrive, target, found, mend)
                await service.core.notices.ring(service.core.database)
            finally:
                await service.core.database.close()
                service.core.tracing.close()
                await operator_acts.end_act(db, act, self._done.handled)
        return self._done

    async def _retry(
        self, db: Connection, redrive: Redrive, target: str | None, found: list[Kept], mend: dict[str, Any]
    ) -> None:
        if target is None:
            await self._everything(db, redrive)
        elif "/" in target:
            await self._stream(redrive, Stream(target))
        else:
            await self._event(redrive, found[0], mend)

    async def _everything(self, db: Connection, redrive: Redrive) -> None:
        streams = await parked_list.streams(db)
        for number, stream in enumerate(streams, 1):
            await self._stream(redrive, stream)
            if number % 100 == 0 or number == len(streams):
                say(f"{number} of {len(streams)} streams, {self._done.handled} events handled")
        for kept in await parked_list.without_stream(db):
            await self._event(redrive, kept, {})

    async def _stream(self, redrive: Redrive, stream: Stream) -> None:
        redriven = await redrive.stream(stream)
        self._done.handled += redriven.handled
        if redriven.still:
            self._done.left.append((stream, redriven.still))

    async def _event(self, redrive: Redrive, kept: Kept, mend: dict[str, Any]) -> None:
        mended = _mended(kept.event, mend) if mend else None
        one = await redrive.event(kept.event, mended=mended)
        self._done.handled += one.handled
        if not one.handled:
            self._done.left.append((kept.name, one.still or NOT_ITS_TURN))
        elif kept.stream is None and (envelope := read_parked(mended or kept.event).envelope):
            await self._stream(redrive, envelope.subject)  # it may be what others waited for


def _act(mend: dict[str, Any]) -> str:
    return f"retry with mended {' and '.join(sorted(mend))}" if mend else "retry"


def _mended(event: Parked, mend: dict[str, Any]) -> Parked:
    headers = dict(event.headers) | dict(mend.get("headers", ()))
    return dataclasses.replace(event, body=mend.get("body", event.body), headers=list(headers.items()))
