"""When those who stay are contacted, as data; and the words of the letter of condolence."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from carebus.contracts.care_plan import (
    CondolenceLetterWithdrawn,
    CondolenceLetterWritten,
)
from services.care_plan.domain.bereavement.letter import LetterTexts, letter_to
from services.care_plan.domain.bereavement.schedule import Schedule, months_after
from services.care_plan.domain.bereavement.state import Bereaved
from services.care_plan.store.schedules import bereavement_schedule, condolence_letter
from tests.care_plan.bereavement.families import (
    ALL,
    dies,
    first,
)
from tests.care_plan.hospice.ways import Way


@pytest.mark.parametrize(
    ("died_on", "due"),
    [
        (
            date(2026, 3, 2),
            ["2026-03-16", "2026-04-02", "2026-06-02", "2026-09-02", "2026-12-02", "2027-02-23", "2027-04-02"],
        ),
        (  # the last day of a long month, into short ones and a leap year's February
            date(2027, 11, 30),
            ["2027-12-14", "2027-12-30", "2028-02-29", "2028-05-30", "2028-08-30", "2028-11-23", "2028-12-30"],
        ),
        (  # a leap day has no anniversary in the year after
            date(2028, 2, 29),
            ["2028-03-14", "2028-03-29", "2028-05-29", "2028-08-29", "2028-11-29", "2029-02-21", "2029-03-29"],
        ),
    ],
)
def test_contacts_are_due_at_two_weeks_to_thirteen_months(died_on: date, due: list[str]) -> None:
    contacts = bereavement_schedule().contacts
    assert [one.code for one in contacts] == ALL
    assert [one.due_on(died_on).isoformat() for one in contacts] == due


@given(st.dates(date(2020, 1, 1), date(2060, 12, 31)))
def test_the_contact_of_the_year_is_before_the_anniversary_and_counts_as_missed_before_it(died_on: date) -> None:
    contact = bereavement_schedule().contact("twelve_months")
    assert contact is not None
    anniversary = months_after(died_on, 12)
    assert contact.due_on(died_on) < anniversary
    assert contact.due_on(died_on) + timedelta(days=contact.within_days) < anniversary


@given(st.dates(date(2020, 1, 1), date(2060, 12, 31)), st.integers(1, 40))
def test_months_after_a_day_are_its_day_or_the_months_last(day: date, months: int) -> None:
    found = months_after(day, months)
    assert (found.year * 12 + found.month) - (day.year * 12 + day.month) == months
    assert found.day == day.day or (found + timedelta(days=1)).day == 1


@pytest.mark.parametrize(
    ("contacts", "sentence"),
    [
        ([{"code": "a", "title": "A", "days": 3, "months": 1, "within_days": 1, "first": True}], "days or months"),
        ([{"code": "a", "title": "A", "within_days": 1, "first": True}], "days or months"),
        ([{"code": "a", "title": "A", "days": 3, "within_days": 1}], "the first contact"),
        (
            [
                {"code": "a", "title": "A", "months": 1, "within_days": 1, "first": True},
                {"code": "b", "title": "B", "days": 3, "within_days": 1},
            ],
            "in the order",
        ),
        (
            [{"code": "a", "title": "A", "months": 3, "before_anniversary": 7, "within_days": 1, "first": True}],
            "before no anniversary",
        ),
    ],
)
def test_a_wrong_schedule_says_what_is_wrong(contacts: list[dict[str, Any]], sentence: str) -> None:
    said = {"id": "x", "version": 1, "title": "X", "letter_within_days": 14, "contacts": contacts}
    with pytest.raises(ValidationError, match=sentence):
        Schedule.model_validate(said, strict=False)


def test_a_letter_that_did_not_go_out_is_withdrawn_and_may_be_written_again(way: Way) -> None:
    dies(way)
    way.mourns("letter", person_id=first(way).person_id)
    written = first(way).letter
    assert written is not None
    way.mourns("withdraw-letter", person_id=first(way).person_id)
    assert way.mourns("withdraw-letter", person_id=first(way).person_id) == "no_letter"
    assert [one.corrects for one in way.told(CondolenceLetterWithdrawn)] == [written.letter_id]
    way.mourns("letter", person_id=first(way).person_id)
    assert len(way.told(CondolenceLetterWritten)) == 2


@pytest.mark.parametrize(
    ("language", "asked", "found"),
    [("es", "", "es"), ("es-MX", "", "es"), ("zh", "", "en"), ("en", "es", "es"), ("es", "fr", "es")],
)
def test_the_letter_is_in_the_readers_language_where_there_is_one(language: str, asked: str, found: str) -> None:
    person = Bereaved(person_id=uuid4(), full_name="Inés Almeida", language=language)
    assert condolence_letter().text_for(person, asked).language == found


@pytest.mark.parametrize(
    ("language", "dated", "greets", "called"),
    [
        ("en", "March 5, 2026", "Dear Inés Almeida,", "We are sorry that Rosa has died"),
        ("es", "5 de marzo de 2026", "Inés Almeida:", "el fallecimiento de Rosa"),
    ],
)
def test_the_letter_names_who_died_and_nothing_of_the_illness(
    way: Way, language: str, dated: str, greets: str, called: str
) -> None:
    dies(way)
    text = condolence_letter().text_for(first(way), language)
    letter = letter_to(first(way), way.care, text, date(2026, 3, 5))
    assert (letter.dated, letter.salutation) == (dated, greets)
    assert called in letter.paragraphs[0]
    assert not {"cancer", "hospice", "cáncer", "hospicio"} & set(" ".join(letter.paragraphs).lower().split())
    assert letter.signed == tuple(one.name for one in way.care.team)


def test_a_letter_with_an_unknown_place_is_refused() -> None:
    stated = condolence_letter()
    spoiled = stated.texts[0].model_copy(update={"closing": "{illness}"})
    wrong = stated.model_copy(update={"texts": (spoiled,)})
    with pytest.raises(ValidationError, match="illness"):
        LetterTexts.model_validate_json(wrong.model_dump_json())
