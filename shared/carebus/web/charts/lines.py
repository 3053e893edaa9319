"""Lines over time, with numbered moments and a target, and the word-sized line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from carebus.web.charts.drawing import (
    PALETTE,
    WIDTHS,
    Chart,
    Dot,
    Drawing,
    Label,
    Line,
    RuledLine,
    Sparkline,
    legend_of,
    nothing_to_draw,
    point,
)
from carebus.web.charts.scales import (
    TEXT,
    Scale,
    apart,
    checked,
    instant,
    number,
    shorten,
    spread,
    text_width,
    ticks,
    time_ticks,
)

When = date | datetime
Points = Sequence[tuple[When, float | None]]
Known = tuple[datetime, float | None]

WIDE = 400  # from this width on the axis has room for more labels of time
DOTTED = 40  # more points than this per line are drawn without a dot each
DRAWN, DRAWN_SMALL = 400, 30
LISTED = 200
MISSING = "not known"


@dataclass(frozen=True, slots=True)
class _Question:
    series: Mapping[str, Sequence[Known]]
    moments: Sequence[datetime]
    target: tuple[float, str] | None
    levels: Sequence[float]
    first: datetime
    last: datetime
    zone: tzinfo
    places: int | None


def line_chart(  # noqa: PLR0913 - options by name
    title: str,
    series: Mapping[str, Points],
    *,
    moments: Sequence[tuple[When, str]] = (),
    target: tuple[float, str] | None = None,
    y_range: tuple[float, float] | None = None,
    unit: str = "",
    places: int | None = None,
    zone: tzinfo = UTC,
    summary: str | None = None,
) -> Chart:
    """Values over time; None breaks a line; `moments` are numbered in the drawing and told below it.

    `target` is a level with its name; `y_range` is the least range of the axis, such as (0, 10) for a symptom score.
    """
    lines = {name: _sorted(points, zone) for name, points in series.items()}
    known = [point for points in lines.values() for point in points if point[1] is not None]
    header = ("When", *lines)
    if not known:
        return nothing_to_draw(title, header)
    told = sorted((instant(at, zone), words) for at, words in moments)
    levels = checked(
        [value for _, value in known if value is not None] + list(y_range or ()) + list((target or ())[:1])
    )
    times = [at for at, _ in known] + [at for at, _ in told]
    question = _Question(
        lines, [at for at, _ in told], target, ticks(*spread(levels)), *_period(min(times), max(times)), zone, places
    )
    rows = _rows(lines, zone, places, unit)
    notes = [f"{_day(at, zone)}: {words}" for at, words in told]
    return Chart(
        title,
        summary or _in_words(lines, zone, places, unit),
        tuple(_draw(question, *size) for size in WIDTHS),
        legend_of(tuple(lines), "line"),
        tuple(notes),
        header,
        rows[-LISTED:],
        max(0, len(rows) - LISTED),
    )


def sparkline(values: Sequence[float], *, label: str, width: float = 104, height: float = 28) -> Sparkline:
    """A line the size of a word; `label` says what it shows, the summary adds first and last value."""
    known = checked(values)
    if not known:
        return Sparkline(f"{label}: no data yet", width, height, "", None)
    across = Scale(0, max(1, len(known) - 1), 5, width - 5)
    up = Scale(*spread(known), height - 5, 5)
    places = [(across(n) if len(known) > 1 else width / 2, up(value)) for n, value in enumerate(known)]
    dot = Dot(*places[-1], 3, 0, number(known[-1]))
    last = number(known[-1])
    said = f"{label}: {last}" if len(known) == 1 else f"{label}: from {number(known[0])} to {last}"
    return Sparkline(said, width, height, _path(_thinned(places, DRAWN_SMALL)), dot)


def _sorted(points: Points, zone: tzinfo) -> list[Known]:
    return sorted(((instant(at, zone), value) for at, value in points), key=lambda point: point[0])


def _period(first: datetime, last: datetime) -> tuple[datetime, datetime]:
    pad = timedelta(days=3) if first == last else timedelta(0)
    return first - pad, last + pad


def _day(at: datetime, zone: tzinfo) -> str:
    local = at.astimezone(zone)
    return local.strftime("%-d %b %Y" if (local.hour, local.minute) == (0, 0) else "%-d %b %Y, %H:%M")


def _rows(
    lines: Mapping[str, Sequence[Known]], zone: tzinfo, places: int | None, unit: str
) -> tuple[tuple[str, ...], ...]:
    at_time: dict[datetime, dict[str, float | None]] = {}
    for name, points in lines.items():
        for at, value in points:
            at_time.setdefault(at, {})[name] = value
    return tuple(
        (_day(at, zone), *(_said(at_time[at].get(name), places, unit) for name in lines)) for at in sorted(at_time)
    )


def _said(value: float | None, places: int | None, unit: str) -> str:
    return MISSING if value is None else number(value, places) + (unit if unit in ("", "%") else f" {unit}")


def _in_words(lines: Mapping[str, Sequence[Known]], zone: tzinfo, places: int | None, unit: str) -> str:
    told = []
    for name, points in lines.items():
        known = [(at, value) for at, value in points if value is not None]
        if len(known) > 1:
            (start, was), (end, now) = known[0], known[-1]
            told.append(
                f"{name}: {_said(was, places, unit)} on {_day(start, zone)}, "
                f"{_said(now, places, unit)} on {_day(end, zone)}."
            )
        elif known:
            told.append(f"{name}: {_said(known[0][1], places, unit)} on {_day(known[0][0], zone)}.")
    return " ".join(told)


def _draw(question: _Question, size: str, width: int) -> Drawing:
    height = 210.0 if size == "narrow" else 250.0
    said = [number(level) for level in question.levels]
    left, bottom, top = max(map(text_width, said)) + 10, height - 26, 26.0 if question.moments else 12.0
    across = Scale(question.first.timestamp(), question.last.timestamp(), left + 8, width - 10)
    up = Scale(question.levels[0], question.levels[-1], bottom, top)
    rules = [
        RuledLine(left, up(level), width, up(level), "axis" if level == question.levels[0] else "grid")
        for level in question.levels
    ]
    labels = [
        Label(left - 8, up(level) + TEXT * 0.35, words, "end", "axis")
        for level, words in zip(question.levels, said, strict=True)
    ]
    labels += _time_labels(question, across, width, bottom)
    _note_moments(question, across, (top, bottom), rules, labels)
    if question.target is not None:
        at = up(question.target[0])
        rules.append(RuledLine(left, at, width, at, "target"))
        labels.append(Label(width - 2, at - 5, shorten(question.target[1], width - left - 8), "end", "note"))
    lines, dots = _strokes(question, across, up)
    return Drawing(size, width, height, tuple(rules), (), tuple(lines), tuple(dots), tuple(labels))


def _time_labels(question: _Question, across: Scale, width: int, bottom: float) -> list[Label]:
    found = time_ticks(question.first, question.last, question.zone, 5 if width < WIDE else 8)
    if not found:
        found = [(question.first, question.first.astimezone(question.zone).strftime("%-d %b"))]
    places = []
    for at, words in found:
        half = text_width(words) / 2
        places.append((min(max(across(at.timestamp()), half), width - half), words))
    return [
        Label(x, bottom + 18, words, "middle", "axis")
        for (x, words), drawn in zip(places, apart(places), strict=True)
        if drawn
    ]


def _note_moments(
    question: _Question, across: Scale, band: tuple[float, float], rules: list[RuledLine], labels: list[Label]
) -> None:
    places = [(across(at.timestamp()), str(n)) for n, at in enumerate(question.moments, 1)]
    rules += [RuledLine(x, band[0] - 6, x, band[1], "moment") for x, _ in places]
    labels += [
        Label(x, band[0] - 10, words, "middle", "note")
        for (x, words), drawn in zip(places, apart(places, 3), strict=True)
        if drawn
    ]


def _strokes(question: _Question, across: Scale, up: Scale) -> tuple[list[Line], list[Dot]]:
    lines: list[Line] = []
    dots: list[Dot] = []
    for order, (name, points) in enumerate(question.series.items()):
        series = order % PALETTE
        for run in _runs(points):
            places = _thinned([(across(at.timestamp()), up(value)) for at, value in run], DRAWN)
            if len(places) > 1:
                lines.append(Line(_path(places), series))
            shown = run if len(points) <= DOTTED or len(run) == 1 else run[-1:]
            dots += [
                Dot(
                    across(at.timestamp()),
                    up(value),
                    4,
                    series,
                    f"{name}, {_day(at, question.zone)}: {number(value, question.places)}",
                )
                for at, value in shown
            ]
    return lines, dots


def _runs(points: Sequence[Known]) -> list[list[tuple[datetime, float]]]:
    runs: list[list[tuple[datetime, float]]] = [[]]
    for at, value in points:
        if value is None:
            runs.append([])
        else:
            runs[-1].append((at, value))
    return [run for run in runs if run]


def _thinned(places: list[tuple[float, float]], most: int) -> list[tuple[float, float]]:
    """The lowest and highest point of each stretch, which is all that can be seen of a long run; and the last."""
    if len(places) <= most:
        return places
    stretch = len(places) // (most // 2) + 1
    kept: list[tuple[float, float]] = []
    for start in range(0, len(places), stretch):
        part = places[start : start + stretch]
        kept += sorted({min(part, key=lambda p: p[1]), max(part, key=lambda p: p[1])})
    return kept if kept[-1] == places[-1] else [*kept, places[-1]]


def _path(places: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(point(x, y) for x, y in places)
