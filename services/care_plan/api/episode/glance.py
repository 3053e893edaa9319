"""What the patient page says in a line each: what instruments found last, the medicines, who has had summaries."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from services.care_plan.api import words
from services.care_plan.domain.care import Care
from services.care_plan.domain.care.alerts import ClosedTask
from services.care_plan.domain.care.found import Found
from services.care_plan.domain.care.zones import day_of, end_of
from services.care_plan.domain.episode.told import Message, Told
from services.care_plan.domain.instruments import INSTRUMENTS, Result, results
from services.care_plan.domain.instruments.alerts import STRONG
from services.care_plan.domain.summaries.sharing import Sending, Sharing

SHOWN = {"esas_r", "akps", "phase"}
"""Instruments that have a place of their own on the page."""
SAFETY_SHOWN = timedelta(days=28)
"""So long it is shown what came of a safety task; it is in its event for good."""
SENT = 3
"""So many sendings of summaries are named."""


class Left(NamedTuple):
    """What left for the family and for doctors outside since a day, on which a death was said to be."""

    since: date
    messages: tuple[Message, ...]
    summaries: tuple[Sending, ...]


class Last(NamedTuple):
    """One instrument's last result: `said` in words, its band where it has one, and when it was found."""

    name: str
    said: str
    band: str
    tone: str
    at: datetime | None


def last_results(found: Found) -> list[Last]:
    """The further instruments that were used, as each was answered last."""
    of_each = groupby(results(found.answers), key=lambda one: one.instrument)
    return [line for code, each in of_each if code not in SHOWN for line in _lines(found, code, list(each))]


def _lines(found: Found, code: str, each: Sequence[Result]) -> Iterator[Last]:
    met = found.met.get(code)
    for one in _told(each):
        tone = words.BAND_TONES[one.band] if one.band else ""
        yield Last(words.name_of(one), said(one), words.band_of(one), tone, met.at if met else None)


def _told(each: Sequence[Result]) -> Sequence[Result]:
    """Sums; of an instrument without one, or beside them, only what is strong, so that many items stay a few lines."""
    if len(each) <= len(("one", "two")):
        return each
    instrument = INSTRUMENTS[each[0].instrument]
    sums = {scale.code for scale in instrument.scales if len(scale.items) > 1}
    return [one for one in each if one.scale in sums or one.band in STRONG] or each[:1]


def said(one: Result) -> str:
    """A score with what it can be at most, an answer in words, or that it is not known."""
    if one.score is not None:
        return f"{one.score} of {one.most}"
    return one.answer or "not all answered"


def sent_last(sharing: Sharing) -> list[tuple[Sending, str]]:
    """To whom summaries went last, the latest first, and how that stands."""
    return [(one, _stands(one)) for one in reversed(sharing.sendings[-SENT:])]


def looked_after(care: Care | None, now: datetime) -> list[ClosedTask]:
    """Safety tasks that somebody looked at in the last weeks: the next visitor is to know what was agreed."""
    closed = care.safety_closed if care else ()
    return [one for one in closed if one.closed_at > now - SAFETY_SHOWN]


def left_since(care: Care, told: Told, sharing: Sharing) -> Left | None:
    """What may have to be put right if the news of a death is wrong; None where none was told.

    From the day of the death as it was reported, or else from the day on which it was.
    """
    if not care.holds:
        return None
    held = care.holds[0]
    since = min(held.on or date.max, day_of(care, held.held_at))
    at = end_of(care, since - timedelta(days=1))
    return Left(since, told.since(at), tuple(one for one in sharing.sendings if one.sent_at >= at))


def _stands(one: Sending) -> str:
    if one.taken_back_at:
        return "taken back"
    if one.acknowledged_at:
        return "received"
    if one.undelivered_at:
        return "could not be delivered"
    return "delivered" if one.delivered_at else "sent"
