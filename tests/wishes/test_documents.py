"""Documents: filed, checked, changed, moved; what they say stands, and what they said before does not."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from carebus.access import AccountRole
from carebus.contracts.wishes import AcpDocumentFiled, DocumentStatus, MovedBecause, WishesSummarised
from carebus.testing import Bench, assert_published
from tests.wishes.papers import pdf
from tests.wishes.people import done, filed, filed_one, stands, taken_on

NO_CPR = {"cpr": "no_cpr", "treatment": "comfort_only"}


async def test_a_filed_order_stands_in_words_on_the_page_and_is_told(wishes: Bench) -> None:
    patient = await taken_on(wishes)
    document = await filed_one(wishes, patient, says=NO_CPR)
    page = (await wishes.http.get(f"/patients/{patient}")).text
    assert "No CPR" in page
    assert "Comfort only" in page
    (told,) = await assert_published(wishes, AcpDocumentFiled, patient=patient)
    assert (told.status, told.pages, str(told.document_id)) == (DocumentStatus.FINAL, 1, document["document_id"])
    summary = (await wishes.published(WishesSummarised, patient=patient))[-1]
    assert {one.topic: one.known[0].statement.choice for one in summary.topics} == NO_CPR


async def test_its_pages_are_drawn_and_each_look_is_on_record(wishes: Bench) -> None:
    patient = await taken_on(wishes)
    document = await filed_one(wishes, patient)
    page = await wishes.http.get(document["path"])
    assert page.status_code == 200, page.text
    picture = await wishes.http.get(f"{document['path']}/pages/1")
    assert picture.headers["content-type"] == "image/jpeg"
    assert picture.content.startswith(b"\xff\xd8\xff")
    await wishes.http.get(f"{document['path']}/print")
    again = (await wishes.http.get(document["path"])).text
    assert "printed" in again
    assert again.count(": opened") == 2


async def test_an_upload_sent_twice_under_one_key_is_one_document(wishes: Bench) -> None:
    patient = await taken_on(wishes)
    page = (await wishes.http.get(f"/patients/{patient}")).text
    key = page.partition('name="idempotency_key" value="')[2].partition('"')[0]
    form = {"kind": "dnr_order", "status": "final", "signed_on": "2026-02-01", "idempotency_key": key}
    for _ in range(2):
        sent = {"file": ("paper.pdf", pdf(), "application/pdf")}
        answer = await wishes.http.post(f"/patients/{patient}/documents", data=form, files=sent)
        assert answer.status_code == 303, answer.text
    assert len((await stands(wishes, patient))["documents"]) == 1
    await assert_published(wishes, AcpDocumentFiled, patient=patient)


async def test_a_checked_document_says_by_whom_and_amended_has_to_be_checked_again(wishes: Bench) -> None:
    patient = await taken_on(wishes)
    document = await filed_one(wishes, patient, says=NO_CPR)
    of = {"document_id": document["document_id"]}
    await done(wishes, patient, "verify", version=1, gone_through_with="patient", **of)
    assert (await stands(wishes, patient))["documents"][0]["verified"]
    says = [{"topic": "cpr", "choice": "attempt_cpr"}]
    await done(wishes, patient, "amend", version=2, statements=says, **of)
    (stood,) = (await stands(wishes, patient))["documents"]
    assert (stood["status"], stood["verified"]) == ("amended", False)


async def test_who_looked_at_an_earlier_version_changes_nothing(wishes: Bench) -> None:
    patient = await taken_on(wishes)
    document = await filed_one(wishes, patient)
    body = {"document_id": document["document_id"], "version": 1, "because": "Taken back."}
    await done(wishes, patient, "verify", document_id=body["document_id"], version=1, gone_through_with="agent")
    answer = await wishes.command(f"/api/patients/{patient}/revoke", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "document_changed_meanwhile")


@pytest.mark.parametrize("act", ["revoke", "mark-in-error"])
async def test_what_is_taken_back_stands_no_more_and_can_still_be_read(wishes: Bench, act: str) -> None:
    patient = await taken_on(wishes)
    document = await filed_one(wishes, patient, says=NO_CPR)
    await done(wishes, patient, act, document_id=document["document_id"], version=1, because="The patient said so.")
    told = await stands(wishes, patient)
    assert (told["documents"], told["topics"]) == ([], [])
    assert "It does not count any more." in (await wishes.http.get(document["path"])).text


async def test_what_replaces_another_leaves_one_in_force(wishes: Bench) -> None:
    patient = await taken_on(wishes)
    first = await filed_one(wishes, patient, says=NO_CPR)
    await filed_one(wishes, patient, says={"cpr": "attempt_cpr"}, replaces=first["document_id"])
    told = await stands(wishes, patient)
    assert len(told["documents"]) == 1
    assert [one["known"][0]["statement"]["choice"] for one in told["topics"]] == ["attempt_cpr"]
    assert told["open_conflicts"] == 0


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"signed_on": "2030-01-01"}, "signed_on", "signed_in_future"),
        ({"signed_on": "1939-01-01"}, "signed_on", "signed_before_birth"),
        ({"signed_on": ""}, "signed_on", "not_signed"),
    ],
)
async def test_dates_that_can_not_be_are_refused_at_their_field(
    wishes: Bench, fields: dict[str, Any], field: str, code: str
) -> None:
    patient = await taken_on(wishes)
    answer = await filed(wishes, patient, **fields)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["errors"][0]["field"] == field
    assert (await stands(wishes, patient))["documents"] == []


async def test_a_document_of_the_wrong_patient_is_moved_and_both_sides_are_told(wishes: Bench) -> None:
    wrong, right = await taken_on(wishes), await taken_on(wishes, given_name="Ines", family_name="Ferreira")
    document = await filed_one(wishes, wrong, says=NO_CPR)
    before = (await wishes.http.get(f"{document['path']}/pages/1")).content
    form = {"patient_id": str(right), "version": "1", "because": "The name on it is hers."}
    answer = await wishes.http.post(f"{document['path']}/move", data=form)
    assert answer.status_code == 303, answer.text
    assert (await stands(wishes, wrong))["topics"] == []
    (moved,) = (await stands(wishes, right))["documents"]
    assert (await wishes.http.get(f"{moved['path']}/pages/1")).content == before
    out = (await wishes.published(AcpDocumentFiled, patient=wrong))[-1]
    (into,) = await wishes.published(AcpDocumentFiled, patient=right)
    assert (out.status, out.moved) == (DocumentStatus.ENTERED_IN_ERROR, MovedBecause.WRONG_PATIENT)
    assert into.moved is MovedBecause.WRONG_PATIENT
    assert (await wishes.http.get(f"{document['path']}/pages/1")).status_code == 404


async def test_a_nurse_can_not_move_a_document(wishes: Bench) -> None:
    patient = await taken_on(wishes)
    document = await filed_one(wishes, patient)
    async with wishes.as_(AccountRole.NURSE) as nurse:
        form = {"patient_id": str(uuid4()), "version": "1", "because": "No."}
        assert (await nurse.post(f"{document['path']}/move", data=form)).status_code in (403, 404)


async def test_a_document_is_not_moved_to_where_it_is(wishes: Bench) -> None:
    patient = await taken_on(wishes)
    document = await filed_one(wishes, patient, says={"cpr": "no_cpr"})
    form = {"patient_id": str(patient), "version": "1", "because": "Wrong patient", "idempotency_key": str(uuid4())}
    answer = await wishes.http.post(f"{document['path']}/move", data=form)
    assert answer.status_code == 409
    assert "already" in answer.text
    (still,) = (await stands(wishes, patient))["documents"]
    assert still["document_id"] == document["document_id"]


@pytest.mark.parametrize(
    ("act", "said"),
    [
        ("incapacity", {"since": "0001-01-01", "because": "Delirium"}),
        ("incapacity", {"since": "9999-12-31", "because": "Delirium"}),
        ("appoint", {"full_name": "Ana Núñez", "appointed_on": "0001-01-01"}),
        ("appoint", {"full_name": "Ana Núñez", "appointed_on": "9999-12-31"}),
    ],
)
async def test_a_day_before_birth_or_to_come_is_refused_at_its_field(
    wishes: Bench, act: str, said: dict[str, str]
) -> None:
    patient = await taken_on(wishes)
    answer = await wishes.command(f"/api/patients/{patient}/{act}", said)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] in said
