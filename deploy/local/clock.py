"""Sets the clinic's clock for a local run: days in seconds while there is work, never backwards."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

DAY = 1.5
REAL_TIME = 1.0
ONE_DAY = timedelta(days=1).total_seconds()
UNNOTICED = 0.02
LONGEST_GAP = 5.0
BEAT_S = 0.5


class SimulatedClock:
    """The one writer of the clock file that all services read (`carebus.clock`).

    The file says `clinic now = clinic + (real now - real) * speed`. A run that stops, or is killed, leaves its file;
    the next one goes on from there, counting at most `LONGEST_GAP` seconds of the pause, so that an hour without a
    run is not years in the clinic. That is why `keep` must run as long as the services do.
    """

    def __init__(self, file: Path, starts_at: datetime, real: Callable[[], float] = time.time) -> None:
        self._file = file
        self._real_time = real
        self._clinic, self._real, self._speed = self._read() or (starts_at.timestamp(), real(), REAL_TIME)
        paused = max(0.0, real() - self._real - LONGEST_GAP)
        self._real += paused
        self.set_speed(REAL_TIME)

    @property
    def speed(self) -> float:
        """How many seconds pass in the clinic while one passes outside."""
        return self._speed

    def now(self) -> datetime:
        """The clinic's time now, in UTC."""
        return datetime.fromtimestamp(self._at(self._real_time()), UTC)

    def play(self, seconds_per_day: float = DAY) -> None:
        """From now on a day of the clinic takes that many seconds."""
        self.set_speed(ONE_DAY / seconds_per_day)

    def hold(self) -> None:
        """From now on time passes as it does outside: for work that does not keep up, and when all is done."""
        self.set_speed(REAL_TIME)

    async def keep(self) -> None:
        """Write down how late it is, twice a second, until cancelled: a killed run's file is then that recent."""
        while True:
            self.beat()
            await asyncio.sleep(BEAT_S)

    def beat(self) -> None:
        """Write down how late it is."""
        self.set_speed(self._speed)

    def set_speed(self, speed: float) -> None:
        """Go on from now at another speed, above 0.

        A reader may still go by the old numbers for a moment. When the clock slows down, it therefore goes on from
        where the old speed leads in that moment: what a reader has seen is never later than what it sees next.
        """
        real = self._real_time()
        start = self._at(real + (UNNOTICED if speed < self._speed else 0.0))
        self._clinic, self._real, self._speed = start, real, speed
        self._write()

    def _at(self, real: float) -> float:
        return self._clinic + max(0.0, real - self._real) * self._speed

    def _read(self) -> tuple[float, float, float] | None:
        try:
            found = json.loads(self._file.read_text())
            return datetime.fromisoformat(found["clinic"]).timestamp(), float(found["real"]), float(found["speed"])
        except FileNotFoundError:
            return None

    def _write(self) -> None:
        clinic = datetime.fromtimestamp(self._clinic, UTC).isoformat()
        draft = self._file.with_name(f".{self._file.name}.{os.getpid()}")
        draft.write_text(json.dumps({"clinic": clinic, "real": self._real, "speed": self._speed}))
        draft.replace(self._file)
