"""The simulated clinic's clock: what any reader sees, through speeds, stops and restarts, never goes backwards."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebus.clock import Clock
from deploy.local.clock import LONGEST_GAP, ONE_DAY, UNNOTICED, SimulatedClock

MORNING = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=2)


class Outside:
    """Real time, as far as a test is concerned."""

    def __init__(self) -> None:
        self.seconds = 1_790_000_000.0

    def __call__(self) -> float:
        return self.seconds


def read(file: Path, real: float) -> datetime:
    """What a service that reads this file at that moment takes for the clinic's time."""
    found = json.loads(file.read_text())
    return datetime.fromisoformat(found["clinic"]) + timedelta(seconds=(real - found["real"]) * found["speed"])


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["play", "hold", "beat", "stop and start again"]),
        st.floats(min_value=0.0, max_value=40.0),
    ),
    max_size=30,
)


@given(STEPS, st.floats(min_value=0.2, max_value=60.0))
def test_no_reader_ever_sees_the_clock_go_backwards(steps: list[tuple[str, float]], day: float) -> None:
    outside = Outside()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "clock.json"
        clock = SimulatedClock(file, MORNING, outside)
        seen = read(file, outside.seconds)
        for step, seconds in steps:
            late_reader = read(file, outside.seconds + UNNOTICED)
            match step:
                case "play":
                    clock.play(day)
                case "hold":
                    clock.hold()
                case "beat":
                    clock.beat()
                case _:
                    late_reader = seen
                    clock = SimulatedClock(file, MORNING, outside)
            outside.seconds += UNNOTICED
            now = read(file, outside.seconds)
            assert now + MICROSECOND >= max(seen, late_reader)
            assert abs(clock.now() - now) <= MICROSECOND
            seen = now
            if step == "beat":
                outside.seconds += min(seconds, LONGEST_GAP - UNNOTICED)
                seen = read(file, outside.seconds)


def test_a_first_run_starts_in_the_clinics_first_morning(tmp_path: Path) -> None:
    outside = Outside()
    assert SimulatedClock(tmp_path / "clock.json", MORNING, outside).now() == MORNING


def test_a_day_takes_the_seconds_it_is_given(tmp_path: Path) -> None:
    outside = Outside()
    clock = SimulatedClock(tmp_path / "clock.json", MORNING, outside)
    clock.play(1.5)
    outside.seconds += 3.0
    assert clock.now() == MORNING + timedelta(days=2)


def test_a_later_run_goes_on_where_the_earlier_one_stopped(tmp_path: Path) -> None:
    outside = Outside()
    file = tmp_path / "clock.json"
    clock = SimulatedClock(file, MORNING, outside)
    clock.play(1.5)
    outside.seconds += 3.0
    clock.hold()
    stopped_at = clock.now()
    outside.seconds += 3 * ONE_DAY
    assert SimulatedClock(file, MORNING, outside).now() - stopped_at == timedelta(seconds=LONGEST_GAP)


def test_an_hour_after_a_killed_run_is_not_years_in_the_clinic(tmp_path: Path) -> None:
    outside = Outside()
    file = tmp_path / "clock.json"
    SimulatedClock(file, MORNING, outside).play(1.5)
    outside.seconds += 3600.0
    passed = SimulatedClock(file, MORNING, outside).now() - MORNING
    assert timedelta(0) < passed < timedelta(days=5)


def test_a_file_that_is_no_clock_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    file.write_text("{}")
    with pytest.raises(KeyError):
        SimulatedClock(file, MORNING, Outside())
    assert file.read_text() == "{}"


def test_the_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    clock = SimulatedClock(tmp_path / "clock.json", MORNING, Outside())
    clock.play(1.5)
    clock.hold()
    assert [each.name for each in tmp_path.iterdir()] == ["clock.json"]


def test_a_service_reading_all_the_while_sees_time_pass_one_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.local.clock.UNNOTICED", 5.0)  # a thread of a busy machine may stand still for long
    file = tmp_path / "clock.json"
    clock = SimulatedClock(file, MORNING)
    with ThreadPoolExecutor(1) as beside:
        changes = beside.submit(lambda: [step() for _ in range(150) for step in (clock.play, clock.beat, clock.hold)])
        reader = Clock(file)
        seen = [reader.now()]
        while not changes.done():
            seen.append(reader.now())
        changes.result()
    assert seen == sorted(seen)
    assert seen[-1] > seen[0]
