"""Judges a run by what is left of it. Knows what was promised and nothing of how the kit keeps it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tests.faults.history import Effect, History, Kept, Record, Told


class Kind(StrEnum):
    """What can go wrong."""

    LOST = "lost"
    DUPLICATED = "duplicated"
    OUT_OF_ORDER = "out of order"
    BEFORE_CAUSE = "before its cause"
    GHOST = "ghost"
    GAP = "gap"
    OFFSET_BACK = "offset back"
    SHOWN = "patient data shown"


@dataclass(frozen=True)
class Violation:
    """A promise that was broken, and where."""

    kind: Kind
    where: str


def check(history: History) -> list[Violation]:
    """Everything that is wrong with this run."""
    return [
        *_commands(history),
        *_outboxes(history),
        *_heard(history),
        *_timers(history.asking),
        *_told_later(history),
        *_topic(history),
        *_offsets(history.asking, "asking"),
        *_offsets(history.echo, "echo"),
        *_shown(history),
    ]


def _commands(history: History) -> Iterator[Violation]:
    """Every answered command has its one effect, under its one answer, in its client's order; nothing else has any."""
    said = {stream: [effect.entry for effect in effects] for stream, effects in history.asking.said.items()}
    kept = Counter(mark for marks in said.values() for mark in marks)
    answers: dict[str, set[str]] = {}
    for key, answer, _ in history.answers:
        answers.setdefault(key, set()).add(answer)
    for command in history.commands:
        if command.key in answers and not kept[command.mark]:
            yield Violation(Kind.LOST, f"command {command.key} was answered and has no effect")
        if len(answers.get(command.key, ())) > 1:
            yield Violation(Kind.DUPLICATED, f"command {command.key} had two answers")
    yield from _counted(kept, {command.mark for command in history.commands}, "effect of a command")
    wanted: dict[str, list[str]] = {}
    for command in history.commands:
        wanted.setdefault(command.stream, []).append(command.mark)
    for stream, marks in said.items():
        yield from _ordered(marks, wanted.get(stream, []), f"commands of {stream}")


def _outboxes(history: History) -> Iterator[Violation]:
    """Every effect was told once, and everything told is on the topic."""
    said = {effect.entry for effects in history.asking.said.values() for effect in effects}
    said |= {f"followed {mark}" for mark in _due(history.asking)}
    answered = {_mark(effect) for effects in history.echo.heard.values() for effect in effects}
    published = Counter(record.id for record in history.records)
    for name, kept, causes in (("asking", history.asking, said), ("echo", history.echo, answered)):
        told = Counter(f"followed {event.mark}" if event.followed else event.mark for event in kept.told)
        yield from (Violation(Kind.LOST, f"{name} did not tell {mark}") for mark in causes - told.keys())
        yield from _counted(told, causes, f"told by {name}")
        yield from _gapless(name, [*kept.told, *kept.told_later])
        for event in [*kept.told, *kept.told_later]:
            if not published[event.id]:
                yield Violation(Kind.LOST, f"event {event.id} of {name} is not on the topic")
    known = {event.id for kept in (history.asking, history.echo) for event in [*kept.told, *kept.told_later]}
    yield from (Violation(Kind.GHOST, f"record {id_} was told by nobody") for id_ in published.keys() - known)


def _gapless(name: str, told: Sequence[Told]) -> Iterator[Violation]:
    sequences: dict[str, list[int]] = {}
    for event in told:
        sequences.setdefault(event.stream, []).append(event.sequence)
    for stream, found in sequences.items():
        if sorted(found) != list(range(1, len(found) + 1)):
            yield Violation(Kind.GAP, f"outbox of {name}, {stream}: {found}")


def _timers(asking: Kept) -> Iterator[Violation]:
    """Every effect of a command was followed up once, or is not due yet."""
    said = {effect.entry for effects in asking.said.values() for effect in effects}
    found = _due(asking) + Counter(asking.timers)
    yield from (Violation(Kind.LOST, f"the timer of {mark}") for mark in said - found.keys())
    yield from _counted(found, said, "timer")


def _due(asking: Kept) -> Counter[str]:
    entries = (effect for effects in asking.heard.values() for effect in effects)
    return Counter(_mark(effect) for effect in entries if effect.entry.startswith("due"))


def _heard(history: History) -> Iterator[Violation]:
    """Everything told has its one effect in each reader, or its one place in custody, in its stream's order."""
    spoilt = {command.mark for command in history.commands if command.spoils and not history.mended}
    asked, answers = [event for event in history.asking.told if not event.followed], history.echo.told
    followed = [event for event in history.asking.told if event.followed]
    held = _held_back(asked, spoilt)
    yield from _effects(history.echo, asked, "said", held, "echo")
    yield from _effects(history.asking, asked, "said", set(), "asking")
    yield from _effects(history.asking, answers, "answered", set(), "asking")
    yield from _effects(history.asking, followed, "followed", set(), "asking")
    custody = Counter(history.echo.parked)
    yield from (Violation(Kind.LOST, f"event {id_} is not in custody") for id_ in held - custody.keys())
    behind_gaps = followed if history.losses else []  # what waits in a gap is not told by its type yet
    may_be = held | _held_back([*asked, *behind_gaps, *history.asking.told_later], spoilt)
    yield from (Violation(Kind.LOST, f"event {id_} is in custody without a reason") for id_ in custody.keys() - may_be)
    yield from (Violation(Kind.DUPLICATED, f"event {id_} is in custody twice") for id_, n in custody.items() if n > 1)
    yield from (Violation(Kind.LOST, f"event {id_} is in custody without a reason") for id_ in history.asking.parked)
    for stream, effects in history.asking.heard.items():
        seen: set[str] = set()
        for effect in effects:
            seen.add(effect.entry)
            if effect.entry.startswith(("answered", "followed")) and f"said {_mark(effect)}" not in seen:
                yield Violation(Kind.BEFORE_CAUSE, f"{stream}: {effect.entry}")


