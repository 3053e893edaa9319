"""Writes a direct referral as a Bundle: what another system would send, and what `reading` reads back unchanged."""

import re
from datetime import datetime, timedelta
from uuid import NAMESPACE_OID, UUID, uuid5

from carebus.contracts.people import PayerKind
from carebus.web.fhir.resources import Json
from services.referral.channels.fhir import codes as c
from services.referral.domain import DirectReferral
from services.referral.domain.referring.requests import (
    ContactStated,
    DiagnosisStated,
    PayerStated,
    PersonStated,
    ReferrerStated,
)

_LOCAL = uuid5(NAMESPACE_OID, "org.carebus.fhir")


def bundle_of(referral: DirectReferral, kind: str = "transaction") -> Json:
    """A transaction, or a message that is led by its header."""
    resources = _resources(referral)
    stamp = {"timestamp": referral.stated_at.isoformat()} if referral.stated_at else {}
    entries = [_entry(name, resource) for name, resource in resources.items()]
    if kind == "message":
        whole = [_entry("header", _header()), *entries]
        return {"resourceType": "Bundle", "type": "message", **stamp, "entry": whole}
    asked = [entry | {"request": {"method": "POST", "url": entry["resource"]["resourceType"]}} for entry in entries]
    return {"resourceType": "Bundle", "type": "transaction", **stamp, "entry": asked}


def concept(system: str, code: str, display: str = "") -> Json:
    """A CodeableConcept of one coding."""
    coding = {"system": system, "code": code} | ({"display": display} if display else {})
    return {"coding": [coding]}


_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")


def identifier(kind: str, value: str, system: str = "") -> Json:
    """An identifier of a kind of HL7's table 0203."""
    named: Json = {"system": system} if is_uri(system) else {"assigner": {"display": system}} if system else {}
    return {"type": concept(c.IDENTIFIER_TYPES, kind)} | named | {"value": value}


def is_uri(text: str) -> bool:
    """Whether a name is an address, as a system of FHIR has to be: a sender may call its own by words."""
    return _URI.fullmatch(text) is not None


def diagnosis_concept(system: str, code: str, description: str) -> Json:
    """A diagnosis as it was stated, with the address of its code system where it has one."""
    if (system, code) == c.TEXT_ONLY:
        return {"text": description}
    address = c.SYSTEM_URLS.get(system, system)
    if not is_uri(address):
        return {"coding": [{"code": code}], "text": description or f"{code} ({system})"}
    return concept(address, code, description)


def _resources(referral: DirectReferral) -> dict[str, Json]:
    found: dict[str, Json] = {"order": _order(referral), "task": _task(), "patient": _patient(referral)}
    found |= _referrer(referral.referrer)
    for n, diagnosis in enumerate(referral.diagnoses):
        found[f"condition-{n}"] = _condition(diagnosis)
    if referral.payer:
        found |= _coverage(referral.payer)
    if referral.on_hospice is not None:
        found["hospice"] = _hospice(given=referral.on_hospice)
    if referral.contact:
        found |= _contact(referral.contact)
    return found


def _urn(name: str) -> str:
    return f"urn:uuid:{uuid5(_LOCAL, name)}"


def _to(name: str) -> Json:
    return {"reference": _urn(name)}


def _entry(name: str, resource: Json) -> Json:
    return {"fullUrl": _urn(name), "resource": resource}


def _header() -> Json:
    code, display = c.REFERRAL_EVENT
    return {
        "resourceType": "MessageHeader",
        "id": str(UUID(_urn("header").removeprefix("urn:uuid:"))),
        "eventCoding": {"system": c.MESSAGE_EVENTS, "code": code, "display": display},
        "source": {"endpoint": "urn:carebus"},
        "focus": [_to("task")],
    }


def _order(referral: DirectReferral) -> Json:
    order: Json = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "priority": referral.priority.value,
        "subject": _to("patient"),
        "requester": _to("role"),
        "reasonReference": [_to(f"condition-{n}") for n in range(len(referral.diagnoses))],
    }
    if referral.placer_id:
        order["identifier"] = [identifier(c.PLACER, referral.placer_id, referral.placer_assigner)]
    if referral.requested_services:
        first, *others = ({"text": each} for each in referral.requested_services)
        order |= {"code": first} | ({"orderDetail": others} if others else {})
    if referral.payer:
        order["insurance"] = [_to("coverage")]
    if referral.referral_note:
        order["note"] = [{"text": referral.referral_note}]
    return order


def _task() -> Json:
    return {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "code": concept(c.TASK_CODES, "fulfill"),
        "focus": _to("order"),
        "for": _to("patient"),
        "requester": _to("role"),
    }


