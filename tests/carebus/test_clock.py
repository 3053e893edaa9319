"""The clinic's clock: real time, or what the file says, however often it is replaced."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from carebus.clock import Clock

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def put(file: Path, clinic: datetime, *, speed: float, real: float | None = None) -> None:
    new = file.with_suffix(".new")
    new.write_text(
        json.dumps({"clinic": clinic.isoformat(), "real": time.time() if real is None else real, "speed": speed})
    )
    new.replace(file)


def test_without_a_file_it_is_real_time() -> None:
    before = datetime.now(UTC)
    assert before <= Clock().now() <= datetime.now(UTC)


def test_a_replaced_file_is_followed_at_once_and_by_everyone(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    put(file, NOON, speed=0)
    one, other = Clock(file), Clock(file)
    assert one.now() == other.now() == NOON
    for days in range(20):
        put(file, NOON + timedelta(days=days), speed=0)
        assert one.now() == other.now() == NOON + timedelta(days=days)


def test_a_process_that_starts_later_tells_the_same_time(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    put(file, NOON, speed=3600, real=time.time() - 24)
    early = Clock(file).now()
    late = Clock(file).now()
    assert NOON + timedelta(days=1) <= early <= late < NOON + timedelta(days=30)


@given(st.integers(0, 86_400), st.floats(0, 5000), st.integers(0, 4 * 10**9))
def test_clinic_time_is_the_files_line_and_never_goes_back(ago: int, speed: float, clinic: int) -> None:
    with TemporaryDirectory() as folder:
        file, start = Path(folder) / "clock.json", datetime.fromtimestamp(clinic, UTC)
        real = time.time() - ago
        put(file, start, speed=speed, real=real)
        clock = Clock(file)
        before = time.time()
        told = [clock.now() for _ in range(3)]
        after = time.time()
    assert told == sorted(told)
    slack = timedelta(milliseconds=1)
    assert start + timedelta(seconds=(before - real) * speed) - slack <= told[0]
    assert told[-1] <= start + timedelta(seconds=(after - real) * speed) + slack


def test_it_tells_how_long_until_a_moment_in_real_seconds(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    put(file, NOON, speed=0)
    clock = Clock(file)
    assert clock.seconds_until(NOON) == 0
    assert clock.seconds_until(NOON - timedelta(days=1)) == 0
    assert clock.seconds_until(NOON + timedelta(seconds=1)) == inf
    put(file, NOON, speed=3600)
    assert 23 < clock.seconds_until(NOON + timedelta(days=1)) <= 24
    assert 3500 < Clock().seconds_until(datetime.now(UTC) + timedelta(hours=1)) <= 3600


def test_it_was_set_only_if_it_goes_on_otherwise_than_before(tmp_path: Path) -> None:
    file, real = tmp_path / "clock.json", time.time()
    put(file, NOON, speed=3600, real=real)
    clock = Clock(file)
    assert not clock.was_set(), "nobody knew it before"
    put(file, NOON + timedelta(hours=2), speed=3600, real=real + 2)
    assert not clock.was_set(), "the same again, written down later"
    put(file, NOON + timedelta(hours=3), speed=3600, real=real + 2)
    assert clock.was_set()
    put(file, NOON + timedelta(hours=3), speed=1, real=real + 2)
    assert clock.was_set()
    assert not clock.was_set()
    assert not Clock().was_set()
