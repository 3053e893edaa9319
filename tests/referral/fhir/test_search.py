"""The FHIR door as FHIR has HTTP: searches, conditional creates, methods, encodings and versions."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import httpx
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carebus.contracts.referral import ReferralAmended, ReferralChangeHeld, ReferralReceived
from carebus.testing import Bench, assert_published
from carebus.web.fhir.refusing import NotReadable
from services.referral.channels.fhir.searching import Search, parameters
from tests.referral import acting
from tests.referral import bundles as b
from tests.referral.fhir.test_fhir import issues, resources, sent, valid


def numbered(value: str, system: str = "urn:oid:1.2.3") -> Any:
    number = {"type": b.concept(b.V2, "PLAC"), "system": system, "value": value}
    return b.transaction(order={"identifier": [number]})


async def found(clinic: Bench, query: str, **headers: str) -> list[str]:
    answer = await clinic.http.get(f"/fhir/Task?{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    valid(answer.json())
    placed = [
        next(each["value"] for each in entry["resource"]["identifier"] if "type" in each)
        for entry in answer.json().get("entry", [])
    ]
    return sorted(placed)


async def test_either_of_two_numbers_and_both_of_two_parameters(clinic: Bench) -> None:
    tasks = [resources(await sent(clinic, numbered(value)))["Task"] for value in ("A,1", "B|2", "C3")]
    own = tasks[2]["id"]
    assert await found(clinic, "identifier=C3,nobody") == ["C3"]
    assert await found(clinic, "identifier=A%5C,1,C3") == ["A,1", "C3"]
    assert await found(clinic, "identifier=urn:oid:1.2.3%7CB%5C%7C2,C3") == ["B|2", "C3"]
    assert await found(clinic, f"identifier=C3&identifier={own}") == ["C3"]
    assert await found(clinic, f"identifier=A%5C,1&identifier={own}") == []
    assert await found(clinic, "identifier=%7CC3") == []
    assert await found(clinic, "identifier=C3&status=requested,accepted") == ["C3"]
    assert await found(clinic, "identifier=C3&status=http://hl7.org/fhir/task-status%7Crequested") == ["C3"]
    assert await found(clinic, "identifier=C3&status=urn:x%7Crequested") == []
    assert await found(clinic, "identifier=C3&status=completed") == []
    assert await found(clinic, "identifier=C3&status=requested&status=completed") == []


async def test_an_order_without_an_assigner_is_found_by_a_bar_before_its_number(clinic: Bench) -> None:
    bundle = b.transaction(order={"identifier": [{"value": "N1"}]})
    await sent(clinic, bundle)
    assert await found(clinic, "identifier=%7CN1") == ["N1"]


async def test_a_searchset_says_what_was_searched_for(clinic: Bench) -> None:
    answer = await clinic.http.post("/fhir/Task/_search?status=requested", data={"identifier": "a|ü", "x": "1"})
    (link,) = answer.json()["link"]
    assert (link["relation"], link["url"].rpartition("/")[2]) == ("self", "Task?status=requested&identifier=a%7C%C3%BC")


@pytest.mark.parametrize("query", ["identifier=1&owner=x", "identifier=1&_count=3", "identifier=1&x="])
async def test_strict_refuses_what_lenient_ignores(clinic: Bench, query: str) -> None:
    assert await found(clinic, query) == []
    assert await found(clinic, query, Prefer="handling=lenient") == []
    refused = await clinic.http.get(f"/fhir/Task?{query}", headers={"Prefer": "respond-async, handling=strict"})
    assert (refused.status_code, issues(refused)) == (400, [("not-supported", "")])


@pytest.mark.parametrize(
    "query",
    [
        "",
        "status=requested",
        "identifier=",
        "identifier=a|",
        "identifier=a,,b",
        "identifier=%00",
        "identifier=%FF",
        "identifier:not=a",
        "identifier=a&status:not=requested",
        f"identifier={'9' * 501}",
        f"identifier={'9,' * 60}9",
        "&".join(["identifier=1"] * 101),
    ],
)
async def test_a_search_that_can_not_be_read_is_refused(clinic: Bench, query: str) -> None:
    answer = await clinic.http.get(f"/fhir/Task?{query}")
    assert answer.status_code == 400
    valid(answer.json())


@pytest.mark.parametrize("odd", ["²", "٣", "\u202e", "{}", "1e31", "%", "'", "\\", "a" * 500])
async def test_an_odd_number_is_nobodys(clinic: Bench, odd: str) -> None:
    for path in (f"/fhir/Task?identifier={quote(odd)}", f"/fhir/Task/{quote(odd, safe='')}"):
        answer = await clinic.http.get(path)
        assert answer.status_code in {200, 400, 404}
        valid(answer.json())


@given(query=st.text(max_size=30), strict=st.booleans())
@settings(max_examples=200)
def test_any_query_is_a_search_or_refused(query: str, strict: bool) -> None:
    with suppress(NotReadable):
        Search.read(parameters(query), strict=strict)


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/fhir", "POST"),
        ("DELETE", "/fhir", "POST"),
        ("GET", "/fhir/", "POST"),
        ("POST", "/fhir/metadata", "GET, HEAD"),
        ("POST", "/fhir/Task", "GET, HEAD"),
        ("GET", "/fhir/Task/_search", "GET, HEAD"),
        ("PUT", "/fhir/Task/_search", "POST"),
        ("GET", "/fhir/$process-message", "POST"),
        ("PUT", "/fhir/Task/1", "GET, HEAD"),
        ("PATCH", "/fhir/ServiceRequest/1", "GET, HEAD"),
        ("OPTIONS", "/fhir/Task", "GET, HEAD"),
    ],
)
async def test_what_can_not_be_done_there_is_said_with_what_can(
    clinic: Bench, method: str, path: str, allow: str
) -> None:
    answer = await clinic.http.request(method, path)
    if (method, path) == ("GET", "/fhir/Task/_search"):  # an id like any other
        assert answer.status_code == 400
        return
    assert (answer.status_code, answer.headers["allow"]) == (405, allow)
    assert answer.json()["resourceType"] == "OperationOutcome"
    valid(answer.json())


async def test_what_can_be_got_can_be_headed(clinic: Bench) -> None:
    task = resources(await sent(clinic, b.transaction()))["Task"]
    for path in ("metadata", f"Task/{task['id']}", f"ServiceRequest/{task['id']}", "Task?identifier=ORD-1"):
        assert (await clinic.http.head(f"/fhir/{path}")).status_code == 200
    assert (await clinic.http.head("/fhir/Nothing")).status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Encoding": "gzip"}, 415),
        ({"Content-Encoding": "identity"}, 201),
        ({"Content-Type": "application/fhir+json; fhirVersion=4.0"}, 201),
        ({"Content-Type": "application/fhir+json; fhirVersion=3.0"}, 415),
        ({"Content-Type": 'application/fhir+json; charset=utf-8; fhirVersion="5.0"'}, 415),
        ({"Accept": "application/fhir+json; fhirVersion=5.0"}, 406),
        ({"Accept": "application/fhir+json; fhirVersion=5.0, application/fhir+json; fhirVersion=4.0"}, 201),
        ({"Accept": "application/json;q=0"}, 406),
        ({"Accept": "application/fhir+xml, */*;q=0.1"}, 201),
    ],
)
async def test_other_encodings_and_versions_are_refused(clinic: Bench, headers: dict[str, str], status: int) -> None:
    sent_as = {"Content-Type": "application/fhir+json", **headers}
    answer = await clinic.http.post("/fhir", content=orjson.dumps(b.transaction()), headers=sent_as)
    assert answer.status_code == status
    valid(answer.json())


async def test_a_search_is_a_form(clinic: Bench) -> None:
    answer = await clinic.http.post("/fhir/Task/_search", json={"identifier": "1"})
    assert (answer.status_code, issues(answer)) == (415, [("not-supported", "")])


OWN = {"Authorization": f"Bearer {acting.program('Elm Street Cardiology')}"}
"""The program of the organization that these Bundles are from."""


def conditional(query: str, priority: str = "urgent", value: str = "ORD-1") -> Any:
    bundle = numbered(value)
    bundle["entry"][0]["resource"]["priority"] = priority
    bundle["entry"][0]["request"]["ifNoneExist"] = query
    return bundle


async def test_a_conditional_create_that_matches_one_changes_nothing(clinic: Bench) -> None:
    first, second = [
        await sent(clinic, conditional("identifier=urn:oid:1.2.3|ORD-1", priority), **OWN)
        for priority in ("urgent", "routine")
    ]
    assert (first.status_code, second.status_code) == (201, 200)
    assert resources(second)["Task"] == resources(first)["Task"]
    assert resources(second)["ServiceRequest"]["priority"] == "urgent"
    await assert_published(clinic, ReferralReceived, times=1)
    await assert_published(clinic, ReferralAmended, times=0)


async def test_of_equal_conditional_creates_at_one_moment_one_creates_and_the_others_change_nothing(
    clinic: Bench,
) -> None:
    query = "identifier=urn:oid:1.2.3|ORD-1"
    answers = await asyncio.gather(
        *(sent(clinic, conditional(query, each), **OWN) for each in ("urgent", "routine") * 3)
    )
    assert sorted(each.status_code for each in answers) == [200] * 5 + [201]
    assert len({resources(each)["Task"]["id"] for each in answers}) == 1
    for kind, times in ((ReferralReceived, 1), (ReferralAmended, 0), (ReferralChangeHeld, 0)):
        await assert_published(clinic, kind, times=times)
    assert len({resources(each)["ServiceRequest"]["priority"] for each in answers}) == 1


async def test_a_conditional_create_that_matches_several_is_refused(clinic: Bench) -> None:
    for system in ("urn:a", "urn:b"):
        await sent(clinic, numbered("X1", system))
    answer = await sent(clinic, conditional("identifier=X1", value="X2"))
    assert (answer.status_code, issues(answer)) == (
        412,
        [("multiple-matches", "Bundle.entry[0].request.ifNoneExist")],
    )
    await assert_published(clinic, ReferralReceived, times=2)


@pytest.mark.parametrize(
    "query", ["", "subject=Patient/1", "identifier=1&subject=x", "identifier=", "identifier:not=1"]
)
async def test_a_condition_that_can_not_be_looked_for_is_refused(clinic: Bench, query: str) -> None:
    answer = await sent(clinic, conditional(query))
    assert answer.status_code == 422 if query else 201
    if query:
        assert [place for _, place in issues(answer)] == ["Bundle.entry[0].request.ifNoneExist"]


async def test_a_visits_number_makes_two_referrals_of_two_orders(clinic: Bench) -> None:
    visit = [{"type": b.concept(b.V2, "VN"), "system": "urn:visit", "value": "V901"}]
    one = b.transaction(order={"identifier": visit})
    other = {"code": b.concept("http://hl7.org/fhir/sid/icd-10-cm", "C34.90")}
    two = b.transaction(order={"identifier": visit}, condition=other)
    answers: list[httpx.Response] = [await sent(clinic, each) for each in (one, two)]
    assert [each.status_code for each in answers] == [201, 201]
    await assert_published(clinic, ReferralReceived, times=2)
    await assert_published(clinic, ReferralAmended, times=0)


async def test_what_its_sender_takes_back_is_not_kept_as_a_referral(clinic: Bench) -> None:
    answer = await sent(clinic, b.transaction(order={"status": "revoked"}))
    assert 400 <= answer.status_code < 500
    assert len(issues(answer)) == 1
    await assert_published(clinic, ReferralReceived, times=0)
