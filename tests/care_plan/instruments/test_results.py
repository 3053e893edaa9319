"""What a visit's answers come to: who answered, what is missing, what changed; and that it holds for any answers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebus.contracts.care_plan import Assessments, EsasR, OtherSymptom, Painad, Pcpss, Phq9, Respondent, Sas, Zbi12
from services.care_plan.domain.instruments import (
    INSTRUMENTS,
    Band,
    Change,
    Instrument,
    Scale,
    compared,
    last_answers,
    respondent_of,
    results,
    wrongly_answered,
)
from services.care_plan.domain.instruments import given as used
from services.care_plan.domain.instruments.scoring import change
from tests.contracts.events import any_of

ANY = any_of(Assessments)
SCALES: list[tuple[Instrument, Scale]] = [(each, scale) for each in INSTRUMENTS.values() for scale in each.scales]
BANDED = [scale for _, scale in SCALES if scale.bands]
COMPARABLE = [scale for _, scale in SCALES if scale.change_rule]
STRENGTH = [Band.NONE, Band.NEGATIVE, Band.MILD, Band.MODERATE, Band.MODERATELY_SEVERE, Band.SEVERE, Band.POSITIVE]


def test_what_was_not_used_has_no_result() -> None:
    assert results(Assessments()) == ()
    assert results(Assessments(sas=Sas(), phq_9=Phq9(), esas_r=EsasR())) == ()


@given(ANY)
def test_a_score_is_within_its_ends_or_missing(assessments: Assessments) -> None:
    for each in results(assessments):
        [scale] = [scale for of, scale in SCALES if (of.code, scale.code) == (each.instrument, each.scale)]
        assert each.score is None or scale.least <= each.score <= scale.most
        assert (each.score is None and each.answer is None) == bool(each.missing)
        assert (each.band is None) == (each.score is None or scale.bands is None)


@given(ANY, st.data())
def test_one_missing_item_leaves_every_sum_it_is_part_of_unknown(assessments: Assessments, data: Any) -> None:
    answered = [each for each in results(assessments) if not each.missing and each.instrument not in {"akps", "phase"}]
    if not answered:
        return
    one = data.draw(st.sampled_from(answered))
    instrument = INSTRUMENTS[one.instrument]
    [scale] = [scale for scale in instrument.scales if scale.code == one.scale]
    gone = data.draw(st.sampled_from(scale.items))
    without = getattr(assessments, one.instrument).model_copy(update={gone: None})
    now = results(assessments.model_copy(update={one.instrument: without}))
    assert [each.score for each in now if (each.instrument, each.scale) == (one.instrument, one.scale)] in ([None], [])


@pytest.mark.parametrize("scale", BANDED, ids=lambda scale: scale.code)
def test_bands_cover_every_score_and_never_weaken(scale: Scale) -> None:
    assert scale.bands is not None
    found = [scale.bands.of(score) for score in range(scale.least, scale.most + 1)]
    strengths = [STRENGTH.index(band) for band in found if band is not None]
    assert len(strengths) == len(found)
    assert strengths == sorted(strengths)
    assert {band for _, band in scale.bands.starts} == set(found)
    assert scale.bands.of(None) is None


@pytest.mark.parametrize("scale", COMPARABLE, ids=lambda scale: scale.code)
@given(data=st.data())
def test_a_change_back_is_the_opposite_where_both_ways_matter_alike(scale: Scale, data: Any) -> None:
    before, now = (data.draw(st.integers(scale.least, scale.most)) for _ in range(2))
    opposite = {Change.BETTER: Change.WORSE, Change.WORSE: Change.BETTER, Change.SAME: Change.SAME}
    there, back = change(before, now, scale), change(now, before, scale)
    assert there is not None
    if scale.better_from == scale.worse_from:
        assert back is opposite[there]
    assert change(before, before, scale) is Change.SAME


@given(ANY, ANY)
def test_only_what_is_known_both_times_is_compared(before: Assessments, now: Assessments) -> None:
    for each in compared(before, now):
        assert None not in {each.before.score, each.now.score}
        assert (each.before.instrument, each.before.scale) == (each.now.instrument, each.now.scale)
        assert (each.change is None) == (each.rule is None)


@pytest.mark.parametrize(("now", "expected"), [(4, Change.BETTER), (5, Change.SAME), (6, Change.WORSE)])
def test_a_symptom_of_the_esas_r_changes_by_one_point(now: int, expected: Change) -> None:
    """Hui et al. 2015: "≥1 point for improvement and ≤-1 point for deterioration for each of the 10 symptoms"."""
    [found] = compared(Assessments(esas_r=EsasR(pain=5)), Assessments(esas_r=EsasR(pain=now)))
    assert found.change is expected


def test_where_no_difference_that_matters_is_known_none_is_spoken_of() -> None:
    [found] = compared(Assessments(sas=Sas(pain=8)), Assessments(sas=Sas(pain=1)))
    assert (found.before.score, found.now.score, found.change, found.rule) == (8, 1, None, None)


def test_another_problem_is_scored_like_a_symptom_and_compared_with_nothing() -> None:
    then = Assessments(esas_r_other=OtherSymptom(symptom_name="hiccups", score=8))
    now = Assessments(esas_r_other=OtherSymptom(symptom_name="itch", score=2))
    [found] = results(then)
    assert (found.scale, found.score, found.band) == ("other", 8, Band.SEVERE)
    assert [each.change for each in compared(then, now)] == [None]


def test_the_name_of_another_problem_shows_in_no_result_and_no_text() -> None:
    told = Assessments(esas_r_other=OtherSymptom(symptom_name="hiccups", score=8))
    assert "hiccups" not in f"{told!r} {results(told)!r}"


def test_each_instrument_keeps_who_answered_it() -> None:
    told = Assessments(
        respondent=Respondent.PROXY,
        esas_r=EsasR(pain=1),
        sas=Sas(respondent=Respondent.PATIENT, pain=1),
        painad=Painad(breathing=1),
        zbi_12=Zbi12(anger=1),
        phq_9=Phq9(interest=1),
        akps=50,
    )
    who = {code: respondent_of(INSTRUMENTS[code], told) for code in used(told)}
    assert who == {
        "esas_r": Respondent.PROXY,
        "sas": Respondent.PATIENT,
        "painad": Respondent.STAFF,
        "zbi_12": Respondent.PROXY,
        "phq_9": Respondent.PATIENT,
        "akps": Respondent.STAFF,
    }
    assert {each.respondent for each in results(told) if each.instrument == "sas"} == {Respondent.PATIENT}


def test_who_may_not_answer_an_instrument_is_found() -> None:
    told = Assessments(
        phq_9=Phq9(respondent=Respondent.STAFF, interest=1), pcpss=Pcpss(respondent=Respondent.STAFF, pain=1)
    )
    assert wrongly_answered(told) == ("phq_9",)


@given(ANY, ANY)
def test_what_is_kept_is_the_last_of_each_instrument_and_who_gave_it(kept: Assessments, new: Assessments) -> None:
    merged = last_answers(kept, new)
    fresh = set(used(new))
    assert set(used(merged)) - {"esas_r_other"} == (fresh | set(used(kept))) - {"esas_r_other"}
    assert {each for each in results(merged) if each.instrument in fresh - {"esas_r_other"}} == {
        each for each in results(new) if each.instrument in fresh - {"esas_r_other"}
    }
    assert last_answers(merged, new) == merged


def test_items_of_two_visits_never_make_one_sum() -> None:
    then = Assessments(phq_9=Phq9(interest=3, feeling_down=3, sleep=3))
    merged = last_answers(then, Assessments(respondent=Respondent.PROXY, phq_9=Phq9(interest=0, feeling_down=0)))
    assert merged.phq_9 == Phq9(respondent=Respondent.PATIENT, interest=0, feeling_down=0)


def test_another_problem_leaves_with_the_esas_r_that_named_it() -> None:
    then = Assessments(esas_r=EsasR(pain=1), esas_r_other=OtherSymptom(symptom_name="itch", score=6))
    assert last_answers(then, Assessments(akps=50)).esas_r_other == then.esas_r_other
    assert last_answers(then, Assessments(esas_r=EsasR(pain=2))).esas_r_other is None
