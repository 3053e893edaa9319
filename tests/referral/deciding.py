"""Decides for tests as the kit would, without servers: causes by number, states, timers that come due."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid5

from carebus.contracts.event import Event, patient_stream
from carebus.decisions import Cause, Decision, Timer, Wake
from carebus.errors import CarebusError
from services.referral import domain
from services.referral.domain import DEEDS, Act, Intake, Office, Referral
from services.referral.handlers import decided_by
from tests.referral.samples import NOW, RULES, stated

PATIENT = UUID(int=77)
OFFICE = Office(rules=RULES)

receive = partial(domain.receive, office=OFFICE)


def cause(n: int = 1, *, now: datetime | None = None, actor: str = "coordinator") -> Cause:
    """The nth cause, n minutes after the beginning unless a time is given."""
    at = now or NOW + timedelta(minutes=n)
    return Cause(
        id=uuid5(PATIENT, str(n)),
        stream=patient_stream(PATIENT),
        now=at,
        actor=actor,
        correlation_id=UUID(int=n),
        occurred_at=at,
    )


def state_of(decision: Decision, before: Intake | None = None) -> Intake:
    """The state after a decision."""
    after = next(iter(decision.states), before)
    assert isinstance(after, Intake)
    return after


class Desk:
    """One patient's referrals on the office's desk: what is kept, what was told, which timers are set, and the time."""

    def __init__(self, office: Office | None = None, now: datetime = NOW) -> None:
        self.office, self.now = replace(office, rules=RULES) if office else OFFICE, now
        self.intake, self.steps = Intake(), 0
        self.told: list[Event] = []
        self.timers: dict[str, Wake] = {}
        self.hears = decided_by(self.office)

    @property
    def referral(self) -> Referral:
        """The first referral."""
        return self.intake.referrals[0]

    def take(self, decide: Callable[..., Decision], message: Any, actor: str = "coordinator") -> Decision:
        """Take one decision and keep what follows."""
        self.steps += 1
        decision = decide(self.intake, message, cause(self.steps, now=self.now, actor=actor))
        self.intake = state_of(decision, self.intake)
        self.told += decision.events
        for name in decision.cancelled:
            self.timers.pop(name, None)
        self.timers.update({wake.name: wake for wake in decision.wakes_at})
        return decision

    def refer(self, **stated_as: object) -> Decision:
        """A referrer refers the person."""
        return self.take(partial(domain.receive, office=self.office), stated(**stated_as), "referrer")

    def does(self, act: Act, actor: str = "coordinator", of: Referral | None = None, **said: Any) -> Decision:
        """Somebody does this to a referral, the first one unless another is named."""
        referral_id = (of or self.referral).referral_id
        command = DEEDS[act].command(referral_id=referral_id, **said)
        return self.take(DEEDS[act].reaction(self.office).decide, command, actor)

    def refused(self, act: Act, actor: str = "coordinator", of: Referral | None = None, **said: Any) -> CarebusError:
        """The same, which must be refused and change nothing."""
        before = self.intake
        try:
            self.does(act, actor, of, **said)
        except CarebusError as why:
            assert self.intake is before
            return why
        raise AssertionError(act)

    def hear(self, message: Event | Timer) -> Decision:
        """Hear an event of another service, or a timer."""
        return self.take(self.hears[type(message)].decide, message, "timer")

    def passes(self, times: int = 1, **span: float) -> None:
        """Time passes; every timer that comes due is heard, in order, so many times."""
        until = self.now + timedelta(**span)
        while due := sorted((w for w in self.timers.values() if w.at <= until), key=lambda w: (w.at, w.name)):
            self.now = max(self.now, due[0].at)
            del self.timers[due[0].name]
            for _ in range(times):
                self.hear(due[0].timer)
        self.now = until

    def tells(self, kind: type[Any]) -> list[Any]:
        """The events of this type told so far."""
        return [event for event in self.told if isinstance(event, kind)]
