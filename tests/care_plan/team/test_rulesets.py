"""The planner's numbers are data: the service's own are in order, an operator's go before them, broken ones say so."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.care_plan.domain.team.fit import Weights
from services.care_plan.domain.team.routes import DayRules
from services.care_plan.domain.team.travel import Travel
from services.care_plan.store import rulesets

KINDS = {"assignment": Weights, "travel": Travel, "day": DayRules}


@pytest.mark.parametrize("file", sorted(rulesets.OWN.glob("*.yaml")), ids=lambda file: file.name)
def test_what_the_service_brings_is_in_order_and_says_where_its_numbers_come_from(file: Path) -> None:
    kind = KINDS.get(file.stem.rpartition("-")[0])
    if kind is not None:
        assert rulesets.read(file, kind).version == 1  # type: ignore[arg-type]
        assert file.read_text().startswith("# ")


def test_an_operators_own_go_before_the_services_and_the_newest_version_first(tmp_path: Path) -> None:
    own = (rulesets.OWN / "assignment-1.yaml").read_text()
    for version in (1, 2, 10):
        text = own.replace("version: 1", f"version: {version}").replace("language_km: 80", f"language_km: {version}")
        (tmp_path / f"assignment-{version}.yaml").write_text(text)
    assert rulesets.assignment_weights(tmp_path).language_km == 10
    assert rulesets.assignment_weights().language_km == 80
    assert rulesets.travel_rules(tmp_path) == rulesets.travel_rules()


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("day-1.yaml", "version: [", "it is not YAML"),
        ("day-1.yaml", "version: 1", "lunch_minutes: missing"),
        ("day-2.yaml", (rulesets.OWN / "day-1.yaml").read_text(), "its name is to end with -1.yaml"),
        ("day-1.yaml", (rulesets.OWN / "day-1.yaml").read_text().replace("840", "660"), "body: value_error"),
        ("day-1.yaml", b"\xff", "it can't be read as text"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, name: str, text: str | bytes, why: str) -> None:
    file = tmp_path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(rulesets.RulesetUnreadable) as broken:
        rulesets.day_rules(tmp_path)
    assert why in str(broken.value)
