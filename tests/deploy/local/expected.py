"""What must come of the sample by the clinic's rules, counted from its CSV files alone with none of our code."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SAMPLE = Path(__file__).parents[3] / "deploy" / "local" / "sample"

ILLNESSES = {
    "heart_failure": r"heart failure",
    "copd": r"chronic obstructive (bronchitis|lung)|emphysema",
    "cancer": r"malignant|metastasis|\bcancer\b|carcinoma(?! in situ)|leukemia|myeloma|lymphoma",
    "dementia": r"alzheimer|dementia",
    "parkinsons": r"parkinson",
}
"""By the wording of a diagnosis, not by its code: another way to the same count."""


@dataclass(frozen=True)
class Expected:
    """The counts that a run over the whole sample must end with."""

    received: int
    accepted: int
    declined: dict[str, int]
    accepted_by_condition: dict[str, int]
    source_ids_accepted: frozenset[str]


def expected(folder: Path = SAMPLE) -> Expected:
    """Count: the dead first, then who lies in hospice, then who has no active serious illness; all others come in."""
    patients = read(folder, "patients")
    ill = _ill(folder)
    in_hospice = _in_hospice(folder)
    declined: Counter[str] = Counter()
    accepted = []
    for row in patients:
        if row["DEATHDATE"]:
            declined["deceased"] += 1
        elif row["Id"] in in_hospice:
            declined["on_hospice"] += 1
        elif not ill.get(row["Id"]):
            declined["not_clinically_eligible"] += 1
        else:
            accepted.append(row["Id"])
    conditions = Counter(illness for each in accepted for illness in ill[each])
    return Expected(len(patients), len(accepted), dict(declined), dict(conditions), frozenset(accepted))


@cache
def read(folder: Path, name: str) -> list[dict[str, str]]:
    """All rows of one of the sample's files."""
    with (folder / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _ill(folder: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in read(folder, "conditions"):
        for illness, wording in ILLNESSES.items():
            if row["STOP"] == "" and re.search(wording, row["DESCRIPTION"], re.IGNORECASE):
                found.setdefault(row["PATIENT"], set()).add(illness)
    return found


def _in_hospice(folder: Path) -> set[str]:
    """Whose hospice stay stops on a later day than anything in the encounters begins."""
    encounters = read(folder, "encounters")
    last_day = max(row["START"] for row in encounters)[:10]
    return {
        row["PATIENT"]
        for row in encounters
        if row["ENCOUNTERCLASS"] == "hospice" and (row["STOP"] == "" or row["STOP"][:10] > last_day)
    }
