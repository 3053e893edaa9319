"""Lets an older database catch up with what was published in its name, and go on after it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from carebus.contracts.envelope import SEQUENCE_DIGITS, follows_of, read_headers
from carebus.kafka.reading import Reading
from carebus.relaying.own_past import published_events
from carebus.storage import own_past, streams
from carebus.storage.database import Connection
from carebus.storage.own_past import OnTopic, Unpublished


@dataclass(frozen=True, slots=True)
class Lost:
    """Of one stream: which of its published events the database did not know. The states they led to stay lost."""

    stream: str
    events: int
    first: int
    last: int
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Adoption:
    """What the topics knew and the database did not, by stream, and how many waiting events got a later sequence."""

    lost: tuple[Lost, ...]
    renumbered: int = 0

    @property
    def events(self) -> int:
        """How many events were unknown in all."""
        return sum(lost.events for lost in self.lost)


async def look(db: Connection, source: str, reading: Reading) -> Adoption:
    """What `adopt` would take. Changes nothing."""
    return Adoption(_by_stream([event async for event, known in published_events(db, source, reading) if not known]))


async def adopt(db: Connection, source: str, reading: Reading, say: Callable[[str], None]) -> Adoption:
    """Take what is unknown into the outbox, go on above it, and give what is pending there new sequences.

    One transaction of the caller's, in which nothing else is decided. What is decided again later, because the database
    is older, does not tell these events a second time.
    """
    await streams.lock_all(db)
    there = [each async for each in published_events(db, source, reading)]
    events = [event for event, known in there if not known]
    say(f"{len(events)} events are on the topics and not in the outbox")
    if events:
        await own_past.take(db, events)
    following = {event.stream: 1 for event in events} | await streams.next_sequences(db, {e.stream for e in events})
    for event in events:
        following[event.stream] = max(following[event.stream], event.sequence + 1)
    published = {event.event_id for event, _ in there}
    waiting = [one for one in await own_past.waiting(db, following) if one.event_id not in published]
    renumbered = _renumbered(source, waiting, events, following)
    await own_past.renumber(db, renumbered)
    await own_past.go_on(db, following, events)
    await own_past.keep_places(db, reading.ends)
    return Adoption(_by_stream(events), len(renumbered))


def _renumbered(
    source: str, waiting: Sequence[Unpublished], events: Sequence[OnTopic], following: dict[str, int]
) -> list[Unpublished]:
    """What waits of each stream, after the last event that the topic knows; `following` goes on with it."""
    last = dict.fromkeys(following, 0)
    for known in events:
        last[known.stream] = max(last[known.stream], known.sequence)
    became: dict[tuple[str, int], int] = {}
    renumbered = []
    for event in waiting:
        last[event.stream] += 1
        became[event.stream, event.sequence] = last[event.stream]
        headers = _headers(source, event, last[event.stream], became)
        renumbered.append(event._replace(sequence=last[event.stream], headers=headers))
        following[event.stream] = max(following[event.stream], last[event.stream] + 1)
    return renumbered


def _headers(
    source: str, event: Unpublished, sequence: int, became: dict[tuple[str, int], int]
) -> list[tuple[str, bytes]]:
    known = read_headers(event.headers) | {"ce_sequence": f"{sequence:0{SEQUENCE_DIGITS}d}"}
    follows = follows_of(known)
    if follows and follows[0] == source and (event.stream, follows[1]) in became:
        known["ce_follows"] = f"{source}/{became[event.stream, follows[1]]}"
    return [(name, value.encode()) for name, value in known.items()]


def _by_stream(events: Sequence[OnTopic]) -> tuple[Lost, ...]:
    of: dict[str, list[OnTopic]] = {}
    for event in events:
        of.setdefault(event.stream, []).append(event)
    return tuple(
        Lost(
            stream,
            len(its),
            min(event.sequence for event in its),
            max(event.sequence for event in its),
            tuple(sorted({event.type.rpartition(".")[2] for event in its})),
        )
        for stream, its in sorted(of.items())
    )
