"""What answers set off: strong symptoms, a safety task, a strained caregiver, positive screens."""

from __future__ import annotations

import pytest
from hypothesis import given

from carebus.contracts.care_plan import (
    Assessments,
    DistressThermometer,
    EsasR,
    Ipos,
    OtherSymptom,
    Painad,
    Phq9,
    Sas,
    Zbi12,
)
from services.care_plan.domain.instruments import (
    INSTRUMENTS,
    SAFETY,
    Band,
    caregiver_strain,
    needs_safety_task,
    positive_screens,
    strong_symptoms,
)
from services.care_plan.domain.instruments.alerts import SYMPTOMS
from tests.contracts.events import any_of


def named(assessments: Assessments) -> list[tuple[str, Band, str]]:
    return [(each.symptom, each.band, each.instrument) for each in strong_symptoms(assessments)]


def test_moderate_and_severe_symptoms_are_strong() -> None:
    told = Assessments(esas_r=EsasR(pain=7, nausea=4, anxiety=3, depression=0))
    assert named(told) == [("pain", Band.SEVERE, "esas_r"), ("nausea", Band.MODERATE, "esas_r")]


def test_the_esas_r_decides_before_the_sas_and_the_sas_before_the_ipos() -> None:
    told = Assessments(esas_r=EsasR(pain=2), sas=Sas(pain=9, fatigue=7), ipos=Ipos(weakness=0, vomiting=3))
    assert named(told) == [("tiredness", Band.MODERATE, "sas"), ("vomiting", Band.SEVERE, "ipos")]


def test_an_unanswered_item_leaves_the_next_instrument_to_decide() -> None:
    told = Assessments(esas_r=EsasR(nausea=0), sas=Sas(pain=8))
    assert named(told) == [("pain", Band.SEVERE, "sas")]


def test_pain_of_who_cannot_say_is_strong_by_what_is_observed() -> None:
    seen = Painad(breathing=1, vocalization=1, facial_expression=1, body_language=1, consolability=0)
    assert named(Assessments(painad=seen)) == [("pain", Band.MODERATE, "painad")]


def test_wellbeing_is_no_symptom_and_another_problem_is() -> None:
    told = Assessments(esas_r=EsasR(wellbeing=10), esas_r_other=OtherSymptom(symptom_name="itch", score=5))
    assert named(told) == [("other", Band.MODERATE, "esas_r_other")]


def test_a_strong_symptom_names_its_rule() -> None:
    [found] = strong_symptoms(Assessments(sas=Sas(pain=8)))
    assert found.score == 8
    assert found.rule.startswith("Absent 0, mild 1 to 3, moderate 4 to 7, severe 8 to 10. Daveson")


@given(any_of(Assessments))
def test_no_symptom_is_strong_twice(assessments: Assessments) -> None:
    found = [each.symptom for each in strong_symptoms(assessments)]
    assert len(found) == len(set(found))


def test_every_scale_that_speaks_of_a_symptom_is_there_and_has_bands() -> None:
    places = [place for found in SYMPTOMS.values() for place in found]
    scales = {(code, scale.code): scale for code, each in INSTRUMENTS.items() for scale in each.scales}
    assert all(scales[place].bands for place in places)
    assert len(places) == len(set(places))


@pytest.mark.parametrize(("answer", "expected"), [(None, False), (0, False), (1, True), (3, True)])
def test_any_thought_of_self_harm_needs_a_look(answer: int | None, *, expected: bool) -> None:
    assert needs_safety_task(Assessments(phq_9=Phq9(interest=0, self_harm=answer))) is expected
    assert "same day" in str(SAFETY)


def test_without_a_phq_9_nothing_is_known_of_safety() -> None:
    assert not needs_safety_task(Assessments())


def test_a_caregivers_strain_has_a_band_once_all_is_answered() -> None:
    topics = [item.code for item in INSTRUMENTS["zbi_12"].items]
    strained = caregiver_strain(Assessments(zbi_12=Zbi12.model_validate(dict.fromkeys(topics, 2))))
    assert strained is not None
    assert (strained.score, strained.band) == (24, Band.SEVERE)
    assert caregiver_strain(Assessments(zbi_12=Zbi12(anger=4))) is None
    assert caregiver_strain(Assessments()) is None


def test_positive_screens_ask_for_a_closer_look() -> None:
    told = Assessments(phq_9=Phq9(interest=2, feeling_down=1), distress_thermometer=DistressThermometer(distress=4))
    assert [each.scale for each in positive_screens(told)] == ["phq_2", "distress"]
    assert positive_screens(Assessments(distress_thermometer=DistressThermometer(distress=3))) == ()
