"""What every change leads to: timers for the deadlines that stand now, and none for those that do not any more."""

from carebus.contracts.event import Event
from carebus.decisions import Decision, changed
from services.equipment.domain.deadlines import Deadline, DeadlinePassed, deadlines
from services.equipment.domain.equipment import Equipment


def concluded(before: Equipment, after: Equipment, *events: Event) -> Decision:
    """The decision that makes `before` become `after`, telling these events."""
    was, now = deadlines(before), deadlines(after)
    decision = changed(after).tells(*events)
    for name, one in now.items():
        if was.get(name) != one:
            decision = _set(decision, one)
    return decision.cancels(*(name for name in was if name not in now))


def set_again(equipment: Equipment, decision: Decision) -> Decision:
    """Every deadline is a timer again: those that came due while care was held are due at once."""
    for one in deadlines(equipment).values():
        decision = _set(decision, one)
    return decision


def _set(decision: Decision, one: Deadline) -> Decision:
    return decision.wakes(one.name, one.at, DeadlinePassed(kind=one.kind, about=one.about))
