"""Wishes as FHIR: what ADI's guide demands holds, and an empty section says why it is empty."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson
import pytest

from carebus.contracts.wishes import AgentPower
from carebus.testing import START, Bench
from tests.referral.hapi import errors_in
from tests.wishes.people import done, filed_one, taken_on
from tests.wishes.test_conversations import held

Json = dict[str, Any]


async def told(wishes: Bench, *, whole: bool = True) -> Json:
    """The document of somebody of whom all is known, or nothing."""
    patient = await taken_on(wishes)
    if whole:
        named = {"full_name": "Ana Núñez", "phone": "(617) 555-0142", "appointed_on": "2026-01-02"}
        await done(wishes, patient, "appoint", powers=["treatment", "hospice"], limits="No moves.", **named)
        await done(wishes, patient, "incapacity", since=START.date().isoformat(), because="Asleep.")
        await filed_one(wishes, patient, says={"cpr": "no_cpr"})
        await held(wishes, patient, answers=[{"question": "place_of_care", "choice": "at_home", "words": "My bed <3"}])
    answer = await wishes.http.get(f"/api/patients/{patient}/fhir")
    assert answer.headers["content-type"] == "application/fhir+json"
    made: Json = answer.json()
    return made


def of(bundle: Json, kind: str) -> list[Json]:
    """Resources of a kind."""
    return [one["resource"] for one in bundle["entry"] if one["resource"]["resourceType"] == kind]


async def test_an_empty_section_says_that_nobody_was_asked_and_never_that_there_is_none(wishes: Bench) -> None:
    (composition,) = of(await told(wishes, whole=False), "Composition")
    for section in composition["section"]:
        assert "entry" not in section
        assert section["emptyReason"]["coding"][0]["code"] == "notasked"
        assert "Not known yet." in section["text"]["div"]


async def test_an_agent_is_a_related_person_with_a_consent_that_denies_what_is_not_named(wishes: Bench) -> None:
    bundle = await told(wishes)
    (agent,), (consent,) = of(bundle, "RelatedPerson"), of(bundle, "Consent")
    assert agent["name"] == [{"text": "Ana Núñez"}]
    assert consent["status"] == "active"
    provision = consent["provision"]
    assert provision["purpose"][0]["code"] == "PWATRNY"
    assert consent["category"][0]["coding"][0]["code"] == "81377-4"
    permitted = {one["coding"][0]["code"] for one in provision["action"]}
    denied = {one["coding"][0]["code"] for each in provision["provision"] for one in each["action"]}
    assert (provision["type"], provision["provision"][0]["type"]) == ("permit", "deny")
    assert permitted == {"treatment", "hospice"}
    assert permitted | denied == {one.value for one in AgentPower}


async def test_orders_and_wishes_are_observations_that_name_where_they_come_from(wishes: Bench) -> None:
    bundle = await told(wishes)
    found = {one["code"]["coding"][0]["code"]: one for one in of(bundle, "Observation")}
    cpr = found["100822-6"]
    assert cpr["valueCodeableConcept"]["coding"][0]["code"] == "LA33471-6"
    (document,) = of(bundle, "DocumentReference")
    assert cpr["derivedFrom"] == [{"reference": f"urn:uuid:{document['id']}"}]
    assert (document["status"], document["docStatus"]) == ("current", "final")
    assert date.fromisoformat(cpr["effectiveDateTime"]) == date(2026, 2, 1)


async def test_every_reference_leads_to_a_resource_of_the_document(wishes: Bench) -> None:
    bundle = await told(wishes)
    there = {one["fullUrl"] for one in bundle["entry"]}
    assert bundle["entry"][0]["resource"]["resourceType"] == "Composition"
    assert set(_references(bundle)) <= there


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["reference"]] if isinstance(node.get("reference"), str) else []
        return own + [one for value in node.values() for one in _references(value)]
    return [one for each in node for one in _references(each)] if isinstance(node, list) else []


@pytest.mark.fhir
async def test_it_is_valid_by_hapis_validator(wishes: Bench, tmp_path: Any) -> None:
    files = []
    for whole in (True, False):
        file = tmp_path / f"wishes-{whole}.json"
        file.write_bytes(orjson.dumps(await told(wishes, whole=whole)))
        files.append(file)
    assert errors_in(files) == []
