"""What the answers to instruments mean: bands, sums and smallest differences that matter, each by its source."""

from services.care_plan.domain.instruments.alerts import (
    SAFETY,
    Strong,
    answered_keys,
    answered_symptoms,
    caregiver_strain,
    needs_safety_task,
    positive_screens,
    strong_symptoms,
    symptom_key,
)
from services.care_plan.domain.instruments.registry import INSTRUMENTS
from services.care_plan.domain.instruments.results import (
    Compared,
    Result,
    answers_of,
    compared,
    given,
    last_answers,
    respondent_of,
    results,
    wrongly_answered,
)
from services.care_plan.domain.instruments.scoring import Band, Change, Instrument, Item, Rule, Scale

__all__ = [
    "INSTRUMENTS",
    "SAFETY",
    "Band",
    "Change",
    "Compared",
    "Instrument",
    "Item",
    "Result",
    "Rule",
    "Scale",
    "Strong",
    "answered_keys",
    "answered_symptoms",
    "answers_of",
    "caregiver_strain",
    "compared",
    "given",
    "last_answers",
    "needs_safety_task",
    "positive_screens",
    "respondent_of",
    "results",
    "strong_symptoms",
    "symptom_key",
    "wrongly_answered",
]
