"""The alert rules by promtool: each fires when it must and only then, and has a page that says what to do."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from carebus.contracts import EVENTS
from carebus.observing.metrics import Metrics
from deploy.observability.__main__ import FOLDER, files, main
from deploy.observability.alerts import ALERTS, BREACHES, Alert
from deploy.observability.slo import BURNS, OBJECTIVES, burn_alerts
from tests.deploy.observability.cases import CASES, Case
from tests.deploy.observability.prometheus import program

RULES = sorted((FOLDER / "rules").glob("*.yaml"))
EVERY = (*ALERTS, *burn_alerts())
RUNBOOKS = FOLDER.parents[1] / "docs" / "runbooks"


def promtool(*words: str) -> None:
    done = subprocess.run([program("promtool", "prometheus"), *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_files_are_as_the_code_writes_them() -> None:
    assert main(["--check"]) == 0
    there = {file for kind in ("dashboards/*.json", "rules/*.yaml") for file in FOLDER.glob(kind)}
    assert there == set(files())


def test_prometheus_takes_the_rules() -> None:
    promtool("check", "rules", *map(str, RULES))


def test_the_alerts_fire_when_they_must_and_only_then(tmp_path: Path) -> None:
    file = tmp_path / "cases.yaml"
    told = {
        "rule_files": list(map(str, RULES)),
        "evaluation_interval": "1m",
        "tests": [unit_test(case) for case in CASES],
    }
    file.write_text(yaml.safe_dump(told))
    promtool("test", "rules", str(file))


def unit_test(case: Case) -> dict[str, Any]:
    """A case as promtool reads it: it wants every alert of that name that fires, in all its severities."""
    return {
        "name": f"{case.alert}: {case.why}",
        "interval": case.each,
        "input_series": [{"series": series, "values": values} for series, values in case.series.items()],
        "promql_expr_test": [
            {
                "expr": "count by (" + ", ".join(sorted(fires)) + f") (ALERTS{{{selected(case)}}})" if fires else "",
                "eval_time": f"{case.minutes}m",
                "exp_samples": [{"labels": labelled(fires), "value": 1}],
            }
            for fires in case.fires
        ]
        or [{"expr": f"ALERTS{{{selected(case)}}}", "eval_time": f"{case.minutes}m", "exp_samples": []}],
    }


def selected(case: Case) -> str:
    wanted = {"alertname": case.alert, "alertstate": "firing", "severity": case.severity, "window": case.window}
    return ", ".join(f'{name}="{value}"' for name, value in wanted.items() if value)


def labelled(fires: Any) -> str:
    return "{" + ", ".join(f'{name}="{value}"' for name, value in sorted(fires.items())) + "}"


@pytest.mark.parametrize("alert", EVERY, ids=lambda alert: f"{alert.name}-{alert.severity}-{alert.window}")
def test_each_alert_has_a_case_in_which_it_fires_and_one_in_which_it_does_not(alert: Alert) -> None:
    of_it = [case for case in CASES if case.alert == alert.name]
    assert any(not case.fires for case in of_it)
    assert any(
        case.fires and case.severity in {alert.severity, ""} and case.window in {alert.window, ""} for case in of_it
    )


def test_every_metric_of_ours_that_a_rule_asks_for_is_one_that_we_have() -> None:
    ours = {sample for metric in Metrics("any").registry.collect() for sample in names_of(metric.name, metric.type)}
    asked = {name for alert in EVERY for name in re.findall(r"\bcarebus_\w+", alert.expr)}
    asked |= {name for objective in OBJECTIVES for name in re.findall(r"\bcarebus_\w+", objective.bad)}
    assert asked
    assert asked <= ours


def names_of(name: str, kind: str) -> set[str]:
    endings = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}
    return {name + ending for ending in endings[kind]}


def test_the_events_that_tell_of_a_missed_deadline_are_these() -> None:
    told = {kind.__name__ for kind in EVENTS.values()}
    assert {name for name in told if re.fullmatch(BREACHES, name)} == {
        "BereavementContactMissed",
        "CallbackMissed",
        "CareTeamAssignmentDelayed",
        "DischargeContactMissed",
        "DmeDeliveryOverdue",
        "HospiceNoticeOverdue",
        "PickupOverdue",
        "ReferralDeadlineBreached",
        "SymptomFollowUpMissed",
        "UnstablePhaseMissed",
        "VisitOverdue",
        "VisitSignatureOverdue",
    }


def test_a_months_budget_lasts_as_long_as_the_burn_rates_say() -> None:
    hours = {"1h": 1, "6h": 6, "3d": 72}
    spent = [round(burn.factor * hours[burn.long] / (30 * 24), 3) for burn in BURNS]
    assert spent == [0.02, 0.05, 0.1]


def test_every_alert_has_a_runbook_and_every_runbook_an_alert() -> None:
    assert {alert.runbook for alert in EVERY} == {page.name for page in RUNBOOKS.glob("*.md")}


@pytest.mark.parametrize("page", sorted(RUNBOOKS.glob("*.md")), ids=lambda page: page.stem)
def test_a_runbook_says_what_it_means_what_people_notice_how_to_look_and_what_to_do(page: Path) -> None:
    text = page.read_text()
    heads = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert heads == ["What it means", "What people notice", "How to look", "What to do"]
    name = next(alert.name for alert in EVERY if alert.runbook == page.name)
    assert text.startswith(f"# {name}\n")
