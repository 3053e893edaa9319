"""Rule sets as files: read and checked at the start, chosen by data, added to by an operator."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from carebus.contracts.referral import CriterionValue, EligibilityAssessed, Verdict
from carebus.errors import BrokenRule
from services.referral.domain.eligibility import RuleBook, RuleSet, assess
from services.referral.domain.eligibility.rulesets import CONDITIONS
from services.referral.store.eligibility import OWN, RulesetBroken, read, rule_book
from tests.referral.eligibility.test_eligibility import received
from tests.referral.samples import NOW, RULES

DEFAULT: dict[str, Any] = yaml.safe_load((OWN / "home_palliative-2.yaml").read_text())
CALIFORNIAN = {"given_name": "Ottoline", "family_name": "Quimby", "birth_date": "1941-05-06",
               "address": {"state": "CA"}}  # fmt: skip
MEDI_CAL = {"name": "Golden Gate Health", "kind": "medicaid"}
GENERAL = {"hospital_stays_12m": 2, "declining": True, "death_within_a_year_unsurprising": True,
           "therapy_received_or_futile": True, "accepts_care_at_home": True}  # fmt: skip
CANCER, COPD, CHF, LIVER = "C34.90", "J44.9", "I50.22", "K74.60"


def kept(folder: Path, name: str, text: Any) -> Path:
    file = folder / name
    file.write_text(text if isinstance(text, str) else yaml.safe_dump(text))
    return file


def plan(**changes: Any) -> dict[str, Any]:
    """A plan's own rule set: the default's with another selection."""
    applies = {"fact": "payer.name", "in": ["Elm Street Health Plan"]}
    return {**DEFAULT, "id": "elm", "version": 1, "precedence": 20, "applies_when": applies, **changes}


def rule_of(rule: Any) -> dict[str, Any]:
    return plan(criteria=[{"id": "only", "title": "Only this", "rule": rule}])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "It is not YAML, see line 1"),
        ("just words", "Input should be"),
        (plan(colour="red"), "At colour: Extra inputs"),
        (plan(version="one"), "At version: "),
        (plan(criteria=[]), "At criteria: "),
        (rule_of({"fact": "shoe_size", "above": 9}), "At only > rule > fact: no fact is called 'shoe_size'."),
        (rule_of({"fact": "on_hospice", "above": 9}), "on_hospice is compared with true or false"),
        (rule_of({"fact": "patient.state", "in": [False]}), "patient.state is compared with words (in quotes)"),
        (rule_of({"fact": "clinical.meld"}), "clinical.meld wants one comparison"),
        (rule_of({"fact": "clinical.meld", "above": 1, "below": 9}), "clinical.meld wants one comparison"),
        (rule_of({"diagnosed": ["gout"]}), "No code list is called gout"),
        (rule_of({"all": []}), "At only > rule > all > all"),
        (rule_of({"either": []}), "a rule has one of the keys fact, diagnosed, all, any, not"),
        (rule_of({"not": {"fact": "x"}, "all": []}), "a rule has one of the keys"),
        (plan(criteria=DEFAULT["criteria"] * 2), "Two criteria are called advanced_stage"),
        (plan(code_lists={"copd": {"title": "x"}}), "The code list copd is built in"),
        (
            plan(criteria=[{"id": "a", "title": "A", "rule": {"fact": "died", "is": True}, "when_unknown": "ask"}]),
            "a decides nothing, so it can't hold a decision",
        ),
        (
            plan(
                criteria=[
                    {
                        "id": "a",
                        "title": "A",
                        "rule": {"fact": "died", "is": True},
                        "when_not_met": "other",
                        "says": "x",
                    }
                ]
            ),
            "a needs a reason of its own",
        ),
        (
            plan(
                criteria=[{"id": "a", "title": "A", "rule": {"fact": "died", "is": True}, "when_not_met": "deceased"}]
            ),
            "a wants `says`",
        ),
    ],
)
def test_a_broken_file_says_where_and_what(tmp_path: Path, text: Any, said: str) -> None:
    with pytest.raises(RulesetBroken) as why:
        read(kept(tmp_path, "elm-1.yaml", text))
    assert said in str(why.value)
    assert "elm-1.yaml" in str(why.value)


def test_a_file_is_named_after_what_it_holds(tmp_path: Path) -> None:
    with pytest.raises(RulesetBroken, match=r"Its name is to be elm-1\.yaml"):
        read(kept(tmp_path, "elm-2.yaml", plan()))


@pytest.mark.parametrize(
    ("sets", "said"),
    [
        ([DEFAULT, DEFAULT], "two rule sets home_palliative/2"),
        ([plan()], "exactly one rule set is to hold for everybody else"),
        ([DEFAULT, {**DEFAULT, "id": "other"}], "exactly one rule set is to hold for everybody else"),
        ([DEFAULT, {**plan(), "id": "home_palliative", "version": 3}], "exactly one rule set"),
        ([{**DEFAULT, "effective_from": "2027-01-01"}], "holds from the beginning"),
        ([DEFAULT, plan(), plan(id="oak")], "same `precedence`"),
    ],
)
def test_a_book_that_would_leave_somebody_without_rules_is_refused(sets: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(BrokenRule, match=said):
        book(*sets)


def book(*sets: dict[str, Any]) -> RuleBook:
    """A book of these, read as a file is."""
    return RuleBook.of(RuleSet.model_validate_json(json.dumps(each)) for each in sets)


def test_a_broken_file_stops_the_start_with_one_sentence(tmp_path: Path) -> None:
    kept(tmp_path, "elm-1.yaml", rule_of({"fact": "shoe_size", "above": 9}))
    told = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x", "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
            "CAREBUS_RULESETS": str(tmp_path), "PYTHONPATH": ".:shared"}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "services.referral"],
        env=told,
        cwd=OWN.parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.strip() == (
        "The rule set elm-1.yaml can't be used. At only > rule > fact: no fact is called 'shoe_size'."
    )


def test_an_operator_adds_a_plans_rules_by_a_folder(tmp_path: Path) -> None:
    kept(tmp_path, "elm-1.yaml", plan())
    kept(tmp_path, "notes.txt", "not a rule set")
    with_elm = rule_book(tmp_path)
    assert {each.name for each in with_elm.sets} == {each.name for each in RULES.sets} | {"elm/1"}
    of_elm = received(payer={"name": "  ELM street  Health Plan", "kind": "commercial"})
    assert assess(of_elm, with_elm, NOW).ruleset == "elm/1"
    assert assess(received(payer=None), with_elm, NOW).ruleset == "home_palliative/2"


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(RulesetBroken, match="There is no such folder"):
        rule_book(tmp_path / "nowhere")


def test_a_new_version_holds_from_its_day_and_the_text_has_a_digest() -> None:
    later = {**DEFAULT, "version": 3, "effective_from": "2026-03-10"}
    both = book(DEFAULT, later)
    assert [assess(received(), both, day).ruleset for day in (NOW, datetime(2026, 3, 10, tzinfo=UTC))] == [
        "home_palliative/2",
        "home_palliative/3",
    ]
    changed = book({**DEFAULT, "title": "Palliative care at our homes"}).sets[0]
    assert changed.digest != both.sets[1].digest
    assert assess(received(), both, NOW).ruleset_digest == both.sets[1].digest


def californian(code: str, **clinical: Any) -> EligibilityAssessed:
    diagnosis = {"system": "ICD-10-CM", "code": code}
    return assess(
        received(patient=CALIFORNIAN, payer=MEDI_CAL, diagnoses=[diagnosis], clinical=clinical or None), RULES, NOW
    )


@pytest.mark.parametrize(
    ("code", "clinical", "value"),
    [
        (CHF, {"nyha_class": 3, "ejection_fraction": 29}, "met"),
        (CHF, {"nyha_class": 2, "heart_failure_admission": True, "significant_comorbidity": True}, "met"),
        (CHF, {"nyha_class": 3, "ejection_fraction": 30, "significant_comorbidity": False}, "not_met"),
        (CHF, {"nyha_class": 2, "heart_failure_admission": False}, "not_met"),
        (CHF, {"nyha_class": 3, "ejection_fraction": 30}, "unknown"),
        (COPD, {"oxygen_litres": 3}, "met"),
        (COPD, {"fev1": 34, "oxygen_hours": 24, "oxygen_litres": 2.5}, "met"),
        (COPD, {"fev1": 35, "oxygen_litres": 2.5}, "not_met"),
        (COPD, {"fev1": 34}, "unknown"),
        (CANCER, {"cancer_stage": 3, "kps": 70}, "met"),
        (CANCER, {"cancer_stage": 4, "kps": 80, "therapies_failed": 2}, "met"),
        (CANCER, {"cancer_stage": 2}, "not_met"),
        (CANCER, {"cancer_stage": 4, "kps": 80}, "unknown"),
        (LIVER, {"meld": 20}, "met"),
        (LIVER, {"irreversible_liver_damage": True, "albumin": 2.9, "inr": 1.4, "liver_complication": True}, "met"),
        (LIVER, {"meld": 19, "inr": 1.3}, "not_met"),
        ("G20", {}, "not_met"),
    ],
)
def test_medi_cals_illnesses_count_from_their_stage_on(code: str, clinical: dict[str, Any], value: str) -> None:
    found = {each.id: each.value for each in californian(code, **clinical).criteria}
    assert found["illness_and_stage"] is CriterionValue(value)


def test_medi_cal_wants_all_general_criteria_and_asks_for_what_it_does_not_know() -> None:
    stage = {"meld": 25}
    assert californian(LIVER, **GENERAL, **stage).verdict is Verdict.ELIGIBLE
    for name in GENERAL:
        known = {key: value for key, value in GENERAL.items() if key != name}
        found = californian(LIVER, **known, **stage)
        assert (found.verdict, found.decline_reason) == (Verdict.UNDETERMINED, None)
        assert f"clinical.{name}" in found.missing
        refused = californian(
            LIVER, **known, **stage, **({name: 0, "ed_visits_12m": 0} if name.endswith("12m") else {name: False})
        )
        assert refused.verdict is Verdict.INELIGIBLE


def test_medi_cals_thresholds_are_marked_as_unchecked() -> None:
    assert "UNCHECKED" in (OWN / "medi_cal_sb1004-1.yaml").read_text()


@pytest.mark.parametrize(
    ("payer", "state", "chosen"),
    [
        (MEDI_CAL, "California", "medi_cal_sb1004/1"),
        ({"name": "Both", "kind": "dual"}, "CA", "medi_cal_sb1004/1"),
        (MEDI_CAL, "Nevada", "home_palliative/2"),
        (MEDI_CAL, "", "home_palliative/2"),
        ({"name": "Aetna", "kind": "commercial"}, "California", "home_palliative/2"),
        (None, "California", "home_palliative/2"),
    ],
)
def test_the_payer_and_the_place_choose_the_rules(payer: Any, state: str, chosen: str) -> None:
    person = {**CALIFORNIAN, "address": {"state": state}}
    assert assess(received(patient=person, payer=payer), RULES, NOW).ruleset == chosen


@pytest.mark.parametrize(
    ("state", "value"),
    [("MA", "met"), ("massachusetts", "met"), ("N.Y.", "not_met"), ("Mass.", "unknown"), ("", "unknown")],
)
def test_a_state_is_ours_another_or_not_known(state: str, value: str) -> None:
    rule = {"fact": "patient.state", "in": ["MA", "CT"]}
    area = {"id": "in_area", "title": "In the area", "rule": rule, "when_not_met": "out_of_service_area", "says": "No."}
    person = {**CALIFORNIAN, "address": {"state": state}}
    (found,) = assess(received(patient=person), book({**DEFAULT, "criteria": [area]}), NOW).criteria
    assert found.value == value


def test_zip_codes_narrow_an_area_and_are_never_told() -> None:
    rule = {"all": [{"fact": "patient.state", "is": "MA"}, {"fact": "patient.zip3", "in": ["021", "022"]}]}
    area = {"id": "in_area", "title": "In the area", "rule": rule, "when_not_met": "out_of_service_area", "says": "No."}
    boston = book({**DEFAULT, "criteria": [area]})
    for code, value in {"02139": "met", "01040-1234": "not_met", "": "unknown", "00000": "unknown"}.items():
        person = {**CALIFORNIAN, "address": {"state": "MA", "postal_code": code}}
        (found,) = assess(received(patient=person), boston, NOW).criteria
        assert found.value == value
        assert "021" not in str(found.evidence)
        assert found.missing == (("patient.address.postal_code",) if value == "unknown" else ())


def test_built_in_lists_know_the_exceptions_of_the_code_tables() -> None:
    skin = received(diagnoses=[{"system": "ICD-10-CM", "code": "C44.311"}])
    assert not any(each.names(skin.diagnoses[0]) for each in CONDITIONS.values())
