"""A night of calls decided upon in memory: what happens in which order is the test's; a ledger of its own is kept."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from carebus.contracts.event import Event, Stream, Subject
from carebus.contracts.line import (
    CallbackMade,
    CallbackMissed,
    CallbackPromised,
    ClinicianPaged,
    Nurse,
    PageTaken,
    PageUnanswered,
)
from carebus.decisions import Cause, Decision, Timer
from carebus.errors import CarebusError
from carebus.testing import START
from services.line.domain.calls import Call, PageStep, paging, promises, telephone
from services.line.domain.calls.answering import TakeCall, take_call
from services.line.domain.calls.paging import PageClinician, PageUnconfirmed, PageWaits, TakePage
from services.line.domain.calls.promises import AcceptPromise, CallbackDue, MakeCallback, PromiseCallback
from services.line.domain.calls.telephone import AnswerAwaited, ReportTelephone

EVENING = Nurse(account="evening", name="Evening")
MORNING = Nurse(account="morning", name="Morning")
STEPS = (PageStep(name="Dr. Ames", email="ames@x.example"), PageStep(name="June", email="june@x.example"))
DECIDES: dict[type[Timer], Callable[..., Decision]] = {
    AnswerAwaited: telephone.note_abandonment,
    CallbackDue: promises.note_missed,
    PageWaits: paging.ask_next,
    PageUnconfirmed: paging.note_unconfirmed,
}


@dataclass
class Ledger:
    """What was asked of the line and done with a yes, written down by whoever asked, and by nothing of the line."""

    promised: set[UUID] = field(default_factory=set)
    kept: set[UUID] = field(default_factory=set)
    paged: set[int] = field(default_factory=set)
    taken: set[int] = field(default_factory=set)


@dataclass
class Night:
    """Calls, their timers and what they tell. Every timer comes twice, and once more after whatever was done since."""

    now: datetime = START
    calls: dict[int, Call] = field(default_factory=dict)
    timers: dict[tuple[int, str], tuple[datetime, Timer]] = field(default_factory=dict)
    told: list[tuple[int, Event]] = field(default_factory=list)
    ledger: Ledger = field(default_factory=Ledger)
    _late: list[tuple[int, datetime, Timer]] = field(default_factory=list)
    _handled: list[tuple[int, datetime, Timer]] = field(default_factory=list)
    _causes: int = 0

    @classmethod
    def with_callers(cls, calls: int, nurse: Nurse) -> Night:
        """A night in which so many calls have rung, and this nurse has taken them."""
        night = cls()
        for call in range(calls):
            ring = ReportTelephone(call_key=str(call), fact=telephone.TelephoneFact.RINGING, happened_at=START)
            night.says(call, ring)
            night.takes(call, nurse)
        return night

    def says(self, call: int, report: ReportTelephone) -> None:
        """A telephone fact, as often and in whatever order it comes."""
        self._decide(call, telephone.follow_telephone, report)

    def takes(self, call: int, nurse: Nurse) -> None:
        """A nurse takes the call over."""
        self._asks(call, take_call, TakeCall(nurse=nurse, from_other=True))

    def promises(self, call: int, nurse: Nurse) -> None:
        """The nurse promises a call."""
        before = self._promises(call)
        if self._asks(call, promises.promise_callback, PromiseCallback(nurse=nurse)):
            self.ledger.promised |= self._promises(call) - before

    def accepts(self, call: int, nurse: Nurse) -> None:
        """The nurse who comes on takes over what is promised."""
        for one in self._open(call):
            self._asks(call, promises.accept_promise, AcceptPromise(nurse=nurse, promise_id=one))

    def calls_back(self, call: int, nurse: Nurse) -> None:
        """Whatever is promised is kept; said twice, once."""
        for one in (*self._open(call), *self._promises(call)):
            if self._asks(call, promises.make_callback, MakeCallback(nurse=nurse, promise_id=one)):
                assert one not in self.ledger.kept, "kept twice"
                self.ledger.kept.add(one)

    def pages(self, call: int, nurse: Nurse) -> None:
        """A clinician is needed."""
        if self._asks(call, paging.page_clinician, PageClinician(nurse=nurse, steps=STEPS)):
            self.ledger.paged.add(call)
            self.ledger.taken.discard(call)

    def takes_page(self, call: int, nurse: Nurse) -> None:
        """Whoever was paged has it; said twice, once."""
        page = self.calls.get(call, Call()).page
        for _ in range(2):
            if page and self._asks(call, paging.take_page, TakePage(nurse=nurse, page_id=page.page_id)):
                assert call not in self.ledger.taken, "taken twice"
                self.ledger.taken.add(call)

    def passes(self, minutes: float) -> None:
        """Time passes, and every timer that is due by then is handled, the first due first."""
        until = self.now + timedelta(minutes=minutes)
        while due := sorted((at, key) for key, (at, _) in self.timers.items() if at <= until):
            at, (call, name) = due[0]
            _, timer = self.timers.pop((call, name))
            self.now = max(self.now, at)
            for _ in range(2):
                self._decide(call, DECIDES[type(timer)], timer, at)
            self._handled.append((call, at, timer))
        self.now = until

    def repeats(self) -> None:
        """Timers that were handled, and that were cancelled while somebody had them in hand, are delivered again."""
        late = [(call, at, timer) for call, at, timer in self._late if at <= self.now]
        for call, at, timer in (*self._handled, *late):
            self._decide(call, DECIDES[type(timer)], timer, at)

    def of(self, call: int, *kinds: type[Event]) -> list[Event]:
        """What was told of a call, of these kinds."""
        return [event for which, event in self.told if which == call and isinstance(event, kinds)]

    def require_whole(self) -> None:
        """Fails where a promise or a page was lost or doubled, by the ledger."""
        counts = Counter((type(event), getattr(event, "promise_id", None)) for _, event in self.told)
        assert {one for kind, one in counts if kind is CallbackPromised} == self.ledger.promised
        assert {one for kind, one in counts if kind is CallbackMade} == self.ledger.kept
        open_ones = {one for call in self.calls for one in self._open(call)}
        assert open_ones == self.ledger.promised - self.ledger.kept
        assert all(n == 1 for (kind, one), n in counts.items() if one is not None)
        overdue = {
            one.promise_id for call in self.calls.values() for one in call.open_promises if self.now > one.due_at
        }
        assert overdue <= {one for kind, one in counts if kind is CallbackMissed}
        for call in self.calls:
            self._require_pages(call)

    def _require_pages(self, call: int) -> None:
        story = self._story(call)
        asked = [one for one in story if isinstance(one, ClinicianPaged)]
        links = [one.link_id for one in asked]
        assert len(links) == len(set(links)), "asked twice"
        ends = Counter(one.page_id for one in story if isinstance(one, PageTaken))
        assert all(n == 1 for n in ends.values()), "taken twice"
        assert len({one.page_id for one in asked}) - len(ends) == (call in self.ledger.paged - self.ledger.taken)
        for n, one in enumerate(story):
            later = {each.page_id for each in story[n + 1 :]}
            assert not isinstance(one, PageTaken) or one.page_id not in later, "asked after somebody had it"
        for one, other in itertools.pairwise(asked):
            waited = other.paged_at - one.paged_at
            assert other.page_id != one.page_id or waited >= timedelta(minutes=5), "asked too soon"
        if self.calls[call].waits_for_page:
            assert any(key == (call, paging.TIMER) for key in self.timers), "nobody is asked any more"

    def _story(self, call: int) -> list[ClinicianPaged | PageTaken | PageUnanswered]:
        kinds = ClinicianPaged | PageTaken | PageUnanswered
        return [event for which, event in self.told if which == call and isinstance(event, kinds)]

    def _promises(self, call: int) -> set[UUID]:
        return {one.promise_id for one in self.calls.get(call, Call()).promises}

    def _open(self, call: int) -> list[UUID]:
        return [one.promise_id for one in self.calls.get(call, Call()).open_promises]

    def _asks(self, call: int, decide: Callable[..., Decision], command: Any) -> bool:
        """Whether it was answered with a yes."""
        try:
            self._decide(call, decide, command)
        except CarebusError:
            return False
        return True

    def _decide(self, call: int, decide: Callable[..., Decision], message: Any, at: datetime | None = None) -> None:
        self._causes += 1
        cause = Cause(uuid5(UUID(int=0), str(self._causes)), stream(call), self.now, "", UUID(int=0), at or self.now)
        made = decide(self.calls.get(call, Call()), message, cause)
        for state in made.states:
            assert isinstance(state, Call)
            self.calls[call] = state
        for name in made.cancelled:
            if gone := self.timers.pop((call, name), None):
                self._late.append((call, *gone))
        for wake in made.wakes_at:
            self.timers[call, wake.name] = (wake.at, wake.timer)
        self.told += [(call, event) for event in made.events]


def stream(call: int) -> Stream:
    """A call's own."""
    return Subject.CALL.stream(UUID(int=call + 1))
