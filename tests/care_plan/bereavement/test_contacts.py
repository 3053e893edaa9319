"""Those who stay: how it begins, what they want, and the one letter where a hospice does the rest."""

from __future__ import annotations

import pytest

from carebus.contracts.care_plan import (
    BereavedPersonStated,
    BereavedPersonWithdrawn,
    BereavementBegan,
    BereavementContactMade,
    BereavementContactMissed,
    BereavementContactWithdrawn,
    BereavementWithdrawn,
    CondolenceLetterWritten,
    EndReason,
    EpisodeEnded,
)
from carebus.errors import CarebusError
from services.care_plan.domain.bereavement.beginning import DiedBeforeHospice, NotInHospice
from services.care_plan.domain.bereavement.contacting import (
    ContactedBeforeTheDeath,
    ContactedInTheFuture,
    ContactNotPlanned,
)
from services.care_plan.domain.bereavement.state import (
    BereavedUnknown,
    HospiceDoesIt,
    LetterIsOut,
    NoBereavement,
    WantsNoMore,
)
from services.care_plan.domain.episode.holding import DiesInTheFuture, NotOnHold
from tests.care_plan.bereavement.families import (
    ALL,
    codes,
    consenting,
    contact,
    dies,
    first,
    in_care_with,
    said_of,
)
from tests.care_plan.hospice.ways import Way


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


def test_until_somebody_was_asked_only_the_first_contact_is_planned(way: Way) -> None:
    dies(way)
    assert codes(first(way)) == ["two_weeks"]
    way.mourns("change", **said_of(first(way)), consent="given", risk="high")
    assert codes(first(way)) == ALL
    assert [one.version for one in way.told(BereavedPersonStated)] == [1, 2]


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
