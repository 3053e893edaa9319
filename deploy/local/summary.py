"""What a run came to: counts per stage, rates, latencies, and the reasons not to be content."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from textwrap import wrap
from typing import Any

from deploy.local.display import hop_of
from deploy.local.progress import Timings
from deploy.local.watch import Counts, Picture, Status, Timing

WINDOW_S = 5.0
WIDTH = 100
"""Of what is told in sentences, in characters."""


@dataclass
class Span:
    """When a count began to move and when it last did (monotonic clock, in seconds)."""

    begun: float
    first: int
    last: int = 0
    ended: float = 0.0

    def add(self, at: float, count: int) -> None:
        """Take the count of a moment."""
        if count == self.first:
            self.begun = at
        elif count != self.last:
            self.ended = at
        self.last = count

    @property
    def rate(self) -> float:
        """Per second while it moved; 0 when it never did."""
        return (self.last - self.first) / (self.ended - self.begun) if self.ended > self.begun else 0.0


@dataclass
class Pace:
    """How fast patients pass each stage, now and over the whole run."""

    _recent: deque[tuple[float, dict[str, int]]] = field(default_factory=deque)
    _spans: dict[str, Span] = field(default_factory=dict)

    def add(self, at: float, counts: Counts | None) -> None:
        """Take what was counted at a moment (monotonic clock, in seconds)."""
        if counts is None:
            return
        stages = counts.stages()
        for stage, count in stages.items():
            self._spans.setdefault(stage, Span(at, count)).add(at, count)
        self._recent.append((at, stages))
        while at - self._recent[0][0] > WINDOW_S:
            self._recent.popleft()

    def now(self) -> dict[str, float]:
        """Per second over the last few seconds."""
        if not self._recent:
            return {}
        (begun, before), (ended, after) = self._recent[0], self._recent[-1]
        if begun == ended:
            return {}
        return {stage: (after[stage] - before[stage]) / (ended - begun) for stage in after}

    def overall(self) -> dict[str, float]:
        """Per second, for each stage from its first patient to its last."""
        return {stage: span.rate for stage, span in self._spans.items()}


@dataclass(frozen=True)
class Summary:
    """A run as it stood when it was summed up; `reasons` is empty when all went well."""

    feed: str
    seconds: float
    picture: Picture
    rates: Mapping[str, float]
    commands: Mapping[str, Timings]
    mail: tuple[int, int]
    restarts: Mapping[str, int]
    pages: Mapping[str, str]
    signing_in: str
    logs: Path
    reasons: Sequence[str]

    @property
    def counts(self) -> Counts:
        """The counts, all zero when nobody answered."""
        return self.picture.counts or Counts()

    def as_json(self) -> dict[str, Any]:
        """The summary for programs; times in seconds, latencies in milliseconds of real time."""
        counts = self.counts
        return {
            "ok": not self.reasons,
            "reasons": list(self.reasons),
            "feed": self.feed,
            "seconds": round(self.seconds, 2),
            "counts": {
                "received": counts.received,
                "accepted": counts.accepted,
                "declined": counts.declined,
                "declined_in_all": counts.declined_in_all,
                "teams": counts.teams_assigned,
                "visits": counts.visits_completed,
                "visits_planned": counts.visits_scheduled,
                "patients_visited": counts.patients_visited,
                "notified": counts.notified,
                "suppressed": counts.suppressed,
                "failed": counts.failed,
                "parked": self.picture.parked,
            },
            "mail": {"messages": self.mail[0], "distinct": self.mail[1]},
            "rates_per_second": {stage: round(rate, 2) for stage, rate in self.rates.items()},
            "slowest_hop": _timing(self.picture.slowest) if self.picture.slowest else None,
            "hops": [_timing(hop) for hop in self.picture.hops],
            "handlers": [_timing(handler) for handler in self.picture.handlers],
            "commands": {name: _command(timings) for name, timings in self.commands.items()},
            "restarts": dict(self.restarts),
            "services": {name: status.model_dump(mode="json") for name, status in self.picture.statuses.items()},
            "pages": dict(self.pages),
            "logs": str(self.logs),
        }

    def write(self, file: Path) -> None:
        """Put it into `file` as JSON, whole or not at all."""
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.new")
        draft.write_text(json.dumps(self.as_json(), indent=2) + "\n")
        draft.replace(file)


def reasons(picture: Picture, missing_mail: int) -> list[str]:
    """Why the state in `picture` is not what a finished run should leave; empty when it is.

    `missing_mail` counts the messages that were told of as sent and are not in the inbox.
    """
    found = [reason for name, status in picture.statuses.items() for reason in _reasons_of(name, status)]
    if picture.lag or picture.outbox:
        found.append(f"{_events(picture.lag)} not handled and {_events(picture.outbox)} not published.")
    if picture.counts is None and "outcomes" in picture.statuses:
        found.append("The outcomes could not be read.")
    elif picture.counts and picture.counts.failed:
        found.append(f"{picture.counts.failed} messages to families failed.")
    if picture.messages.queued:
        found.append(f"{picture.messages.queued} messages to families are still to be sent.")
    if picture.counts and picture.counts.notified < picture.messages.sent:
        found.append(f"The outcomes count {picture.counts.notified} of {picture.messages.sent} messages sent.")
    if missing_mail:
        found.append(f"{missing_mail} messages were told of as sent and are not in the inbox.")
    return found


def told(summary: Summary, *, stays: bool) -> str:
    """The summary for people; `stays` says that everything goes on running."""
    lines = ["", *_outcome(summary), *_stages(summary), *_speed(summary), "", "Pages"]
    width = max(map(len, summary.pages))
    lines += [f"  {name:<{width}}  {where}" for name, where in summary.pages.items()]
    lines += ["", *wrap(summary.signing_in, WIDTH), "", f"Logs   {summary.logs}"]
    if stays:
        lines += ["", "Ctrl-C stops everything. The data stay for the next run; `make clean` forgets them."]
    return "\n".join(lines)


def _outcome(summary: Summary) -> list[str]:
    if not summary.reasons:
        return [f"All done and settled after {summary.seconds:.0f} s."]
    return [f"Not as it should be, after {summary.seconds:.0f} s:", *(f"  - {reason}" for reason in summary.reasons)]


def _stages(summary: Summary) -> list[str]:
    if summary.picture.counts is None and "outcomes" not in summary.picture.statuses:
        return ["  Nobody counts: the outcomes service does not run."]
    counts, rates = summary.counts, summary.rates
    declined = ", ".join(f"{reason} {count}" for reason, count in counts.declined.items())
    notes = {"declined": f"({declined})" if declined else ""}
    lines = [
        f"  {name:<14} {count:>7}  {rates.get(name, 0.0):>7.1f}/s  {notes.get(name, '')}".rstrip()
        for name, count in counts.stages().items()
    ]
    messages, distinct = summary.mail
    repeats = f"  and {messages - distinct} repeated" if messages > distinct else ""
    lines.append(f"  {'in the inbox':<14} {distinct:>7}{repeats}")
    return [*lines, f"  {'parked':<14} {summary.picture.parked:>7}"]


def _speed(summary: Summary) -> list[str]:
    slowest = summary.picture.slowest
    lines = [f"  Slowest hop: {hop_of(slowest)}"] if slowest else []
    restarted = ", ".join(f"{name} {count}" for name, count in summary.restarts.items() if count)
    return [*lines, *([f"  Started again: {restarted}"] if restarted else [])]


def _reasons_of(name: str, status: Status) -> list[str]:
    found = [] if status.answers else [f"{name} does not answer."]
    found += [f"{name} stopped: {status.stopped}"] if status.stopped else []
    return [*found, *([f"{_events(status.parked)} parked in {name}."] if status.parked else [])]


def _events(count: int) -> str:
    return f"{count} event is" if count == 1 else f"{count} events are"


def _timing(timing: Timing) -> dict[str, Any]:
    told = asdict(timing)
    spans = {f"{name.removesuffix('_s')}_ms": round(told.pop(name) * 1000, 2) for name in ("mean_s", "p50_s", "p99_s")}
    return {**told, **spans}


def _command(timings: Timings) -> dict[str, Any]:
    spans = {f"p{percent}_ms": round(timings.percentile(percent) * 1000, 2) for percent in (50, 99)}
    return {"count": timings.count, **spans}
