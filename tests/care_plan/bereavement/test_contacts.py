"""Those who stay: when they are contacted, what they want, and the one letter where a hospice does the rest."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from carebus.contracts.care_plan import (
    BereavedPersonStated,
    BereavedPersonWithdrawn,
    BereavementBegan,
    BereavementContactMade,
    BereavementContactMissed,
    BereavementContactWithdrawn,
    BereavementWithdrawn,
    CondolenceLetterWithdrawn,
    CondolenceLetterWritten,
    EndReason,
    EpisodeEnded,
)
from carebus.contracts.people import FamilyContact
from carebus.errors import CarebusError
from services.care_plan.domain.bereavement.beginning import DiedBeforeHospice, NotInHospice
from services.care_plan.domain.bereavement.contacting import (
    ContactedBeforeTheDeath,
    ContactedInTheFuture,
    ContactNotPlanned,
)
from services.care_plan.domain.bereavement.letter import LetterTexts, letter_to
from services.care_plan.domain.bereavement.schedule import Schedule, months_after
from services.care_plan.domain.bereavement.state import (
    Bereaved,
    BereavedUnknown,
    HospiceDoesIt,
    LetterIsOut,
    NoBereavement,
    WantsNoMore,
)
from services.care_plan.domain.episode.holding import DiesInTheFuture, NotOnHold
from services.care_plan.store.schedules import bereavement_schedule, condolence_letter
from tests.care_plan.hospice.ways import Way
from tests.care_plan.people import accepted

DAUGHTER = FamilyContact(
    contact_id=UUID(int=7),
    full_name="Inés Almeida",
    relationship="daughter",
    language="es",
    phone="+1 413 555 0142",
    consented=True,
)


@pytest.fixture
def way() -> Way:
    """Somebody in care whose referral named a daughter."""
    return in_care_with(DAUGHTER)


def in_care_with(contact: FamilyContact | None) -> Way:
    """Somebody in care for three days."""
    found = Way()
    found.cares("end", reason="moved")
    found.clinic.hears(1, accepted().model_copy(update={"contact": contact, "accepted_at": found.clinic.now}))
    found.passes(days=3)
    found.clinic.told.clear()
    return found


def dies(way: Way, days_ago: int = 0) -> date:
    """A death is reported and confirmed."""
    way.cares("report-death", source="family")
    died_on = way.day(-days_ago)
    way.cares("confirm-death", died_on=died_on)
    return died_on


def first(way: Way) -> Bereaved:
    """The one who is bereaved."""
    return way.bereavement.people[0]


def codes(person: Bereaved) -> list[str]:
    """The contacts that are to be made."""
    return [one.code for one in person.planned]


ALL = ["two_weeks", "one_month", "three_months", "six_months", "nine_months", "twelve_months", "thirteen_months"]


# The schedule


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


# It begins


def test_a_confirmed_death_ends_care_and_begins_bereavement_with_the_loved_one(way: Way) -> None:
    died_on = dies(way, days_ago=1)
    assert way.told(EpisodeEnded)[0].reason is EndReason.DIED
    (began,) = way.told(BereavementBegan)
    assert (began.died_on, began.by_hospice, began.schedule) == (died_on, False, "bereavement/1")
    (stated,) = way.told(BereavedPersonStated)
    assert (stated.full_name, stated.language, stated.version) == ("Inés Almeida", "es", 1)
    with pytest.raises(NotOnHold):
        way.cares("confirm-death", died_on=died_on)
    assert len(way.told(BereavementBegan)) == 1


def test_without_a_loved_one_it_begins_with_nobody() -> None:
    way = in_care_with(None)
    dies(way)
    assert not way.told(BereavedPersonStated)
    way.mourns("add", full_name="Tomás Almeida", relationship="brother")
    assert [one.full_name for one in way.bereavement.people] == ["Tomás Almeida"]


def test_a_death_that_was_only_reported_begins_nothing(way: Way) -> None:
    way.cares("report-death", source="family")
    assert way.told(BereavementBegan) == []
    with pytest.raises(NoBereavement):
        way.mourns("add", full_name="Tomás Almeida")


# Contacts


def test_until_somebody_was_asked_only_the_first_contact_is_planned(way: Way) -> None:
    dies(way)
    assert codes(first(way)) == ["two_weeks"]
    way.mourns("change", **said_of(first(way)), consent="given", risk="high")
    assert codes(first(way)) == ALL
    assert [one.version for one in way.told(BereavedPersonStated)] == [1, 2]


def said_of(person: Bereaved) -> dict[str, Any]:
    """What a form would send of somebody."""
    names = {"person_id", "full_name", "relationship", "language", "phone", "email"}
    return person.model_dump(include=names)


def consenting(way: Way) -> Bereaved:
    """The daughter wants to hear from us."""
    way.mourns("change", **said_of(first(way)), consent="given")
    return first(way)


def contact(way: Way, code: str = "two_weeks", outcome: str = "reached", days: int = 0) -> str | None:
    """She is called."""
    said = {"code": code, "way": "phone", "outcome": outcome, "contacted_on": way.day(days)}
    return way.mourns("contact", person_id=first(way).person_id, **said)


def test_a_contact_that_was_made_is_planned_no_more(way: Way) -> None:
    dies(way)
    consenting(way)
    way.passes(days=14)
    contact(way)
    assert codes(first(way)) == ALL[1:]
    (told,) = way.told(BereavementContactMade)
    assert (told.code, told.person_id) == ("two_weeks", first(way).person_id)
    with pytest.raises(ContactNotPlanned):
        contact(way)


def test_a_try_that_reached_nobody_leaves_the_contact_to_be_made(way: Way) -> None:
    dies(way)
    consenting(way)
    contact(way, outcome="not_reached")
    assert codes(first(way)) == ALL


def test_a_contact_in_time_is_never_missed_and_one_that_nobody_made_is_missed_once(way: Way) -> None:
    dies(way)
    consenting(way)
    way.passes(days=14)
    contact(way)
    way.passes(days=30)
    (missed,) = way.told(BereavementContactMissed)
    assert missed.code == "one_month"
    assert codes(first(way))[0] == "one_month", "it stays to be made"
    way.passes(days=400)
    assert [one.code for one in way.told(BereavementContactMissed)] == ALL[1:]


@pytest.mark.parametrize("how", ["stop", "refused", "at_a_contact"])
def test_whoever_wants_no_more_is_contacted_no_more(way: Way, how: str) -> None:
    dies(way)
    person = consenting(way)
    if how == "stop":
        way.mourns("stop", person_id=person.person_id)
        assert way.mourns("stop", person_id=person.person_id) == "stopped_already"
    elif how == "refused":
        way.mourns("change", **said_of(person), consent="refused")
    else:
        contact(way, outcome="no_contact_wanted")
    assert codes(first(way)) == []
    assert not any("bereavement/" in name for _, name in way.clinic.timers)
    way.passes(days=400)
    assert way.told(BereavementContactMissed) == []
    with pytest.raises(WantsNoMore):
        contact(way, code="")
    with pytest.raises(WantsNoMore):
        way.mourns("letter", person_id=person.person_id)


def test_whoever_wants_it_again_is_planned_again(way: Way) -> None:
    dies(way)
    person = consenting(way)
    way.mourns("stop", person_id=person.person_id)
    way.mourns("change", **said_of(person), consent="given")
    assert codes(first(way)) == ALL


def test_a_contact_that_was_wrong_is_withdrawn_and_to_be_made_again(way: Way) -> None:
    dies(way)
    consenting(way)
    contact(way, outcome="no_contact_wanted")
    made = first(way).made[0]
    said = {"person_id": first(way).person_id, "contact_id": made.contact_id, "because": "It was another family."}
    way.mourns("withdraw-contact", **said)
    (told,) = way.told(BereavementContactWithdrawn)
    assert told.corrects == made.contact_id
    assert codes(first(way)) == ALL
    with pytest.raises(BereavedUnknown):
        way.mourns("withdraw-contact", **said)


def test_somebody_of_another_family_is_taken_out_with_all_timers(way: Way) -> None:
    dies(way)
    person = consenting(way)
    way.mourns("take-out", person_id=person.person_id, because="A namesake.")
    assert [one.corrects for one in way.told(BereavedPersonWithdrawn)] == [person.person_id]
    assert way.bereavement.people == ()
    assert not any("bereavement/" in name for _, name in way.clinic.timers)


@pytest.mark.parametrize(("days", "why"), [(1, ContactedInTheFuture), (-2, ContactedBeforeTheDeath)])
def test_a_contact_lies_between_the_death_and_today(way: Way, days: int, why: type[CarebusError]) -> None:
    dies(way, days_ago=1)
    consenting(way)
    with pytest.raises(why) as refused:
        contact(way, days=days)
    assert refused.value.field == "contacted_on"


def test_a_death_that_was_not_true_is_withdrawn_and_nobody_is_contacted(way: Way) -> None:
    dies(way)
    consenting(way)
    way.mourns("withdraw")
    assert len(way.told(BereavementWithdrawn)) == 1
    way.passes(days=400)
    assert way.told(BereavementContactMissed) == []
    with pytest.raises(NoBereavement):
        way.mourns("withdraw")


# Where a hospice does it


def in_hospice(way: Way) -> None:
    """Hospice was elected ten days ago."""
    way.elects(effective=0)
    way.passes(days=10)


def test_after_a_death_in_hospice_each_gets_one_letter_and_nothing_more(way: Way) -> None:
    in_hospice(way)
    way.mourns("died-in-hospice", died_on=way.today)
    assert way.mourns("died-in-hospice", died_on=way.today) == "bereavement_begun"
    (began,) = way.told(BereavementBegan)
    assert began.by_hospice
    consenting(way)
    assert codes(first(way)) == []
    with pytest.raises(HospiceDoesIt):
        contact(way, code="")
    way.mourns("letter", person_id=first(way).person_id, language="es")
    with pytest.raises(LetterIsOut):
        way.mourns("letter", person_id=first(way).person_id)
    assert len(way.told(CondolenceLetterWritten)) == 1
    way.passes(days=500)
    assert way.told(BereavementContactMissed) == []


def test_after_a_revocation_it_is_ours_again(way: Way) -> None:
    in_hospice(way)
    enrolment = way.hospice.require_enrolled()
    way.does("revoke", enrolment_id=enrolment.entry_id, revoked_on=way.today, source="family")
    way.mourns("died-in-hospice", died_on=way.today)
    assert not way.told(BereavementBegan)[0].by_hospice


@pytest.mark.parametrize(("days", "why"), [(1, DiesInTheFuture), (-11, DiedBeforeHospice)])
def test_the_day_of_a_death_in_hospice_lies_in_hospice(way: Way, days: int, why: type[CarebusError]) -> None:
    in_hospice(way)
    with pytest.raises(why):
        way.mourns("died-in-hospice", died_on=way.day(days))


def test_a_death_in_our_care_is_confirmed_there(way: Way) -> None:
    with pytest.raises(NotInHospice):
        way.mourns("died-in-hospice", died_on=way.today)


# The letter


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
