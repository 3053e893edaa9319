"""Who of the sample is eligible, read from its raw files by other means: by what diagnoses are called, not by codes."""

from __future__ import annotations

import csv
import re
from pathlib import Path

SAMPLE = Path(__file__).parents[2] / "deploy" / "local" / "sample"

SERIOUS = re.compile(
    r"heart failure|chronic obstructive|emphysema|malignan|carcinoma|metasta|leukemia|myeloma"
    r"|alzheimer|dementia|parkinson",
    re.IGNORECASE,
)
HARMLESS = re.compile(r"in situ|suspected|family history", re.IGNORECASE)


def rows(name: str) -> list[dict[str, str]]:
    """One file's rows."""
    with (SAMPLE / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def reasons() -> dict[str, str | None]:
    """By patient: why not, or None if nothing stands in the way."""
    ill = {row["PATIENT"] for row in rows("conditions") if not row["STOP"] and _names_one(row["DESCRIPTION"])}
    last_day = max(row["START"] for row in rows("conditions") + rows("encounters"))[:10]
    in_hospice = {
        row["PATIENT"]
        for row in rows("encounters")
        if row["ENCOUNTERCLASS"] == "hospice" and row["START"][:10] <= last_day < (row["STOP"][:10] or "9999")
    }
    return {row["Id"]: _reason(row, ill, in_hospice) for row in rows("patients")}


def _names_one(description: str) -> bool:
    return bool(SERIOUS.search(description)) and not HARMLESS.search(description)


def _reason(row: dict[str, str], ill: set[str], in_hospice: set[str]) -> str | None:
    if row["DEATHDATE"]:
        return "deceased"
    if row["Id"] in in_hospice:
        return "on_hospice"
    return None if row["Id"] in ill else "not_clinically_eligible"
