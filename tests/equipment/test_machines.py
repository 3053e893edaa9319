"""Authorisations and loans as machines: whatever is done in whatever order, what stands is sound and adds up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid5

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from carebus.contracts.care_plan import CareHeld, CareResumed, EndReason, EpisodeEnded, EpisodeOpened
from carebus.contracts.equipment import DenialReason, DmeOrdered, PickupRequested, Supplier
from carebus.contracts.event import Event, patient_stream
from carebus.contracts.referral import ReferralAccepted
from carebus.decisions import Cause, Decision, Wake
from carebus.errors import CarebusError
from carebus.testing import START
from services.equipment.api.acts import ACTS
from services.equipment.api.patient import STEPS
from services.equipment.domain import following
from services.equipment.domain.deadlines import deadlines
from services.equipment.domain.equipment import Equipment
from services.equipment.domain.ledger import of_events, of_loans
from services.equipment.domain.loans.loan import ENDS, Loan, LoanStatus
from services.equipment.domain.requests.request import BECOMES, AuthorisationStatus
from services.equipment.store.catalogue import catalogue
from tests.examples import example

ROOT = UUID(int=42)
SUPPLIERS = [Supplier(supplier_id=one, name=one) for one in ("acme", "bay")]
CODES = ["E0260", "E1390", "E0143"]
ANSWERS = ["not-required", "ask-payer", "pended", "approved", "partly-approved", "denied", "appeal"]
KEPT = ["set-up", "training", "fault", "resolved", "replaced", "oxygen"]
OF_LOAN = [*KEPT, "pickup", "cancel-pickup", "returned", "lost"]


class Home:
    """One patient's equipment with its timers and everything told, without a server."""

    def __init__(self) -> None:
        self.state, self.now, self.steps = Equipment(), START, 0
        self.told: list[Event] = []
        self.timers: dict[str, Wake] = {}
        self.hears(following.note_acceptance, example(ReferralAccepted))
        self.hears(following.note_opening, example(EpisodeOpened))

    def cause(self, due: datetime | None = None) -> Cause:
        self.steps += 1
        at = due or self.now
        return Cause(uuid5(ROOT, str(self.steps)), patient_stream(ROOT), self.now, "nurse:x", ROOT, at)

    def hears(self, decide: Callable[..., Decision], message: Any, due: datetime | None = None) -> None:
        decision = decide(self.state, message, self.cause(due))
        for name in decision.cancelled:
            self.timers.pop(name, None)
        self.timers |= {wake.name: wake for wake in decision.wakes_at}
        self.state = next((one for one in decision.states if isinstance(one, Equipment)), self.state)
        self.told += decision.events

    def does(self, act: str, **said: Any) -> bool:
        """An act; False where it is refused, and then nothing has changed."""
        one, before = ACTS[act], self.state
        made = {name: uuid5(ROOT, f"{act}/{name}/{self.steps}") for name in one.makes}
        try:
            self.hears(one.reaction.decide, one.command.model_validate({"by": "Noor", **made, **said}))
        except CarebusError:
            assert self.state is before
            return False
        return True

    def passes(self, span: timedelta) -> None:
        self.now += span
        while due := sorted((wake.at, name) for name, wake in self.timers.items() if wake.at <= self.now):
            at, name = due[0]
            self.hears(following.pass_deadline, self.timers.pop(name).timer, at)


def any_of(dice: Random, things: list[UUID]) -> UUID:
    """One of them, or one that is nowhere."""
    return dice.choice(things) if things and dice.random() < 0.95 else UUID(int=dice.randrange(9))


