"""Writes what became of a referral: its ServiceRequest, its Task, and the answer to the Bundle that brought it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid5

from carebus.web.fhir.refusing import Issue, outcome
from carebus.web.fhir.resources import Json
from services.referral.channels.fhir import codes as c
from services.referral.channels.fhir.arriving import Resources
from services.referral.channels.fhir.focus import focus_of
from services.referral.channels.fhir.placing import order_of
from services.referral.channels.fhir.reading import stating_of
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


def became(answer: Mapping[str, Any]) -> list[Issue]:
    """What became of a statement, by the answer to its command: which one stands, what waits, what would settle it."""
    if not answer.get("became"):
        return []
    said = [f"What was stated as of {answer['stands_since']} stands."] if answer.get("stands_since") else []
    said += [f"For the office: {', '.join(answer['waits'])}."] if answer.get("waits") else []
    said += [answer["settled_by"]] if answer.get("settled_by") else []
    return [Issue("informational", " ".join(said) or "Done.", "", "information", answer["became"])]


def answer_to(
    found: Resources, standing: Standing, *, again: bool, base: str, now: datetime, told: Sequence[Issue] = ()
) -> Json:
    """The answer to a Bundle: entry by entry to a transaction, a message to a message. `told` goes with it."""
    issues = [*told, *_warnings(found, now)]
    if found.bundle.at("type").text == "message":
        return _message(found, standing, base, now, issues)
    status = "200 OK" if again else "201 Created"
    resources = {"Task": task_of(standing), "ServiceRequest": order_of(found, standing)}
    focus = focus_of(found)
    made_of = {focus.task.path: resources["Task"], focus.order.path: resources["ServiceRequest"]}
    places = [each.at("resource").path for each in found.bundle.each("entry")]
    entries = [_made(made_of.get(place), status, base) for place in places]
    if issues:
        at = places.index(focus.order.path) if focus.order.path in places else 0
        entries[at]["response"]["outcome"] = outcome(issues)
    if not focus.task:
        entries.append(_made(resources["Task"], status, base))
    return {"resourceType": "Bundle", "type": "transaction-response", "entry": entries}


def _warnings(found: Resources, now: datetime) -> list[Issue]:
    """What was put up with; of an order that is taken back nothing more is read."""
    return [] if focus_of(found).withdrawn else stating_of(found, now).warnings


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


def _message(found: Resources, standing: Standing, base: str, now: datetime, issues: Sequence[Issue]) -> Json:
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
    made: list[Json] = [
        {"fullUrl": f"{base}/{each['resourceType']}/{each['id']}", "resource": each}
        for each in (task_of(standing), order_of(found, standing))
    ]
    if issues:
        details = f"urn:uuid:{uuid5(named, 'details')}"
        header["response"]["details"] = {"reference": details}
        made.append({"fullUrl": details, "resource": outcome(issues)})
    return {
        "resourceType": "Bundle",
        "type": "message",
        "timestamp": now.isoformat(),
        "entry": [{"fullUrl": f"urn:uuid:{named}", "resource": header}, *made],
    }
