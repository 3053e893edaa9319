"""The checks find what their rules say, on made-up lists and on sample data, and say what they leave out."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from carebus.contracts.care_plan import MedicineLine
from services.care_plan.domain.medicines.checking import NOT_ASKED, NOT_CHECKED, RULES
from tests.care_plan.medicines.listing import allergy, line, look

SAMPLE = Path(__file__).with_name("sample.csv")
"""What 152 people of the local sample take at the end (Synthea 3.3.0, Apache-2.0; nobody in it is real)."""
SIMVA_10 = line("Simvastatin 10 MG Oral Tablet", code="314231")
SIMVA_20 = line("Simvastatin 20 MG Oral Tablet", code="312961")
PERCOCET = line("Acetaminophen 325 MG / Oxycodone Hydrochloride 10 MG Oral Tablet [Percocet]")
TYLENOL = line("Acetaminophen 325 MG Oral Tablet [Tylenol]")
SENNA = line("sennosides, USP 8.6 MG Oral Tablet")


def rules(*lines: MedicineLine, **more: object) -> list[str]:
    return [finding.rule for finding in look(*lines, **more).findings]  # type: ignore[arg-type]


def test_one_ingredient_in_two_medicines_is_found_and_named() -> None:
    (finding,) = look(SIMVA_10, SIMVA_20).findings
    assert (finding.rule, finding.about) == ("same_ingredient_twice", "Simvastatin")
    assert finding.line_ids == (SIMVA_10.line_id, SIMVA_20.line_id)
    assert finding.says == RULES[finding.rule].says


def test_a_part_of_a_combination_counts() -> None:
    assert rules(PERCOCET, TYLENOL, SENNA) == ["same_ingredient_twice"]


def test_the_same_medicine_of_two_sources_is_one_medicine() -> None:
    assert rules(SIMVA_10, line("simvastatin 10 MG Oral Tablet", source="hospital")) == []


def test_two_medicines_of_two_sources_are_two() -> None:
    at_hospital = line("Acetaminophen 325 MG Oral Tablet [Tylenol]", source="hospital")
    assert "same_ingredient_twice" in rules(PERCOCET, at_hospital, SENNA)


def test_the_same_code_twice_on_one_list_is_said_once() -> None:
    again = line("Simvastatin 10 MG Oral Tablet", 2, code="314231")
    assert rules(SIMVA_10, again) == ["same_code_twice"]


def test_what_is_not_taken_counts_for_nothing() -> None:
    stopped = line("Simvastatin 20 MG Oral Tablet", use="not_taken")
    assert rules(SIMVA_10, stopped) == []


def test_what_our_team_found_stands_before_what_a_list_says() -> None:
    found = line("Acetaminophen 325 MG Oral Tablet", source="care_team", use="not_taken")
    assert rules(PERCOCET, TYLENOL, found, SENNA) == []


def test_an_ingredient_that_an_allergy_names_is_found() -> None:
    finding = look(line("lisinopril 10 MG Oral Tablet"), allergies=("Lisinopril",)).findings[0]
    assert (finding.rule, finding.about) == ("ingredient_of_allergy", "Lisinopril, named in “Lisinopril”")
    assert finding.allergy_ids == (allergy("Lisinopril").allergy_id,)
    assert rules(line("lisinopril 10 MG Oral Tablet"), allergies=("Peanut (substance)",)) == []


@pytest.mark.parametrize(
    "opioid",
    [
        "72 HR Fentanyl 0.025 MG/HR Transdermal System",
        "tramadol hydrochloride 50 MG Oral Tablet",
        "Acetaminophen 300 MG / Codeine Phosphate 15 MG Oral Tablet",
        "12 HR Hydrocodone Bitartrate 10 MG Extended Release Oral Capsule",
        "Morphine Sulfate 20 MG/ML Oral Solution",
    ],
)
def test_an_opioid_wants_a_laxative_or_a_reason(opioid: str) -> None:
    assert rules(line(opioid)) == ["opioid_without_laxative"]
    assert rules(line(opioid), SENNA) == []
    assert rules(line(opioid), line("polyethylene glycol 3350 17000 MG Powder for Oral Solution")) == []
    assert rules(line(opioid), no_laxative_because="Loose stools every day") == []


def test_what_binds_nobodys_bowels_is_no_opioid() -> None:
    assert rules(line("loperamide hydrochloride 2 MG Oral Capsule"), line("naloxone 4 MG Nasal Spray")) == []


def test_it_is_said_what_is_not_checked_and_which_names_were_not_read() -> None:
    said = look(line("the blue pill")).not_checked
    assert "the blue pill" in said[0]
    assert said[1:] == (NOT_ASKED, *NOT_CHECKED)
    assert any(sentence.startswith("Interactions") for sentence in NOT_CHECKED)
    assert look(SENNA, no_known_allergies=True).not_checked == NOT_CHECKED


def test_the_sample_data_has_what_a_count_of_its_own_finds() -> None:
    of: dict[str, list[MedicineLine]] = defaultdict(list)
    for n, row in enumerate(csv.DictReader(SAMPLE.read_text().splitlines())):
        of[row["patient"]].append(line(row["name"], n, code=row["code"]))
    found = {patient: look(*lines).findings for patient, lines in of.items()}
    per_rule = Counter(rule for each in found.values() for rule in {finding.rule for finding in each})
    simvastatin = sum(len({r.code for r in rows if r.ingredients == ("simvastatin",)}) > 1 for rows in of.values())
    about = Counter(finding.about for each in found.values() for finding in each)
    assert all(line.ingredients for lines in of.values() for line in lines)
    assert about["Simvastatin"] == simvastatin == 44
    assert per_rule == {"same_ingredient_twice": 60, "opioid_without_laxative": 26}
    assert len(of) == 152
