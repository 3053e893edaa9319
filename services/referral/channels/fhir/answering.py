"""Writes what became of a referral: its ServiceRequest, its Task, and the answer to the Bundle that brought it."""

from datetime import datetime
from uuid import uuid5

from services.referral.channels.fhir import codes as c
from services.referral.channels.fhir.arriving import Resources
from services.referral.channels.fhir.focus import focus_of
from services.referral.channels.fhir.placing import order_of
from services.referral.channels.fhir.reading import stating_of
from services.referral.channels.fhir.refusing import Json, outcome
from services.referral.channels.fhir.standing import WHO, Standing, identifiers_of, patient_of, requester_of
from services.referral.channels.fhir.writing import concept
from services.referral.domain import Referral, Status
from services.referral.domain.feedback.business_status import BSER, task_status

DOCUMENTS = "urn:carebus:document"
DECLINE_REASONS = "urn:carebus:decline-reason"


def task_of(standing: Standing) -> Json:
    """The work on a referral. It names no patient while it is not settled who that is."""
    referral = standing.referral
    told = task_status(referral.status)
    task = {
        "resourceType": "Task",
        "id": str(referral.referral_id),
        "identifier": identifiers_of(referral),
        "status": told.fhir,
        "businessStatus": concept(BSER, told.bser_code, told.bser_display),
        "intent": "order",
        "priority": referral.urgency.value,
        "code": concept(c.TASK_CODES, "fulfill", "Fulfill the focal request"),
        "focus": {"reference": f"ServiceRequest/{referral.referral_id}"},
        "authoredOn": referral.received.received_at.isoformat(),
        "lastModified": standing.moved_at.isoformat(),
        "requester": requester_of(referral),
        "owner": {"display": WHO},
    }
    if referral.status.value != "identity_review":
        task["for"] = patient_of(standing)
    if reason := _reason(referral):
        task["statusReason"] = reason
    if referral.first_visit and referral.first_visit.summary_document_id:
        summary = {"system": DOCUMENTS, "value": str(referral.first_visit.summary_document_id)}
        task["output"] = [{"type": {"text": "Visit summary"}, "valueReference": {"identifier": summary}}]
    return task


def answer_to(found: Resources, standing: Standing, *, again: bool, base: str, now: datetime) -> Json:
    """The answer to a Bundle: entry by entry to a transaction, a message to a message."""
    if found.bundle.at("type").text == "message":
        return _message(found, standing, base, now)
    status = "200 OK" if again else "201 Created"
    resources = {"Task": task_of(standing), "ServiceRequest": order_of(found, standing)}
    focus = focus_of(found)
    made_of = {focus.task.path: resources["Task"], focus.order.path: resources["ServiceRequest"]}
    places = [each.at("resource").path for each in found.bundle.each("entry")]
    entries = [_made(made_of.get(place), status, base) for place in places]
    if warnings := stating_of(found, now).warnings:
        told = places.index(focus.order.path) if focus.order.path in places else 0
        entries[told]["response"]["outcome"] = outcome(warnings)
    if not focus.task:
        entries.append(_made(resources["Task"], status, base))
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


def _reason(referral: Referral) -> Json | None:
    """Why it stands so, where that needs saying: what is missing and who owes it, or why it was declined."""
    if referral.question and referral.status is Status.INFO_REQUESTED:
        items = ", ".join(item.value.replace("_", " ") for item in referral.question.items)
        return {"text": f"{referral.question.owed_by.value.replace('_', ' ')} owes: {items}"}
    if referral.outcome is None or not referral.outcome.decline_reason:
        return None
    code = referral.outcome.decline_reason.value
    return {**concept(DECLINE_REASONS, code), "text": code.replace("_", " ")}


def _made(resource: Json | None, status: str, base: str) -> Json:
    if resource is None:
        return {"response": {"status": status}}
    location = f"{base}/{resource['resourceType']}/{resource['id']}"
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
        for each in (task_of(standing), order_of(found, standing))
    ]
    return {
        "resourceType": "Bundle",
        "type": "message",
        "timestamp": now.isoformat(),
        "entry": [{"fullUrl": f"urn:uuid:{named}", "resource": header}, *made],
    }
