"""Twins and neighbours through the service: whoever only may be the same person waits before a reviewer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from carebus.contracts.referral import IdentityReviewOpened
from carebus.testing import Bench, assert_published
from services.referral import store
from services.referral.channels.rechecking import make_again
from services.referral.domain.matching import Traits, Verdict
from services.referral.domain.matching.blocking import BLOCK, VERSION
from services.referral.store.identity.persons import write
from tests.referral.identities import of_person, refer
from tests.referral.samples import body

ORDER, PATIENT = "urn:uuid:8f7a1f4e-0000-4000-8000-000000000001", "urn:uuid:8f7a1f4e-0000-4000-8000-000000000002"


def mary(second: str, number: str) -> dict[str, Any]:
    """An order for one of two twins; they live at one address and have one phone."""
    order: dict[str, Any] = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "priority": "urgent",
        "identifier": [
            {
                "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "PLAC"}]},
                "system": "https://hospital.example/orders",
                "value": number,
            }
        ],
        "code": {"text": "Palliative care at home"},
        "subject": {"reference": PATIENT},
        "requester": {"display": "Elm Street Cardiology"},
        "reasonCode": [{"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "I50.22"}]}],
    }
    patient: dict[str, Any] = {
        "resourceType": "Patient",
        "name": [{"family": "Nosohafude", "given": ["Mary", second]}],
        "birthDate": "1941-05-06",
        "telecom": [{"system": "phone", "value": "330-555-0177"}],
        "address": [{"line": ["12 Elm St"], "city": "Akron", "state": "OH", "postalCode": "44301"}],
    }
    entries = [(ORDER, order), (PATIENT, patient)]
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {"fullUrl": url, "resource": of, "request": {"method": "POST", "url": of["resourceType"]}}
            for url, of in entries
        ],
    }


async def test_twins_at_one_address_with_one_phone_are_for_a_person_to_judge(clinic: Bench) -> None:
    for second, number in (("Ann", "15572830"), ("Jo", "15572831")):
        answer = await clinic.http.post(
            "/fhir", json=mary(second, number), headers={"Content-Type": "application/fhir+json"}
        )
        assert answer.is_success, answer.text
    [opened] = await assert_published(clinic, IdentityReviewOpened)
    [candidate] = opened.candidates
    assert (candidate.grade, candidate.combination) == ("probable", None)
    async with clinic.service.core.database.connection() as db:
        assert await db.fetchval("select count(distinct patient_id) from person") == 2
    page = (await clinic.http.get(f"/identity/{opened.review_id}")).text
    against, likelier = page.find("The first names differ: “Mary Jo” / “Mary Ann”."), page.find("likelier than two")
    assert 0 < against < page.find("Alike or the same:") < likelier
    assert "Twins and relatives agree as far as that." in page


@pytest.mark.parametrize(("former", "status"), [(["Quimby90"], "triage"), ([], "identity_review")])
async def test_who_married_is_known_by_a_former_name_that_is_stated(
    clinic: Bench, former: list[str], status: str
) -> None:
    known = await refer(clinic, of_person())
    married = await refer(clinic, of_person(family_name="Hatherley", former_names=former))
    assert (married["status"], married["patient_id"] == known["patient_id"]) == (status, bool(former))


async def test_a_number_of_two_people_links_nobody_unseen(clinic: Bench) -> None:
    payer = {"name": "Plan A", "kind": "commercial", "member_id": "W1234 56789"}

    def of(**patient: str) -> dict[str, Any]:
        return body(patient={"family_name": "Smith", "birth_date": "1941-05-06", **patient}, payer=payer)

    wife = await refer(clinic, of(given_name="Mary"))
    husband = await refer(clinic, of(given_name="Carlos", birth_date="1939-07-11"))
    again = await refer(clinic, of(given_name="Mary", family_name="Jones"))
    assert len({each["patient_id"] for each in (wife, husband, again)}) == 3
    assert again["status"] == "identity_review"
    [opened] = await assert_published(clinic, IdentityReviewOpened)
    shown = (await clinic.http.get(f"/api/identity/reviews/{opened.review_id}")).json()
    [candidate] = shown["candidates"]
    assert (candidate["patient_id"], candidate["grade"]) == (wife["patient_id"], opened.candidates[0].grade)
    assert candidate["combination"] is None


async def test_what_is_compared_shows_former_names(clinic: Bench) -> None:
    await refer(clinic, of_person())
    await refer(clinic, of_person(family_name="Hatherley", former_names=["Quimby90"], birth_date="1941-06-05"))
    [opened] = await assert_published(clinic, IdentityReviewOpened)
    shown = (await clinic.http.get(f"/api/identity/reviews/{opened.review_id}")).json()
    [line] = [line for line in shown["candidates"][0]["lines"] if line["field"] == "family"]
    assert (line["stated"], line["level"]) == ("Hatherley (formerly Quimby90)", "former")
    page = await clinic.http.get(f"/identity/{opened.review_id}")
    assert "Same as a former name" in page.text


async def test_a_slip_in_the_birth_date_is_seen_however_many_have_the_names(clinic: Bench) -> None:
    smith = Traits(given="mary", family="smith", born="19410506", postal_code="44301", city="akron", phone="3305550177")
    everybody = {
        uuid4(): (uuid4(), replace(smith, born=f"{1900 + n // 3}0{n % 3 + 1}28", phone="", postal_code="", city=""))
        for n in range(BLOCK + 1)
    }
    at = uuid4()
    async with clinic.service.core.database.transaction() as db:
        await write(db, everybody)
        await write(db, {uuid4(): (at, smith)})
        moved = replace(smith, born="19410605", phone="4135550142", postal_code="01060", city="northampton")
        [placed] = await store.placements(db, [moved])
    assert placed.verdict is Verdict.REVIEW
    assert at in {each.patient_id for each in placed.candidates}


async def test_what_an_older_release_kept_of_a_person_is_made_again(clinic: Bench) -> None:
    known = await refer(clinic, of_person(given_name="Łucja", former_names=["Ørsted"]))
    parts = clinic.service.app.state.parts
    async with parts.database.transaction() as db:
        await db.execute("update person set given = 'łucja', former = '', keys = '{1}', made_by = 1")
        await db.execute("truncate person_key, person_unchecked")
        await db.execute("insert into person_key (key, referral_id) select 1, referral_id from person")
    assert [await make_again(parts), await make_again(parts)] == [1, 0]
    async with parts.database.connection() as db:
        row = await db.fetchrow("select referral_id, given, former, made_by from person")
        assert (row["given"], row["former"], row["made_by"]) == ("lucja", "orsted", VERSION)
        assert not await db.fetchval("select exists (select from person_key where key = 1)")
        assert await db.fetch("select referral_id from person_unchecked") == [(row["referral_id"],)]
    assert (await refer(clinic, of_person(given_name="Lucja")))["patient_id"] == known["patient_id"]
    assert UUID(known["referral_id"]) == row["referral_id"]
