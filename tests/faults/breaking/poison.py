"""Poison on the topic: written by somebody else, judged by what became of it, and cleared away by an operator."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from tests.faults.kinds import HANDLED, KINDS, PASSED, Kind
from tests.faults.operator import Operator
from tests.faults.stranger import Letter, Place, Stranger, letter

WITHIN_S = 60.0
NEVER_FILLS = 98
"""A gap as wide as this was no loss: no event that wide ahead was ever told."""


@dataclass
class Series:
    """One patient of the stranger's: a good event, the poison, a good event, and later one more."""

    kind: Kind
    patient: UUID
    marks: list[UUID]
    letters: list[Letter] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    mended: bool = False

    @property
    def stream(self) -> str:
        return f"patient/{self.patient}"

    def becomes(self, service: str) -> list[str]:
        """What is to become of its first three records in this service."""
        if self.kind.here_only and service != "echo":
            return [HANDLED] * 3
        return [HANDLED, self.kind.becomes, self.kind.next]

    def ends(self, service: str) -> list[UUID]:
        """The marks that this service has heard in the end, in order, when custody is cleared."""
        _, second, third = self.becomes(service)
        kept = [True, second == HANDLED or self.mended, not self.is_given_up_with_its_next(service) or third == HANDLED]
        return [mark for mark, is_kept in zip(self.marks, (*kept, True), strict=True) if is_kept]

    def is_given_up_with_its_next(self, service: str) -> bool:
        """A destroyed event leaves a gap that never fills; what waits behind it is given up with it."""
        return self.becomes(service)[2] == "gap" and not self.mended


async def write(stranger: Stranger, kind: Kind, dice: random.Random, name: str) -> Series:
    """Put one series on the topic, record by record."""
    made = Series(kind, _uuid(dice), [_uuid(dice) for _ in range(4)])
    if kind.mark:
        made.marks[1] = UUID(kind.mark + made.marks[1].hex[8:])
    sequences = (1, 2, 2) if kind.extra else (1, 2, 3)
    made.letters = [letter(made.patient, n, mark, name) for n, mark in zip(sequences, made.marks, strict=False)]
    for n, one in enumerate(made.letters):
        made.places.append(await stranger.write(made.patient, kind.spoil(one) if n == 1 else one))
    return made


async def write_on(stranger: Stranger, series: Series, name: str) -> None:
    """The patient's next event, when custody is cleared."""
    sequence = 3 if series.kind.extra else 4
    series.places.append(await stranger.write(series.patient, letter(series.patient, sequence, series.marks[3], name)))


def _uuid(dice: random.Random) -> UUID:
    return UUID(int=dice.getrandbits(128), version=4)


@dataclass
class Healthy:
    """A patient of the stranger's with nothing but good events."""

    patient: UUID
    marks: list[UUID] = field(default_factory=list)

    async def write(self, stranger: Stranger, times: int, dice: random.Random) -> None:
        for _ in range(times):
            self.marks.append(_uuid(dice))
            await stranger.write(self.patient, letter(self.patient, len(self.marks), self.marks[-1], "well"))

    async def missing(self, url: str) -> list[str]:
        """What is wrong with what was heard of it."""
        db = await asyncpg.connect(url)
        rows = await db.fetch("select entry from effect where stream = $1 order by ordinal", f"patient/{self.patient}")
        await db.close()
        heard = [row["entry"] for row in rows]
        due = [f"said {mark}" for mark in self.marks]
        return [] if heard == due else [f"the healthy patient: {len(heard)} of {len(due)} heard"]


@dataclass
class Crowd:
    """Healthy patients, each with events of its own, sent at an even pace; and when each was sent."""

    patients: list[UUID]
    sequences: dict[UUID, int] = field(default_factory=dict)
    sent: dict[str, float] = field(default_factory=dict)

    async def write(self, stranger: Stranger, dice: random.Random) -> None:
        """The next event of one of them."""
        patient, mark = dice.choice(self.patients), _uuid(dice)
        self.sequences[patient] = sequence = self.sequences.get(patient, 0) + 1
        self.sent[str(mark)] = time.time()
        await stranger.write(patient, letter(patient, sequence, mark, "well"))

    async def waited(self, url: str) -> dict[str, float]:
        """Milliseconds from sending to the committed effect, by mark; of those that have one."""
        db = await asyncpg.connect(url)
        rows = await db.fetch("select entry, extract(epoch from at)::float8 as at from effect where log = 'heard'")
        await db.close()
        effects = {row["entry"].removeprefix("said "): row["at"] for row in rows}
        return {mark: 1000 * (effects[mark] - at) for mark, at in self.sent.items() if mark in effects}

    async def unheard(self, url: str) -> list[str]:
        """Whether some have no effect yet."""
        missing = len(self.sent) - len(await self.waited(url))
        return [f"{missing} healthy events have no effect"] if missing else []


