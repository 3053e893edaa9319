"""What nurses and the telephone know of a night, written down as they are answered, and what it must have come to."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from carebus.contracts.line import (
    CallAbandoned,
    CallAnswered,
    CallbackMade,
    CallbackMissed,
    CallbackPromised,
    CallReceived,
    ClinicianPaged,
    PageTaken,
    PageUnanswered,
)

Told = Mapping[str, Sequence[Any]]
"""Events of each call in the order in which they were published, each once by its id."""
FIVE_MINUTES = timedelta(minutes=5)


@dataclass
class Ledger:
    """By call. Nothing in here was asked of the line: it is what was sent to it, and answered with a yes.

    calls: whether somebody spoke with the caller.  promised: how many callbacks; kept: of them made.
    paged: pages begun; taken: taken, by link or on the screen.
    """

    calls: dict[str, bool] = field(default_factory=dict)
    promised: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    paged: Counter[str] = field(default_factory=Counter)
    taken: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)

    def faults(self, told: Told, mailed: Iterable[tuple[UUID, str]]) -> list[str]:
        """What is lost or doubled, in sentences; `mailed` are the links that went out, each with its Message-ID."""
        found = [*self.refused]
        for call, spoken in self.calls.items():
            found += [f"call {call}: {one}" for one in self._of_call(call, told.get(call, ()), spoken=spoken)]
        found += [f"call {call}: nobody called" for call in told if call not in self.calls]
        return [*found, *_of_mail(told, mailed)]

    def _of_call(self, call: str, told: Sequence[Any], *, spoken: bool) -> Iterable[str]:
        many = Counter(type(one) for one in told)
        due: dict[type[Any], int] = {
            CallReceived: 1,
            CallbackPromised: self.promised[call],
            CallbackMade: self.kept[call],
            PageTaken: self.taken[call],
        }
        for kind, times in due.items():
            if many[kind] != times:
                yield f"{kind.__name__} was told {many[kind]} times, not {times}"
        if many[CallAbandoned] > 1 or not (
            spoken or many[CallAbandoned]
        ):  # once, where word of an answer came too late
            yield f"CallAbandoned was told {many[CallAbandoned]} times"
        if not _is_put_right([one for one in told if isinstance(one, CallAnswered)], spoken=spoken):
            yield "CallAnswered was told and nobody spoke, or never, or twice for nothing"
        yield from _of_promises(told)
        yield from self._of_pages(call, told)

    def _of_pages(self, call: str, told: Sequence[Any]) -> Iterable[str]:
        asked = [one for one in told if isinstance(one, ClinicianPaged)]
        if len({one.page_id for one in asked}) != self.paged[call]:
            yield f"{len({one.page_id for one in asked})} pages were told, not {self.paged[call]}"
        steps = Counter((one.page_id, one.step, one.repeated) for one in asked)
        if most := [step for step, times in steps.items() if times > 1]:
            yield f"somebody was asked twice at {most}"
        silences = [one for one in told if isinstance(one, PageUnanswered)]
        if len(asked) != len(silences) + self.paged[call]:
            yield f"{len(asked)} were asked after {len(silences)} silences"
        for one, other in itertools.pairwise(asked):
            if one.page_id == other.page_id and other.paged_at - one.paged_at < FIVE_MINUTES:
                yield "somebody was asked before the one before had five minutes"
        taken = next((n for n, one in enumerate(told) if isinstance(one, PageTaken)), len(told))
        if any(isinstance(one, ClinicianPaged | PageUnanswered) for one in told[taken:]):
            yield "somebody was asked after the page was taken"


def _is_put_right(answers: Sequence[CallAnswered], *, spoken: bool) -> bool:
    """An answer is told where there was one, and again only to put it right: it was earlier, or it rang for longer."""
    each = [(one.answered_at, -one.waited_seconds) for one in answers]
    return bool(each) is spoken and all(later < before for before, later in itertools.pairwise(each))


def _of_promises(told: Sequence[Any]) -> Iterable[str]:
    """Each that nobody kept is missed, once; one kept in time is not; one kept late may be told as that alone."""
    by: dict[type[Any], dict[UUID, Any]] = defaultdict(dict)
    for one in told:
        if isinstance(one, CallbackPromised | CallbackMade | CallbackMissed):
            if one.promise_id in by[type(one)]:
                yield f"{type(one).__name__} was told twice"
            by[type(one)][one.promise_id] = one
    if forgotten := by[CallbackPromised].keys() - by[CallbackMade].keys() - by[CallbackMissed].keys():
        yield f"{len(forgotten)} promises were neither kept nor missed"
    for promise, made in by[CallbackMade].items():
        if made.late is False and promise in by[CallbackMissed]:
            yield "a promise that was kept in time was missed"


def _of_mail(told: Told, mailed: Iterable[tuple[UUID, str]]) -> Iterable[str]:
    """A link that somebody found in their mail was told of; a repeat after a kill is the same message."""
    asked = {one.link_id for events in told.values() for one in events if isinstance(one, ClinicianPaged)}
    messages: dict[UUID, set[str]] = defaultdict(set)
    for link, message in mailed:
        messages[link].add(message)
    yield from (f"link {link} was mailed and never told" for link in messages.keys() - asked)
    yield from (f"link {link} went out as several messages" for link, many in messages.items() if len(many) > 1)
