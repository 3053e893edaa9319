"""From values to places: scales, round ticks in numbers and in time, and how much room words take."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

YEAR = 12  # months
LARGEST, SMALLEST = 1e15, 1e-6  # beyond these a number is written with its power of ten
TENTHS_FROM = 10  # a number for a sentence has hundredths below
TEXT = 12.5  # the drawing's font size, in its own units; the style sheet says the same


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight mapping of [low, high] to [start, end]; values outside stick to the ends."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The place of a value."""
        part = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return self.start + min(1.0, max(0.0, part)) * (self.end - self.start)


def checked(values: Sequence[float]) -> list[float]:
    """The values as floats; ValueError when one is not a finite number."""
    floats = [float(value) for value in values]
    if not all(map(math.isfinite, floats)):
        raise ValueError("A chart can only show finite numbers; leave out what is missing or give None.")
    return floats


def spread(values: Sequence[float], *, zero: bool = False) -> tuple[float, float]:
    """The lowest and highest value, never closer together than can be told apart on an axis."""
    low, high = min(values), max(values)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    room = max(abs(low), abs(high)) * 1e-6
    if high - low > room:
        return low, high
    pad = max(abs(low) * 0.1, 0.5)
    return (low, low + 2 * pad) if zero and low == 0 else (low - pad, high + pad)


def ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Round, strictly rising values that cover [low, high], in steps of 1, 2 or 5 times a power of ten."""
    rough = (high - low) / max(1, wanted - 1)
    magnitude = 10.0 ** math.floor(math.log10(rough))
    step = next(m * magnitude for m in (1, 2, 5, 10) if m * magnitude >= rough * 0.999)
    first = math.floor(low / step + 1e-9)
    last = math.ceil(high / step - 1e-9)
    return [n * step for n in range(first, last + 1)]


def number(value: float, places: int | None = None) -> str:
    """A number as people write it: 1,204 or 0.25, with as many places as it needs (at most 6) unless told."""
    if places is not None:
        return f"{value:,.{places}f}"
    if value and not SMALLEST <= abs(value) < LARGEST:
        return f"{value:.3g}"
    text = f"{value:,.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def brief(value: float) -> str:
    """A number for a sentence: with no more places than a reader can keep in mind."""
    if value == round(value):
        return number(value)
    return number(value, 1) if abs(value) >= TENTHS_FROM else number(round(value, 2))


def instant(at: date | datetime, zone: tzinfo) -> datetime:
    """A day as its midnight in the zone, a moment as it is (a naive one is taken as the zone's own)."""
    if not isinstance(at, datetime):
        return datetime.combine(at, time(), zone)
    return at if at.tzinfo else at.replace(tzinfo=zone)


def time_ticks(first: datetime, last: datetime, zone: tzinfo, wanted: int) -> list[tuple[datetime, str]]:
    """Strictly rising moments at round hours, days, months or years within [first, last], with their words."""
    steps = [step for step in _time_steps(first, last, zone) if len(step) <= wanted]
    found = steps[0] if steps else []
    return [pair for n, pair in enumerate(found) if n == 0 or pair[0] > found[n - 1][0]]


def _time_steps(first: datetime, last: datetime, zone: tzinfo) -> Iterator[list[tuple[datetime, str]]]:
    span = last - first
    for hours in (1, 3, 6, 12):
        if span <= timedelta(hours=hours * 12):
            yield _walk(first, last, zone, timedelta(hours=hours), "%H:%M")
    for days in (1, 2, 7, 14, 28):
        if span <= timedelta(days=days * 12):
            yield _walk(first, last, zone, timedelta(days=days), "%-d %b")
    for months in (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400):
        yield _months(first, last, zone, months)


def _walk(first: datetime, last: datetime, zone: tzinfo, step: timedelta, words: str) -> list[tuple[datetime, str]]:
    wall = datetime.combine(first.astimezone(zone).date(), time())
    found: list[tuple[datetime, str]] = []
    while (at := wall.replace(tzinfo=zone)).timestamp() <= last.timestamp():
        if at.timestamp() >= first.timestamp():
            found.append((at, at.strftime(words)))
        wall += step
    return found


def _months(first: datetime, last: datetime, zone: tzinfo, step: int) -> list[tuple[datetime, str]]:
    start, end = first.astimezone(zone), last.astimezone(zone)
    begun = start.year * YEAR
    counted = range(begun - begun % step, end.year * YEAR + end.month, step)
    moments = [datetime(n // YEAR, n % YEAR + 1, 1, tzinfo=zone) for n in counted if n >= YEAR]
    words = "%b %Y" if step < YEAR else "%Y"
    return [(at, at.strftime(words)) for at in moments if start.timestamp() <= at.timestamp() <= end.timestamp()]


def text_width(text: str, size: float = TEXT) -> float:
    """Roughly how wide words are drawn: generous, since the reader's font is not known."""
    return sum(size * (1.05 if unicodedata.east_asian_width(sign) in "WF" else 0.6) for sign in text)


def shorten(text: str, room: float, size: float = TEXT) -> str:
    """The words, cut with an ellipsis where they would not fit the room."""
    if text_width(text, size) <= room:
        return text
    kept = text
    while kept and text_width(kept + "…", size) > room:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def apart(places: Sequence[tuple[float, str]], gap: float = 8) -> list[bool]:
    """Which of these words, centred on rising places, can be drawn without touching the one drawn before."""
    drawn: list[bool] = []
    free_from = -math.inf
    for place, words in places:
        half = text_width(words) / 2
        drawn.append(place - half >= free_from)
        if drawn[-1]:
            free_from = place + half + gap
    return drawn