async def wrong(url: str, service: str, written: Sequence[Series]) -> list[str]:
    """Where this service's custody is not what it should be."""
    db = await asyncpg.connect(url)
    try:
        rows = await db.fetch("select partition, record_offset, reason from parked_event")
        parked = {(row["partition"], row["record_offset"]): row["reason"] for row in rows}
        entries = {row["entry"] for row in await db.fetch("select entry from effect where log = 'heard'")}
    finally:
        await db.close()
    found = []
    for one in written:
        for n, (due, place, mark) in enumerate(zip(one.becomes(service), one.places, one.marks, strict=False), 1):
            became = parked.get(place) or (HANDLED if f"said {mark}" in entries else PASSED)
            if became != due:
                found.append(f"{service}: {one.kind.name}, record {n}: {became}, not {due}")
    return found


async def disordered(url: str, service: str, written: Sequence[Series]) -> list[str]:
    """Whose events this service has not heard as they were sent, now that custody is cleared."""
    db = await asyncpg.connect(url)
    try:
        rows = await db.fetch("select stream, entry from effect where log = 'heard' order by stream, ordinal")
    finally:
        await db.close()
    heard: dict[str, list[str]] = {}
    for row in rows:
        if row["entry"].startswith("said "):
            heard.setdefault(row["stream"], []).append(row["entry"].removeprefix("said "))
    due = {one.stream: [str(mark) for mark in one.ends(service)] for one in written}
    return [
        f"{service}: {one.kind.name}: {heard.get(one.stream)}, not {due[one.stream]}"
        for one in written
        if heard.get(one.stream) != due[one.stream]
    ]


async def none_wrong(look: object, *args: object) -> None:
    """Wait until nothing is wrong any more; fail with what is."""
    deadline = time.monotonic() + WITHIN_S
    while found := await look(*args):  # type: ignore[operator]
        assert time.monotonic() < deadline, "\n".join(found)
        await asyncio.sleep(0.3)


async def clear(operator: Operator, written: Sequence[Series], mend: int, among: Sequence[Place] = ()) -> None:
    """Mend `mend` of each reason, retry all, give up the rest, until nothing is in custody but what never fills.

    `among`: where records stand that were written among the events of other patients; they are given up.
    """
    await _mend(operator, written, mend)
    await operator.parked("retry", "--all", "--because", "mended")
    topic = f"{operator.prefix}patient.events"
    records = {f"{topic}:{part}:{offset}" for part, offset in (*among, *(at for one in written for at in one.places))}
    deadline = time.monotonic() + WITHIN_S
    while left := [one for one in await _listed(operator) if one["record"] in records and not _never_fills(one)]:
        assert time.monotonic() < deadline, left
        gone = [one["event_id"] or one["record"] for one in left if one["reason"] != "behind"]
        if gone:
            await operator.parked("discard", *gone, "--because", "nobody can mend it")
        await asyncio.sleep(1)


async def _listed(operator: Operator) -> list[dict[str, Any]]:
    return list((await operator.parked("list", "--limit", "100000"))[1])


def _never_fills(one: dict[str, Any]) -> bool:
    return bool(one["reason"] == "gap" and one["sequence"] > NEVER_FILLS)


async def _mend(operator: Operator, written: Sequence[Series], most: int) -> None:
    for reason, what in (("invalid_body", "body"), ("decision_failed", "body"), ("malformed", "headers")):
        chosen = [one for one in written if one.becomes(operator.service)[1] == reason][:most]
        for one in chosen:
            good = one.letters[1]
            assert good.body is not None
            headers = json.dumps({name: (value or b"").decode() for name, value in good.headers}).encode()
            part, offset = one.places[1]
            target = f"{operator.prefix}patient.events:{part}:{offset}"
            answer = await operator.mend(target, what, good.body if what == "body" else headers)
            assert answer["handled"] >= 1, (one.kind.name, answer)
            one.mended = True


__all__ = ["KINDS", "Crowd", "Healthy", "Series", "clear", "disordered", "none_wrong", "write", "write_on", "wrong"]
