"""The figures of the bench: percentiles, ratios, and the tables made of a file of results."""

from __future__ import annotations

import pytest

from bench import relays, report
from bench.figures import Latency, NothingMeasured, middle, paired_ratio, percentile
from bench.rebuild import spread_out
from bench.work import BYTES, PARTITIONS, PATIENTS, loads
from carebus.contracts.care_plan import VisitCompleted
from carebus.contracts.envelope import read_envelope, read_headers


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert [percentile(values, share) for share in (0, 0.2, 0.5, 0.8, 0.99, 1)] == [1, 1, 3, 4, 5, 5]


def test_the_99th_percentile_of_a_hundred_leaves_one_above_it() -> None:
    assert percentile([float(n) for n in range(1, 101)], 0.99) == 99


def test_no_figure_is_made_of_nothing() -> None:
    for figure in (lambda: percentile([], 0.5), lambda: middle([]), lambda: Latency.of([])):
        with pytest.raises(NothingMeasured):
            figure()


def test_latency_is_told_in_milliseconds() -> None:
    assert Latency.of([0.001, 0.002, 0.0105]) == Latency(3, 2.0, 10.5, 10.5, 10.5)


def test_a_ratio_pairs_what_was_measured_in_one_round_so_that_a_slow_round_does_not_count() -> None:
    assert paired_ratio([50, 5, 60], [100, 10, 100]) == 0.5


def test_memory_over_time_is_told_in_few_values_that_keep_their_order() -> None:
    assert spread_out([float(n) for n in range(100)], 4) == [12, 37, 62, 87]
    assert spread_out([7.0], 4) == [7]


def test_every_event_of_the_load_has_its_size_its_envelope_and_its_turn() -> None:
    turns: dict[str, int] = {}
    for load in loads(PATIENTS + 50):
        envelope = read_envelope(read_headers(load.headers))
        assert len(load.body) == BYTES
        assert str(VisitCompleted.model_validate_json(load.body).episode_id) == load.key.decode()
        assert envelope.sequence == turns.get(envelope.subject, 0) + 1
        turns[envelope.subject] = envelope.sequence
        assert load.partition in range(PARTITIONS)
    assert len(turns) == PATIENTS


def test_the_load_bears_no_id_twice() -> None:
    ids = [dict(load.headers)["ce_id"] for load in loads(3 * PATIENTS)]
    assert len(set(ids)) == len(ids)


def test_a_line_of_a_table_has_as_many_cells_as_its_head() -> None:
    assert report.table(["a", "b"], [[1, 2], [3, 4]]) == "| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |"


def test_the_relays_tell_what_was_left_out_and_why() -> None:
    latency = {"count": 1, "p50": 1.0, "p95": 2.0, "p99": 3.0, "most": 3.0}
    line = {"rate": 1000.0, "cpu_us": 50.0, "server_cpu_us": 30.0, "peak_mib": 90.0, "latency": latency}
    found = {"pace": relays.PACE, "lines": {"kit": line}, "skipped": "It is not here."}
    assert "Debezium Server was skipped. It is not here." in report.SECTIONS["relay"](found)
    assert "| kit | **1,000** | 50 | 30 | 90 | 1.0 | 2.0 | 3.0 |" in report.SECTIONS["relay"](found)


def test_new_tables_take_the_place_of_the_old_ones_in_a_page() -> None:
    page = f"# Speed\n\n{report.BEGIN}\n\nold\n\n{report.END}\n\nMore.\n"
    assert report.put_into(page, "new") == page.replace("old", "new")
