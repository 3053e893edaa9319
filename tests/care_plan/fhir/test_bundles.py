"""What goes out as FHIR: plans by reference, scores by the codes that exist, no address, and words that stay words."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from fhir.resources.R4B import get_fhir_model_class

from carebus.contracts.care_plan import Phase, SummaryPart
from carebus.web.fhir.resources import narrative
from services.care_plan.channels.documents.summary import summary_of
from services.care_plan.channels.fhir.documents import collection, document
from tests.care_plan.documents.ninety_days import PEOPLE, Patient, patients
from tests.care_plan.fhir.planned import GOAL, PROBLEM, TEACHING, planned

Json = dict[str, Any]
NOW = datetime(2026, 5, 31, 12, tzinfo=UTC)


def of(kind: str, bundle: Json) -> list[Json]:
    return [one["resource"] for one in bundle["entry"] if one["resource"]["resourceType"] == kind]


def whole(patient: Patient) -> Json:
    return collection(patient.patient_id, planned(patient.care), patient.records, NOW)


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        inner = [found for each in value.values() for found in references(each)]
        return [value["reference"], *inner] if isinstance(value.get("reference"), str) else inner
    return [found for each in value for found in references(each)] if isinstance(value, list) else []


def documents() -> list[Json]:
    return [
        document(one.patient_id, one.care, record, summary_of(one.care, record))
        for one in patients()
        for record in one.records
    ]


@pytest.mark.parametrize("n", range(len(PEOPLE)))
def test_a_bundle_is_the_same_after_a_library_of_others_has_read_it(n: int) -> None:
    for bundle in (whole(patients()[n]), documents()[n]):
        read = get_fhir_model_class("Bundle").model_validate_json(json.dumps(bundle))
        assert normal(json.loads(read.model_dump_json(exclude_none=True))) == normal(bundle)


def normal(value: Any) -> Any:
    """Moments as moments: a library writes UTC as Z."""
    if isinstance(value, dict):
        return {name: normal(each) for name, each in value.items()}
    if isinstance(value, list):
        return [normal(each) for each in value]
    return value.replace("+00:00", "Z") if isinstance(value, str) else value


def test_everything_that_is_referred_to_is_in_the_bundle() -> None:
    for bundle in (*map(whole, patients()), *documents()):
        here = {entry["fullUrl"] for entry in bundle["entry"]}
        assert set(references(bundle)) <= here
        assert len(here) == len(bundle["entry"])


def test_activities_are_references_and_never_details() -> None:
    bundle = whole(patients()[0])
    (plan,) = of("CarePlan", bundle)
    kinds = {entry["fullUrl"]: entry["resource"]["resourceType"] for entry in bundle["entry"]}
    assert all(not activity.keys() - {"reference", "outcomeReference"} for activity in plan["activity"])
    planned_as = {kinds[one["reference"]["reference"]] for one in plan["activity"] if "reference" in one}
    done_as = {kinds[one["outcomeReference"][0]["reference"]] for one in plan["activity"] if "outcomeReference" in one}
    assert planned_as == {"ServiceRequest", "Appointment"}
    assert done_as == {"Encounter"}
    assert plan["status"] == "active"


def test_a_goal_is_in_the_patients_words_with_what_it_answers() -> None:
    goal = next(one for one in of("Goal", whole(patients()[0])) if one["id"] == str(GOAL))
    assert goal["description"]["text"].startswith("“I want to sleep in my own bed”")
    assert goal["lifecycleStatus"] == "proposed"
    assert goal["achievementStatus"]["coding"][0]["code"] == "in-progress"
    assert goal["addresses"] == [{"reference": f"urn:uuid:{PROBLEM}"}]
    assert goal["target"] == [{"dueDate": "2026-06-01"}]


def test_somebody_outside_the_team_is_named_and_is_nobody_of_ours() -> None:
    request = next(one for one in of("ServiceRequest", whole(patients()[0])) if one["id"] == str(TEACHING))
    assert request["performer"] == [{"display": "R. Osei, Cardiologist"}]
    assert request["intent"] == "plan"


def test_a_draft_is_told_as_a_draft() -> None:
    one = patients()[0]
    bundle = collection(one.patient_id, one.care, (), NOW)
    (plan,) = of("CarePlan", bundle)
    assert plan["status"] == "draft"
    assert {goal["lifecycleStatus"] for goal in of("Goal", bundle)} == {"proposed"}


def test_scores_have_their_loinc_code_where_there_is_one_and_ours_always() -> None:
    systems: dict[str, set[str]] = {}
    for one in of("Observation", whole(patients()[0])):
        codes = {coding["system"]: coding["code"] for coding in one["code"]["coding"]}
        systems.setdefault(codes["urn:carebus:instrument"], set()).update(codes)
    assert "http://loinc.org" in systems["phq_9/phq_9"]
    assert "http://snomed.info/sct" in systems["esas_r/total"]
    for name in ("esas_r/pain", "akps/akps", "phase/phase", "zbi_12/total", "fast/stage", "painad/total"):
        assert systems[name] == {"urn:carebus:instrument"}


def test_what_was_not_answered_is_absent_and_not_zero() -> None:
    found = of("Observation", whole(patients()[0]))
    values = [sorted(one.keys() & {"valueInteger", "valueCodeableConcept", "dataAbsentReason"}) for one in found]
    assert all(len(each) == 1 for each in values)
    assert ["dataAbsentReason"] in values
    phases = [one for one in found if one["code"]["coding"][0]["code"] == "phase/phase"]
    assert {one["valueCodeableConcept"]["text"] for one in phases} <= {phase.value for phase in Phase}


def test_a_corrected_summary_replaces_the_one_before() -> None:
    one = patients()[0]
    record = next(record for record in one.records if record.version == 2)
    bundle = document(one.patient_id, one.care, record, summary_of(one.care, record))
    (composition,) = of("Composition", bundle)
    assert bundle["entry"][0]["resource"] == composition
    assert composition["status"] == "amended"
    assert composition["relatesTo"][0]["code"] == "replaces"
    before = composition["relatesTo"][0]["targetIdentifier"]["value"]
    assert before != bundle["identifier"]["value"]
    assert {each["status"] for each in of("Observation", bundle)} == {"corrected"}


def test_a_document_without_what_was_found_has_no_observations() -> None:
    one = patients()[0]
    record = one.records[0]
    some = summary_of(one.care, record, {SummaryPart.VISIT, SummaryPart.NEXT})
    bundle = document(one.patient_id, one.care, record, some)
    assert of("Observation", bundle) == []
    assert [each["title"] for each in of("Composition", bundle)[0]["section"]] == ["The visit", "What is next"]


def test_no_address_and_no_telephone_number_goes_out() -> None:
    for one in patients():
        assert not {"telecom", "address"} & of("Patient", whole(one))[0].keys()


@pytest.mark.parametrize("text", ["<script>x</script>", "a & b", "\x00\x0b\x1f", "\ud800", "\ufffe", '"', "'"])
def test_a_narrative_holds_words_only(text: str) -> None:
    read = ET.fromstring(narrative([text, "end"])["div"])
    assert [child.tag.rpartition("}")[2] for child in read] == ["p", "p"]
    assert all(len(child) == 0 for child in read)


def test_ids_are_opaque() -> None:
    for bundle in documents()[:20]:
        for entry in bundle["entry"]:
            assert entry["fullUrl"] == f"urn:uuid:{UUID(entry['resource']['id'])}"
