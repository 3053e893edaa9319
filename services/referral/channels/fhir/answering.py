"""Writes what became of a referral: its ServiceRequest, its Task, and the answer to the Bundle that brought it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from services.referral.channels.fhir import codes as c
from services.referral.channels.fhir.arriving import Resources
from services.referral.channels.fhir.refusing import Json
from services.referral.channels.fhir.writing import concept, diagnosis_concept, identifier
from services.referral.domain import Referral, Status
from services.referral.domain.feedback.business_status import BSER, task_status
from services.referral.domain.workflow.reference import reference

PATIENT = "urn:carebus:patient"
WHO = "Carebus"
DOCUMENTS = "urn:carebus:document"
DECLINE_REASONS = "urn:carebus:decline-reason"
_ORDER_STATUS = {"completed": "completed", "cancelled": "revoked", "entered-in-error": "entered-in-error"}
"""An order stands when the work is declined: only who placed it revokes it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A referral as it stands, with its patient and when it last moved."""

    patient_id: UUID
    referral: Referral
    moved_at: datetime


def standing_of(patient_id: UUID, referral: Referral) -> Standing:
    """A referral as it stands."""
    noted = (step.noted_at or step.at for step in referral.steps)
    return Standing(patient_id, referral, max(noted, default=referral.received.received_at))


def status_of(standing: Standing) -> str:
    """The status of its Task."""
    return task_status(standing.referral.status).fhir


def task_of(standing: Standing) -> Json:
    """The work on a referral. It names no patient while it is not settled who that is."""
    referral = standing.referral
    told = task_status(referral.status)
    task = {
        "resourceType": "Task",
        "id": str(referral.referral_id),
        "identifier": _identifiers(referral),
        "status": told.fhir,
        "businessStatus": concept(BSER, told.bser_code, told.bser_display),
        "intent": "order",
        "priority": referral.urgency.value,
        "code": concept(c.TASK_CODES, "fulfill", "Fulfill the focal request"),
        "focus": {"reference": f"ServiceRequest/{referral.referral_id}"},
        "authoredOn": referral.received.received_at.isoformat(),
        "lastModified": standing.moved_at.isoformat(),
        "requester": {"display": referral.received.referrer.organization},
        "owner": {"display": WHO},
    }
    if referral.status.value != "identity_review":
        task["for"] = _patient(standing)
    if reason := _reason(referral):
        task["statusReason"] = reason
    if referral.first_visit and referral.first_visit.summary_document_id:
        summary = {"system": DOCUMENTS, "value": str(referral.first_visit.summary_document_id)}
        task["output"] = [{"type": {"text": "Visit summary"}, "valueReference": {"identifier": summary}}]
    return task


def order_of(standing: Standing) -> Json:
    """The order, as it was placed."""
    received, referral = standing.referral.received, standing.referral
    services = [{"text": each} for each in received.requested_services]
    order: Json = {
        "resourceType": "ServiceRequest",
        "id": str(referral.referral_id),
        "identifier": _identifiers(referral),
        "status": _ORDER_STATUS.get(task_status(referral.status).fhir, "active"),
        "intent": "order",
        "priority": received.priority.value,
        "code": services[0] if services else {"text": "Palliative care at home"},
        "subject": _patient(standing),
        "occurrenceDateTime": received.received_at.isoformat(),
        "authoredOn": received.received_at.isoformat(),
        "requester": {"display": received.referrer.organization},
        "performer": [{"display": WHO}],
        "reasonCode": [diagnosis_concept(each.system, each.code, each.description) for each in received.diagnoses],
    }
    return order | ({"orderDetail": services[1:]} if services[1:] else {})


def answer_to(found: Resources, standing: Standing, *, again: bool, base: str, now: datetime) -> Json:
    """The answer to a Bundle: entry by entry to a transaction, a message to a message."""
    if found.bundle.at("type").text == "message":
        return _message(found, standing, base, now)
    status = "200 OK" if again else "201 Created"
    entries = [_answered(node.value, standing, status, base) for node in found.bundle.each("entry")]
    if not any(entry.get("resource", {}).get("resourceType") == "Task" for entry in entries):
        entries.append(_made("Task", standing, status, base))
    return {"resourceType": "Bundle", "type": "transaction-response", "entry": entries}


def searchset(standings: list[Standing], base: str, asked: str) -> Json:
    """The Tasks that were found, with the address of the search."""
    entries = [
        {
            "fullUrl": f"{base}/Task/{each.referral.referral_id}",
            "resource": task_of(each),
            "search": {"mode": "match"},
        }
        for each in standings
    ]
    link = [{"relation": "self", "url": asked}]
    found: Json = {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "link": link}
    return found | ({"entry": entries} if entries else {})


def _identifiers(referral: Referral) -> list[Json]:
    received = referral.received
    numbers = [
        {**identifier(c.FILLER, str(referral.referral_id), c.OURS), "assigner": {"display": WHO}},
        {"system": c.REFERENCE, "value": reference(referral.referral_id), "assigner": {"display": WHO}},
    ]
    if received.placer_id:
        placed = identifier(c.PLACER, received.placer_id, received.placer_assigner)
        numbers.insert(0, placed)
    return numbers


def _patient(standing: Standing) -> Json:
    return {"type": "Patient", "identifier": {"system": PATIENT, "value": str(standing.patient_id)}}


def _reason(referral: Referral) -> Json | None:
    """Why it stands so, where that needs saying: what is missing and who owes it, or why it was declined."""
    if referral.question and referral.status is Status.INFO_REQUESTED:
        items = ", ".join(item.value.replace("_", " ") for item in referral.question.items)
        return {"text": f"{referral.question.owed_by.value.replace('_', ' ')} owes: {items}"}
    if referral.outcome is None or not referral.outcome.decline_reason:
        return None
    code = referral.outcome.decline_reason.value
    return {**concept(DECLINE_REASONS, code), "text": code.replace("_", " ")}


def _answered(entry: Any, standing: Standing, status: str, base: str) -> Json:
    kind = entry.get("resource", {}).get("resourceType")
    if kind in {"ServiceRequest", "Task"}:
        return _made(kind, standing, status, base)
    return {"response": {"status": status}}


def _made(kind: str, standing: Standing, status: str, base: str) -> Json:
    resource = task_of(standing) if kind == "Task" else order_of(standing)
    location = f"{base}/{kind}/{standing.referral.referral_id}"
    return {"fullUrl": location, "resource": resource, "response": {"status": status, "location": location}}


def _message(found: Resources, standing: Standing, base: str, now: datetime) -> Json:
    asked = found.entered("MessageHeader")[0]
    named = uuid5(standing.referral.referral_id, f"answer:{asked.at('id').text}:{now.isoformat()}")
    code, display = c.REFERRAL_EVENT
    header: Json = {
        "resourceType": "MessageHeader",
        "id": str(named),
        "eventCoding": {"system": c.MESSAGE_EVENTS, "code": code, "display": display},
        "source": {"name": WHO, "endpoint": base},
        "response": {"identifier": asked.at("id").text or "unnamed", "code": "ok"},
        "focus": [{"reference": f"{base}/Task/{standing.referral.referral_id}"}],
    }
    made = [
        {"fullUrl": f"{base}/{each['resourceType']}/{each['id']}", "resource": each}
        for each in (task_of(standing), order_of(standing))
    ]
    return {
        "resourceType": "Bundle",
        "type": "message",
        "timestamp": now.isoformat(),
        "entry": [{"fullUrl": f"urn:uuid:{named}", "resource": header}, *made],
    }
