"""Draws who tells whom: tellers on the left, hearers on the right, a line for each pair, and the same in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carebus.web.charts.drawing import PALETTE, WIDTHS
from carebus.web.charts.scales import TEXT, text_width
from deploy.catalogue.entries import Entry

ROW, HEAD, BETWEEN, PAD = 22.0, 26.0, 14.0, 8.0
TIP = 7.0
BASELINE = TEXT * 0.35
"""How far below the middle of a row its letters stand."""


@dataclass(frozen=True, slots=True)
class Tie:
    """The events that one service tells and another hears."""

    teller: str
    hearer: str
    events: tuple[str, ...]

    @property
    def words(self) -> str:
        """As it stands at the end of its line."""
        return f"{len(self.events)} from {self.teller}"


@dataclass(frozen=True, slots=True)
class Box:
    """A service; `rows` are words below its name."""

    x: float
    y: float
    width: float
    height: float
    name: str
    rows: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """From a teller to a hearer; each teller has its own colour and its own dashes."""

    path: str
    tip: str
    series: int
    title: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """The graph for a screen of one width."""

    size: str
    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """The drawings, the ties that they show, and the same in a sentence."""

    drawings: tuple[Drawing, ...]
    ties: tuple[Tie, ...]
    summary: str


def graph(entries: Sequence[Entry]) -> Graph:
    """Who tells whom, in these events."""
    found = ties(entries)
    return Graph(tuple(_draw(found, *size) for size in WIDTHS), found, _in_words(found))


def ties(entries: Sequence[Entry]) -> tuple[Tie, ...]:
    """Each pair of a teller and a hearer with what passes between them, in the order of their names."""
    pairs: dict[tuple[str, str], list[str]] = {}
    for entry in entries:
        for hearer in entry.heard_by:
            pairs.setdefault((entry.told_by, hearer), []).append(entry.name)
    return tuple(Tie(teller, hearer, tuple(names)) for (teller, hearer), names in sorted(pairs.items()))


def _in_words(found: Sequence[Tie]) -> str:
    said = []
    for hearer in dict.fromkeys(tie.hearer for tie in sorted(found, key=lambda tie: tie.hearer)):
        parts = [tie.words for tie in found if tie.hearer == hearer]
        said.append(f"{hearer} hears {_listed(parts)}")
    return "Kinds of events: " + "; ".join(said) + "." if said else "Nobody hears anything."


def _listed(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]


def _draw(found: Sequence[Tie], size: str, width: int) -> Drawing:
    tellers, hearers = sorted({tie.teller for tie in found}), sorted({tie.hearer for tie in found})
    left = max(map(text_width, tellers), default=0) + 2 * PAD
    right = max((text_width(words) for words in [*hearers, *(tie.words for tie in found)]), default=0) + 2 * PAD
    hears = _column(hearers, found, width - right, right)
    height = max((box.y + box.height for box in hears), default=0.0) + 2
    tells = _spread(tellers, left, height)
    lines = tuple(_line(tie, tells, hears, tellers.index(tie.teller)) for tie in found)
    return Drawing(size, width, height, (*tells.values(), *hears), lines)


def _column(names: Sequence[str], found: Sequence[Tie], x: float, width: float) -> tuple[Box, ...]:
    """Those who hear, each with a row for everybody whom it hears."""
    boxes: list[Box] = []
    y = 2.0
    for name in names:
        words = [tie.words for tie in found if tie.hearer == name]
        rows = tuple((y + HEAD + ROW * n + ROW / 2, text) for n, text in enumerate(words))
        boxes.append(Box(x, y, width, HEAD + ROW * len(words) + PAD / 2, name, rows))
        y += boxes[-1].height + BETWEEN
    return tuple(boxes)


def _spread(names: Sequence[str], width: float, height: float) -> dict[str, Box]:
    """Those who tell, at even distances."""
    step = height / max(1, len(names))
    tall = HEAD + PAD / 2
    return {name: Box(1, step * n + (step - tall) / 2, width, tall, name) for n, name in enumerate(names)}


def _line(tie: Tie, tells: dict[str, Box], hears: Sequence[Box], series: int) -> Line:
    start, end = tells[tie.teller], next(box for box in hears if box.name == tie.hearer)
    y1 = start.y + start.height / 2
    y2 = next(y for y, words in end.rows if words == tie.words)
    x1, x2 = start.x + start.width, end.x - TIP
    bend = (x2 - x1) / 2
    return Line(
        f"M{x1:.1f} {y1:.1f}C{x1 + bend:.1f} {y1:.1f} {x2 - bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}",
        f"M{x2:.1f} {y2 - TIP / 2:.1f}L{end.x:.1f} {y2:.1f}L{x2:.1f} {y2 + TIP / 2:.1f}Z",
        series % PALETTE,
        f"{tie.teller} to {tie.hearer}: {', '.join(tie.events)}",
    )
