"""The pages of those who stay: who is to be contacted, one person's page, and a letter that prints."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from carebus.contracts.care_plan import (
    BereavedPersonStated,
    BereavementBegan,
    BereavementContactMade,
    BereavementContactMissed,
    CondolenceLetterWritten,
)
from carebus.contracts.line import DeathReported, DeathReportWithdrawn
from carebus.contracts.referral import PatientMerged
from carebus.testing import Bench, assert_published
from tests.care_plan.bereavement.families import DAUGHTER
from tests.care_plan.hospice.test_hospice_pages import elect
from tests.care_plan.people import accepted, staff
from tests.examples import example

CALLED = {"way": "phone", "outcome": "reached", "contacted_on": "2026-03-02"}


async def bereaved(bench: Bench) -> tuple[UUID, UUID]:
    """Somebody died whose daughter stays: the patient and the daughter."""
    patient = uuid4()
    await staff(bench)
    await bench.hears(accepted().model_copy(update={"contact": DAUGHTER}), patient=patient)
    await bench.command(f"/api/patients/{patient}/report-death", {"source": "family"})
    died = {"died_on": bench.now().date().isoformat()}
    for key in ("once", "once"):
        answer = await bench.command(f"/api/patients/{patient}/confirm-death", died, key=key)
        assert answer.status_code < 300, answer.text
    await assert_published(bench, BereavementBegan, patient=patient, times=1)
    (person,) = await assert_published(bench, BereavedPersonStated, patient=patient, times=1)
    return patient, person.person_id


async def shown(bench: Bench, path: str, status: int = 200) -> str:
    """A page as a browser gets it."""
    answer = await bench.http.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == status, answer.text
    return answer.text


async def send(bench: Bench, patient: UUID, act: str, **fields: Any) -> Any:
    """A form of the page, sent twice as an impatient click does."""
    form = {name: str(value) for name, value in fields.items()} | {"idempotency_key": str(uuid4())}
    path, page = f"/patients/{patient}/bereavement/{act}", {"Accept": "text/html"}
    await bench.http.post(path, data=form, headers=page)
    return await bench.http.post(path, data=form, headers=page)


async def test_who_is_to_be_contacted_soon_is_listed_and_reached_from_the_list(care_plan: Bench) -> None:
    assert "Nobody is to be contacted" in await shown(care_plan, "/bereavement")
    patient, person = await bereaved(care_plan)
    text = await shown(care_plan, "/bereavement")
    assert f"/patients/{patient}/bereavement/{person}" in text
    assert "Two weeks" in text
    assert "Inés Almeida" in await shown(care_plan, f"/patients/{patient}/bereavement/{person}")
    assert "1 bereaved" in await shown(care_plan, f"/patients/{patient}")


async def test_a_year_of_contacts_through_the_pages(care_plan: Bench) -> None:
    patient, person = await bereaved(care_plan)
    said = {"person_id": person, "full_name": "Inés Almeida", "language": "es", "consent": "given", "risk": "high"}
    assert (await send(care_plan, patient, "change", **said)).status_code == 303
    await care_plan.passes(days=14)
    contact = {"person_id": person, "code": "two_weeks", "way": "phone", "outcome": "reached"}
    made = await send(care_plan, patient, "contact", contacted_on=care_plan.now().date(), said="She cries.", **contact)
    assert made.status_code == 303, made.text
    await assert_published(care_plan, BereavementContactMade, patient=patient, times=1)
    text = await shown(care_plan, f"/patients/{patient}/bereavement/{person}")
    assert "She cries." in text
    assert "Before the anniversary" in text
    await care_plan.passes(days=60)
    await assert_published(care_plan, BereavementContactMissed, patient=patient, times=1)
    assert "Missed" in await shown(care_plan, f"/patients/{patient}/bereavement/{person}")
    assert (await send(care_plan, patient, "stop", person_id=person)).status_code == 303
    await care_plan.passes(days=400)
    await assert_published(care_plan, BereavementContactMissed, patient=patient, times=1)


@pytest.mark.parametrize(
    ("language", "words"), [("", "Lamentamos mucho"), ("en", "We are sorry"), ("xx", "Lamentamos")]
)
async def test_the_letter_is_shown_in_the_language_that_is_asked_for(
    care_plan: Bench, language: str, words: str
) -> None:
    patient, person = await bereaved(care_plan)
    text = await shown(care_plan, f"/patients/{patient}/bereavement/{person}/letter?language={language}")
    assert words in text
    assert 'class="card letter"' in text


async def test_a_letter_that_went_out_is_out_once(care_plan: Bench) -> None:
    patient, person = await bereaved(care_plan)
    assert (await send(care_plan, patient, "letter", person_id=person, language="es")).status_code == 303
    (told,) = await assert_published(care_plan, CondolenceLetterWritten, patient=patient, times=1)
    assert told.language == "es"
    again = await send(care_plan, patient, "letter", person_id=person, language="en")
    assert again.status_code == 409
    assert "is on record" in again.text
    text = await shown(care_plan, f"/patients/{patient}/bereavement/{person}/letter?language=en")
    assert "Lamentamos" in text, "as it was written"


@pytest.mark.parametrize(
    ("act", "fields", "status", "sentence"),
    [
        ("add", {"full_name": ""}, 422, "required"),
        ("add", {"full_name": "T", "language": "Spanish!"}, 422, "form the hint shows"),
        ("add", {"full_name": "T", "email": "nowhere"}, 422, "form the hint shows"),
        ("contact", {**CALLED, "code": "never"}, 422, "not to be"),
        ("contact", {**CALLED, "contacted_on": "2026-03-09"}, 422, "still to come"),
        ("contact", {**CALLED, "way": "pigeon"}, 422, "Choose"),
        ("letter", {"language": "fr"}, 422, "form the hint shows"),
        ("take-out", {"because": ""}, 422, "required"),
    ],
)
async def test_bad_input_names_its_rule(
    care_plan: Bench, act: str, fields: dict[str, str], status: int, sentence: str
) -> None:
    patient, person = await bereaved(care_plan)
    about = {} if act == "add" else {"person_id": person}
    answer = await send(care_plan, patient, act, **fields, **about)
    assert answer.status_code == status, answer.text
    assert sentence in answer.text


async def test_what_is_no_person_and_no_act_is_not_found(care_plan: Bench) -> None:
    patient, _ = await bereaved(care_plan)
    await shown(care_plan, f"/patients/{patient}/bereavement/{uuid4()}", 404)
    await shown(care_plan, f"/patients/{patient}/bereavement/{uuid4()}/letter", 404)
    assert (await send(care_plan, patient, "stop", person_id=uuid4())).status_code == 404
    assert (await send(care_plan, patient, "stop", person_id="nobody")).status_code == 404
    assert (await send(care_plan, patient, "forget")).status_code == 404


async def test_who_died_in_hospice_is_said_on_the_page_and_only_a_letter_is_to_be_written(care_plan: Bench) -> None:
    patient = uuid4()
    await staff(care_plan)
    await care_plan.hears(accepted().model_copy(update={"contact": DAUGHTER}), patient=patient)
    today = care_plan.now().date().isoformat()
    election = {
        "hospice_name": "Evergreen Hospice",
        "hospice_npi": "1234567893",
        "attending": "Dr. Adeyemi",
        "diagnosis_code": "C34.90",
        "source": "hospice",
        "signed_on": today,
        "effective_on": today,
    }
    assert (await care_plan.command(f"/api/patients/{patient}/hospice/elect", election)).status_code < 300
    assert "The patient died in hospice" in await shown(care_plan, f"/patients/{patient}/bereavement")
    await care_plan.passes(days=5)
    died_on = care_plan.now().date() - timedelta(days=1)
    assert (await send(care_plan, patient, "died-in-hospice", died_on=died_on)).status_code == 303
    (began,) = await assert_published(care_plan, BereavementBegan, patient=patient, times=1)
    assert began.by_hospice
    text = await shown(care_plan, "/bereavement")
    assert "none planned" in text
    assert "one letter of condolence" in await shown(care_plan, f"/patients/{patient}/bereavement")


async def test_a_death_in_hospice_that_a_hospital_reports_is_a_task_until_it_is_recorded(care_plan: Bench) -> None:
    patient = uuid4()
    await staff(care_plan)
    await care_plan.hears(accepted().model_copy(update={"contact": DAUGHTER}), patient=patient)
    await elect(care_plan, patient)
    report = example(DeathReported, died_on=care_plan.now().date(), reported_by="hospital")
    await care_plan.hears(report, patient=patient, times=2)
    await assert_published(care_plan, BereavementBegan, patient=patient, times=0)
    assert "Death reported" in await shown(care_plan, "/hospice")
    assert "A death was reported" in await shown(care_plan, f"/patients/{patient}/hospice")
    await care_plan.hears(example(DeathReportWithdrawn, report_id=report.report_id), patient=patient, times=2)
    assert "Death reported" not in await shown(care_plan, "/hospice")
    await care_plan.hears(report, patient=patient)
    died_on = care_plan.now().date()
    assert (await send(care_plan, patient, "died-in-hospice", died_on=died_on)).status_code == 303
    await assert_published(care_plan, BereavementBegan, patient=patient, times=1)
    assert "Death reported" not in await shown(care_plan, "/hospice")


async def test_an_election_on_a_record_that_goes_on_elsewhere_is_a_task(care_plan: Bench) -> None:
    retired, survivor = uuid4(), uuid4()
    await staff(care_plan)
    for patient in (retired, survivor):
        await care_plan.hears(accepted(), patient=patient)
    await elect(care_plan, retired, days=3)
    merged = example(PatientMerged, survivor_id=survivor, retired_id=retired, both_in_care=True)
    await care_plan.hears(merged, patient=retired, times=2)
    text = await shown(care_plan, "/hospice")
    assert "Two records" in text
    assert f"/patients/{survivor}/hospice" in text
