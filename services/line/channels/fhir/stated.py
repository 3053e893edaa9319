"""Single values of a notification: times with their zone, days, and codes."""

from datetime import date, datetime, timedelta

from carebus.web.fhir.nodes import Node
from carebus.web.fhir.refusing import NotReadable

AHEAD = timedelta(days=1)
FIRST_YEAR = 1870
_DAY = len("2026-03-02")


def moment_at(node: Node, now: datetime) -> datetime | None:
    """A time with its zone; None where nothing is stated. Raises NotReadable."""
    if not node:
        return None
    try:
        at = datetime.fromisoformat(node.text)
    except ValueError:
        raise _no_time(node) from None
    if at.tzinfo is None or at.year < FIRST_YEAR or at > now + AHEAD:
        raise _no_time(node)
    return at.astimezone(now.tzinfo)


def day_at(node: Node, now: datetime) -> date | None:
    """A day; None where it is not stated, or not to the day. Raises NotReadable."""
    if not node or len(node.text) < _DAY:
        return None
    try:
        day = date.fromisoformat(node.text[:_DAY])
    except ValueError:
        raise _no_time(node) from None
    if day.year < FIRST_YEAR or day > (now + AHEAD).date():
        raise _no_time(node)
    return day


def code_of(concept: Node) -> str:
    """The first code of a concept."""
    return next((code for one in concept.each("coding") if (code := one.at("code").text)), "")


def _no_time(node: Node) -> NotReadable:
    return NotReadable.because("value", "Give a time with its zone, or a day, that is not later than now.", node.path)
