"""Between which times somebody is said to come: roads and the visit before decide it, so no minute is promised."""

from datetime import UTC, datetime, timedelta
from typing import Any

from carebus.contracts.care_plan import VisitMode
from services.care_plan.domain.care import Visit

AROUND_MINUTES = 30
"""So long before and after the time that is booked somebody may come, and a day's route may move a visit. Ours."""
ROUNDED_MINUTES = 15
"""Families are told whole quarters of an hour. No zone's clocks differ from UTC by less, so a window is the same."""


def family_window(minute: int) -> tuple[int, int]:
    """The first and the last minute at which they may come who are booked for this minute, of a day or of all time."""
    first = max(minute - AROUND_MINUTES, 0) // ROUNDED_MINUTES * ROUNDED_MINUTES
    return first, -(-(minute + AROUND_MINUTES) // ROUNDED_MINUTES) * ROUNDED_MINUTES


def arrival(starts_at: datetime, mode: VisitMode) -> tuple[datetime, datetime] | None:
    """The same as times; None for calls, which are made at their time."""
    if mode is not VisitMode.HOME:
        return None
    epoch = datetime.fromtimestamp(0, UTC)
    minute = timedelta(minutes=1)
    first, last = family_window((starts_at - epoch) // minute)
    return epoch + first * minute, epoch + last * minute


def told_window(visit: Visit) -> dict[str, Any]:
    """The fields of an event that say it."""
    window = arrival(visit.starts_at, visit.mode)
    return {"arrives_from": window[0], "arrives_until": window[1]} if window else {}
