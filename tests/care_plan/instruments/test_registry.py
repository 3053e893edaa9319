"""The list of all instruments: it fits the contract, and says only what may be said."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from carebus.contracts.care_plan import Assessments, Respondent
from services.care_plan.domain.instruments import INSTRUMENTS, Instrument

ALL = pytest.mark.parametrize("instrument", INSTRUMENTS.values(), ids=list(INSTRUMENTS))


def test_every_field_of_a_visits_assessments_is_an_instrument() -> None:
    assert INSTRUMENTS.keys() == Assessments.model_fields.keys() - {"respondent"}


def kept(instrument: Instrument, code: str, value: object) -> object:
    """An answer as the contract keeps it."""
    name = {"symptom_name": "hiccups"} if instrument.code == "esas_r_other" else {}
    of_items = instrument.code not in {"akps", "phase"}
    found = Assessments.model_validate({instrument.code: {**name, code: value} if of_items else value})
    answers = getattr(found, instrument.code)
    return getattr(answers, code) if isinstance(answers, BaseModel) else answers


@ALL
def test_every_choice_that_a_form_offers_is_one_that_the_contract_takes(instrument: Instrument) -> None:
    for item in instrument.items:
        for choice in item.choices:
            assert kept(instrument, item.code, choice.value) == choice.value


@ALL
def test_every_scale_is_made_of_items_and_ends_where_its_choices_do(instrument: Instrument) -> None:
    choices = {item.code: [choice.value for choice in item.choices] for item in instrument.items}
    for scale in instrument.scales:
        offered = [choices[item] for item in scale.items]
        numbers = [[value for value in values if isinstance(value, int)] for values in offered]
        assert scale.most == sum(max(values, default=0) for values in numbers)


@ALL
def test_a_question_in_its_own_words_is_shown_only_where_recorded_as_free(instrument: Instrument) -> None:
    worded = instrument.asks, *(item.wording for item in instrument.items)
    assert instrument.wording.free or not any(worded)
    assert instrument.wording.notice


def test_the_free_ones_are_those_whose_licence_was_found() -> None:
    assert {code for code, each in INSTRUMENTS.items() if each.wording.free} == {"esas_r", "esas_r_other", "phq_9"}


@ALL
def test_every_rule_has_a_source(instrument: Instrument) -> None:
    for scale in instrument.scales:
        rules = [
            scale.rule,
            *([scale.bands.rule] if scale.bands else []),
            *([scale.change_rule] if scale.change_rule else []),
        ]
        assert all(rule.says and rule.source for rule in rules)
        assert (scale.change_rule is None) == (scale.better_from is None) == (scale.worse_from is None)


def test_a_caregiver_answers_about_themselves_and_staff_for_who_cannot() -> None:
    assert INSTRUMENTS["zbi_12"].answered_by == (Respondent.PROXY,)
    assert INSTRUMENTS["painad"].answered_by == (Respondent.STAFF,)
    assert INSTRUMENTS["phq_9"].answered_by == (Respondent.PATIENT,)
