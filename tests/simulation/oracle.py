"""Judges a simulated run by its ledger, tables, journal and topic. Knows what was promised, and nothing of the kit."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from tests.simulation.kafka import Record
from tests.simulation.postgres import Commit, Row, Server
from tests.simulation.services import woken
from tests.simulation.statements import EPOCH

LATE_S = 1e-6


@dataclass(frozen=True)
class Sent:
    """A command and the answers to it."""

    stream: str
    client: int
    mark: str
    answers: Sequence[int]


@dataclass(frozen=True)
class Past:
    """What is left of a run that came to rest."""

    sent: Sequence[Sent]
    servers: Mapping[str, Server]
    records: Sequence[Record]
    lost_tail: bool


def judge(past: Past) -> list[str]:
    """Every promise that this run broke."""
    asking, echo = past.servers["asking"], past.servers["echo"]
    found = [*_commands(past), *_timers("asking", asking, "said"), *_timers("echo", echo, "heard")]
    told = {name: _told(past.servers[name]) for name in ("asking", "echo")}
    effects = {"asking": _entries(asking, "said"), "echo": _entries(echo, "heard")}
    for name, events in told.items():
        found += _outbox(name, events, effects[name])
    found += _topic(past.records, told, in_order=not past.lost_tail)
    for name, server in past.servers.items():
        found += _heard(name, _entries(server, "heard"), told if name != "echo" else {"asking": told["asking"]})
        found += _offsets(name, server)
        found += _one_order(name, server, past) if not past.lost_tail else []
        found += [f"lost: {name} still has {key} in custody" for key in _in_custody(server)]
        if server.tables["offset_repair"] and not past.lost_tail:
            found.append(f"offset back: {name} repaired what was whole")
    return found


@dataclass(frozen=True)
class Told:
    """A row of an outbox."""

    stream: str
    sequence: int
    id: str
    mark: str


def _told(server: Server) -> list[Told]:
    rows = [server.tables["outbox"][key] for key in sorted(server.tables["outbox"])]
    return [Told(r["stream"], r["sequence"], str(r["event_id"]), json.loads(r["body"])["referral_id"]) for r in rows]


def _entries(server: Server, table: str) -> dict[str, list[str]]:
    return {key[0]: json.loads(row["doc"])["entries"] for key, row in server.tables[table].items()}


def _in_custody(server: Server) -> list[tuple[object, ...]]:
    return [key for key, row in server.tables["parked_event"].items() if row["stream"] is not None]


def _mark(entry: str) -> str:
    return entry.split(" ")[1]


def _commands(past: Past) -> Iterator[str]:
    """Every command was answered the same each time and has its one effect, in the order of its client."""
    said = _entries(past.servers["asking"], "said")
    marks = {stream: [_mark(e) for e in entries if not e.startswith("woke")] for stream, entries in said.items()}
    yield from _once(Counter(m for of in marks.values() for m in of), {sent.mark for sent in past.sent}, "command")
    for sent in past.sent:
        if len(set(sent.answers)) > 1:
            yield f"duplicated: {sent.mark} was answered {sent.answers}"
        elif sent.mark in marks.get(sent.stream, []) and sent.answers:
            position = next(n for n, entry in enumerate(said[sent.stream], 1) if _mark(entry) == sent.mark)
            if sent.answers[0] != position:
                yield f"lost: {sent.mark} was answered {sent.answers[0]}, and is {position}"
    for stream, client in {(sent.stream, sent.client) for sent in past.sent}:
        wanted = [sent.mark for sent in past.sent if (sent.stream, sent.client) == (stream, client)]
        yield from _ordered(marks.get(stream, []), wanted, f"commands of {stream}")


def _timers(name: str, server: Server, table: str) -> Iterator[str]:
    """By the order of the entries: a timer is due once, not before its time, and not once it was cancelled or moved."""
    for stream, entries in _entries(server, table).items():
        pending: tuple[str, float] | None = None
        for entry in entries:
            what, mark, *due = entry.split(" ")
            if what == "set":
                pending = (mark, float(due[0]))
            elif what == "cancel":
                pending = None
            elif what == "woke":
                if pending is None or pending[0] != mark:
                    yield f"ghost: timer {mark} of {stream} in {name} was not to be due"
                pending = None
        if pending is not None:
            yield f"lost: timer {pending[0]} of {stream} in {name} never came"
    yield from _turns(name, server, table)


def _turns(name: str, server: Server, table: str) -> Iterator[str]:
    """By the journal: entries are only ever added; no timer comes before its time, or while its stream is parked."""
    parked: Counter[str] = Counter()
    was: dict[str, list[str]] = {}
    for commit in server.journal:
        for (of, key), (_, row) in commit.rows.items():
            if of == table and row is not None:
                before, now = was.get(key[0], []), json.loads(row["doc"])["entries"]
                yield from _turn(f"{key[0]} in {name}", before, now, commit.at, held=parked[key[0]] > 0)
                was[key[0]] = now
        parked.update(_custody_change(commit))


def _turn(where: str, before: list[str], now: list[str], at: float, *, held: bool) -> Iterator[str]:
    if now[: len(before)] != before:
        yield f"lost: what was known of {where}"
    yield from (f"out of order: timer {mark} of {where} came too early" for mark in _too_early(before, now, at))
    if held and any(entry.startswith("woke") for entry in now[len(before) :]):
        yield f"out of order: a timer of {where} came while its stream was parked"


def _custody_change(commit: Commit) -> Counter[str]:
    change: Counter[str] = Counter()
    for (of, _), (old, row) in commit.rows.items():
        if of == "parked_event":
            change[((row or old) or {}).get("stream") or ""] += (row is not None) - (old is not None)
    return change


def _too_early(before: Sequence[str], now: Sequence[str], at: float) -> list[str]:
    due = {_mark(entry): float(entry.split(" ")[2]) for entry in now if entry.startswith("set")}
    woken_now = [_mark(entry) for entry in now[len(before) :] if entry.startswith("woke")]
    return [mark for mark in woken_now if due.get(mark, 0.0) - EPOCH.timestamp() > at + LATE_S]


def _outbox(name: str, told: Sequence[Told], effects: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Every effect was told once, in its order, with sequences that leave nothing out."""
    for stream in effects.keys() | {event.stream for event in told}:
        have = [event for event in sorted(told, key=lambda event: event.sequence) if event.stream == stream]
        if [event.sequence for event in have] != list(range(1, len(have) + 1)):
            yield f"gap: {name} told {[event.sequence for event in have]} of {stream}"
        want = [_effect_mark(name, entry) for entry in effects.get(stream, [])]
        yield from _once(Counter(event.mark for event in have), set(want), f"told by {name}")
        yield from _ordered([event.mark for event in have], want, f"told by {name} of {stream}")


