"""Shows a run: a live table in a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from deploy.local.supervisor import Member, State
from deploy.local.watch import Picture, Status, Timing

LINE_EVERY_S = 5.0
EXACT_BELOW_S = 0.01
SLOWEST_SHOWN = 0.5
TONES = {State.RUNNING: "green", State.GAVE_UP: "bold red", State.RESTARTING: "yellow"}


@dataclass(frozen=True)
class View:
    """Everything there is to show at one moment."""

    members: Sequence[Member] = ()
    picture: Picture | None = None
    rates: Mapping[str, float] = field(default_factory=dict)
    doing: str = ""

    @property
    def stages(self) -> dict[str, int]:
        """The count of each stage; empty before the first answer."""
        counts = self.picture.counts if self.picture else None
        return counts.stages() if counts else {}

    @property
    def shown(self) -> object:
        """All of it as it is now, to be compared: members change in place."""
        members = [(member.name, member.state, member.restarts) for member in self.members]
        return members, self.picture, dict(self.rates), self.doing


class Display(Protocol):
    """Where a run is shown."""

    def say(self, line: str) -> None:
        """Tell one thing that happened."""

    def show(self, view: View) -> None:
        """Bring what is shown up to date."""

    def close(self) -> None:
        """Leave the terminal as it was found."""


def display() -> Display:
    """The display that fits: live in a terminal, else lines."""
    console = Console(highlight=False)
    return Unshaken(LiveDisplay(console) if console.is_terminal else LineDisplay())


class Unshaken:
    """A display whose reader may go away: a closed terminal or pipe is no reason to leave processes behind."""

    def __init__(self, shown: Display) -> None:
        """Show on `shown` while that lasts."""
        self._shown = shown

    def say(self, line: str) -> None:
        with suppress(OSError):
            self._shown.say(line)

    def show(self, view: View) -> None:
        with suppress(OSError):
            self._shown.show(view)

    def close(self) -> None:
        with suppress(OSError):
            self._shown.close()


class LineDisplay:
    """Plain lines, for logs and pipes."""

    def __init__(self) -> None:
        """Begin with the first view."""
        self._next = 0.0
        self._last = ""

    def say(self, line: str) -> None:
        print(line, flush=True)

    def show(self, view: View) -> None:
        if time.monotonic() < self._next:
            return
        line = line_of(view)
        if line in ("", self._last):
            return
        self._next, self._last = time.monotonic() + LINE_EVERY_S, line
        self.say(line)

    def close(self) -> None:
        sys.stdout.flush()


class LiveDisplay:
    """Tables that stay in place; what is said scrolls above them."""

    def __init__(self, console: Console) -> None:
        """Draw on `console` from the first view on."""
        self._console = console
        self._live: Live | None = None
        self._drawn: object = None

    def say(self, line: str) -> None:
        self._console.print(line, markup=False)

    def show(self, view: View) -> None:
        if self._live is None:
            self._live = Live(console=self._console, auto_refresh=False)
            self._live.start()
        if view.shown != self._drawn:
            self._drawn = view.shown
            self._live.update(drawn(view), refresh=True)

    def close(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None


def line_of(view: View) -> str:
    """The view in one line."""
    stages = [f"{name} {count}{_rate(view.rates.get(name, 0.0))}" for name, count in view.stages.items()]
    waiting = [f"parked {view.picture.parked}", f"lag {view.picture.lag}"] if view.picture and stages else []
    slowest = [f"slowest hop {hop_of(view.picture.slowest)}"] if view.picture and view.picture.slowest else []
    numbers = "; ".join([*([", ".join(stages + waiting)] if stages else []), *slowest])
    return " ".join(part for part in (view.doing, numbers) if part)


def drawn(view: View) -> RenderableType:
    """The view as tables."""
    parts: list[RenderableType] = [Text("")]
    if view.stages:
        parts += [_stages(view), Text("")]
    parts.append(_processes(view))
    if view.picture and view.picture.slowest:
        parts += [Text(""), Text.assemble(("Slowest hop  ", "bold"), hop_of(view.picture.slowest))]
    if view.doing:
        parts += [Text(""), Text(view.doing, "bold")]
    return Group(*parts)


def hop_of(hop: Timing) -> str:
    """A hop and its latencies in words."""
    return f"{hop.service} on {hop.type}: p50 {span(hop.p50_s)}, p99 {span(hop.p99_s)}"


def span(seconds: float) -> str:
    """A short time in the unit that suits it."""
    if seconds < EXACT_BELOW_S:
        return f"{seconds * 1000:.1f} ms"
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _rate(per_second: float) -> str:
    return f" ({per_second:.0f}/s)" if per_second >= SLOWEST_SHOWN else ""


def _stages(view: View) -> Table:
    table = Table.grid(padding=(0, 3))
    for _ in view.stages:
        table.add_column(justify="right")
    table.add_row(*(Text(name, "dim") for name in view.stages))
    table.add_row(*(Text(f"{count:,}", "bold cyan") for count in view.stages.values()))
    table.add_row(*(Text(f"{view.rates.get(name, 0.0):.1f}/s", "dim") for name in view.stages))
    return table


def _processes(view: View) -> Table:
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for title in ("process", "state", "restarts", "ready", "lag", "outbox", "parked", "duplicates"):
        table.add_column(title, justify="left" if title in ("process", "state", "ready") else "right")
    statuses = view.picture.statuses if view.picture else {}
    for member in view.members:
        state = Text(member.state, TONES.get(member.state, "dim"))
        restarts = Text(str(member.restarts), "yellow" if member.restarts else "dim")
        table.add_row(member.name, state, restarts, *_told(statuses.get(member.name)))
    return table


def _told(status: Status | None) -> list[Text]:
    if status is None or not status.answers:
        return [Text("")] * 5
    ready = (
        Text("stopped", "bold red") if status.stopped else Text("yes", "green") if status.ready else Text("no", "red")
    )
    lag = Text("?" if status.lag_events is None else f"{status.lag_events:,}")
    parked = Text(f"{status.parked:,}", "bold red" if status.parked else "dim")
    return [ready, lag, Text(f"{status.outbox_pending:,}"), parked, Text(f"{status.duplicates:,}", "dim")]
