"""All FHIR of ninety days is valid by HAPI's validator of R4, and spoiled files are not: run by `make test-fhir`."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.care_plan.documents.ninety_days import patients
from tests.care_plan.fhir.test_bundles import documents, whole
from tests.referral.hapi import errors_in

pytestmark = pytest.mark.fhir
Json = dict[str, Any]


def written(folder: Path, bundles: dict[str, Json]) -> list[Path]:
    files = [folder / f"{name}.json" for name in bundles]
    for file, each in zip(files, bundles.values(), strict=True):
        file.write_bytes(orjson.dumps(each))
    return files


def test_all_of_ninety_days_is_valid_r4(tmp_path: Path) -> None:
    made = {f"summary-{n}": each for n, each in enumerate(documents())}
    made |= {f"care-{n}": whole(one) for n, one in enumerate(patients())}
    assert len(made) > 50
    found = errors_in(written(tmp_path, made))
    assert not found, "\n".join(found[:20])


def test_spoiled_files_fail(tmp_path: Path) -> None:
    summary, care = documents()[0], whole(patients()[0])
    spoiled = {
        "no-composition": spoil(summary, lambda bundle: bundle["entry"].pop(0)),
        "status": spoil(care, lambda bundle: one(bundle, "CarePlan").update(status="nope")),
        "detail-too": spoil(care, _with_detail),
        "no-subject": spoil(summary, lambda bundle: one(bundle, "Composition").pop("author")),
        "unknown-element": spoil(summary, lambda bundle: one(bundle, "Encounter").update(mood="fine")),
        "goal-status": spoil(care, lambda bundle: one(bundle, "Goal").update(lifecycleStatus="on_hold")),
        "markup": spoil(summary, _with_script),
    }
    found = errors_in(written(tmp_path, spoiled))
    assert {line.partition(".json")[0] for line in found} == {*spoiled}


def one(bundle: Json, kind: str) -> Json:
    found: Json = next(e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == kind)
    return found


def spoil(bundle: Json, change: Any) -> Json:
    spoiled = copy.deepcopy(bundle)
    change(spoiled)
    return spoiled


def _with_detail(bundle: Json) -> None:
    activity = next(each for each in one(bundle, "CarePlan")["activity"] if "reference" in each)
    activity["detail"] = {"status": "scheduled"}


def _with_script(bundle: Json) -> None:
    section = one(bundle, "Composition")["section"][0]
    section["text"]["div"] = section["text"]["div"].replace("<p>", "<script>x</script><p>", 1)