def _effect_mark(name: str, entry: str) -> str:
    mark = _mark(entry)
    return str(woken(UUID(mark), at=name)) if entry.startswith("woke") else mark


def _topic(records: Sequence[Record], told: Mapping[str, Sequence[Told]], *, in_order: bool) -> Iterator[str]:
    """Everything told is there, and nothing else; first times come in the order of their source."""
    known = {event.id: (name, event) for name, events in told.items() for event in events}
    there = [h["ce_id"] for record in records if "ce_id" in (h := _headers(record))]
    yield from (f"ghost: record {one} was told by nobody" for one in set(there) - known.keys())
    yield from (f"lost: {one} of {known[one][0]} is not on the topic" for one in known.keys() - set(there))
    highest: Counter[tuple[str, str, int]] = Counter()
    seen: set[str] = set()
    for record in records:
        headers = _headers(record)
        if headers.get("ce_id") in known and headers["ce_id"] not in seen:
            name, event = known[headers["ce_id"]]
            seen.add(event.id)
            if in_order and event.sequence < highest[name, event.stream, record.partition]:
                yield f"out of order: topic, {name} {event.stream}: {event.sequence}"
            highest[name, event.stream, record.partition] = event.sequence


def _headers(record: Record) -> dict[str, str]:
    return {name: value.decode() for name, value in record.headers if value is not None}


def _heard(name: str, heard: Mapping[str, Sequence[str]], told: Mapping[str, Sequence[Told]]) -> Iterator[str]:
    """Everything told has its one effect, in the order of its source, and an answer comes after its question."""
    for source, events in told.items():
        for stream in heard.keys() | {event.stream for event in events}:
            want = [e.mark for e in sorted(events, key=lambda e: e.sequence) if e.stream == stream]
            have = [_mark(e) for e in heard.get(stream, []) if _source(e) == source]
            yield from _once(Counter(have), set(want), f"heard by {name} from {source}")
            yield from _ordered(have, want, f"heard by {name} from {source} of {stream}")
    for stream, entries in heard.items():
        said: set[str] = set()
        for entry in entries:
            if entry.startswith("said"):
                said.add(_mark(entry))
            elif entry.startswith("answered") and _has_question(entry, entries) and _mark(entry) not in said:
                yield f"before its cause: {name}, {stream}, {entry}"


def _source(entry: str) -> str:
    what = entry.split(" ", maxsplit=1)[0]
    return "echo" if what == "answered" else "none" if what == "woke" else "asking"


def _has_question(entry: str, entries: Iterable[str]) -> bool:
    return f"said {_mark(entry)}" in entries


def _one_order(name: str, server: Server, past: Past) -> Iterator[str]:
    """Every reader handles a stream's events in the order in which they first came onto the topic."""
    for stream, entries in _entries(server, "heard").items():
        have = [(_source(entry), _mark(entry)) for entry in entries if not entry.startswith("woke")]
        first: dict[tuple[str, str], None] = {}
        for record in past.records:
            headers = _headers(record)
            if headers.get("ce_subject") == stream:
                first[headers["ce_source"], json.loads(record.value or b"")["referral_id"]] = None
        if have != [one for one in first if name != "echo" or one[0] == "asking"]:
            yield f"out of order: {name} heard {stream} in another order than the topic's"


def _offsets(name: str, server: Server) -> Iterator[str]:
    """Offsets go forward; back only in a transaction that records a repair."""
    for commit in server.journal:
        repairs = [row for (table, _), (_, row) in commit.rows.items() if table == "offset_repair"]
        for (table, _), (old, row) in commit.rows.items():
            if table == "consumer_offset" and _went_back(old, row) and not repairs:
                yield f"offset back: {name}, {old} to {row}"


def _went_back(old: Row | None, row: Row | None) -> bool:
    return bool(old and row and row["next_offset"] < old["next_offset"])


def _once(found: Counter[str], wanted: set[str], what: str) -> Iterator[str]:
    yield from (f"lost: {what} {mark}" for mark in wanted - found.keys())
    yield from (f"ghost: {what} {mark}" for mark in found.keys() - wanted)
    yield from (f"duplicated: {what} {mark}, {n} times" for mark, n in found.items() if n > 1)


def _ordered(found: Sequence[str], wanted: Sequence[str], what: str) -> Iterator[str]:
    first = [mark for mark in dict.fromkeys(found) if mark in wanted]
    if first != [mark for mark in wanted if mark in first]:
        yield f"out of order: {what}"
