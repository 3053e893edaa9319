"""A summary holds all that was found, and what each correction changed."""

from __future__ import annotations

from typing import Any

from carebus.contracts.care_plan import Phq9, SummaryPart, SymptomFollowUpOpened, VisitSummaryIssued
from services.care_plan.domain.summaries.corrections import corrected
from tests.care_plan.visits.test_any_order import MILD, SEVERE, two
from tests.care_plan.visits.visiting import Visiting

ITCH = {"esas_r_other": {"symptom_name": "Itch at  night", "score": 7}}


def said(visiting: Visiting) -> dict[SummaryPart, str]:
    """What the summary says that was issued last."""
    return {section.part: section.text for section in visiting.told(VisitSummaryIssued)[-1].sections}


def found(**answers: Any) -> str:
    """What was found at a visit with these answers, as its summary says."""
    visiting, first, _ = two()
    visiting.recorded(first, 3, answers)
    return said(visiting)[SummaryPart.FOUND]


def test_the_other_symptom_is_found_under_the_name_that_was_typed() -> None:
    assert "ESAS-r, other problem (answered by the patient): Itch at night 7 of 10 (severe)." in found(**ITCH)


def test_every_instrument_that_was_answered_is_found_with_its_band_and_what_is_missing() -> None:
    phq = {name: 1 for name in Phq9.model_fields if name != "respondent"}
    text = found(phq_9=phq, sas={"pain": 5}, esas_r={"pain": 2})
    assert "PHQ-9 (answered by the patient): PHQ-2 2 of 6 (negative); 9 of 27 (mild). Thoughts of" in text
    assert "SAS (answered by the patient): Pain 5 of 10 (moderate). Not answered: insomnia, appetite" in text
    assert "other problem" not in text


def test_a_third_version_says_what_changed_since_the_visit_before_and_what_each_correction_changed() -> None:
    visiting, first, second = two()
    visiting.recorded(first, 3, MILD)
    visiting.recorded(second, 27, {"akps": 50})
    visiting.corrected(second, SEVERE)
    visiting.corrected(second, {**SEVERE, "akps": 40}, place="hospital")
    ordinal = visiting.care.recent.visits[0].ordinal
    assert said(visiting)[SummaryPart.CHANGED] == f"Since visit {ordinal}: pain from 2 to 8."
    assert [each.text for each in corrected(visiting.care, visiting.record(second))] == [
        "Version 3: AKPS: not answered is now 40",
        "Version 3: Where: not stated is now hospital",
        "Version 2: ESAS-r, pain: not answered is now 8",
        "Version 2: AKPS: 50 is now not answered",
    ]


def test_a_follow_up_of_the_other_symptom_keeps_its_name_and_another_name_is_another_symptom() -> None:
    visiting, first, second = two()
    visiting.recorded(first, 3, ITCH)
    visiting.recorded(second, 27, {"esas_r_other": {"symptom_name": "Hiccups", "score": 7}})
    assert [one.title for one in visiting.care.follow_ups] == ["Itch at  night", "Hiccups"]
    assert [one.named for one in visiting.told(SymptomFollowUpOpened)] == ["Itch at  night", "Hiccups"]
