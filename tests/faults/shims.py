"""What a process of the chain is made to do that is no fault of the kit: a bad release, deliveries that come again.

A mutant breaks a guarantee and must be noticed; under a shim every guarantee must hold.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from carebus.contracts.event import Event
from carebus.contracts.referral import EligibilityAssessed
from carebus.decisions import Cause, Decision, State, on
from carebus.relaying.relay import Relay
from carebus.subscribing.subscriber import Subscriber
from tests.faults import chain

MOST_TIMES = 5


def plant(name: str) -> None:
    """Do what `name` says; nothing when it is empty."""
    if name:
        SHIMS[name]()


def the_relay_sends_each_event_one_to_five_times() -> None:
    send = Relay._send

    async def again(self: Relay, producer: Any, events: Any) -> Any:
        return await send(self, producer, [event for event in events for _ in range(random.randint(1, MOST_TIMES))])

    Relay._send = again  # type: ignore[method-assign]


def batches_are_given_again() -> None:
    """Each batch comes up to three times, and now and then the one before it once more."""
    consume = Subscriber.consume
    before: list[Sequence[Any]] = [()]

    async def again(self: Subscriber, records: Sequence[Any]) -> None:
        for _ in range(random.randint(1, 3)):
            await consume(self, records)
        if before[0] and random.random() < 0.3:
            await consume(self, before[0])
        before[0] = records

    Subscriber.consume = again  # type: ignore[method-assign]


def the_group_is_another() -> None:
    build = Subscriber._build

    def renamed(self: Subscriber) -> Any:
        if not self._group.endswith(".renamed"):
            self._group += ".renamed"
        return build(self)

    Subscriber._build = renamed  # type: ignore[method-assign]


def the_release_fails_on_everything() -> None:
    for heard in chain.HEARS.values():
        for kind in heard:
            heard[kind] = on(chain.Heard, _fails)


def the_release_fails_on_answers() -> None:
    chain.HEARS["asking"][EligibilityAssessed] = on(chain.Heard, _fails)


def _fails(state: State, event: Event, cause: Cause) -> Decision:
    raise AttributeError(f"{event!r} has no such thing")


SHIMS: dict[str, Callable[[], None]] = {
    each.__name__: each
    for each in (
        the_relay_sends_each_event_one_to_five_times,
        batches_are_given_again,
        the_group_is_another,
        the_release_fails_on_everything,
        the_release_fails_on_answers,
    )
}
