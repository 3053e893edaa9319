"""The clinic's clock: real time, or the time of a local run that plays days in seconds."""

import json
import time
from datetime import UTC, datetime
from math import inf
from pathlib import Path

STEP_S = 10.0
"""Less than so many seconds of the clinic is no setting of the clock: it is written down again and again, rounded."""


class Clock:
    """Tells the clinic's time, in UTC, for `now`, timers and `occurred_at`; metrics and partitions use real time.

    With a file, clinic time is `clinic + (real time - real) * speed` by the numbers in it; the file is replaced as a
    whole by who sets the clock and is read again when it has changed, so every process tells the same time.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._seen: tuple[int, int] | None = None
        self._clinic = self._real = 0.0
        self._speed = 1.0
        self._line: tuple[float, float] | None = None

    def now(self) -> datetime:
        """The clinic's time now."""
        if self._file is None:
            return datetime.now(UTC)
        self._read_if_changed(self._file)
        return datetime.fromtimestamp(self._clinic + (time.time() - self._real) * self._speed, UTC)

    def seconds_until(self, moment: datetime) -> float:
        """Real seconds until the clinic's clock shows this moment, if nobody sets it; 0 if it has, inf if it stands."""
        ahead = (moment - self.now()).total_seconds()
        if ahead <= 0:
            return 0.0
        return ahead / self._speed if self._speed > 0 else inf

    def was_set(self) -> bool:
        """Whether somebody has set it since this was last asked. A file that says the same again sets nothing."""
        self.now()
        before, self._line = self._line, (self._speed, self._clinic - self._real * self._speed)
        return before is not None and (before[0] != self._speed or abs(before[1] - self._line[1]) > STEP_S)

    def _read_if_changed(self, file: Path) -> None:
        stat = file.stat()
        seen = (stat.st_mtime_ns, stat.st_ino)
        if seen != self._seen:
            set_to = json.loads(file.read_text())
            self._clinic = datetime.fromisoformat(set_to["clinic"]).timestamp()
            self._real, self._speed = float(set_to["real"]), float(set_to["speed"])
            self._seen = seen
