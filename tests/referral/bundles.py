"""FHIR Bundles for tests: as a hospital's system sends them, in BSeR's shape, in Gravity's, and broken."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

Json = dict[str, Any]
V2 = "http://terminology.hl7.org/CodeSystem/v2-0203"


def concept(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}


PATIENT: Json = {
    "resourceType": "Patient",
    "id": "p1",
    "name": [
        {"use": "old", "family": "Larch"},
        {"use": "official", "family": "Quimby90", "given": ["Ottoline672", "M."]},
    ],
    "birthDate": "1941-05-06",
    "gender": "female",
    "telecom": [{"system": "phone", "value": "413-555-0123"}],
    "address": [{"line": ["8 Larch Way", "Apt 2"], "city": "Lynn", "state": "MA", "postalCode": "01901"}],
    "communication": [{"language": concept("urn:ietf:bcp:47", "es-MX")}],
}
CONDITION: Json = {
    "resourceType": "Condition",
    "id": "c1",
    "subject": {"reference": "Patient/p1"},
    "code": {
        "coding": [
            {"system": "http://hl7.org/fhir/sid/icd-9-cm", "code": "428.0"},
            {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "I50.22", "display": "Chronic systolic failure"},
        ]
    },
    "onsetDateTime": "2019-02-03T23:30:00-05:00",
}
COVERAGE: Json = {
    "resourceType": "Coverage",
    "id": "v1",
    "status": "active",
    "beneficiary": {"reference": "Patient/p1"},
    "identifier": [{"type": concept(V2, "MB"), "value": "MBI-77231"}],
    "payor": [{"display": "Blue Harbor Medicare Advantage"}],
}
ROLE: Json = {
    "resourceType": "PractitionerRole",
    "id": "r1",
    "practitioner": {"reference": "Practitioner/d1"},
    "organization": {"reference": "Organization/o1"},
    "telecom": [{"system": "phone", "value": "508-580-2730"}],
}
PRACTITIONER: Json = {
    "resourceType": "Practitioner",
    "id": "d1",
    "name": [{"family": "Osei", "given": ["Rita"]}],
    "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567893"}],
}
ORGANIZATION: Json = {"resourceType": "Organization", "id": "o1", "name": "Elm Street Cardiology"}
ORDER: Json = {
    "resourceType": "ServiceRequest",
    "id": "s1",
    "identifier": [{"type": concept(V2, "PLAC"), "system": "urn:oid:1.2.3", "value": "ORD-1"}],
    "status": "active",
    "intent": "order",
    "priority": "asap",
    "code": {"text": "Referral to palliative care"},
    "subject": {"reference": "Patient/p1"},
    "requester": {"reference": "PractitionerRole/r1"},
    "reasonReference": [{"reference": "Condition/c1"}],
    "insurance": [{"reference": "Coverage/v1"}],
    "note": [{"text": "Short of breath at rest."}],
}
TASK: Json = {
    "resourceType": "Task",
    "id": "t1",
    "identifier": [{"type": concept(V2, "PLAC"), "value": "TASK-1"}],
    "status": "requested",
    "intent": "order",
    "code": concept("http://hl7.org/fhir/CodeSystem/task-code", "fulfill"),
    "focus": {"reference": "ServiceRequest/s1"},
    "for": {"reference": "Patient/p1"},
    "authoredOn": "2026-03-02T09:00:00-05:00",
    "requester": {"reference": "PractitionerRole/r1"},
}
HEADER: Json = {
    "resourceType": "MessageHeader",
    "id": "h1",
    "eventCoding": {"system": "http://terminology.hl7.org/CodeSystem/v2-0003", "code": "I12"},
    "source": {"name": "Acme Registry", "endpoint": "http://registry.example/fhir"},
    "sender": {"reference": "PractitionerRole/r1"},
    "focus": [{"reference": "Task/t1"}],
}
BASE = "http://hospital.example/fhir"


def entry(resource: Json, **more: Any) -> Json:
    """An entry whose address is the resource's on the sender's server."""
    return {"fullUrl": f"{BASE}/{resource['resourceType']}/{resource['id']}", "resource": deepcopy(resource), **more}


def posted(*resources: Json) -> Json:
    """A transaction that posts these."""
    asked = [entry(each, request={"method": "POST", "url": each["resourceType"]}) for each in resources]
    return {"resourceType": "Bundle", "type": "transaction", "entry": asked}


def transaction(**changes: Json) -> Json:
    """A whole referral as a transaction; `order={...}` changes elements of the ServiceRequest, and so on."""
    parts = {"order": ORDER, "patient": PATIENT, "condition": CONDITION, "coverage": COVERAGE, "role": ROLE,
             "practitioner": PRACTITIONER, "organization": ORGANIZATION}  # fmt: skip
    return posted(*(changed(each, changes.get(name, {})) for name, each in parts.items()))


def changed(resource: Json, changes: Json) -> Json:
    """The resource with these elements; one that is None is left out."""
    return {name: value for name, value in {**resource, **changes}.items() if value is not None}


def bser() -> Json:
    """BSeR's message: led by its header, the Task in focus, the conditions in a document inside."""
    document = {
        "resourceType": "Bundle",
        "id": "b1",
        "type": "document",
        "entry": [entry({"resourceType": "Composition", "id": "x1"}), entry(CONDITION)],
    }
    order = changed(ORDER, {"reasonReference": None, "supportingInfo": [{"reference": "Bundle/b1"}]})
    whole = [HEADER, order, PATIENT, TASK, ROLE, PRACTITIONER, ORGANIZATION, COVERAGE, document]
    return {"resourceType": "Bundle", "type": "message", "entry": [entry(each) for each in whole]}


def gravity() -> Json:
    """Gravity's shape: a Task whose focus is the ServiceRequest, everything by urn, the condition contained."""
    names = {"Patient/p1": 1, "ServiceRequest/s1": 2, "PractitionerRole/r1": 3, "Organization/o1": 4, "Task/t1": 5}
    order = changed(
        ORDER,
        {"contained": [CONDITION], "reasonReference": [{"reference": "#c1"}], "insurance": None, "identifier": None},
    )
    role = changed(ROLE, {"practitioner": {"display": "Jan Water"}})
    bundle = posted(TASK, order, PATIENT, role, ORGANIZATION)
    for each in bundle["entry"]:
        each["fullUrl"] = _urn(names[f"{each['resource']['resourceType']}/{each['resource'].pop('id')}"])
    renamed: Json = _renamed(bundle, {name: _urn(n) for name, n in names.items()})
    return renamed


def _urn(n: int) -> str:
    return f"urn:uuid:00000000-0000-4000-8000-00000000000{n}"


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _renamed(each, names) for key, each in value.items()}
    if isinstance(value, list):
        return [_renamed(each, names) for each in value]
    return names.get(value, value) if isinstance(value, str) else value
