"""Which of the resources is the order, under which number it goes, and what may not be in a Bundle."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import orjson
import pytest

from tests.referral import bundles as b
from tests.referral.read_as import broken, referral, warned, withdrawal

SNOMED = "http://snomed.info/sct"
CLAIM = {"resourceType": "Claim", "id": "m1", "contained": [{**b.ORDER, "id": "referral", "status": "completed"}]}


def number(kind: str = "", value: str = "1", **more: Any) -> dict[str, Any]:
    return {"value": value, **({"type": b.concept(b.V2, kind)} if kind else {}), **more}


@pytest.mark.parametrize(
    ("numbers", "read"),
    [
        ([number("PLAC", "A")], "A"),
        ([number("", "B")], "B"),
        ([number("VN", "V"), number("", "B"), number("PLAC", "A")], "A"),
        ([number("VN", "V"), number("", "B")], "B"),
        ([number("VN", "V")], ""),
        ([number("FILL", "F")], ""),
        ([number("", "V", type={"text": "Visit"})], ""),
        ([number("", "B"), number("", "C")], ""),
        ([number("", "B"), number("", "C", use="official")], "C"),
        ([number("PLAC", "A", use="old"), number("PLAC", "B")], "B"),
    ],
)
def test_an_orders_number_is_of_the_type_plac_or_the_one_of_no_type(numbers: list[Any], read: str) -> None:
    assert referral(b.transaction(order={"identifier": numbers})).placer_id == read


@pytest.mark.parametrize(
    ("part", "changes", "place"),
    [
        ("order", {"priority": "STAT"}, "entry[0].resource.priority"),
        ("order", {"priority": "Urgent"}, "entry[0].resource.priority"),
        ("order", {"priority": "emergency"}, "entry[0].resource.priority"),
        ("order", {"priority": ""}, "entry[0].resource.priority"),
        ("order", {"status": "Active"}, "entry[0].resource.status"),
        ("order", {"status": "cancelled"}, "entry[0].resource.status"),
        ("order", {"intent": "Order"}, "entry[0].resource.intent"),
        ("patient", {"gender": "F"}, "entry[1].resource.gender"),
        ("patient", {"name": [{"use": "Official", "family": "X", "given": ["Y"]}]}, "entry[1].resource.name[0].use"),
        ("coverage", {"status": "Active"}, "entry[3].resource.status"),
    ],
)
def test_a_code_that_its_required_value_set_lacks_is_refused_by_its_place(
    part: str, changes: dict[str, Any], place: str
) -> None:
    assert f"Bundle.{place}" in broken(b.transaction(**{part: changes}))


@pytest.mark.parametrize("changes", [{"priority": "STAT"}, {"status": "Requested"}, {"intent": "directive"}])
def test_a_tasks_codes_are_checked_too(changes: dict[str, str]) -> None:
    bundle = b.posted(b.changed(b.TASK, changes), b.ORDER, b.PATIENT)
    assert f"Bundle.entry[0].resource.{next(iter(changes))}" in broken(bundle)


@pytest.mark.parametrize("entry", [0, 1, 4])
@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "PATCH", "post", "UPSERT", "", 3, ["POST"]])
def test_an_entry_that_is_not_posted_or_put_refuses_the_whole_bundle(entry: int, method: Any) -> None:
    bundle = b.transaction()
    bundle["entry"][entry]["request"]["method"] = method
    assert f"Bundle.entry[{entry}].request.method" in broken(bundle)


def test_a_deletion_without_a_resource_refuses_the_bundle_too() -> None:
    bundle = b.transaction()
    bundle["entry"].append({"request": {"method": "DELETE", "url": "Patient/p1"}})
    assert [*broken(bundle)] == ["Bundle.entry[7].request.method"]


def test_what_is_put_is_read_as_what_is_posted() -> None:
    bundle = b.transaction()
    for each in bundle["entry"]:
        each["request"] = {"method": "PUT", "url": f"{each['resource']['resourceType']}/{each['resource']['id']}"}
    assert referral(bundle) == referral(b.transaction())


def test_what_another_resource_contains_is_no_order() -> None:
    bundle = b.transaction()
    bundle["entry"].append(b.entry(CLAIM))
    assert referral(bundle) == referral(b.transaction())


def test_a_task_whose_order_is_contained_in_it_leads_to_no_order() -> None:
    task = b.changed(b.TASK, {"contained": [b.ORDER], "focus": {"reference": "#s1"}})
    assert "Bundle.entry[0].resource.focus" in broken(b.posted(task, b.PATIENT))


def test_one_address_for_two_entries_is_refused() -> None:
    bundle = b.transaction()
    bundle["entry"][3]["fullUrl"] = bundle["entry"][2]["fullUrl"]
    assert [*broken(bundle)] == ["Bundle.entry[3].fullUrl"]


@pytest.mark.parametrize(
    "reference",
    [{"reference": "Patient/p1"}, {"identifier": {"value": "77"}}, {"reference": "Patient?identifier=|77"}],
)
def test_a_reference_that_fits_two_is_refused_and_nobody_guesses(reference: dict[str, Any]) -> None:
    bundle = b.transaction(order={"subject": reference}, patient={"identifier": [{"value": "77"}]})
    del bundle["entry"][0]["fullUrl"]
    other = deepcopy(bundle["entry"][1])
    other["fullUrl"] = "http://elsewhere.example/fhir/Patient/p1"
    other["resource"]["birthDate"] = "1950-01-01"
    bundle["entry"].append(other)
    assert "Bundle.entry[0].resource.subject" in broken(bundle)


def test_a_resource_that_comes_twice_the_same_is_one() -> None:
    bundle = b.bser()
    bundle["entry"][-1]["resource"]["entry"].append(deepcopy(bundle["entry"][2]))
    assert referral(bundle) == referral(b.bser())


@pytest.mark.parametrize(
    ("code", "other"),
    [
        (b.concept(SNOMED, "304253006"), "Not for resuscitation"),
        (b.concept(f"{SNOMED}/731000124108/version/20240901", "304253006"), "Not for resuscitation"),
        ({"coding": [{"system": "http://loinc.org", "code": "84095-9"}], "text": "Palliative"},
         "Do not resuscitate, do not intubate order"),
        ({"coding": [{"system": SNOMED, "code": "183519002", "display": "To cardiology"}]}, "To cardiology"),
        (b.concept(SNOMED, "103735009"), ""),
        ({"coding": [{"system": SNOMED, "code": "1", "display": "Palliative care consultation"}]}, ""),
        (b.concept("urn:local", "REF-9"), ""),
        ({"text": "Please see"}, ""),
    ],
)  # fmt: skip
def test_an_order_coded_for_another_service_says_so_and_is_not_refused(code: dict[str, Any], other: str) -> None:
    bundle = b.transaction(order={"code": code})
    assert referral(bundle).other_service == other
    assert ("Bundle.entry[0].resource.code" in warned(bundle)) is bool(other)


@pytest.mark.parametrize("status", ["revoked", "entered-in-error"])
@pytest.mark.parametrize("shape", [b.transaction(), b.bser()], ids=["transaction", "bser"])
def test_an_order_that_its_sender_takes_back_is_read_as_a_withdrawal(status: str, shape: Any) -> None:
    bundle = deepcopy(shape)
    for each in bundle["entry"]:
        if each["resource"]["resourceType"] == "ServiceRequest":
            each["resource"]["status"] = status
        if each["resource"]["resourceType"] == "Task":
            each["resource"]["status"] = "cancelled"
    bundle["timestamp"] = "2026-03-02T13:00:00Z"
    found = withdrawal(bundle)
    assert (found.channel, found.reason, found.organization) == ("fhir", status, "Elm Street Cardiology")
    assert (found.placer_id, found.placer_assigner) == ("ORD-1", "urn:oid:1.2.3")
    assert (str(found.stated_at), len(found.raw_hash)) == ("2026-03-02 13:00:00+00:00", 64)


def test_a_withdrawal_needs_no_more_than_its_number_and_who_sends_it() -> None:
    order = b.changed(b.ORDER, {"status": "revoked", "requester": {"display": "Elm"}, "subject": {"display": "x"}})
    assert withdrawal(b.posted(order)).placer_id == "ORD-1"


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"identifier": None}, "identifier"),
        ({"identifier": [number("VN")]}, "identifier"),
        ({"requester": None}, "requester"),
    ],
)
def test_a_withdrawal_of_nobody_knows_what_is_refused_by_place(changes: dict[str, Any], place: str) -> None:
    order = b.changed(b.ORDER, {"status": "revoked", **changes})
    assert [*broken(b.posted(order))] == [f"Bundle.entry[0].resource.{place}"]


@pytest.mark.parametrize(
    ("stamps", "read"),
    [
        ({}, None),
        ({"timestamp": "2026-03-01T08:00:00-05:00", "task": "2026-03-02T00:00:00Z"}, "2026-03-01 08:00:00-05:00"),
        ({"task": "2026-02-02T00:00:00Z", "meta": "2026-02-01T00:00:00Z"}, "2026-02-02 00:00:00+00:00"),
        ({"task": "2026-02-02T00:00:00Z", "meta": "2026-02-02T01:00:00.123Z"}, "2026-02-02 01:00:00.123000+00:00"),
        ({"meta": "2026-02-01T00:00:00Z"}, "2026-02-01 00:00:00+00:00"),
    ],
)
def test_a_statements_time_is_the_bundles_or_that_of_what_changed_last_in_it(
    stamps: dict[str, str], read: str | None
) -> None:
    task = b.changed(b.TASK, {"lastModified": stamps.get("task"), "authoredOn": "2026-03-02T12:00:00Z"})
    meta = {"meta": {"lastUpdated": stamps["meta"]}} if "meta" in stamps else {}
    bundle = b.transaction(patient=meta)
    bundle["entry"].append(b.entry(task))
    bundle |= {"timestamp": stamps["timestamp"]} if "timestamp" in stamps else {}
    stated_at = referral(bundle).stated_at
    assert (str(stated_at) if stated_at else None) == read


@pytest.mark.parametrize("time", ["2026-03-02", "2026-03-02T10:00:00", "soon", 3, "2026-02-30T10:00:00Z"])
def test_a_time_that_is_none_is_refused(time: Any) -> None:
    assert "Bundle.timestamp" in broken({**b.transaction(), "timestamp": time})


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        (b'"birthDate":', b'"birthDate":"1949-05-06","birthDate":', "Bundle.entry[1].resource.birthDate"),
        (b'"type":"transaction"', b'"type":"message","type":"transaction"', "Bundle.type"),
        (b'"family":"Larch"', b'"family":"Larch\\u0000"', "Bundle.entry[1].resource.name[0].family"),
    ],
)
def test_one_thing_said_twice_in_one_object_and_nul_are_refused_by_place(old: bytes, new: bytes, place: str) -> None:
    raw = orjson.dumps(b.transaction())
    assert old in raw
    assert [*broken(raw.replace(old, new, 1))] == [place]


@pytest.mark.parametrize(
    ("order", "task", "read"),
    [
        (None, None, None),
        ("routine", None, "routine"),
        (None, "routine", "routine"),
        ("routine", "asap", "urgent"),
        ("stat", "routine", "urgent"),
    ],
)
def test_an_urgency_that_nobody_states_is_left_out(order: str | None, task: str | None, read: str | None) -> None:
    bundle = b.posted(
        b.changed(b.TASK, {"priority": task}),
        b.changed(b.ORDER, {"priority": order}),
        *(b.PATIENT, b.CONDITION, b.ROLE, b.ORGANIZATION),
    )
    found = referral(bundle)
    assert (found.priority.value if "priority" in found.model_fields_set else None) == read
