"""A clinic in memory: every decision of the service put to work on states, timers and hours, without a database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid5

from pydantic import BaseModel

from carebus.contracts import Event, patient_stream
from carebus.contracts.care_plan import Assessments, Licence, Phase
from carebus.contracts.event import Stream, Subject
from carebus.contracts.people import Role
from carebus.contracts.referral import Priority
from carebus.decisions import Cause, Reaction, State, Timer, Wake, on, place_of
from carebus.testing import START
from services.care_plan.api.visits.commands import COMPLETE
from services.care_plan.channels.planner import hours, teams
from services.care_plan.channels.planner.assignment import assign
from services.care_plan.channels.planner.planning import BOOK_WANTED, TAKE_INTO_CARE
from services.care_plan.channels.planner.problem import Assignment, Problem
from services.care_plan.domain.care import Care
from services.care_plan.domain.team import joining
from services.care_plan.domain.team.clinicians import Clinician
from services.care_plan.domain.team.joining import JoinRoster
from services.care_plan.domain.visits.completing import CompleteVisit
from services.care_plan.handlers import HANDLERS
from services.care_plan.store.team import Looking
from services.care_plan.store.visits import Hour
from tests.care_plan.people import accepted

T = TypeVar("T")
NAMES = UUID("0b1f9c4e-7a40-4f5e-8f44-0a0e5d2c7b55")
JOIN = on(Clinician, joining.join_roster)


class Clinic:
    """States by their place, timers by name, everything told; the planner looks after every step."""

    def __init__(self) -> None:
        self.now = START
        self.states: dict[tuple[type[State], Stream], State] = {}
        self.timers: dict[tuple[Stream, str], Wake] = {}
        self.told: list[tuple[Stream, Event]] = []
        self._causes: Counter[str] = Counter()

    @property
    def cares(self) -> dict[Stream, Care]:
        """The care of everybody, by stream."""
        return {stream: state for (_, stream), state in self.states.items() if isinstance(state, Care)}

    @property
    def people(self) -> list[Looking]:
        """Everybody on the roster, with their patients."""
        load = Counter(m.clinician_id for care in self.cares.values() if care.in_care for m in care.team)
        found = [state for state in self.states.values() if isinstance(state, Clinician)]
        return [Looking(one, load[one.clinician_id]) for one in found if one.clinician_id]

    @property
    def hours(self) -> list[Hour]:
        """Every hour that is taken."""
        return [
            Hour(
                who.clinician_id,
                visit.starts_at,
                visit.starts_at + timedelta(minutes=visit.minutes),
                care.patient.address,
            )
            for care in self.cares.values()
            if care.patient
            for visit in care.visits
            for who in visit.people
        ]

    def decide(
        self, reaction: Reaction, stream: Stream, message: BaseModel, *, due: datetime | None = None
    ) -> str | None:
        """Decide on one message and keep what follows; gives the reason if it was ignored."""
        named = f"{stream}/{type(message).__name__}"
        self._causes[named] += 1
        cause_id = uuid5(NAMES, f"{named}/{self._causes[named]}")
        cause = Cause(cause_id, stream, self.now, "test", cause_id, due or self.now)
        places = [(kind, place_of(kind, stream, message)) for kind in reaction.states]
        decision = reaction.decide(*(self.states.get(place) or place[0]() for place in places), message, cause)
        for state in decision.states:
            self.states[type(state), place_of(type(state), stream, state)] = state
        for name in decision.cancelled:
            self.timers.pop((stream, name), None)
        for wake in decision.wakes_at:
            self.timers[stream, wake.name] = wake
        self.told += [(stream, event) for event in decision.events]
        return decision.ignored

    def plan(self) -> None:
        """What the planner does: teams first, then hours, as long as something comes about."""
        if cares := {s: c for s, c in self.cares.items() if c.in_care and not c.waits and c.lacking}:
            found = at_once(teams.find(cares, self.people, self.now, here))
            for stream, message in found.items():
                self.decide(TAKE_INTO_CARE, stream, message)
        cares = {s: c for s, c in self.cares.items() if c.in_care and not c.waits and c.wanted}
        clinicians = {one.clinician.clinician_id: one.clinician for one in self.people if one.clinician.clinician_id}
        for stream, books in hours.find(cares, clinicians, self.hours, self.now).items():
            for book in books:
                self.decide(BOOK_WANTED, stream, book)

    def passes(self, span: timedelta) -> None:
        """Let time pass and fire what comes due, in order."""
        until = self.now + span
        while due := sorted((w.at, s, n) for (s, n), w in self.timers.items() if w.at <= until):
            at, stream, name = due[0]
            self.now = max(self.now, at)
            timer: Timer = self.timers.pop((stream, name)).timer
            self.decide(HANDLERS[type(timer)], stream, timer, due=at)
        self.now = until
        self.plan()

    def join(self, role: Role, n: int, capacity: int) -> None:
        """A clinician joins."""
        clinician_id = uuid5(NAMES, f"{role}/{n}")
        body = JoinRoster.model_validate(
            {
                "clinician_id": clinician_id,
                "name": f"{role} {n}",
                "role": role,
                "capacity": capacity,
                "licences": [Licence(state="NY").model_dump()],
            }
        )
        self.decide(JOIN, Subject.ROSTER.stream(clinician_id), body)
        self.plan()

    def take_on(self, n: int, priority: Priority = Priority.ROUTINE) -> str | None:
        """A referral of the nth patient is accepted."""
        event = accepted(priority=priority).model_copy(update={"referral_id": uuid5(NAMES, f"referral/{n}")})
        ignored = self.decide(HANDLERS[type(event)], patient_stream(UUID(int=n)), event)
        self.plan()
        return ignored

    def complete(self, n: int, phase: Phase | None) -> UUID:
        """The nth patient's planned visit takes place now, whenever it was planned."""
        care = self.cares[patient_stream(UUID(int=n))]
        assert care.planned
        began = self.now - timedelta(minutes=1)
        body = CompleteVisit(visit_id=care.planned.visit_id, assessments=Assessments(phase=phase), started_at=began)
        self.decide(COMPLETE, patient_stream(UUID(int=n)), body)
        self.plan()
        return body.visit_id

    def decide_on(self, stream: Stream, event: Event) -> None:
        """An event is heard, and what is wanted then is found."""
        self.decide(HANDLERS[type(event)], stream, event)
        self.plan()

    def hears(self, n: int, event: Event) -> str | None:
        """Something is told of the nth patient by another service."""
        ignored = self.decide(HANDLERS[type(event)], patient_stream(UUID(int=n)), event)
        self.plan()
        return ignored

    def count(self, kind: type[Event]) -> Counter[Stream]:
        """How often each stream was told this."""
        return Counter(stream for stream, event in self.told if isinstance(event, kind))


async def here(problem: Problem) -> Assignment:
    """Solves without waiting."""
    return assign(problem)


def at_once(work: Coroutine[Any, Any, T]) -> T:
    """The result of work that waits for nothing."""
    try:
        work.send(None)
    except StopIteration as done:
        found: T = done.value
        return found
    raise AssertionError("it waits")


def full_clinic(*, each: int = 1, capacity: int = 3) -> Clinic:
    """A clinic with so many of each profession."""
    clinic = Clinic()
    for role in Role:
        for n in range(each):
            clinic.join(role, n, capacity)
    return clinic
