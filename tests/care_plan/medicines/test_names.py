"""Ingredients are read from names as RxNorm writes them; what can't be read is not guessed."""

from __future__ import annotations

import pytest

from services.care_plan.domain.medicines.names import ingredients_of, substances_of
from tests.care_plan.medicines.listing import RULES


@pytest.mark.parametrize(
    ("name", "ingredients"),
    [
        ("Simvastatin 10 MG Oral Tablet", ("simvastatin",)),
        ("Acetaminophen 325 MG / Hydrocodone Bitartrate 7.5 MG Oral Tablet", ("acetaminophen", "hydrocodone")),
        ("Acetaminophen 325 MG / Oxycodone Hydrochloride 10 MG Oral Tablet [Percocet]", ("acetaminophen", "oxycodone")),
        (
            "Abuse-Deterrent 12 HR Oxycodone Hydrochloride 10 MG Extended Release Oral Tablet [Oxycontin]",
            ("oxycodone",),
        ),
        ("NDA021457 200 ACTUAT albuterol 0.09 MG/ACTUAT Metered Dose Inhaler [ProAir]", ("albuterol",)),
        (
            "60 ACTUAT Fluticasone propionate 0.25 MG/ACTUAT / salmeterol 0.05 MG/ACTUAT Dry Powder Inhaler",
            ("fluticasone", "salmeterol"),
        ),
        ("72 HR Fentanyl 0.025 MG/HR Transdermal System", ("fentanyl",)),
        (
            "insulin isophane  human 70 UNT/ML / insulin  regular  human 30 UNT/ML Injectable Suspension [Humulin]",
            ("insulin isophane human", "insulin regular human"),
        ),
        ("ferrous sulfate 325 MG Oral Tablet", ("ferrous sulfate",)),
        ("potassium chloride 20 MEQ Extended Release Oral Tablet", ("potassium chloride",)),
        ("losartan potassium 50 MG Oral Tablet", ("losartan",)),
        ("polyethylene glycol 3350 17000 MG Powder for Oral Solution", ("polyethylene glycol 3350",)),
        ("docusate sodium 50 MG / sennosides, USP 8.6 MG Oral Tablet", ("docusate", "sennosides")),
        ("Vitamin B12 5 MG/ML Injectable Solution", ("cyanocobalamin",)),
        ("doxycycline hyclate 100 MG", ("doxycycline",)),
        ("morphine 10mg at night", ("morphine",)),
        ("Acetaminophen/Hydrocodone", ("acetaminophen", "hydrocodone")),
        ("TYLENOL", ("acetaminophen",)),
        ("Senna", ("sennosides",)),
        ("the blue pill", ()),
        ("Herbal tea", ()),
        ("Tylenol / the blue pill", ()),
        ("", ()),
    ],
)
def test_a_name_is_read_or_not_at_all(name: str, ingredients: tuple[str, ...]) -> None:
    assert ingredients_of(name, RULES) == ingredients


@pytest.mark.parametrize(
    ("stated", "substances"),
    [
        ("Sulfamethoxazole / Trimethoprim", ("sulfamethoxazole", "trimethoprim")),
        ("Lisinopril", ("lisinopril",)),
        ("Percocet", ("acetaminophen", "oxycodone")),
        ("Peanut (substance)", ("peanut (substance)",)),
    ],
)
def test_an_allergy_is_taken_by_its_words(stated: str, substances: tuple[str, ...]) -> None:
    assert substances_of(stated, RULES) == substances
