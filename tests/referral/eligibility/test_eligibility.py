"""Eligibility by the rule language: findings say what they rest on and what is missing, and a verdict follows."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carebus.contracts.people import Diagnosis
from carebus.contracts.referral import CriterionValue, DeclineReason, EligibilityAssessed, ReferralReceived, Verdict
from carebus.reasoning.facts import FactValue
from carebus.reasoning.language import DIAGNOSES, AllOf, AnyOf, Compare, Diagnosed, NotSo, Predicate
from services.referral.domain import Intake
from services.referral.domain.eligibility import assess, refuse_unless_eligible
from services.referral.domain.eligibility.assessment import EligibilityUndetermined, NotEligible, judge, verdict_on
from services.referral.domain.eligibility.facts import FACTS, Facts, asked_by, situation
from services.referral.domain.eligibility.rulesets import CONDITIONS, RuleSet
from tests.referral.deciding import cause, receive
from tests.referral.samples import NOW, RULES, stated

MET, NOT_MET, UNKNOWN = CriterionValue.MET, CriterionValue.NOT_MET, CriterionValue.UNKNOWN
HEART = {"system": "SNOMED-CT", "code": "88805009"}
KNEE = {"system": "ICD-10-CM", "code": "M17.0"}
FOREIGN = {"system": "ICD-9", "code": "428.0"}
NUMBERS, TEXTS = st.integers(-2, 102).map(float), st.sampled_from(["MA", "CA", "medicaid", "none", "021"])
VALUES: dict[type, st.SearchStrategy[Any]] = {bool: st.booleans(), float: NUMBERS, str: TEXTS}
CODES = st.sampled_from([HEART, KNEE, FOREIGN, {"system": "ICD-10-CM", "code": "C34.90"}])


@st.composite
def comparisons(draw: st.DrawFn) -> Compare:
    name = draw(st.sampled_from(sorted(FACTS)))
    kind = FACTS[name].kind
    how = draw(
        st.sampled_from(["is", "in", "at_least", "above", "at_most", "below"] if kind is float else ["is", "in"])
    )
    bound = draw(st.lists(VALUES[kind], max_size=3).map(tuple) if how == "in" else VALUES[kind])
    return Compare.model_validate({"fact": name, how: bound})


diagnosed = st.lists(st.sampled_from(sorted(CONDITIONS)), min_size=1, max_size=2).map(
    lambda names: Diagnosed(diagnosed=tuple(names))
)
rules: st.SearchStrategy[Predicate] = st.recursive(
    comparisons() | diagnosed,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(lambda some: AllOf(rules=tuple(some)))
        | st.lists(inner, min_size=1, max_size=3).map(lambda some: AnyOf(rules=tuple(some)))
        | inner.map(lambda one: NotSo(rule=one))
    ),
    max_leaves=6,
)
whole = st.fixed_dictionaries({name: VALUES[fact.kind] for name, fact in FACTS.items()})
readable = st.lists(CODES.filter(lambda code: code is not FOREIGN), min_size=1, max_size=2)


def facts(known: dict[str, FactValue], diagnoses: list[dict[str, str]]) -> Facts:
    return Facts(known, tuple(Diagnosis.model_validate(each) for each in diagnoses))


def some_of(known: dict[str, FactValue], left_out: set[str]) -> dict[str, FactValue]:
    return {name: value for name, value in known.items() if name not in left_out}


names = st.sets(st.sampled_from(sorted(FACTS)))


@settings(deadline=None, max_examples=300)
@given(rules, whole, readable, names, names, st.booleans())
def test_learning_more_settles_what_is_unknown_and_never_unsettles_what_is_known(
    rule: Predicate, known: dict[str, FactValue], codes: list[dict[str, str]], some: set[str], more: set[str], ill: bool
) -> None:
    before = rule.find(situation(facts(some_of(known, some | more), codes if ill else []), CONDITIONS))
    after = rule.find(situation(facts(some_of(known, some), codes), CONDITIONS))
    assert before.value in {UNKNOWN, after.value}
    assert set(after.missing) <= set(before.missing)


@settings(deadline=None, max_examples=300)
@given(rules, whole, readable, names, st.booleans())
def test_what_is_missing_is_exactly_what_would_settle_it(
    rule: Predicate, known: dict[str, FactValue], codes: list[dict[str, str]], unknown: set[str], ill: bool
) -> None:
    found = rule.find(situation(facts(some_of(known, unknown), codes if ill else []), CONDITIONS))
    assert (found.value is UNKNOWN) is bool(found.missing)
    missing = {name for name in unknown if asked_by(name) in found.missing}
    supplied = rule.find(situation(facts(some_of(known, unknown - missing), codes), CONDITIONS))
    assert supplied.value is not UNKNOWN or found.value is UNKNOWN
    if found.value is UNKNOWN:
        assert supplied.value is not UNKNOWN
        others = facts(some_of(known, missing), codes if ill or DIAGNOSES not in found.missing else [])
        assert rule.find(situation(others, CONDITIONS)).value is UNKNOWN


@settings(deadline=None, max_examples=100)
@pytest.mark.parametrize("rule_set", RULES.sets, ids=lambda each: each.name)
@given(known=whole, unknown=names, codes=st.lists(CODES, max_size=2))
def test_every_rule_set_answers_whatever_is_known(
    rule_set: RuleSet, known: dict[str, FactValue], unknown: set[str], codes: list[dict[str, str]]
) -> None:
    judged = judge(rule_set, facts(some_of(known, unknown), codes))
    assert [each.stated.id for each in judged] == [each.id for each in rule_set.criteria]
    verdict = verdict_on(judged)
    barred = [each for each in judged if each.stated.when_not_met and each.found.value is NOT_MET]
    open_ = [each for each in judged if each.stated.when_unknown == "ask" and each.found.value is UNKNOWN]
    assert verdict is (Verdict.INELIGIBLE if barred else Verdict.UNDETERMINED if open_ else Verdict.ELIGIBLE)


def received(**changes: Any) -> ReferralReceived:
    decision = receive(Intake(), stated(**changes), cause())
    assert isinstance(decision.events[0], ReferralReceived)
    return decision.events[0]


def assessed(**changes: Any) -> EligibilityAssessed:
    return assess(received(**changes), RULES, NOW)


@pytest.mark.parametrize(
    ("diagnoses", "died_on", "on_hospice", "payer"),
    list(
        product(
            [[HEART], [KNEE], [FOREIGN], [KNEE, HEART], [FOREIGN, HEART], [KNEE, FOREIGN]],
            [None, "2025-01-02"],
            [None, False, True],
            [None, {"name": "Aetna", "kind": "commercial"}, {"name": "None", "kind": "none"}],
        )
    ),
)
def test_every_row_of_the_table_of_palliative_care_at_home(
    diagnoses: list[dict[str, str]], died_on: str | None, on_hospice: bool | None, payer: dict[str, str] | None
) -> None:
    found = assessed(diagnoses=diagnoses, died_on=died_on, on_hospice=on_hospice, payer=payer)
    ill, barred = HEART in diagnoses, bool(died_on or on_hospice)
    assert found.eligible is (ill and not barred)
    undetermined = FOREIGN in diagnoses and not ill and not barred
    assert (found.verdict is Verdict.UNDETERMINED) is undetermined
    reason = (
        DeclineReason.DECEASED
        if died_on
        else DeclineReason.ON_HOSPICE
        if on_hospice
        else None
        if ill or undetermined
        else DeclineReason.NOT_CLINICALLY_ELIGIBLE
    )
    assert found.decline_reason == reason
    assert bool(found.says) is (reason is not None)
    named = {criterion.id: criterion.value for criterion in found.criteria}
    assert (named["not_on_hospice"] is UNKNOWN) is (on_hospice is None)
    assert (named["coverage_stated"] is UNKNOWN) is (payer is None)
    assert found.ruleset == "home_palliative/2"


def test_evidence_is_the_codes_and_never_what_says_who_it_is() -> None:
    found = assessed(diagnoses=[KNEE, HEART], died_on="2025-01-02", clinical={"nyha_class": 3})
    said = {criterion.id: criterion.evidence for criterion in found.criteria}
    assert said["serious_illness"] == ("SNOMED-CT:88805009",)
    assert said["living"] == ("death_stated",)
    assert said["advanced_stage"] == ("clinical.nyha_class=3",)
    told = found.model_dump_json(exclude={"ruleset", "ruleset_digest", "referral_id"})
    assert not any(secret in told for secret in ("2025", "1941", "000", "Lynn", "Quimby", "84"))


def test_too_little_known_declines_nobody_and_says_what_to_ask() -> None:
    found = assessed(channel="letter", diagnoses=[], on_hospice=None)
    assert (found.verdict, found.eligible, found.decline_reason) == (Verdict.UNDETERMINED, False, None)
    assert found.missing == ("diagnoses", "on_hospice")
    with pytest.raises(EligibilityUndetermined, match="diagnoses"):
        refuse_unless_eligible(found)


def test_hospice_is_said_kindly_to_be_something_else() -> None:
    found = assessed(on_hospice=True)
    assert "gladly hear from you again" in found.says
    with pytest.raises(NotEligible, match="not_on_hospice"):
        refuse_unless_eligible(found)


@pytest.mark.parametrize(
    "facts_known", [{"nyha_class": 1}, {"cancer_stage": 1}, {"akps": 100}, {"hospital_stays_12m": 0}]
)
def test_any_stage_of_illness_is_welcome(facts_known: dict[str, int]) -> None:
    assert assessed(clinical=facts_known).eligible


def test_a_person_in_our_care_already_is_not_taken_on_again() -> None:
    found = assess(received(), RULES, NOW, enrolled=True)
    assert (found.decline_reason, found.barred_by) == (DeclineReason.ALREADY_ENROLLED, "not_enrolled")


def test_an_assessment_of_the_first_release_still_refuses() -> None:
    old = EligibilityAssessed(referral_id=cause().id, ruleset="home_palliative/1", eligible=False, criteria=(),
                              decline_reason=DeclineReason.DECEASED)  # fmt: skip
    with pytest.raises(NotEligible):
        refuse_unless_eligible(old)


def test_the_rules_are_applied_to_the_day_they_are_asked_on() -> None:
    young = received(patient={"given_name": "A", "family_name": "B", "birth_date": date(2005, 3, 3).isoformat(),
                              "address": {"state": "California"}},
                     payer={"name": "Golden", "kind": "medicaid"})  # fmt: skip
    assert assess(young, RULES, NOW).ruleset == "home_palliative/2"
    assert assess(young, RULES, NOW.replace(day=3)).ruleset == "medi_cal_sb1004/1"