def _patient(referral: DirectReferral) -> Json:
    person = referral.patient
    name = {"use": "official", "family": person.family_name, "given": [person.given_name]}
    patient: Json = {
        "resourceType": "Patient",
        "name": [
            name | ({"suffix": [person.suffix]} if person.suffix else {}),
            *({"use": "old", "family": former} for former in person.former_names),
        ],
        "birthDate": person.birth_date.isoformat(),
        **_reach(person),
        **_tongue(person),
    }
    if person.sex:
        patient["gender"] = person.sex.value
    if address := _address(person):
        patient["address"] = [address]
    if referral.died_on:
        patient["deceasedDateTime"] = referral.died_on.isoformat()
    return patient


def _address(person: PersonStated) -> Json:
    at = person.address
    lines: Json = {"line": [at.street]} if at.street else {}
    parts = {"city": at.city, "state": at.state, "postalCode": at.postal_code}
    return lines | {name: value for name, value in parts.items() if value}


def _reach(of: PersonStated | ReferrerStated | ContactStated) -> Json:
    reached = [{"system": "phone", "value": of.phone}] if of.phone else []
    reached += [{"system": "email", "value": of.email}] if of.email else []
    return {"telecom": reached} if reached else {}


def _tongue(of: PersonStated | ContactStated) -> Json:
    return {
        "communication": [{"language": concept(c.LANGUAGES, of.language), "preferred": True}],
        "extension": [{"url": c.TIME_ZONE, "valueCode": of.time_zone}],
    }


def _referrer(referrer: ReferrerStated) -> dict[str, Json]:
    organization: Json = {"resourceType": "Organization", "name": referrer.organization}
    if referrer.kind in c.REFERRER_CODES:
        organization["type"] = [concept(c.ORGANIZATION_TYPES, *c.REFERRER_CODES[referrer.kind])]
    person: Json = {"resourceType": "Practitioner"}
    if referrer.name:
        person["name"] = [{"text": referrer.name}]
    if referrer.npi:
        person["identifier"] = [{"system": c.NPI, "value": referrer.npi}]
    role: Json = {
        "resourceType": "PractitionerRole",
        "practitioner": _to("practitioner"),
        "organization": _to("organization"),
        **_reach(referrer),
    }
    return {"role": role, "practitioner": person, "organization": organization}


def _condition(diagnosis: DiagnosisStated) -> Json:
    condition: Json = {
        "resourceType": "Condition",
        "clinicalStatus": concept("http://terminology.hl7.org/CodeSystem/condition-clinical", "active"),
        "code": diagnosis_concept(diagnosis.system, diagnosis.code, diagnosis.description),
        "subject": _to("patient"),
    }
    return condition | ({"onsetDateTime": diagnosis.onset.isoformat()} if diagnosis.onset else {})


def _coverage(payer: PayerStated) -> dict[str, Json]:
    code, display = c.PAYER_CODES[PayerKind(payer.kind)]
    coverage: Json = {
        "resourceType": "Coverage",
        "status": "active",
        "type": concept(c.SOURCES_OF_PAYMENT, code, display),
        "beneficiary": _to("patient"),
        "payor": [_to("payor")],
    }
    if payer.plan_id:
        plan = concept("http://terminology.hl7.org/CodeSystem/coverage-class", "plan")
        coverage["class"] = [{"type": plan, "value": payer.plan_id}]
    if payer.member_id:
        coverage["identifier"] = [identifier(c.MEMBER, payer.member_id)]
    return {"coverage": coverage, "payor": {"resourceType": "Organization", "name": payer.name}}


def _hospice(*, given: bool) -> Json:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": concept(c.LOINC, c.HOSPICE, "Hospice care [Minimum Data Set]"),
        "subject": _to("patient"),
        "valueCodeableConcept": concept(c.SNOMED, c.YES if given else c.NO),
    }


def _contact(contact: ContactStated) -> dict[str, Json]:
    person: Json = {
        "resourceType": "RelatedPerson",
        "patient": _to("patient"),
        "name": [{"text": contact.full_name}],
        "relationship": [{"text": contact.relationship}],
        **_reach(contact),
        **_tongue(contact),
    }
    return {"contact": person} | ({"consent": _consent(contact.consent_ends)} if contact.consented else {})


def _consent(ends: datetime | None) -> Json:
    told = concept("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP")
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": concept("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
        "category": [concept(c.LOINC, "59284-0")],
        "patient": _to("patient"),
        "policyRule": concept("http://terminology.hl7.org/CodeSystem/v3-ActCode", "OPTIN"),
        "provision": {"type": "permit", "actor": [{"role": told, "reference": _to("contact")}]} | _until(ends),
    }


def _until(ends: datetime | None) -> Json:
    """A period up to the last moment before the end, which FHIR counts to it."""
    return {"period": {"end": (ends - timedelta.resolution).isoformat()}} if ends else {}
