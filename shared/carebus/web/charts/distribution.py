"""How often which value occurs: a dot each while they can be told apart, bars beyond that, and the median."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from carebus.web.charts.drawing import WIDTHS, Bar, Chart, Dot, Drawing, Label, RuledLine, nothing_to_draw
from carebus.web.charts.scales import TEXT, Scale, apart, brief, checked, number, spread, text_width, ticks

AS_DOTS = 60
WHOLE_UP_TO = 24  # a wider spread of whole numbers does not get a bin for each
BINS = 12


@dataclass(frozen=True, slots=True)
class _Bin:
    low: float
    high: float
    count: int
    words: str


@dataclass(frozen=True, slots=True)
class _Question:
    values: Sequence[float]
    bins: Sequence[_Bin]
    dots: bool
    whole: bool
    median: float


def distribution(
    title: str, values: Sequence[float], *, unit: str = "", as_dots: bool | None = None, summary: str | None = None
) -> Chart:
    """The spread of values in equal bins: one dot per value up to 60 values, else a histogram, unless told."""
    known = sorted(checked(values))
    header = (unit.capitalize() or "Value", "How many")
    if not known:
        return nothing_to_draw(title, header)
    whole = all(value == round(value) for value in known) and known[-1] - known[0] <= WHOLE_UP_TO
    bins = _bins(known, _edges(known, whole=whole), whole=whole)
    median = statistics.median(known)
    question = _Question(known, bins, len(known) <= AS_DOTS if as_dots is None else as_dots, whole, median)
    words = (
        f"{len(known):,} value{'s' if len(known) > 1 else ''}, median {brief(median)}{_unit(unit)}, "
        f"from {brief(known[0])} to {brief(known[-1])}."
    )
    rows = tuple((bin_.words + _unit(unit), str(bin_.count)) for bin_ in bins)
    return Chart(title, summary or words, tuple(_draw(question, *size) for size in WIDTHS), (), (), header, rows)


def _unit(unit: str) -> str:
    return unit if unit in ("", "%") else f" {unit}"


def _edges(known: Sequence[float], *, whole: bool) -> list[float]:
    if whole:
        return [value - 0.5 for value in range(round(known[0]), round(known[-1]) + 2)]
    return ticks(*spread(known), wanted=min(BINS, max(3, round(len(known) ** 0.5) + 1)))


def _bins(known: Sequence[float], edges: Sequence[float], *, whole: bool) -> list[_Bin]:
    counts = [0] * (len(edges) - 1)
    step = edges[1] - edges[0]
    for value in known:
        counts[min(len(counts) - 1, max(0, int((value - edges[0]) / step)))] += 1
    return [
        _Bin(low, high, count, number(round((low + high) / 2)) if whole else f"{number(low)} to {number(high)}")
        for low, high, count in zip(edges, edges[1:], counts, strict=False)
    ]


def _draw(question: _Question, size: str, width: int) -> Drawing:
    bins, most = question.bins, max(bin_.count for bin_ in question.bins)
    levels = [level for level in ticks(0, max(most, 1), 4) if level == round(level)]
    left = 4.0 if question.dots else text_width(number(levels[-1])) + 12
    height = 180.0 if size == "narrow" else 200.0
    bottom, top = height - 26, 24.0
    across = Scale(bins[0].low, bins[-1].high, left + 2, width - 4)
    up = Scale(0, levels[-1], bottom, top)
    rules = [RuledLine(left, bottom, width, bottom, "axis")]
    labels = _bin_labels(question, across, bottom, width)
    if not question.dots:
        rules += [RuledLine(left, up(level), width, up(level), "grid") for level in levels[1:]]
        labels += [Label(left - 8, up(level) + TEXT * 0.35, number(level), "end", "axis") for level in levels]
    _note_median(question.median, across, (top, bottom), rules, labels, width)
    bars = () if question.dots else tuple(_bar(bin_, across, up) for bin_ in bins if bin_.count)
    dots = _dots(bins, most, across, bottom, bottom - top) if question.dots else ()
    return Drawing(size, width, height, tuple(rules), bars, (), dots, tuple(labels))


def _bar(bin_: _Bin, across: Scale, up: Scale) -> Bar:
    left, right, top = across(bin_.low) + 1, across(bin_.high) - 1, up(bin_.count)
    return Bar(left, top, max(0.5, right - left), up(0) - top, 0, f"{bin_.words}: {bin_.count}")


def _dots(bins: Sequence[_Bin], most: int, across: Scale, bottom: float, room: float) -> tuple[Dot, ...]:
    column = across(bins[0].high) - across(bins[0].low)
    radius = max(0.5, min(9.0, column / 2 - 1, room / most / 2 - 0.5))
    step = min(2 * radius + 1, (room - 2 * radius) / most)
    return tuple(
        Dot((across(b.low) + across(b.high)) / 2, bottom - radius - 2 - n * step, radius, 0, b.words)
        for b in bins
        for n in range(b.count)
    )


def _bin_labels(question: _Question, across: Scale, bottom: float, width: int) -> list[Label]:
    bins = question.bins
    at = [(b.low + b.high) / 2 for b in bins] if question.whole else [b.low for b in bins] + [bins[-1].high]
    places = []
    for value in at:
        words = number(value)
        half = text_width(words) / 2
        places.append((min(max(across(value), half), width - half), words))
    return [
        Label(x, bottom + 18, words, "middle", "axis")
        for (x, words), drawn in zip(places, apart(places), strict=True)
        if drawn
    ]


def _note_median(
    median: float, across: Scale, band: tuple[float, float], rules: list[RuledLine], labels: list[Label], width: int
) -> None:
    x, words = across(median), f"median {brief(median)}"
    half = text_width(words) / 2
    rules.append(RuledLine(x, band[0] - 6, x, band[1], "moment"))
    labels.append(Label(min(max(x, half), width - half), band[0] - 10, words, "middle", "note"))