def _held_back(told: Iterable[Told], spoilt: set[str]) -> set[str]:
    """Events that cannot be handled, and those behind them."""
    ordered = sorted(told, key=lambda event: (event.stream, event.sequence))
    bad: set[str] = set()
    held = set()
    for event in ordered:
        if event.mark in spoilt:
            bad.add(event.stream)
        if event.stream in bad:
            held.add(event.id)
    return held


def _effects(kept: Kept, told: Sequence[Told], verb: str, held: set[str], name: str) -> Iterator[Violation]:
    found = {
        stream: [_mark(effect) for effect in effects if effect.entry.startswith(verb)]
        for stream, effects in kept.heard.items()
    }
    due: dict[str, list[str]] = {}
    for event in sorted(told, key=lambda event: event.sequence):
        if event.id not in held:
            due.setdefault(event.stream, []).append(event.mark)
    for stream in found.keys() | due.keys():
        have, want = found.get(stream, []), due.get(stream, [])
        yield from (Violation(Kind.LOST, f"{name} has not heard {mark}") for mark in set(want) - set(have))
        yield from _counted(Counter(have), set(want), f"heard by {name}")
        yield from _ordered(have, want, f"heard by {name}, {stream}")


def _told_later(history: History) -> Iterator[Violation]:
    """What only a later release tells is heard once and in order, or passed over; what only it keeps stays kept."""
    due: dict[str, list[Told]] = {}
    for event in sorted(history.asking.told_later, key=lambda event: event.sequence):
        due.setdefault(event.stream, []).append(event)
    for stream, events in due.items():
        kept = history.asking.counted.get("said", {}).get(stream, 0)
        if [event.nth for event in events] != list(range(1, kept + 1)):
            yield Violation(Kind.LOST, f"what the later release counted of {stream}")
    for name, reader in (("asking", history.asking), ("echo", history.echo)):
        for stream, effects in reader.heard.items():
            have = [_mark(effect) for effect in effects if effect.entry.startswith("counted")]
            want = [event.mark for event in due.get(stream, [])]
            yield from _counted(Counter(have), set(want), f"heard by {name}")
            yield from _ordered(have, want, f"heard by {name}, {stream}")
            if reader.counted.get("heard", {}).get(stream, 0) != len(have):
                yield Violation(Kind.LOST, f"what the later release counted in {name} of {stream}")


def _topic(history: History) -> Iterator[Violation]:
    """In each stream and source the sequences come one after another; a repeat is the same event; causes come first.

    A log that lost its end has no such order any more, since what was lost comes again later; its readers must have it.
    """
    last: dict[tuple[str, str], int] = {}
    ids: dict[tuple[str, str, int], str] = {}
    home: dict[str, int] = {}
    first = _first_places(history.records)
    for record in sorted(history.records, key=lambda record: (record.partition, record.offset)):
        place, at = (record.source, record.stream), (record.source, record.stream, record.sequence)
        if home.setdefault(record.stream, record.partition) != record.partition:
            yield Violation(Kind.OUT_OF_ORDER, f"{record.stream} is in two partitions")
        if ids.setdefault(at, record.id) != record.id:
            yield Violation(Kind.DUPLICATED, f"two events are {at}")
        if record.partition in history.losses:
            continue
        if record.sequence > last.get(place, 0) + 1:
            yield Violation(Kind.GAP, f"topic, {place}: {last.get(place, 0)}, then {record.sequence}")
        elif record.sequence < last.get(place, 0) and first[record.id] == (record.partition, record.offset):
            yield Violation(Kind.OUT_OF_ORDER, f"topic, {place}: {record.sequence} after {last[place]}")
        last[place] = max(last.get(place, 0), record.sequence)
        if record.source == "echo" and first.get(record.cause, (record.partition, -1)) > first[record.id]:
            yield Violation(Kind.BEFORE_CAUSE, f"topic: {record.id}")


def _first_places(records: Iterable[Record]) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for record in records:
        place = (record.partition, record.offset)
        found[record.id] = min(place, found.get(record.id, place))
    return found


def _offsets(kept: Kept, name: str) -> Iterator[Violation]:
    """Offsets go forward; back only where a repair was recorded."""
    repaired = Counter(kept.repairs)
    for move in kept.moves:
        if move.became < move.was:
            if not repaired[move]:
                yield Violation(Kind.OFFSET_BACK, f"{name}: {move}")
            repaired[move] -= 1


def _shown(history: History) -> Iterator[Violation]:
    for where, shown in history.shown.items():
        if history.canary in shown:
            yield Violation(Kind.SHOWN, where)


def _counted(found: Counter[str], wanted: set[str], what: str) -> Iterator[Violation]:
    for mark, count in found.items():
        if mark not in wanted:
            yield Violation(Kind.GHOST, f"{what}: {mark}")
        if count > 1:
            yield Violation(Kind.DUPLICATED, f"{what}: {mark}, {count} times")


def _ordered(found: Sequence[str], wanted: Sequence[str], what: str) -> Iterator[Violation]:
    first = [mark for mark in dict.fromkeys(found) if mark in set(wanted)]
    if first != [mark for mark in wanted if mark in set(first)]:
        yield Violation(Kind.OUT_OF_ORDER, what)


def _mark(effect: Effect) -> str:
    return effect.entry.rpartition(" ")[2]
