"""How a run is summed up and shown."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from deploy.local.display import LineDisplay, LiveDisplay, Unshaken, View, line_of, span
from deploy.local.progress import Timings
from deploy.local.summary import Pace, Summary, reasons, told
from deploy.local.supervisor import Member, State
from deploy.local.watch import Counts, Messages, Picture, Status, Timing
from tests.deploy.local.dummies import SLEEPS, member

DECLINED: dict[str, int | str] = {"deceased": 1, "on_hospice": 2}
COUNTS = Counts(received=10, accepted=7, declined=DECLINED, declined_in_all=3, visits_completed=5, notified=4)
HOP = Timing("care_plan", "ReferralAccepted", 7, 0.004, 0.003, 0.0312)


def picture(**status: object) -> Picture:
    one = Status.model_validate({"service": "care_plan", "ready": True, **status})
    return Picture(0.0, {"care_plan": one}, COUNTS, (HOP,))


def summary(found: list[str], seen: Picture | None = None) -> Summary:
    return Summary(
        feed="sample",
        seconds=12.3,
        picture=seen or picture(),
        rates={"received": 2.5},
        commands={"refer": Timings()},
        mail=(5, 4),
        restarts={"kafka": 1, "mail": 0},
        pages={"Start": "http://127.0.0.1:8100"},
        signing_in="Sign in as coordinator.",
        logs=Path("/logs"),
        reasons=found,
    )


@pytest.fixture
def sleeper(tmp_path: Path) -> Member:
    made = member("care_plan", SLEEPS, tmp_path)
    made.state, made.restarts = State.RUNNING, 2
    return made


def test_the_summary_file_holds_counts_rates_and_latencies(tmp_path: Path) -> None:
    file = tmp_path / "new folder" / "summary.json"
    summary([]).write(file)
    read = json.loads(file.read_text())
    assert read["ok"] is True
    assert read["counts"]["declined"] == {"deceased": 1, "on_hospice": 2}
    assert (read["counts"]["received"], read["counts"]["visits"], read["counts"]["parked"]) == (10, 5, 0)
    assert read["slowest_hop"]["p99_ms"] == 31.2
    assert read["mail"] == {"messages": 5, "distinct": 4}
    assert read["rates_per_second"] == {"received": 2.5}


def test_a_summary_without_any_answer_can_be_written(tmp_path: Path) -> None:
    summary(["it broke"], Picture(0.0, {})).write(tmp_path / "summary.json")
    read = json.loads((tmp_path / "summary.json").read_text())
    assert (read["ok"], read["reasons"], read["slowest_hop"]) == (False, ["it broke"], None)


def test_people_read_counts_the_slowest_hop_pages_and_logs() -> None:
    text = told(summary([]), stays=True)
    for words in (
        "deceased 1, on_hospice 2",
        "care_plan on ReferralAccepted",
        "http://127.0.0.1:8100",
        "/logs",
        "Sign in as",
    ):
        assert words in text
    assert "kafka 1" in text
    assert "Ctrl-C" in text


def test_people_read_why_it_is_not_as_it_should_be() -> None:
    assert "  - it broke" in told(summary(["it broke"]), stays=False)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ({"parked": 1}, "1 event is parked in care_plan."),
        ({"stopped": "most events failed"}, "care_plan stopped: most events failed"),
        ({"answers": False}, "care_plan does not answer."),
        ({"lag_events": 2, "outbox_pending": 1}, "2 events are not handled and 1 event is not published."),
    ],
)
def test_what_is_not_settled_is_a_reason(status: dict[str, object], words: str) -> None:
    assert reasons(picture(**status), 0) == [words]


def test_a_message_that_never_arrived_is_a_reason() -> None:
    assert reasons(picture(), 0) == []
    assert len(reasons(picture(), 3)) == 1


def test_the_pace_is_what_was_gained_in_the_time_it_took() -> None:
    pace = Pace()
    for at, received in ((0.0, 100), (8.0, 100), (9.0, 110), (10.0, 120), (60.0, 120)):
        pace.add(at, Counts(received=received))
    assert pace.overall()["received"] == pytest.approx(10.0)
    assert pace.overall()["notified"] == 0.0
    assert pace.now() == {}


def test_the_pace_now_looks_at_the_last_seconds_only() -> None:
    pace = Pace()
    for at in range(20):
        pace.add(float(at), Counts(received=at * at))
    assert pace.now()["received"] == pytest.approx((19 * 19 - 14 * 14) / 5)
    pace.add(20.0, None)
    assert pace.now()["received"] > 0


def test_a_line_says_what_a_table_would(sleeper: Member) -> None:
    line = line_of(View([sleeper], picture(lag_events=3), {"received": 2.5}, "Deciding."))
    assert line.startswith("Deciding. received 10 (2/s), accepted 7, declined 3")
    assert "parked 0, lag 3; slowest hop care_plan on ReferralAccepted: p50 3.0 ms, p99 31 ms" in line
    assert line_of(View([sleeper])) == ""


def test_lines_are_told_now_and_then_and_not_twice(capsys: pytest.CaptureFixture[str]) -> None:
    lines = LineDisplay()
    for _ in range(3):
        lines.show(View((), picture()))
    lines.say("It happened.")
    lines.close()
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_the_live_display_shows_stages_processes_and_what_was_said(sleeper: Member) -> None:
    screen = io.StringIO()
    live = LiveDisplay(Console(file=screen, force_terminal=True, width=120, highlight=False))
    live.say("kafka ended [unexpectedly]")
    live.show(View([sleeper], picture(stopped="most events failed"), {"received": 2.5}, "Deciding"))
    live.close()
    for words in ("kafka ended [unexpectedly]", "received", "2.5/s", "care_plan", "running", "stopped", "Slowest hop"):
        assert words in screen.getvalue()


@pytest.mark.parametrize(("seconds", "words"), [(0.00312, "3.1 ms"), (0.0312, "31 ms"), (2.25, "2.2 s")])
def test_a_span_is_told_in_its_unit(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_a_reader_that_went_away_does_not_disturb_a_run() -> None:
    class Closed(LineDisplay):
        def say(self, line: str) -> None:
            raise BrokenPipeError

    shown = Unshaken(Closed())
    shown.say("It happened.")
    shown.show(View((), picture()))
    shown.close()


def test_a_run_is_not_done_while_messages_wait_or_are_not_counted() -> None:
    waiting = replace(picture(), messages=Messages(queued=2, sent=6))
    assert reasons(waiting, 0) == [
        "2 messages to families are still to be sent.",
        "The outcomes count 4 of 6 messages sent.",
    ]
    assert reasons(replace(waiting, messages=Messages(sent=4)), 0) == []
