"""Horizontal bars: one series, several side by side, or several stacked; names above the bars on a phone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from carebus.web.charts.drawing import (
    PALETTE,
    WIDTHS,
    Bar,
    Chart,
    Drawing,
    Label,
    RuledLine,
    legend_of,
    nothing_to_draw,
)
from carebus.web.charts.scales import TEXT, Scale, checked, number, shorten, spread, text_width

LINE = 19.0
THICK = 16.0
BETWEEN = 12.0
SLIVER = 1.5


@dataclass(frozen=True, slots=True)
class _Question:
    names: Sequence[str]
    series: Mapping[str, Sequence[float]]
    stacked: bool
    words: Mapping[float, str]
    unit: str

    @property
    def ends(self) -> list[float]:
        values = list(zip(*self.series.values(), strict=True))
        return [sum(row) for row in values] if self.stacked else [value for row in values for value in row]


def bar_chart(
    title: str,
    rows: Sequence[tuple[str, float]],
    *,
    unit: str = "",
    places: int | None = None,
    summary: str | None = None,
) -> Chart:
    """One bar per (name, value), each with its value at the end, in the order given."""
    names = [name for name, _ in rows]
    return grouped_bars(
        title, names, {unit or "Value": [value for _, value in rows]}, unit=unit, places=places, summary=summary
    )


def grouped_bars(
    title: str,
    names: Sequence[str],
    series: Mapping[str, Sequence[float]],
    *,
    stacked: bool = False,
    unit: str = "",
    places: int | None = None,
    summary: str | None = None,
) -> Chart:
    """Bars of several series per name, side by side or `stacked`.

    Raises ValueError when a series is not as long as the names, a value is not finite, or a stacked one below zero.
    """
    values = {name: checked(row) for name, row in series.items()}
    if any(len(row) != len(names) for row in values.values()):
        raise ValueError("Each series needs one value per name.")
    if stacked and any(value < 0 for row in values.values() for value in row):
        raise ValueError("Stacked bars can't show values below zero.")
    header = ("", *values)
    if not names or not values:
        return nothing_to_draw(title, header)
    totals = [sum(row) for row in zip(*values.values(), strict=True)]
    words = {value: _words(value, unit, places) for row in (*values.values(), totals) for value in row}
    question = _Question(names, values, stacked, words, unit)
    rows = tuple((name, *(words[row[n]] for row in values.values())) for n, name in enumerate(names))
    return Chart(
        title,
        summary or _in_words(question),
        tuple(_draw(question, *size) for size in WIDTHS),
        legend_of(tuple(values), "fill"),
        (),
        header,
        rows,
    )


def _words(value: float, unit: str, places: int | None) -> str:
    gap = "" if unit in ("", "%") else " "
    return number(value, places) + gap + unit


def _in_words(question: _Question) -> str:
    names, words = question.names, question.words
    rows = {name: f"{name}: " if len(question.series) > 1 else "" for name in question.series}
    if len(names) == 1:
        return ". ".join(f"{names[0]}: {rows[name]}{words[row[0]]}" for name, row in question.series.items()) + "."
    if len(rows) == 1:
        (row,) = question.series.values()
        high, low = row.index(max(row)), row.index(min(row))
        return f"Highest: {names[high]}, {words[row[high]]}. Lowest: {names[low]}, {words[row[low]]}."
    return (
        ". ".join(f"{rows[name]}{words[min(row)]} to {words[max(row)]}" for name, row in question.series.items()) + "."
    )


def _draw(question: _Question, size: str, width: int) -> Drawing:
    above = size == "narrow"
    column = 0.0 if above else min(max(map(text_width, question.names)) + 12, width * 0.36)
    ends = question.ends
    low, high = spread(ends, zero=True)
    room = max(text_width(question.words[end]) for end in ends) + 8
    scale = Scale(low, high, column + (room if low < 0 else 1), width - room)
    bars: list[Bar] = []
    labels: list[Label] = []
    y = 4.0
    for n, name in enumerate(question.names):
        depth = _depth(question)
        y += LINE if above else 0
        labels.append(
            Label(0, y - 6, shorten(name, width), "start", "name")
            if above
            else Label(column - 10, y + depth / 2 + TEXT * 0.35, shorten(name, column - 10), "end", "name")
        )
        place = _stack if question.stacked else _side_by_side
        place(question, n, y, scale, bars, labels)
        y += depth + BETWEEN
    height = y - BETWEEN + 4
    base = () if above and low >= 0 else (RuledLine(scale(0), 2, scale(0), height - 2, "axis"),)
    return Drawing(size, width, height, rules=base, bars=tuple(bars), labels=tuple(labels))


def _depth(question: _Question) -> float:
    return THICK + 4 if question.stacked or len(question.series) == 1 else (THICK + 2) * len(question.series)


def _side_by_side(question: _Question, n: int, y: float, scale: Scale, bars: list[Bar], labels: list[Label]) -> None:
    step = _depth(question) / len(question.series)
    for order, (series, row) in enumerate(question.series.items()):
        value, top = row[n], y + order * step
        words = question.words[value]
        bars.append(_bar(scale, 0, value, (top, step - 2), order, f"{question.names[n]}, {series}: {words}"))
        labels.append(_end(scale(value), top + step / 2, words, low=value < 0))


def _stack(question: _Question, n: int, y: float, scale: Scale, bars: list[Bar], labels: list[Label]) -> None:
    done = 0.0
    for order, (series, row) in enumerate(question.series.items()):
        words = question.words[row[n]]
        bar = _bar(scale, done, done + row[n], (y, THICK + 4), order, f"{question.names[n]}, {series}: {words}")
        bars.append(bar)
        inside = words.removesuffix(f" {question.unit}")
        if text_width(inside) + 4 < bar.width:
            labels.append(Label(bar.x + bar.width / 2, y + 10 + TEXT * 0.35, inside, "middle", "inside"))
        done += row[n]
    labels.append(_end(scale(done), y + 10, question.words[done], low=False))


def _bar(scale: Scale, start: float, end: float, band: tuple[float, float], series: int, title: str) -> Bar:
    left, right = sorted((scale(start), scale(end)))
    width = max(right - left, SLIVER if start != end else 0.0)
    return Bar(min(left, scale.end - width), band[0], width, band[1], series % PALETTE, title)


def _end(x: float, middle: float, words: str, *, low: bool) -> Label:
    return Label(x - 6 if low else x + 6, middle + TEXT * 0.35, words, "end" if low else "start", "value")
