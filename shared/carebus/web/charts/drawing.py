"""The shapes a chart is made of: numbers in the units of an SVG viewBox, and the table that says the same in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Anchor = Literal["start", "middle", "end"]

SHAPES = 4
PALETTE = 6

# Each chart is drawn in two layouts and the style sheet shows the one that fits: letters stay legible on a phone.
WIDTHS: tuple[tuple[str, int], ...] = (("narrow", 340), ("wide", 640))


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle of one series; `title` is what a pointer resting on it reads."""

    x: float
    y: float
    width: float
    height: float
    series: int
    title: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A marker of one series; each series has its own shape, so that colour is never the only difference."""

    x: float
    y: float
    radius: float
    series: int
    title: str

    @property
    def path(self) -> str:
        """The outline as SVG path data: circle, square, triangle, diamond, then again from the first."""
        return marker(self.series % SHAPES, self.x, self.y, self.radius)


@dataclass(frozen=True, slots=True)
class Line:
    """A stroke of one series as SVG path data."""

    path: str
    series: int


@dataclass(frozen=True, slots=True)
class RuledLine:
    """A straight helper line; `role` is grid, axis, target or moment."""

    x1: float
    y1: float
    x2: float
    y2: float
    role: str


@dataclass(frozen=True, slots=True)
class Label:
    """Words in the drawing; `role` is axis, name, value, inside or note."""

    x: float
    y: float
    text: str
    anchor: Anchor
    role: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """One layout of a chart, back to front: rules, bars, lines, dots, labels."""

    size: str
    width: float
    height: float
    rules: tuple[RuledLine, ...] = ()
    bars: tuple[Bar, ...] = ()
    lines: tuple[Line, ...] = ()
    dots: tuple[Dot, ...] = ()
    labels: tuple[Label, ...] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """One line of the legend."""

    series: int
    name: str
    kind: Literal["line", "fill"]

    @property
    def path(self) -> str:
        """The series' marker for a 20 by 12 swatch."""
        return marker(self.series % SHAPES, 10, 6, 4)


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart in every form a reader may need: drawings, legend, notes, a summary in words and a table of the data."""

    title: str
    summary: str
    drawings: tuple[Drawing, ...]
    legend: tuple[Key, ...]
    notes: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left_out: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not self.drawings


@dataclass(frozen=True, slots=True)
class Sparkline:
    """A word-sized line: its path, its last point and what it says in words."""

    summary: str
    width: float
    height: float
    path: str
    dot: Dot | None


def point(x: float, y: float) -> str:
    """A point of SVG path data, to a tenth."""
    return f"{x:.1f} {y:.1f}".replace(".0", "")


def marker(shape: int, x: float, y: float, r: float) -> str:
    """SVG path data of marker number `shape` around a point."""
    corners: dict[int, list[tuple[float, float]]] = {
        1: [(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
        2: [(0, -1), (1, 0.8), (-1, 0.8)],
        3: [(0, -1), (1, 0), (0, 1), (-1, 0)],
    }
    if shape not in corners:
        return f"M{x - r:.1f} {y:.1f}a{r:.1f} {r:.1f} 0 1 0 {2 * r:.1f} 0a{r:.1f} {r:.1f} 0 1 0 {-2 * r:.1f} 0Z"
    return "M" + "L".join(point(x + dx * r, y + dy * r) for dx, dy in corners[shape]) + "Z"


def legend_of(names: tuple[str, ...], kind: Literal["line", "fill"]) -> tuple[Key, ...]:
    """A legend, or none for a single series: the title already says what it is."""
    return tuple(Key(n % PALETTE, name, kind) for n, name in enumerate(names)) if len(names) > 1 else ()


def nothing_to_draw(title: str, header: tuple[str, ...]) -> Chart:
    """The chart of no data at all."""
    return Chart(title, "No data yet.", (), (), (), header, ())