class Acting:
    """Everything that may happen at home, by dice."""

    def __init__(self, dice: Random) -> None:
        self.home, self.dice = Home(), dice

    def step(self) -> None:
        """Something is done, said twice, late, or wrongly."""
        often = [self.answer] * 4 + [self.order] * 2 + [self.deliver] * 2 + [self.loan] * 4
        self.dice.choice([self.ask, self.correct, self.wait, *often])()

    def at(self) -> datetime | None:
        """Now, some time ago, or never true."""
        ago = self.dice.choice([0, 0, 0, 0, 0, 0, 1, 9, 50, 400, -2])
        return self.home.now - timedelta(days=ago) if ago else None

    def ask(self) -> None:
        item = catalogue().item(self.dice.choice(CODES))
        self.home.does("request", item=item, units=self.dice.randint(1, 3), justification="?", at=self.at())

    def answer(self) -> None:
        """Mostly what may follow, to one of the last requests."""
        request = any_of(self.dice, [one.request_id for one in self.home.state.requests][-3:])
        act = self.dice.choice(self._next(request) or ANSWERS)
        today = self.home.now.date()
        said: dict[str, Any] = {"request_id": request, "at": self.at()}
        if act in ("approved", "partly-approved"):
            last = today + timedelta(days=self.dice.choice([-3, 5, 60, 60]))
            said |= {"units": self.dice.randint(1, 3), "starts_on": today - timedelta(days=2), "ends_on": last}
            said |= {"number": "1"}
        if act in ("pended", "partly-approved", "appeal", "denied"):
            said |= {"because": "?"}
        if act == "denied":
            said |= {"reason": DenialReason.OTHER, "appeal_until": today + timedelta(days=self.dice.choice([-2, 4]))}
        self.home.does(act, **said)

    def _next(self, request_id: UUID) -> list[str]:
        known = next((one for one in self.home.state.requests if one.request_id == request_id), None)
        if known is None or self.dice.random() < 0.2:
            return []
        return [STEPS[one][0] for one in sorted(BECOMES[known.status]) if one in STEPS]

    def order(self) -> None:
        request = any_of(self.dice, [one.request_id for one in self.home.state.requests if one.permitted])
        said = {"units": self.dice.randint(1, 2), "due_on": self.home.now.date() + timedelta(days=2)}
        self.home.does("order", request_id=request, supplier=self.dice.choice(SUPPLIERS), **said)

    def deliver(self) -> None:
        if self.dice.random() < 0.3:
            item, supplier = catalogue().item(self.dice.choice(CODES)), self.dice.choice(SUPPLIERS)
            self.home.does("found", item=item, supplier=supplier, at=self.at())
        else:
            order = any_of(self.dice, [one.order_id for one in self.home.state.orders])
            self.home.does("delivered", order_id=order, serial="7", at=self.at())

    def loan(self) -> None:
        act = self.dice.choice(OF_LOAN)
        loan = any_of(self.dice, [one.loan_id for one in self.home.state.loans])
        more: dict[str, Any] = {
            "training": {"trained": "?"},
            "fault": {"words": "?"},
            "replaced": {"because": "?"},
            "cancel-pickup": {"because": "?"},
            "lost": {"because": "?"},
        }.get(act, {})
        if act == "resolved":
            faults = [fault.record_id for one in self.home.state.loans for fault in one.open_faults]
            more = {"fault_id": any_of(self.dice, faults)}
        self.home.does(act, loan_id=loan, at=self.at(), **more)

    def correct(self) -> None:
        loans = self.home.state.loans
        if self.dice.random() < 0.5:
            loan = any_of(self.dice, [one.loan_id for one in loans])
            self.home.does("correct", loan_id=loan, serial="8", at=self.at(), because="?")
        else:
            records = [one.record_id for one in loans] + [each.record_id for one in loans for each in one.records]
            steps = [step.record_id for one in self.home.state.requests for step in one.steps]
            self.home.does("take-back", record_id=any_of(self.dice, records + steps), because="?")

    def wait(self) -> None:
        self.home.passes(timedelta(days=self.dice.choice([0, 1, 1, 7, 90, 400]), hours=self.dice.randrange(24)))


