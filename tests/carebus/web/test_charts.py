"""Charts hold whatever they are given: inside the drawing, in order, and told in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebus.web.charts import Chart, bar_chart, distribution, grouped_bars, line_chart, sparkline
from carebus.web.charts.drawing import Drawing
from carebus.web.charts.scales import apart, shorten, spread, text_width, ticks, time_ticks

numbers = st.floats(-1e9, 1e9, allow_nan=False) | st.integers(-100, 100).map(float)
amounts = st.floats(0, 1e9, allow_nan=False) | st.integers(0, 100).map(float)
words = st.text(max_size=60)
moments = st.integers(600_000_000, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
zones = st.sampled_from(["UTC", "America/Chicago", "Pacific/Chatham"]).map(ZoneInfo)


def points_of(drawing: Drawing) -> list[tuple[float, float]]:
    found = [(bar.x, bar.y) for bar in drawing.bars]
    found += [(bar.x + bar.width, bar.y + bar.height) for bar in drawing.bars]
    found += [(dot.x + side * dot.radius, dot.y + side * dot.radius) for dot in drawing.dots for side in (-1, 1)]
    found += [(rule.x1, rule.y1) for rule in drawing.rules] + [(rule.x2, rule.y2) for rule in drawing.rules]
    found += [(label.x, label.y) for label in drawing.labels]
    for line in drawing.lines:
        pairs = (pair.split() for pair in line.path.removeprefix("M").split("L"))
        found += [(float(x), float(y)) for x, y in pairs]
    return found


def assert_inside(chart: Chart) -> None:
    for drawing in chart.drawings:
        for x, y in points_of(drawing):
            assert -0.1 <= x <= drawing.width + 0.1
            assert -0.1 <= y <= drawing.height + 0.1


@given(st.lists(st.tuples(words, numbers), max_size=40))
def test_bars_stay_inside_the_drawing(rows: list[tuple[str, float]]) -> None:
    chart = bar_chart("Referrals", rows)
    assert_inside(chart)
    assert all(len(drawing.bars) == len(rows) for drawing in chart.drawings)
    assert len(chart.rows) == len(rows)


@given(st.lists(st.tuples(words, amounts, amounts), max_size=20), st.booleans())
def test_several_series_stay_inside_the_drawing(rows: list[tuple[str, float, float]], stacked: bool) -> None:
    series = {"Was": [row[1] for row in rows], "Is": [row[2] for row in rows]}
    assert_inside(grouped_bars("Outcomes", [row[0] for row in rows], series, stacked=stacked, unit="people"))


@given(st.lists(st.tuples(moments, st.none() | numbers), max_size=60), st.lists(moments, max_size=5), zones)
def test_lines_stay_inside_the_drawing(
    points: list[tuple[datetime, float | None]], noted: list[datetime], zone: ZoneInfo
) -> None:
    chart = line_chart(
        "Pain", {"Pain": points, "None": []}, moments=[(at, "noted") for at in noted], target=(4, "act"), zone=zone
    )
    assert_inside(chart)
    assert chart.is_empty == all(value is None for _, value in points)


@given(st.lists(numbers, max_size=150), st.sampled_from([None, True, False]))
def test_distributions_stay_inside_and_count_every_value(values: list[float], as_dots: bool | None) -> None:
    chart = distribution("Hours", values, as_dots=as_dots)
    assert_inside(chart)
    assert sum(int(row[1].replace(",", "")) for row in chart.rows) == len(values)


@given(st.lists(numbers, max_size=80))
def test_sparklines_stay_inside(values: list[float]) -> None:
    spark = sparkline(values, label="Pain")
    assert (spark.dot is None) == (not values)
    if spark.dot:
        assert 0 <= spark.dot.x <= spark.width
        assert 0 <= spark.dot.y <= spark.height


@given(st.lists(numbers, min_size=1, max_size=10), st.integers(2, 12))
def test_ticks_rise_and_cover_the_values(values: list[float], wanted: int) -> None:
    low, high = spread(values)
    found = ticks(low, high, wanted)
    step = found[1] - found[0]
    assert all(one < other for one, other in pairwise(found))
    assert found[0] <= min(values) + step * 1e-6
    assert found[-1] >= max(values) - step * 1e-6
    assert len(found) <= wanted * 2 + 2


@given(moments, st.integers(1, 60 * 24 * 365 * 40), zones, st.integers(2, 10))
def test_time_ticks_rise_within_the_period(first: datetime, minutes: int, zone: ZoneInfo, wanted: int) -> None:
    last = first + timedelta(minutes=minutes)
    found = [at for at, _ in time_ticks(first, last, zone, wanted)]
    assert len(found) <= wanted
    assert all(first <= at <= last for at in found)
    assert all(one.timestamp() < other.timestamp() for one, other in pairwise(found))


@given(st.text(max_size=80), st.floats(20, 300))
def test_shortened_words_fit_their_room(text: str, room: float) -> None:
    assert text_width(shorten(text, room)) <= room or shorten(text, room) == "…"


def test_labels_that_would_touch_are_left_out() -> None:
    assert apart([(0, "January"), (10, "February"), (200, "March")]) == [True, False, True]


@pytest.mark.parametrize(
    "make",
    [
        lambda: bar_chart("A", []),
        lambda: grouped_bars("A", [], {"x": []}),
        lambda: line_chart("A", {"x": []}),
        lambda: line_chart("A", {"x": [(date(2026, 1, 1), None)]}),
        lambda: distribution("A", []),
    ],
)
def test_no_data_is_said_and_not_drawn(make: Callable[[], Chart]) -> None:
    assert make().is_empty
    assert make().summary == "No data yet."


def test_one_point_is_a_dot_without_a_line() -> None:
    (drawing, _) = line_chart("AKPS", {"AKPS": [(date(2026, 2, 1), 60)]}, y_range=(0, 100)).drawings
    assert len(drawing.dots) == 1
    assert not drawing.lines


def test_a_missing_value_breaks_the_line() -> None:
    days = [date(2026, 2, n) for n in range(1, 6)]
    chart = line_chart("Pain", {"Pain": list(zip(days, [3, 4, None, 5, 6], strict=True))})
    assert len(chart.drawings[0].lines) == 2
    assert chart.rows[2] == ("3 Feb 2026", "not known")


def test_a_long_line_keeps_its_peaks_and_its_table_says_what_it_leaves_out() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    points = [(start + timedelta(minutes=n), 100.0 if n == 3333 else n % 7) for n in range(5000)]
    chart = line_chart("Lag", {"Lag": points})
    drawn = chart.drawings[0].lines[0].path.count("L")
    assert drawn < 500
    assert min(y for _, y in points_of(chart.drawings[0])) <= 12.1
    assert len(chart.rows) + chart.left_out == 5000


def test_series_differ_in_shape_and_not_only_in_colour() -> None:
    day = date(2026, 1, 1)
    chart = line_chart("Symptoms", {name: [(day, 1)] for name in "abcd"})
    outlines = {"".join(sign for sign in key.path if sign.isalpha()) + key.path for key in chart.legend}
    assert len(outlines) == 4


def test_the_summary_tells_the_chart_in_words() -> None:
    assert bar_chart("A", [("North", 4), ("South", 1204)], unit="visits").summary == (
        "Highest: South, 1,204 visits. Lowest: North, 4 visits."
    )
    assert distribution("A", [1, 2, 4], unit="days").summary == "3 values, median 2 days, from 1 to 4."
    assert grouped_bars("A", ["x", "y"], {"a": [1, 2], "b": [3, 4]}).summary == "a: 1 to 2. b: 3 to 4."


def test_days_are_told_in_the_zone_of_the_reader() -> None:
    at = datetime(2026, 1, 1, 3, 30, tzinfo=UTC)
    chart = line_chart("A", {"a": [(at, 1)]}, zone=ZoneInfo("America/Chicago"))
    assert chart.rows == (("31 Dec 2025, 21:30", "1"),)


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        bar_chart("A", [("x", float("nan"))])
    with pytest.raises(ValueError, match="one value per name"):
        grouped_bars("A", ["x"], {"a": [1, 2]})
    with pytest.raises(ValueError, match="below zero"):
        grouped_bars("A", ["x"], {"a": [-1]}, stacked=True)
