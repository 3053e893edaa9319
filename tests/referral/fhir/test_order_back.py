"""The order that is read back is the one that was placed, while it stands; and answers carry what was put up with."""

from __future__ import annotations

from typing import Any

import pytest

from carebus.testing import Bench
from services.referral.channels.fhir.answering import became
from tests.referral import bundles as b
from tests.referral.fhir.test_fhir import resources, sent, valid
from tests.referral.samples import body

Json = dict[str, Any]
PLACED = {
    "authoredOn": "2026-02-27T09:30:00-05:00",
    "occurrenceDateTime": "2026-03-09",
    "priority": "stat",
    "identifier": [
        {"type": b.concept(b.V2, "PLAC"), "system": "urn:oid:1.2.3", "value": "ORD-1", "use": "official"},
        {"type": b.concept(b.V2, "VN"), "system": "urn:visit", "value": "V9"},
    ],
    "note": [{"text": "Ring twice.", "time": "2026-02-27"}, {"text": "No stairs."}],
    "orderDetail": [{"text": "Symptom control"}],
    "patientInstruction": "Have your medicines ready.",
}


async def order_of(clinic: Bench, bundle: Any) -> Json:
    task = resources(await sent(clinic, bundle))["Task"]
    got = await clinic.http.get(f"/fhir/ServiceRequest/{task['id']}")
    valid(got.json())
    found: Json = got.json()
    return found


def warnings(outcome: Json) -> list[Json]:
    return [each for each in outcome["issue"] if each["severity"] == "warning"]


async def test_an_order_is_read_back_as_it_was_placed(clinic: Bench) -> None:
    order = await order_of(clinic, b.transaction(order=PLACED))
    for name in ("authoredOn", "occurrenceDateTime", "priority", "note", "orderDetail", "patientInstruction"):
        assert order[name] == PLACED[name]
    assert order["identifier"][:2] == PLACED["identifier"]
    assert order["identifier"][2]["value"] == order["id"]
    assert order["requester"]["identifier"] == {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567893"}
    assert (order["status"], order["code"]) == ("active", b.ORDER["code"])
    assert order["reasonReference"] == [{"reference": "#reason-0"}]
    (reason,) = order["contained"]
    assert (reason["id"], reason["code"], reason["subject"]) == ("reason-0", b.CONDITION["code"], order["subject"])
    assert order["insurance"] == [{"type": "Coverage", "display": "Coverage"}]


async def test_reasons_by_code_stay_reasons_by_code(clinic: Bench) -> None:
    code = b.concept("http://hl7.org/fhir/sid/icd-10-cm", "I50.22")
    by_code = {"reasonReference": None, "reasonCode": [code]}
    order = await order_of(clinic, b.transaction(order=by_code, condition={"code": code}))
    assert (order["reasonCode"], "reasonReference" in order) == ([code], False)


async def test_an_amended_order_is_read_back_as_amended(clinic: Bench) -> None:
    await sent(clinic, b.transaction(order={**PLACED, "priority": "routine"}))
    await clinic.passes(minutes=1)
    order = await order_of(clinic, b.transaction(order={**PLACED, "priority": "asap", "occurrenceDateTime": None}))
    assert (order["priority"], "occurrenceDateTime" in order) == ("asap", False)


async def test_an_order_of_another_door_says_what_is_kept_and_invents_nothing(clinic: Bench) -> None:
    referrer = {"organization": "Elm Street Cardiology", "npi": "1234567893"}
    answer = await clinic.command("/api/referrals", body(referrer=referrer, referral_note="Ring twice."))
    order = (await clinic.http.get(f"/fhir/ServiceRequest/{answer.json()['referral_id']}")).json()
    valid(order)
    assert (order["note"], order["requester"]["identifier"]["value"]) == ([{"text": "Ring twice."}], "1234567893")
    assert "occurrenceDateTime" not in order


@pytest.mark.parametrize("bundle", [b.transaction(order=PLACED), b.gravity()], ids=["transaction", "gravity"])
async def test_the_answer_holds_the_order_as_it_is_read_back(clinic: Bench, bundle: Any) -> None:
    answered = resources(await sent(clinic, bundle))
    got = await clinic.http.get(f"/fhir/ServiceRequest/{answered['Task']['id']}")
    assert answered["ServiceRequest"] == got.json()


async def test_each_entry_of_a_message_has_its_address(clinic: Bench) -> None:
    entries = (await sent(clinic, b.bser(), to="/$process-message")).json()["entry"]
    addresses = [each["fullUrl"] for each in entries]
    assert len({*addresses}) == len(entries) >= 3
    assert addresses[0] == f"urn:uuid:{entries[0]['resource']['id']}"


async def test_what_was_put_up_with_is_told_in_the_answer(clinic: Bench) -> None:
    wrong = {"identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567890"}]}
    answer = await sent(clinic, b.transaction(practitioner=wrong))
    assert answer.status_code == 201
    (told,) = warnings(answer.json()["entry"][0]["response"]["outcome"])
    assert told["expression"] == ["Bundle.entry[5].resource.identifier[0].value"]


def test_what_became_of_a_statement_is_told_as_information_with_what_would_settle_it() -> None:
    told = {"became": "held", "stands_since": "2026-03-02T14:00:00Z", "waits": ["priority"], "settled_by": "Say when."}
    (issue,) = became(told)
    written = issue.written()
    assert (written["severity"], written["code"]) == ("information", "informational")
    assert written["details"]["coding"][0]["code"] == "held"
    assert (
        written["diagnostics"]
        == "What was stated as of 2026-03-02T14:00:00Z stands. For the office: priority. Say when."
    )
    assert became({"referral_id": "1"}) == []


async def test_a_message_carries_what_was_put_up_with_in_its_details(clinic: Bench) -> None:
    bundle = b.bser()
    bundle["entry"][5]["resource"]["identifier"][0]["value"] = "1234567890"
    entries = (await sent(clinic, bundle)).json()["entry"]
    details = entries[0]["resource"]["response"]["details"]["reference"]
    (told,) = [each["resource"] for each in entries if each["fullUrl"] == details]
    assert len(warnings(told)) == 1
