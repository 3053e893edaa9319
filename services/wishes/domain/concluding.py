"""What every change of wishes leads to: conflicts found or gone, and a new summary where something else stands."""

from collections.abc import Iterator
from datetime import datetime

from carebus.contracts.event import Event
from carebus.contracts.wishes import PreferenceConflictDetected, PreferenceConflictSettled
from carebus.decisions import Cause, Decision, changed
from services.wishes.domain.conflicts.detecting import Pair, pairs_of
from services.wishes.domain.conflicts.sides import all_sides
from services.wishes.domain.summarising import summary
from services.wishes.domain.wishes import Conflict, Wishes


def concluded(before: Wishes, after: Wishes, cause: Cause, *events: Event) -> Decision:
    """The decision that makes `before` become `after`. A pair is told of once: it is kept as long as it is one."""
    pairs = pairs_of(all_sides(after))
    kept = after.but(conflicts=tuple(_conflict(pair, after, cause.now) for pair in pairs))
    told = [*events, *_found(before, kept, cause), *_gone(after, kept, cause)]
    then, was = summary(kept, cause.now), summary(before, cause.now)
    return changed(kept).tells(*told, *([then] if then != was else []))


def _conflict(pair: Pair, wishes: Wishes, now: datetime) -> Conflict:
    """As it was, with both sides as they are put now."""
    known = next((one for one in wishes.conflicts if one.conflict_id == pair.conflict_id), None)
    if known is None:
        return Conflict(conflict_id=pair.conflict_id, first=pair.first, second=pair.second, detected_at=now)
    sides = {side.of: side for side in (pair.first, pair.second)}
    same = {"first": sides[known.first.of], "second": sides[known.second.of]}  # an outcome names them by their places
    return known.model_copy(update=same)


def _found(before: Wishes, after: Wishes, cause: Cause) -> Iterator[Event]:
    known = {one.conflict_id for one in before.conflicts}
    for one in after.conflicts:
        if one.conflict_id not in known:
            yield PreferenceConflictDetected(
                conflict_id=one.conflict_id, first=one.first, second=one.second, detected_at=cause.now
            )


def _gone(before: Wishes, after: Wishes, cause: Cause) -> Iterator[Event]:
    still = {one.conflict_id for one in after.conflicts}
    for one in before.conflicts:
        if one.conflict_id not in still and one.outcome is None:
            yield PreferenceConflictSettled(conflict_id=one.conflict_id, gone=True, settled_at=cause.now)
