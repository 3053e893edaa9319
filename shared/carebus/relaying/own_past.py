"""Finds a database that went back in time: the topics then know events of this service that it has not told."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime

import structlog

from carebus.contracts import told_by
from carebus.contracts.envelope import Envelope, read_headers
from carebus.core import Core
from carebus.kafka.reading import Reading
from carebus.records import Partition, Record, envelope_of
from carebus.storage import own_past
from carebus.storage.database import Connection, DatabaseOlder
from carebus.storage.last_seen import last_seen
from carebus.storage.own_past import OnTopic

log = structlog.get_logger()

AT_ONCE = 1000
"""So many events are compared by one statement."""


class OwnPast:
    """What the topics know of one service, held against its database."""

    def __init__(self, core: Core) -> None:
        self._core = core
        told_on = {kind.SUBJECT.topic for kind in told_by(core.name)}
        self._topics = [core.settings.topic_prefix + topic for topic in sorted(told_on)]

    async def require_known(self, brokers: Sequence[str]) -> None:
        """Compare what was published since the last comparison. Raises DatabaseOlder, and keeps that it is so."""
        async with self._core.database.connection() as db:
            if await own_past.is_older(db):
                raise DatabaseOlder
            if not self._topics:
                return
            async with Reading(brokers, self._topics) as reading:
                there = published_events(db, self._core.name, reading)
                events = [event async for event, known in there if not known]
                if not events:
                    await own_past.keep_places(db, reading.ends)
                    return
            await own_past.keep_older(db, len(events))
        log.critical("database_older", events=len(events), streams=len({event.stream for event in events}))
        raise DatabaseOlder

    async def look_on(self, brokers: Sequence[str]) -> None:
        """Nothing is pending, so all events in this service's name on the topics now came out of its database."""
        if self._topics:
            async with self._core.database.connection() as db, Reading(brokers, self._topics) as reading:
                await own_past.keep_places(db, reading.ends)


async def published_events(db: Connection, source: str, reading: Reading) -> AsyncIterator[tuple[OnTopic, bool]]:
    """Events of this source on the topics since the last comparison, each once, and whether its database knows them."""
    seen = set()
    known = await _known_upto(db)
    # A place beyond the end is of a topic that was made again: then all of it is compared.
    since = {part: at if at <= reading.ends.get(part, 0) else 0 for part, at in known.items()}
    async for records in reading.batches(AT_ONCE, since, reading.ends):
        own = [event for record in records if (event := _own(record, source))]
        unknown = await own_past.unknown(db, own)
        for event in own:
            if event.event_id not in seen:
                seen.add(event.event_id)
                yield event, event.event_id not in unknown


async def _known_upto(db: Connection) -> Mapping[Partition, int]:
    """Where the comparison begins: what was published last was told by this database, or it would not know of it."""
    published = {part: offset + 1 for part, (offset, _) in (await last_seen(db, "relay")).items()}
    compared = await own_past.places(db)
    return {part: max(published.get(part, 0), compared.get(part, 0)) for part in published.keys() | compared.keys()}


def _own(record: Record, source: str) -> OnTopic | None:
    headers = dict(record.headers)
    if headers.get("ce_source") != source.encode():
        return None
    envelope, _ = envelope_of(record.headers, headers)
    if envelope is None:
        return None
    return OnTopic(
        envelope.subject,
        envelope.sequence,
        envelope.id,
        envelope.type,
        record.key or b"",
        [(name, value.encode()) for name, value in read_headers(record.headers).items()],
        record.value or b"",
        _told_at(record, envelope),
    )


def _told_at(record: Record, envelope: Envelope) -> datetime:
    """When the record says that it was told; whoever writes one may say anything."""
    try:
        return datetime.fromtimestamp(record.timestamp / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return envelope.time
