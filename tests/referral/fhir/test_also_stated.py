"""Whatever a Bundle says of the order and the person is in the referral or under "Also stated": nothing is lost."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carebus.ids import new_id
from carebus.testing import Bench
from services.referral.channels.fhir.also_stated import MOST, AlsoStated, also_stated
from tests.referral import bundles as b
from tests.referral.consents import PERMIT, bundle, consent, related
from tests.referral.fhir.test_fhir import resources, sent
from tests.referral.read_as import referral
from tests.referral.samples import NOW

Json = dict[str, Any]


def also(whole: Any) -> AlsoStated:
    return also_stated(orjson.dumps(whole), NOW)


def rows(whole: Any) -> dict[str, str]:
    return dict(also(whole).rows)


def test_what_has_a_field_is_not_stated_again() -> None:
    assert rows(b.transaction()) == {
        "ServiceRequest.priority": "asap",
        "Condition.code.coding[0]": "system http://hl7.org/fhir/sid/icd-9-cm; code 428.0",
        "Condition.onsetDateTime": "2019-02-03T23:30:00-05:00",
    }
    assert [place for place, _ in also(b.bser()).rows] == [
        "ServiceRequest.priority",
        "ServiceRequest.supportingInfo[0]",
        "Task.identifier[0]",
        "Task.authoredOn",
        "Condition.code.coding[0]",
        "Condition.onsetDateTime",
    ]


@pytest.mark.parametrize(
    ("part", "changes", "place", "words"),
    [
        ("order", {"occurrenceDateTime": "2026-03-09"}, "ServiceRequest.occurrenceDateTime", "2026-03-09"),
        ("order", {"patientInstruction": "Ring twice"}, "ServiceRequest.patientInstruction", "Ring twice"),
        ("order", {"note": [{"text": "A", "time": "2026-01-02"}]}, "ServiceRequest.note[0].time", "2026-01-02"),
        ("order", {"code": {"text": "P", "coding": [{"system": "urn:x", "code": "p"}]}},
         "ServiceRequest.code.coding[0]", "system urn:x; code p"),
        ("patient", {"identifier": [{"system": "urn:mrn", "value": "77"}]}, "Patient.identifier[0]",
         "system urn:mrn; value 77"),
        ("patient", {"maritalStatus": {"text": "Widowed"}}, "Patient.maritalStatus", "text Widowed"),
        ("patient", {"contact": [{"name": {"text": "Bo"}}]}, "Patient.contact[0]", "text Bo"),
        ("patient", {"multipleBirthInteger": 2}, "Patient.multipleBirthInteger", "2"),
        ("patient", {"meta": {"security": [{"code": "R"}], "profile": ["urn:p"]}}, "Patient.meta.security[0]",
         "code R"),
        ("patient", {"text": {"status": "additional", "div": "<div>Lives <b>alone</b></div>"}}, "Patient.text",
         "status additional; div Lives alone"),
        ("patient", {"_birthDate": {"extension": [{"url": "urn:time", "valueDateTime": "1941-05-06T07:00:00Z"}]}},
         "Patient._birthDate", "url urn:time; valueDateTime 1941-05-06T07:00:00Z"),
        ("coverage", {"relationship": {"text": "spouse"}}, "Coverage.relationship", "text spouse"),
        ("coverage", {"period": {"start": "2020-01-01"}}, "Coverage.period", "start 2020-01-01"),
        ("condition", {"stage": [{"summary": {"text": "IV"}}]}, "Condition.stage[0]", "text IV"),
        ("practitioner", {"identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "1"}]}, None, ""),
    ],
)  # fmt: skip
def test_what_has_no_field_is_stated_with_its_place(part: str, changes: Json, place: str | None, words: str) -> None:
    found = also(b.transaction(**{part: changes}))
    if place:
        assert dict(found.rows)[place] == words
    else:
        assert [at for at, _ in found.doubts] == ["Practitioner.identifier[0].value"]


def test_other_resources_are_counted() -> None:
    whole = b.transaction()
    observation = {"resourceType": "Observation", "id": "1", "status": "final", "code": {"text": "Weight"}}
    whole["entry"] += [b.entry({**observation, "id": str(n)}) for n in range(3)]
    whole["entry"].append(b.entry({"resourceType": "Provenance", "id": "1"}))
    told = [text for place, text in also(whole).rows if place == "Bundle"]
    assert told == ["3 Observations were not read.", "1 Provenance was not read."]


def test_a_condition_that_is_no_diagnosis_is_stated_whole() -> None:
    unsure = {
        **b.CONDITION,
        "id": "c2",
        "verificationStatus": b.concept("urn:x", "unconfirmed"),
        "code": {"text": "Maybe"},
    }
    whole = b.transaction()
    whole["entry"].append(b.entry(unsure))
    found = rows(whole)
    assert (found["entry[7] Condition.code"], found["entry[7] Condition.verificationStatus"]) == (
        "text Maybe",
        "system urn:x; code unconfirmed",
    )


def test_a_coverage_that_yields_is_stated() -> None:
    whole = b.transaction()
    whole["entry"].append(
        b.entry({**b.COVERAGE, "id": "v2", "status": "cancelled", "payor": [{"display": "Old Plan"}]})
    )
    assert "display Old Plan" in rows(whole).values()


def test_a_relative_who_is_not_the_contact_is_stated() -> None:
    found = rows(bundle(consent(PERMIT)))
    assert found["entry[8] RelatedPerson.name[0]"] == "text Relative k2"
    assert referral(bundle()).contact is not None


def test_a_consent_that_was_not_understood_is_told_with_its_place() -> None:
    found = also(bundle(consent(PERMIT, policyRule=None)))
    assert found.doubts == (("Consent", "It names no policy (policyRule or policy), so it permits nothing."),)


def test_more_than_anybody_reads_is_counted() -> None:
    numbers = [{"system": "urn:mrn", "value": str(n)} for n in range(MOST + 5)]
    found = also(b.transaction(patient={"identifier": numbers}))
    assert len(found.rows) == MOST
    assert found.left_off >= 5


def test_what_is_no_bundle_states_nothing() -> None:
    assert not also_stated(b"{", NOW)
    assert not also_stated(orjson.dumps({"patient": {}}), NOW)


WORDS = st.from_regex(r"zq[a-z]{8}", fullmatch=True)
PARTS = {"order": b.ORDER, "patient": b.PATIENT, "coverage": b.COVERAGE, "condition": b.CONDITION}
PLACES: list[tuple[str, tuple[Any, ...]]] = [
    ("order", ()), ("order", ("code",)), ("order", ("note", 0)), ("order", ("requester",)), ("order", ("subject",)),
    ("order", ("identifier", 0)), ("order", ("identifier", 0, "type")), ("order", ("insurance", 0)),
    ("patient", ()), ("patient", ("name", 0)), ("patient", ("name", 1)), ("patient", ("telecom", 0)),
    ("patient", ("address", 0)), ("patient", ("communication", 0)), ("patient", ("communication", 0, "language")),
    ("coverage", ()), ("coverage", ("payor", 0)), ("coverage", ("identifier", 0)), ("coverage", ("beneficiary",)),
    ("condition", ()), ("condition", ("code",)), ("condition", ("code", "coding", 0)),
    ("condition", ("code", "coding", 1)), ("condition", ("subject",)), ("related", ()), ("related", ("name", 0)),
]  # fmt: skip


@settings(max_examples=200)
@given(data=st.data(), word=WORDS)
def test_an_element_put_anywhere_in_reach_is_found_again(data: st.DataObject, word: str) -> None:
    part, path = data.draw(st.sampled_from(PLACES))
    whole = b.transaction()
    whole["entry"].append(b.entry(deepcopy(related("k1"))))
    of = {"order": 0, "patient": 1, "condition": 2, "coverage": 3, "related": 7}[part]
    target = whole["entry"][of]["resource"]
    for step in path:
        target = target[step]
    target.setdefault("extension", []).append({"url": "urn:x", "valueString": word})
    stated = referral(whole).model_dump_json() + " ".join(text for _, text in also(whole).rows)
    assert word in stated


async def test_the_page_of_a_referral_shows_what_else_was_stated(clinic: Bench) -> None:
    whole = b.transaction(patient={"maritalStatus": {"text": "Widowed <b>"}})
    whole["entry"].append(b.entry(consent(PERMIT, policyRule=None) | {"id": "n1"}))
    task = resources(await sent(clinic, whole))["Task"]
    page = (await clinic.http.get(f"/referrals/{task['id']}")).text
    assert "Also stated" in page
    assert "Patient.maritalStatus" in page
    assert "Widowed &lt;b&gt;" in page
    assert "428.0" in page


async def test_what_is_stated_once_more_with_news_that_has_no_field_is_shown_as_well(clinic: Bench) -> None:
    stated = [b.transaction(patient={"maritalStatus": {"text": each}}) for each in ("Married", "Widowed", "Widowed")]
    [known] = {resources(await sent(clinic, each))["Task"]["id"] for each in stated}
    page = (await clinic.http.get(f"/referrals/{known}")).text
    assert "Widowed" in page
    assert "Married" not in page


async def test_a_repeat_that_is_no_bundle_leaves_what_the_bundle_also_stated(clinic: Bench) -> None:
    whole = {**b.transaction(patient={"maritalStatus": {"text": "Widowed"}}), "timestamp": "2026-01-01T00:00:00Z"}
    task = resources(await sent(clinic, whole))["Task"]
    said = referral(whole).model_dump(mode="json", exclude_unset=True, exclude={"raw_hash", "channel", "stated_at"})
    later = {"Stated-At": "2099-01-01T00:00:00Z", "Idempotency-Key": str(new_id())}
    again = await clinic.http.post("/api/referrals", json=said, headers=later)
    assert (again.json()["became"], again.json()["referral_id"]) == ("repeated", task["id"])
    assert "Widowed" in (await clinic.http.get(f"/referrals/{task['id']}")).text


@pytest.mark.parametrize("end", ["2030-01-01", None])
async def test_the_page_says_whether_and_until_when_a_loved_one_may_be_told(clinic: Bench, end: str | None) -> None:
    permit = {**PERMIT, "period": {"end": end}} if end else PERMIT
    whole = b.transaction()
    whole["entry"] += [b.entry(related("k1")), b.entry({**consent(permit), "id": "n1"})]
    task = resources(await sent(clinic, whole))["Task"]
    page = (await clinic.http.get(f"/referrals/{task['id']}")).text
    assert "May be told" in page
    assert ("The consent ends" in page) is bool(end)
    await clinic.passes(days=2000)
    page = (await clinic.http.get(f"/referrals/{task['id']}")).text
    assert ("The consent has ended" in page) is bool(end)


async def test_the_page_says_first_that_an_order_is_for_another_service(clinic: Bench) -> None:
    coded = {"code": b.concept("http://snomed.info/sct", "304253006")}
    answer = await sent(clinic, b.transaction(order=coded))
    told = answer.json()["entry"][0]["response"]["outcome"]["issue"]
    assert "warning" in {each["severity"] for each in told}
    page = (await clinic.http.get(f"/referrals/{resources(answer)['Task']['id']}")).text
    assert "Ordered as something else" in page
    assert "Not for resuscitation" in page
