"""No timer acts while care is held: what comes due then is kept, and set again when care goes on."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from carebus.decisions import Cause, Decision, Timer, changed
from services.care_plan.domain.care.care import Care, Paused

P = ParamSpec("P")
Decide = Callable[Concatenate[Care, P], Decision]
"""A decision on care, further states where it needs them, the timer and the cause."""

KINDS: dict[str, type[Timer]] = {}
"""The timers that can be paused, by name: whoever decides on one with `unless_paused` is here."""


def unless_paused(kind: type[Timer]) -> Callable[[Decide[P]], Decide[P]]:
    """Decides on a timer of this kind, unless care is held: then the timer waits."""
    KINDS[kind.__name__] = kind

    def wrapped(decide: Decide[P]) -> Decide[P]:
        @wraps(decide)
        def paused(care: Care, /, *rest: P.args, **named: P.kwargs) -> Decision:
            *_, timer, cause = rest
            assert isinstance(timer, Timer), "the timer comes before the cause"
            assert isinstance(cause, Cause), "the cause comes last"
            if not care.holds or not care.in_care:
                return decide(care, *rest, **named)
            kept = Paused(at=cause.occurred_at, kind=kind.__name__, body=timer.model_dump(mode="json"))
            return changed(care.but(paused=(*care.paused, kept)))

        return paused

    return wrapped


def set_again(decision: Decision, care: Care) -> Decision:
    """Every timer that waited is set as it was: it is due at once."""
    for n, paused in enumerate(care.paused):
        decision = decision.wakes(f"paused/{n}", paused.at, KINDS[paused.kind].model_validate(paused.body))
    return decision
