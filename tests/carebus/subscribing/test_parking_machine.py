"""Parking against a plain model: gaps, early effects, poison, what waits behind, retries and discarding, in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from carebus.contracts.event import patient_stream
from carebus.storage import parked_list
from tests.carebus.machines import Driven, play
from tests.carebus.subscribing.test_redrive import Log
from tests.carebus.wires import assessed, someone

SOURCES = ["referral", "care_plan"]
sources = st.sampled_from(SOURCES)
Follows = tuple[str, int] | None


@dataclass
class Waiting:
    """An event in custody."""

    offset: int
    source: str
    sequence: int
    mark: str
    reason: str
    follows: Follows = None


@dataclass
class Model:
    """What is promised, for one patient, in plain words."""

    last: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SOURCES, 0))
    custody: list[Waiting] = field(default_factory=list)
    effects: list[str] = field(default_factory=list)

    def hear(self, event: Waiting) -> None:
        """An event comes: a repeat, after a gap, behind another, broken, or good."""
        if event.sequence <= self.last[event.source]:
            return
        if event.sequence > self.last[event.source] + 1:
            self._keep(event, "gap")
            return
        self.last[event.source] = event.sequence
        if self.is_early(event):
            self._keep(event, "early")
        elif any((one.reason, one.source) != ("gap", event.source) for one in self.custody):
            self._keep(event, "behind")
        elif event.mark.startswith("broken"):
            self._keep(event, "decision_failed")
        else:
            self.effects.append(event.mark)

    def redrive(self) -> None:
        """What is in custody is handled in its order, until one cannot be."""
        while self.custody:
            first = self.turn()
            if first.reason in {"gap", "early"} and self.is_early(first):
                return
            if first.reason == "gap" and first.sequence > self.last[first.source] + 1:
                return
            if first.reason == "gap" and first.sequence <= self.last[first.source]:
                self.custody.remove(first)  # it came again, and was handled then
                continue
            self.last[first.source] = max(self.last[first.source], first.sequence)
            if first.mark.startswith("broken"):
                first.reason = "decision_failed"
                return
            self.custody.remove(first)
            self.effects.append(first.mark)

    def is_early(self, event: Waiting) -> bool:
        """What it follows from has not come."""
        return event.follows is not None and self.last[event.follows[0]] < event.follows[1]

    def turn(self) -> Waiting:
        """The first in custody, but never before what it follows from, if that is there."""
        first = self.in_order()[0]
        while first.follows:
            source, sequence = first.follows
            causes = [one for one in self.custody if one.source == source and one.sequence <= sequence]
            if not causes:
                break
            first = min(causes, key=lambda one: one.sequence)
        return first

    def discard(self) -> None:
        """The first is given up, and what is missing before it."""
        first = self.in_order()[0]
        self.custody.remove(first)
        self.last[first.source] = max(self.last[first.source], first.sequence)

    def in_order(self) -> list[Waiting]:
        """In the order of the log, but never an event before an earlier one of its source."""
        return sorted(
            self.custody,
            key=lambda one: (
                min(o.offset for o in self.custody if o.source == one.source and o.sequence >= one.sequence),
                one.sequence,
            ),
        )

    def _keep(self, event: Waiting, reason: str) -> None:
        for one in self.custody:
            if (one.source, one.sequence) == (event.source, event.sequence):
                one.reason = reason
                return
        event.reason = reason
        self.custody.append(event)


class ParkingMachine(RuleBasedStateMachine):
    """One patient's events from two sources: some late, some broken, some twice."""

    def __init__(self, driven: Driven) -> None:
        super().__init__()
        self.driven = driven
        driven.clean()
        self.patient = someone()
        self.stream = patient_stream(self.patient)
        self.log = Log()
        self.made: list[tuple[str, int, str, Follows]] = []
        self.late: list[tuple[str, int, str, Follows]] = []
        self.model = Model()

    def _deliver(self, source: str, sequence: int, mark: str, follows: Follows) -> None:
        record = self.log.record(self.patient, mark, sequence, source, follows)
        self.driven.do(self.driven.bench.deliver(record))
        self.model.hear(Waiting(record.offset, source, sequence, mark, "", follows))

    def _next(self, source: str, *, broken: bool) -> tuple[str, int, str, Follows]:
        """The next event of a source; each follows from the last one that the other source made."""
        sequence = 1 + sum(of == source for of, *_ in self.made)
        others = [(of, n) for of, n, *_ in self.made if of != source]
        mark = f"{'broken' if broken else 'good'} {source} {sequence}"
        event = (source, sequence, mark, others[-1] if others else None)
        self.made.append(event)
        return event

    @rule(source=sources, broken=st.sampled_from([False, False, False, True]))
    def deliver(self, source: str, broken: bool) -> None:
        self._deliver(*self._next(source, broken=broken))

    @rule(source=sources, broken=st.sampled_from([False, False, True]))
    def hold_back(self, source: str, broken: bool) -> None:
        self.late.append(self._next(source, broken=broken))

    @precondition(lambda self: self.late)
    @rule(which=st.integers(0, 9))
    def deliver_late(self, which: int) -> None:
        self._deliver(*self.late.pop(which % len(self.late)))

    @precondition(lambda self: self.made)
    @rule(which=st.integers(0, 99))
    def deliver_again(self, which: int) -> None:
        event = self.made[which % len(self.made)]
        if event not in self.late:
            kept = next((one for one in self.model.custody if (one.source, one.sequence) == event[:2]), None)
            self._deliver(*event[:2], kept.mark if kept else event[2], event[3])

    @rule()
    def redrive(self) -> None:
        self.driven.do(self.driven.bench.service.redrive.stream(self.stream))
        self.model.redrive()

    @rule()
    def look_whether_what_waits_can_go_on(self) -> None:
        self.driven.do(self.driven.bench.service.redrive.waiting())
        if all(one.reason in {"gap", "early", "behind"} for one in self.model.custody):
            self.model.redrive()

    @precondition(lambda self: any(one.mark.startswith("broken") for one in self.model.custody))
    @rule(which=st.integers(0, 9))
    def mend(self, which: int) -> None:
        broken = [one for one in self.model.custody if one.mark.startswith("broken")]
        one = broken[which % len(broken)]
        one.mark = f"mended {one.source} {one.sequence}"
        self.driven.do(self._mended(one))

    async def _mended(self, one: Waiting) -> None:
        async with self.driven.bench.service.core.database.connection() as db:
            await db.execute(
                "update parked_event set body = $3 where source = $1 and sequence = $2",
                one.source,
                one.sequence,
                assessed(one.mark).model_dump_json().encode(),
            )

    @precondition(lambda self: self.model.custody)
    @rule()
    def discard(self) -> None:
        self.driven.do(self._discarded())
        self.model.discard()

    async def _discarded(self) -> None:
        async with self.driven.bench.service.core.database.transaction() as db:
            first, *_ = await parked_list.listed(db, target=self.stream)
            assert await parked_list.discard(db, first)

    @invariant()
    def effects_and_custody_are_those_of_the_model(self) -> None:
        assert [mark for (mark,) in self.driven.rows("select mark from effect order by ordinal")] == self.model.effects
        kept = self.driven.rows("select source, sequence, reason from parked_event order by source, sequence")
        assert kept == sorted((one.source, one.sequence, one.reason) for one in self.model.custody)

    def teardown(self) -> None:
        while self.late:
            self._deliver(*self.late.pop())
        while any(one.mark.startswith("broken") for one in self.model.custody):
            self.mend(0)
        self.redrive()
        self.effects_and_custody_are_those_of_the_model()
        assert self.model.custody == [], "nothing waits for ever"
        for source in SOURCES:
            of = [int(mark.split()[2]) for mark in self.model.effects if mark.split()[1] == source]
            assert of == sorted(set(of)), "each once, in the order of its source"
        heard = {mark.partition(" ")[2]: n for n, mark in enumerate(self.model.effects)}
        for source, sequence, _, follows in self.made:
            if follows and {f"{source} {sequence}", cause := f"{follows[0]} {follows[1]}"} <= heard.keys():
                assert heard[cause] < heard[f"{source} {sequence}"], "never before what it follows from"


def test_whatever_is_late_or_broken_every_patient_goes_on_in_order(postgres_url: str, tmp_path: Path) -> None:
    play(ParkingMachine, postgres_url, tmp_path)
