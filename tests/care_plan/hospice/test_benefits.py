"""Which benefit ends when: dated rules per payer, on the day before, of and after each change."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from carebus.contracts.people import Address, Payer, PayerKind, Person
from services.care_plan.domain.care import Care
from services.care_plan.domain.hospice.benefits import VOCABULARY, BenefitRules, Ends, benefits_of, resumed
from services.care_plan.store.rulesets import OWN
from services.care_plan.store.schedules import hospice_benefits

DAY = timedelta(days=1)
CHANGES = sorted(
    {one.effective_from for one in hospice_benefits().benefits}
    | {one.effective_until + DAY for one in hospice_benefits().benefits if one.effective_until < date.max}
)


def care(
    kind: PayerKind | None, *, plan: str | None = None, name: str = "Plan", state: str = "CA", born: date | None = None
) -> Care:
    """Somebody with this coverage."""
    person = Person(
        given_name="Rosa",
        family_name="Almeida",
        birth_date=born or date(1948, 5, 17),
        address=Address(state=state),
    )
    return Care(patient=person, payer=Payer(name=name, kind=kind, plan_id=plan) if kind else None)


def said(of: Care, on: date) -> dict[str, tuple[date | None, bool]]:
    """Each rule's benefit: its last day, and whether enough is known."""
    found = benefits_of(of, hospice_benefits(), on)
    return {one.rule.partition(":")[2]: (one.ends_on, one.known) for one in found}


MEDI_CAL = care(PayerKind.MEDICAID)
ADVANTAGE = care(PayerKind.MEDICARE, plan="H1234-001")


def child(on: date) -> Care:
    """Ten years old on this day."""
    return care(PayerKind.MEDICAID, born=on.replace(year=on.year - 10, day=1))


@pytest.mark.parametrize(
    ("on", "ends"),
    [
        (date(2017, 12, 31), {}),
        (date(2018, 1, 1), {"medi_cal_palliative_adult": (date(2017, 12, 31), True)}),
        (date(2018, 1, 2), {"medi_cal_palliative_adult": (date(2018, 1, 1), True)}),
    ],
)
def test_adult_medi_cal_has_no_palliative_care_beside_hospice_since_2018(on: date, ends: dict[str, Any]) -> None:
    assert said(MEDI_CAL, on) == ends


@pytest.mark.parametrize(
    ("on", "ends"),
    [
        (date(2010, 3, 22), date(2010, 3, 21)),
        (date(2010, 3, 23), None),
        (date(2010, 3, 24), None),
    ],
)
def test_a_child_keeps_curative_treatment_since_the_affordable_care_act(on: date, ends: date | None) -> None:
    assert said(child(on), on)["medicaid_concurrent_child"] == (ends, True)


@pytest.mark.parametrize(
    ("born", "rule"),
    [
        (date(2005, 3, 3), "medicaid_concurrent_child"),  # 20, on the day before the birthday
        (date(2005, 3, 2), "medi_cal_palliative_adult"),  # 21 on the day
        (date(2005, 3, 1), "medi_cal_palliative_adult"),
    ],
)
def test_twenty_one_is_counted_on_the_elections_first_day(born: date, rule: str) -> None:
    assert list(said(care(PayerKind.MEDICAID, born=born), date(2026, 3, 2))) == [rule]


@pytest.mark.parametrize(
    ("on", "asks_the_plan"),
    [
        (date(2020, 12, 31), False),
        (date(2021, 1, 1), True),
        (date(2021, 1, 2), True),
        (date(2024, 12, 30), True),
        (date(2024, 12, 31), True),
        (date(2025, 1, 1), False),
    ],
)
def test_medicare_advantage_paid_hospice_itself_in_some_plans_until_2024(on: date, asks_the_plan: bool) -> None:
    (one,) = benefits_of(ADVANTAGE, hospice_benefits(), on)
    assert ("VBID" in one.says) is asks_the_plan
    assert one.ends_on == on - DAY


