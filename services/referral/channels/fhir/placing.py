"""Gives an order back as it was placed: from the original while that is what stands, else from what is kept of it."""

from typing import Any

from carebus.web.fhir.nodes import Node
from carebus.web.fhir.refusing import NotReadable
from carebus.web.fhir.resources import Json
from services.referral.channels.fhir.arriving import Resources, take_in
from services.referral.channels.fhir.focus import focus_of
from services.referral.channels.fhir.reading import referral_of
from services.referral.channels.fhir.standing import (
    WHO,
    Standing,
    identifiers_of,
    order_status,
    patient_of,
    requester_of,
)
from services.referral.channels.fhir.writing import diagnosis_concept
from services.referral.domain import DirectReferral

_OF_THE_RECORD = {"meta", "text", "implicitRules", "contained"}
"""What an original says of the record it was in, not of the order."""
_OF_A_REASON = _OF_THE_RECORD | {"encounter", "asserter", "recorder", "evidence", "stage"}
"""What of a condition is no reason for an order."""


def order_read_from(raw: bytes | None, standing: Standing) -> Json:
    """The order of a referral, with the Bundle that it came in where that is kept."""
    try:
        return order_of(take_in(raw), standing) if raw else kept_order(standing)
    except NotReadable:
        return kept_order(standing)


def order_of(found: Resources, standing: Standing) -> Json:
    """The order as this Bundle placed it, if that is what stands; else what stands."""
    try:
        stated = referral_of(found, standing.referral.received.received_at)
    except NotReadable:
        return kept_order(standing)
    return _original(found, standing) if _stands(stated, standing) else kept_order(standing)


def kept_order(standing: Standing) -> Json:
    """The order by the fields of the referral."""
    received, referral = standing.referral.received, standing.referral
    services = [{"text": each} for each in received.requested_services]
    order: Json = {
        "resourceType": "ServiceRequest",
        "id": str(referral.referral_id),
        "identifier": identifiers_of(referral),
        "status": order_status(referral),
        "intent": "order",
        "priority": received.priority.value,
        "code": services[0] if services else {"text": "Palliative care at home"},
        "subject": patient_of(standing),
        "authoredOn": received.received_at.isoformat(),
        "requester": requester_of(referral),
        "performer": [{"display": WHO}],
    }
    reasons = [diagnosis_concept(each.system, each.code, each.description) for each in received.diagnoses]
    more = {
        "orderDetail": services[1:],
        "reasonCode": reasons,
        "note": [{"text": received.referral_note}] if received.referral_note else [],
    }
    return order | {name: value for name, value in more.items() if value}


def _stands(stated: DirectReferral, standing: Standing) -> bool:
    received = standing.referral.received
    return (
        stated.priority == received.priority
        and stated.placer_id == received.placer_id
        and stated.requested_services == received.requested_services
        and stated.referral_note == received.referral_note
        and [(each.system, each.code) for each in stated.diagnoses]
        == [(each.system, each.code) for each in received.diagnoses]
    )


def _original(found: Resources, standing: Standing) -> Json:
    """The sender's order under our id: what it refers to is contained, or named by what it is."""
    referral, order = standing.referral, focus_of(found).order
    placed = _copied(found, order, _OF_THE_RECORD)
    reasons = [found.referred(each) for each in order.each("reasonReference")]
    contained = [
        {**_copied(found, each, _OF_A_REASON), "id": f"reason-{n}", "subject": patient_of(standing)}
        for n, each in enumerate(reasons)
        if each.kind == "Condition"
    ]
    for n, each in enumerate(reasons):
        if each.kind == "Condition":
            placed["reasonReference"][n] = {"reference": f"#reason-{n}"}
    ours = identifiers_of(referral)[1 if referral.received.placer_id else 0 :]
    placed |= {
        "id": str(referral.referral_id),
        "identifier": [*placed.get("identifier", []), *ours],
        "status": order_status(referral),
        "subject": patient_of(standing),
        "requester": requester_of(referral),
    }
    placed.setdefault("authoredOn", referral.received.received_at.isoformat())
    placed.setdefault("performer", [{"display": WHO}])
    return placed | ({"contained": contained} if contained else {})


def _copied(found: Resources, resource: Node, left_out: set[str]) -> Json:
    kept = {name: value for name, value in resource.value.items() if name not in left_out}
    copied: Json = _without_addresses(found, Node(kept, resource.path))
    return copied


def _without_addresses(found: Resources, node: Node) -> Any:
    """An element whose references into the Bundle are named by what they lead to: their addresses lead nowhere here."""
    if isinstance(node.value, list):
        return [_without_addresses(found, Node(each, f"{node.path}[{n}]")) for n, each in enumerate(node.value)]
    if not isinstance(node.value, dict):
        return node.value
    if isinstance(node.value.get("reference"), str):
        return _named(found, node)
    return {name: _without_addresses(found, node.at(name)) for name, each in node.value.items() if each is not None}


def _named(found: Resources, reference: Node) -> Json:
    try:
        led_to = found.referred(reference)
    except NotReadable:  # of two that fit, which nobody read
        led_to = Node(None, reference.path)
    address = reference.at("reference").text
    if not led_to and address.startswith(("http://", "https://")):
        return dict(reference.value)
    kind = led_to.kind or reference.at("type").text
    kept: Json = {name: value for name, value in reference.value.items() if name != "reference"}
    kept.setdefault("display", led_to.at("name").text or kind or "Not kept here")
    return kept | ({"type": kind} if kind else {})
