"""The FHIR door: a Bundle is one referral however often it comes, and a Task tells how it stands."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import orjson
import pytest
from fhir.resources.R4B import get_fhir_model_class

from carebus.contracts.referral import ReferralAmended, ReferralReceived
from carebus.ids import new_id
from carebus.testing import Bench, assert_published
from tests.referral import bundles as b
from tests.referral.samples import SECRETS, body


async def sent(
    clinic: Bench, bundle: Any, *, to: str = "", kind: str = "application/fhir+json", **headers: str
) -> httpx.Response:
    content = bundle if isinstance(bundle, bytes) else orjson.dumps(bundle)
    answer = await clinic.http.post(f"/fhir{to}", content=content, headers={"Content-Type": kind, **headers})
    assert answer.headers["content-type"] == "application/fhir+json"
    valid(answer.json())
    return answer


def valid(resource: dict[str, Any]) -> None:
    get_fhir_model_class(resource["resourceType"]).model_validate(resource)


def resources(answer: httpx.Response) -> dict[str, Any]:
    return {e["resource"]["resourceType"]: e["resource"] for e in answer.json()["entry"] if "resource" in e}


def issues(answer: httpx.Response) -> list[tuple[str, str]]:
    assert not any(secret in answer.text for secret in SECRETS)
    return [(each["code"], each.get("expression", [""])[0]) for each in answer.json()["issue"]]


async def test_a_transaction_is_answered_entry_by_entry_with_a_task(clinic: Bench) -> None:
    answer = await sent(clinic, b.transaction())
    assert answer.status_code == 201
    told, asked = answer.json(), b.transaction()
    assert told["type"] == "transaction-response"
    assert len(told["entry"]) == len(asked["entry"]) + 1
    task = resources(answer)["Task"]
    assert (task["status"], task["businessStatus"]["coding"][0]["code"]) == ("requested", "2.0")
    assert answer.headers["location"].endswith(f"/fhir/Task/{task['id']}")
    numbers = {each.get("type", {}).get("coding", [{}])[0].get("code"): each["value"] for each in task["identifier"]}
    assert (numbers["PLAC"], numbers["FILL"]) == ("ORD-1", task["id"])
    (received,) = await assert_published(clinic, ReferralReceived, times=1)
    assert (received.channel, received.placer_id, str(received.referral_id)) == ("fhir", "ORD-1", task["id"])


async def test_a_message_is_answered_by_a_message(clinic: Bench) -> None:
    answer = await sent(clinic, b.bser(), to="/$process-message")
    header = resources(answer)["MessageHeader"]
    assert (header["response"]["identifier"], header["response"]["code"]) == ("h1", "ok")
    assert header["focus"][0]["reference"].endswith(resources(answer)["Task"]["id"])


@pytest.mark.parametrize("bundle", [b.transaction(), b.bser(), b.gravity()], ids=["transaction", "bser", "gravity"])
async def test_a_bundle_that_comes_again_is_the_same_referral(clinic: Bench, bundle: Any) -> None:
    first, *others = [await sent(clinic, bundle) for _ in range(3)]
    assert [first.status_code, *(each.status_code for each in others)] == [201, 200, 200]
    assert {resources(each)["Task"]["id"] for each in others} == {resources(first)["Task"]["id"]}
    await assert_published(clinic, ReferralReceived, times=1)


async def test_the_senders_number_is_the_key_whatever_else_the_bundle_is_wrapped_in(clinic: Bench) -> None:
    first = await sent(clinic, b.transaction())
    wrapped = b.transaction()
    wrapped |= {"id": "again", "timestamp": "2026-03-02T14:00:00Z"}
    answers = await asyncio.gather(*(sent(clinic, wrapped) for _ in range(4)))
    assert {each.status_code for each in answers} == {200}
    assert {resources(each)["Task"]["id"] for each in answers} == {resources(first)["Task"]["id"]}
    await assert_published(clinic, ReferralReceived, times=1)


async def test_the_same_number_with_other_content_amends_the_referral(clinic: Bench) -> None:
    first = await sent(clinic, b.transaction(order={"priority": "routine"}))
    for _ in range(2):
        other = await sent(clinic, b.transaction(order={"priority": "urgent"}))
        assert (other.status_code, resources(other)["Task"]["id"]) == (200, resources(first)["Task"]["id"])
    (amended,) = await assert_published(clinic, ReferralAmended, times=1)
    assert (amended.changed, amended.priority) == (("priority",), "urgent")
    await assert_published(clinic, ReferralReceived, times=1)


async def test_the_same_number_of_another_sender_is_another_referral(clinic: Bench) -> None:
    numbers = [{**b.ORDER["identifier"][0], "system": system} for system in ("urn:oid:1", "urn:oid:2")]
    for number in numbers:
        assert (await sent(clinic, b.transaction(order={"identifier": [number]}))).status_code == 201
    found = (await clinic.http.get("/fhir/Task", params={"identifier": "ORD-1"})).json()
    one = (await clinic.http.get("/fhir/Task", params={"identifier": "urn:oid:2|ORD-1"})).json()
    assert (found["total"], one["total"]) == (2, 1)


async def test_a_task_is_found_by_the_senders_number_by_ours_and_by_what_is_read_out(clinic: Bench) -> None:
    task = resources(await sent(clinic, b.transaction()))["Task"]
    for number in task["identifier"]:
        for name in (number["value"], f"{number['system']}|{number['value']}"):
            got = await clinic.http.get("/fhir/Task", params={"identifier": name})
            posted = await clinic.http.post("/fhir/Task/_search", data={"identifier": name})
            assert got.json() == posted.json()
            assert [each["resource"]["id"] for each in got.json()["entry"]] == [task["id"]]
            valid(got.json())
    assert (await clinic.http.get("/fhir/Task", params={"identifier": "nobody's"})).json()["total"] == 0


async def test_a_task_and_its_order_tell_how_a_referral_stands(clinic: Bench) -> None:
    answer = await clinic.command("/api/referrals", body(on_hospice=True))
    at = answer.json()["referral_id"]
    await clinic.command(f"/api/referrals/{at}/decline", {"reason": "on_hospice"})
    task, order = [(await clinic.http.get(f"/fhir/{kind}/{at}")).json() for kind in ("Task", "ServiceRequest")]
    valid(task)
    valid(order)
    assert (task["status"], task["businessStatus"]["coding"][0]["code"]) == ("rejected", "4.0")
    assert task["statusReason"]["coding"][0]["code"] == "on_hospice"
    assert (order["status"], task["focus"]["reference"]) == ("active", f"ServiceRequest/{at}")
    assert not any(secret in orjson.dumps([task, order]).decode() for secret in ("Quimby", "1941-05-06", "Larch"))


@pytest.mark.parametrize(
    "at",
    [
        "/Task/{}",
        "/ServiceRequest/{}",
        "/Patient/{}",
        "/Task/x",
        "/Task",
        "/Task?identifier=%00",
        "/Task?identifier=a|",
    ],
)
async def test_what_is_not_there_is_said_in_fhir(clinic: Bench, at: str) -> None:
    answer = await clinic.http.get("/fhir" + at.format(new_id()))
    assert answer.status_code in {400, 404}
    assert answer.json()["resourceType"] == "OperationOutcome"
    valid(answer.json())


async def test_a_broken_bundle_is_answered_by_place_and_rule_and_nothing_is_kept(clinic: Bench) -> None:
    answer = await sent(clinic, b.transaction(patient={"birthDate": "1941-05"}, organization={"name": None}))
    assert answer.status_code == 422
    assert issues(answer) == [("value", "Bundle.entry[6].resource"), ("value", "Bundle.entry[1].resource.birthDate")]
    await assert_published(clinic, ReferralReceived, times=0)
    async with clinic.service.core.database.connection() as db:
        assert await db.fetchval("select count(*) from arrived") == 0


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{}", "application/fhir+json", 400),
        (b"", "application/json", 400),
        (b"\xff", "application/fhir+json; charset=utf-8", 400),
        (b"<Bundle/>", "application/fhir+xml", 415),
        (b"{}", "text/plain", 415),
        (b"{}", "", 415),
        (b"{}", "application/fhir+json; charset=latin-1", 415),
        (b'{"a":' * 400 + b"1" + b"}" * 400, "application/fhir+json", 400),
        (b" " * 1_100_000, "application/fhir+json", 413),
    ],
)
async def test_what_is_no_bundle_is_refused_clearly(clinic: Bench, content: bytes, kind: str, status: int) -> None:
    answer = await sent(clinic, content, kind=kind)
    assert (answer.status_code, answer.json()["resourceType"]) == (status, "OperationOutcome")


async def test_only_json_is_spoken(clinic: Bench) -> None:
    refused = await clinic.http.get("/fhir/metadata", headers={"Accept": "application/fhir+xml"})
    assert (refused.status_code, issues(refused)) == (406, [("not-supported", "")])
    said = (await clinic.http.get("/fhir/metadata")).json()
    valid(said)
    assert {each["type"] for each in said["rest"][0]["resource"]} == {"Task", "ServiceRequest"}


async def test_what_arrived_is_kept_as_it_arrived_with_its_hash(clinic: Bench) -> None:
    raw = orjson.dumps(b.transaction())
    at = resources(await sent(clinic, raw))["Task"]["id"]
    answer = await clinic.http.get(f"/api/referrals/{at}/arrived")
    assert (answer.content, answer.headers["content-type"]) == (raw, "application/fhir+json")
    (received,) = await assert_published(clinic, ReferralReceived, times=1)
    assert f'"{received.raw_hash}"' == answer.headers["etag"]
    assert "attachment" in answer.headers["content-disposition"]