def assert_sound(home: Home) -> None:
    """What is true whatever was done."""
    for loan in home.state.loans:
        assert len([one for one in loan.records if one.kind in ENDS]) <= 1
        assert all(one.at >= loan.delivered_at for one in loan.records if one.kind in ENDS)
        if loan.item.oxygen:
            assert loan.status is not LoanStatus.OWNED
    for order in home.state.orders:
        assert home.state.delivered_of(order.order_id) <= order.units
    for request in home.state.requests:
        status = AuthorisationStatus.NOT_ASKED
        for step in request.steps:
            assert step.status in BECOMES[status]
            status = step.status
        assert [one.at for one in request.steps] == sorted(one.at for one in request.steps)
    if not home.state.holds:
        stand = {name: (one.at, one.kind) for name, one in deadlines(home.state).items()}
        assert {name: (wake.at, wake.timer.kind) for name, wake in home.timers.items()} == stand  # type: ignore[attr-defined]


def assert_adds_up(home: Home, instant: datetime) -> None:
    """State and events agree at an instant; also where everything was told twice."""
    kept = of_loans(home.state.loans, instant)
    assert kept == of_events(home.told, instant)
    assert sum(one.delivered for one in kept.values()) == sum(one.delivered_at <= instant for one in home.state.loans)


class Equipping(RuleBasedStateMachine):
    """One patient, of whom anything is asked, answered, brought, broken, corrected and fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.acting = Acting(Random(0))
        self.hold: CareHeld | None = None

    @property
    def home(self) -> Home:
        return self.acting.home

    @rule(seed=st.integers(0, 10_000), many=st.integers(1, 8))
    def act(self, seed: int, many: int) -> None:
        self.acting.dice = Random(seed)
        for _ in range(many):
            self.acting.step()

    @precondition(lambda self: self.hold is None and self.home.state.in_care)
    @rule()
    def death_reported(self) -> None:
        self.hold = example(CareHeld, hold_id=uuid5(ROOT, str(self.home.steps)), held_at=self.home.now)
        self.home.hears(following.note_hold, self.hold)

    @precondition(lambda self: self.hold is not None)
    @rule()
    def dismissed(self) -> None:
        assert self.hold is not None
        resumed = example(CareResumed, hold_id=self.hold.hold_id, resumed_at=self.home.now)
        self.hold = None
        self.home.hears(following.note_resumption, resumed)
        self.home.passes(timedelta(0))

    @rule(reason=st.sampled_from(EndReason))
    def ends(self, reason: EndReason) -> None:
        ended = example(EpisodeEnded, reason=reason, ended_on=self.home.now.date(), ended_at=self.home.now)
        self.hold = None
        self.home.hears(following.note_end, ended)
        self.home.passes(timedelta(0))

    @precondition(lambda self: self.hold is None)
    @rule()
    def begins_again(self) -> None:
        self.home.hears(following.note_opening, example(EpisodeOpened))

    @invariant()
    def is_sound(self) -> None:
        assert_sound(self.home)
        assert_adds_up(self.home, self.home.now)

    @invariant()
    def nothing_left_while_a_death_was_reported(self) -> None:
        if self.hold:
            since = self.hold.held_at
            left = [one for one in self.home.told if isinstance(one, DmeOrdered | PickupRequested)]
            assert all(getattr(one, one.own_time() or "") <= since for one in left)


TestEquipping = Equipping.TestCase
TestEquipping.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1_000_000))
def test_the_ledger_adds_up_at_every_instant(seed: int) -> None:
    acting = Acting(Random(seed))
    for _ in range(120):
        acting.step()
    home = acting.home
    for days in (-500, -100, -9, 0, 1, 30, 395, 900):
        assert_adds_up(home, START + timedelta(days=days))
    assert_adds_up(home, home.now)


def test_an_instant_before_a_delivery_counts_nothing() -> None:
    home = Home()
    home.does("found", item=catalogue().item("E0260"), supplier=SUPPLIERS[0], at=START)
    (loan,) = home.state.loans
    assert isinstance(loan, Loan)
    assert of_loans(home.state.loans, START - timedelta(seconds=1)) == {}
    assert of_loans(home.state.loans, START)