@pytest.mark.parametrize(
    ("left", "again"),
    [
        (date(2026, 3, 1), date(2026, 4, 1)),
        (date(2026, 3, 31), date(2026, 4, 1)),
        (date(2026, 4, 1), date(2026, 5, 1)),
        (date(2026, 12, 31), date(2027, 1, 1)),
    ],
)
def test_a_medicare_advantage_plan_pays_again_from_the_month_after(left: date, again: date) -> None:
    assert list(resumed(ADVANTAGE, hospice_benefits(), date(2026, 2, 3), left).values()) == [again]


def test_medi_cal_is_there_again_on_the_day_of_the_revocation() -> None:
    assert list(resumed(MEDI_CAL, hospice_benefits(), date(2026, 2, 3), date(2026, 3, 4)).values()) == [
        date(2026, 3, 4)
    ]


def test_a_child_resumes_nothing_that_never_ended() -> None:
    on = date(2026, 2, 3)
    assert resumed(child(on), hospice_benefits(), on, date(2026, 3, 4)) == {}


@pytest.mark.parametrize(
    ("of", "rules"),
    [
        (care(PayerKind.MEDICARE, name="Medicare"), {"medicare_curative": True}),
        (care(PayerKind.MEDICARE, name="Example Health"), {"medicare_curative": False, "medicare_advantage": False}),
        (care(PayerKind.MEDICAID, state="NY"), {}),
        (care(PayerKind.MEDICAID, state=""), {"medi_cal_palliative_adult": False}),
        (care(PayerKind.COMMERCIAL), {}),
    ],
)
def test_what_is_not_known_of_the_coverage_is_asked_and_never_guessed(of: Care, rules: dict[str, bool]) -> None:
    found = benefits_of(of, hospice_benefits(), date(2026, 3, 2))
    assert {one.rule.partition(":")[2]: one.known for one in found} == rules
    assert all(one.missing for one in found if not one.known)
    assert all(one.ends_on is None for one in found if not one.known)


def test_every_rule_names_its_source() -> None:
    assert all(len(one.source) > len("42 CFR 418") for one in hospice_benefits().benefits)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("shift", [-1, 0, 1])
def test_around_every_change_the_rule_of_that_day_is_the_one_in_force(change: date, shift: int) -> None:
    on = change + shift * DAY
    ids = [one.id for one in hospice_benefits().benefits if one.in_force(on)]
    assert len(ids) == len(set(ids))
    stated = yaml.safe_load((OWN / "hospice_benefits-1.yaml").read_text())["benefits"]
    expected = [
        one["id"] for one in stated if one["effective_from"] <= on <= one.get("effective_until", date(9999, 12, 31))
    ]
    assert ids == expected


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"effective_until": "1980-01-01"}, "ends before it begins"),
        ({"ends": "never"}, "is not resumed"),
        ({"when": {"fact": "payer.colour", "is": "blue"}}, "no fact is called"),
        ({"source": ""}, "at least 1 character"),
        ({"effective_from": "soon"}, "valid date"),
    ],
)
def test_a_wrong_rule_says_what_is_wrong(changes: dict[str, Any], sentence: str) -> None:
    rule = {
        "id": "one",
        "benefit": "A benefit",
        "when": {"fact": "payer.kind", "is": "medicare"},
        "effective_from": "2000-01-01",
        "ends": Ends.THE_DAY_BEFORE,
        "resumes": "that_day",
        "says": "It ends.",
        "source": "A law",
    }
    text = {"id": "hospice_benefits", "version": 1, "title": "Benefits", "benefits": [{**rule, **changes}]}
    with pytest.raises(ValidationError) as why:
        BenefitRules.model_validate_json(json.dumps(text), context=VOCABULARY)
    assert sentence in str(why.value)


def test_a_benefit_is_not_in_force_twice_on_one_day() -> None:
    stated = hospice_benefits()
    twice = stated.model_copy(update={"benefits": (*stated.benefits, stated.benefits[0])})
    with pytest.raises(ValidationError, match="in force twice"):
        BenefitRules.model_validate_json(twice.model_dump_json(by_alias=True))
