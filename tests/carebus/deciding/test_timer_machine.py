"""Timers against a plain model: set, moved, cancelled, due, failed, held by parking, and crashes before the commit."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from carebus.contracts.event import patient_stream
from tests.carebus.machines import Driven, play
from tests.carebus.subscribing.test_redrive import Log
from tests.carebus.wires import assessed

PATIENTS = [UUID(int=n + 1) for n in range(2)]
whose = st.sampled_from(PATIENTS)


class Crash(Exception):
    """The process dies before it commits."""


class TimerMachine(RuleBasedStateMachine):
    """`timers`: what each patient's timer will tell, and when. It is due once, unless cancelled or moved before."""

    def __init__(self, driven: Driven) -> None:
        super().__init__()
        self.driven = driven
        driven.clean()
        self.log = Log()
        self.number = 0
        self.timers: dict[UUID, tuple[datetime, str]] = {}
        self.spoilt: set[UUID] = set()
        self.failed: set[UUID] = set()
        self.parked: set[UUID] = set()
        self.heard = dict.fromkeys(PATIENTS, 0)
        self.effects: dict[UUID, list[str]] = {patient: [] for patient in PATIENTS}

    def _command(self, patient: UUID, mark: str) -> None:
        body = assessed(mark).model_dump(mode="json")
        answer = self.driven.do(self.driven.bench.command(f"/api/{patient}/marks", body))
        assert answer.status_code == 201
        self.effects[patient].append(mark)

    @rule(patient=whose)
    def set_or_move(self, patient: UUID) -> None:
        self.number += 1
        self._command(patient, f"later{self.number}")
        due = self.driven.bench.now() + timedelta(hours=1)
        self.timers[patient] = (due, f"reminded of later{self.number}")
        self.spoilt.discard(patient)
        self.failed.discard(patient)

    @rule(patient=whose)
    def cancel(self, patient: UUID) -> None:
        self._command(patient, "cancel")
        self._forget(patient)

    @rule(minutes=st.sampled_from([1, 20, 59, 61]))
    def time_passes(self, minutes: int) -> None:
        self.driven.do(self.driven.bench.passes(minutes=minutes))
        for patient in self._due():
            if patient in self.spoilt:
                self.failed.add(patient)
            else:
                self.effects[patient].append(self.timers[patient][1])
                self._forget(patient)

    def _due(self) -> list[UUID]:
        now = self.driven.bench.now()
        free = self.timers.keys() - self.parked - self.failed
        return [patient for patient in free if self.timers[patient][0] <= now]

    def _forget(self, patient: UUID) -> None:
        self.timers.pop(patient, None)
        self.spoilt.discard(patient)
        self.failed.discard(patient)

    @precondition(lambda self: self.timers)
    @rule(minutes=st.sampled_from([0, 61]))
    def crash_before_the_commit(self, minutes: int) -> None:
        """A process decides on what is due by then, and dies: nothing has happened."""

        async def dies() -> None:
            service = self.driven.bench.service
            async with service.core.database.transaction() as db:
                peeked = await service.timers._table.peek(db, self.driven.bench.now() + timedelta(minutes=minutes))
                await service.timers._decide(db, [one for one in peeked if one.stream not in self._spoilt_streams()])
                raise Crash

        with suppress(Crash):
            self.driven.do(dies())

    def _spoilt_streams(self) -> set[str]:
        return {patient_stream(patient) for patient in self.spoilt}

    @precondition(lambda self: self.timers)
    @rule(which=st.integers(0, 1))
    def spoil(self, which: int) -> None:
        """What is due cannot be decided upon: it is kept, visibly, and not tried again unless it is set anew."""
        patient = sorted(self.timers)[which % len(self.timers)]
        self.spoilt.add(patient)
        sql = """update timer set body = '{"mark": "broken"}' where stream = $1 returning name"""
        self.driven.rows(sql, patient_stream(patient))

    @rule(patient=whose)
    def park(self, patient: UUID) -> None:
        self.heard[patient] += 1
        record = self.log.record(patient, "broken", self.heard[patient])
        self.driven.do(self.driven.bench.deliver(record))
        self.parked.add(patient)

    @precondition(lambda self: self.parked)
    @rule(which=st.integers(0, 1))
    def mend(self, which: int) -> None:
        patient = sorted(self.parked)[which % len(self.parked)]
        stream = patient_stream(patient)
        body = assessed("mended").model_dump_json().encode()
        kept = self.driven.rows("update parked_event set body = $2 where stream = $1 returning sequence", stream, body)
        self.driven.do(self.driven.bench.service.redrive.stream(stream))
        self.effects[patient] += ["mended"] * len(kept)
        self.parked.discard(patient)

    @invariant()
    def effects_and_timers_are_those_of_the_model(self) -> None:
        for patient in PATIENTS:
            sql = "select mark from effect where stream = $1 order by ordinal"
            assert [mark for (mark,) in self.driven.rows(sql, patient_stream(patient))] == self.effects[patient]
        kept = self.driven.rows("select stream, due_at, failed is not null from timer order by stream")
        model = [(patient_stream(p), due, p in self.failed) for p, (due, _) in self.timers.items()]
        assert kept == sorted(model)

    def teardown(self) -> None:
        while self.parked:
            self.mend(0)
        self.time_passes(61)
        self.effects_and_timers_are_those_of_the_model()
        assert self.timers.keys() == self.failed, "only what cannot be handled is left"


def test_a_timer_is_due_once_unless_cancelled_whatever_happens(postgres_url: str, tmp_path: Path) -> None:
    play(TimerMachine, postgres_url, tmp_path)
