"""Reads the resources of a Bundle as one direct referral: a pure translation, place by place."""

from datetime import datetime

from pydantic import ValidationError

from carebus.contracts.referral import Channel
from carebus.web.forms import errors_of
from services.referral.channels.fhir import clinical, people
from services.referral.channels.fhir.arriving import Resources, take_in
from services.referral.channels.fhir.codes import FILLER, IDENTIFIER_TYPES, PLACER, URGENT
from services.referral.channels.fhir.nodes import NOWHERE, Node, code_in, words
from services.referral.channels.fhir.refusing import Issue, NotReadable
from services.referral.channels.fhir.stating import Stating
from services.referral.domain import DirectReferral
from services.referral.domain.referring.requests import MOST_SERVICES

LONGEST_SERVICE = 100
OPEN_TASKS = {"draft", "requested", "received", "ready"}
ORDERS = {"order", "original-order", "reflex-order", "filler-order", "instance-order", "directive"}


def read(raw: bytes, now: datetime) -> tuple[DirectReferral, Resources]:
    """The referral that these bytes are, and the resources it was read from. Raises NotReadable."""
    found = take_in(raw)
    return referral_of(found, now), found


def referral_of(found: Resources, now: datetime) -> DirectReferral:
    """The one referral of these resources. Raises NotReadable."""
    task, order = _focus(found)
    patient = _patient(found, task, order)
    stating = Stating()
    stating.put("channel", Channel.FHIR, order)
    stating.put("priority", "urgent" if _is_urgent(task, order) else "routine", order.at("priority"))
    _state_identifiers(stating, found, task, order)
    people.state_patient(stating, patient)
    people.state_referrer(stating, found, task, order)
    people.state_contact(stating, found, patient)
    clinical.state_diagnoses(stating, found, order, patient)
    clinical.state_payer(stating, found, order, patient)
    clinical.state_hospice(stating, found, patient)
    services = [words(each)[:LONGEST_SERVICE] for each in (order.at("code"), *order.each("orderDetail"))]
    stating.put("requested_services", list(filter(None, services))[:MOST_SERVICES], order.at("code"))
    notes = [note.at("text").text for note in order.each("note")]
    stating.put("referral_note", "\n\n".join(filter(None, notes)), order.at("note"))
    try:
        return DirectReferral.stated(stating.body, now)
    except ValidationError as why:
        issues = [Issue("value", rule, stating.place_of(field)) for field, rule in errors_of(why).items()]
        raise NotReadable(issues) from None


def _focus(found: Resources) -> tuple[Node, Node]:
    """The Task (if there is one) and the ServiceRequest that this Bundle is about. Raises NotReadable."""
    tasks, orders = found.of("Task"), found.of("ServiceRequest")
    header = _header(found)
    if header:
        focus = header.each("focus")
        led_to = found.referred(focus[0]) if focus else NOWHERE
        if led_to.kind not in {"Task", "ServiceRequest"}:
            raise _refused("required", "Let the message's focus be its Task or its ServiceRequest.", header.at("focus"))
        tasks = [led_to] if led_to.kind == "Task" else tasks
        orders = [led_to] if led_to.kind == "ServiceRequest" else orders
    if len(tasks) > 1:
        raise NotReadable.because("multiple-matches", "Send one referral, with at most one Task.", tasks[1].path)
    task = tasks[0] if tasks else NOWHERE
    focused = found.referred(task.at("focus")) if task.at("focus") else NOWHERE
    if focused.kind == "ServiceRequest":
        orders = [focused]
    elif task.at("focus"):
        raise _refused("not-found", "Include the ServiceRequest that this names.", task.at("focus"))
    if len(orders) != 1:
        where = orders[1].path if orders else "Bundle.entry"
        raise NotReadable.because("required", "Send one ServiceRequest; one Bundle is one referral.", where)
    _require_an_order(task, orders[0])
    return task, orders[0]


def _header(found: Resources) -> Node:
    headers = found.of("MessageHeader")
    if found.bundle.at("type").text == "message" and (not headers or headers[0].path != "Bundle.entry[0].resource"):
        raise NotReadable.because("required", "Begin a message with its MessageHeader.", "Bundle.entry[0]")
    return headers[0] if headers else NOWHERE


def _require_an_order(task: Node, order: Node) -> None:
    if order.at("status").text not in {"active", "draft"}:
        raise _refused("business-rule", "A referral begins with a ServiceRequest that is active.", order.at("status"))
    if order.at("intent").text not in ORDERS:
        raise _refused("business-rule", "A referral is an order: no proposal, plan or option.", order.at("intent"))
    if order.at("doNotPerform").value is True:
        raise _refused("business-rule", "A referral asks for a service.", order.at("doNotPerform"))
    if task and task.at("status").text not in OPEN_TASKS:
        raise _refused("business-rule", "A referral begins with a Task that is requested.", task.at("status"))


def _patient(found: Resources, task: Node, order: Node) -> Node:
    reference = order.at("subject") or task.at("for")
    patient = found.referred(reference)
    if patient.kind != "Patient":
        raise _refused("not-found", "Include the Patient that this names.", order.at("subject"))
    return patient


def _is_urgent(task: Node, order: Node) -> bool:
    return bool({order.at("priority").text, task.at("priority").text} & URGENT)


def _state_identifiers(stating: Stating, found: Resources, task: Node, order: Node) -> None:
    placed = placer(order) or placer(task)
    if placed:
        stating.put("placer_id", placed.at("value").text, placed.at("value"))
        stating.put("placer_assigner", _assigner(found, placed), placed.at("assigner"))


def placer(resource: Node) -> Node:
    """The sender's own number of a referral: the one of the type PLAC, or the only one of no type."""
    numbers = [each for each in resource.each("identifier") if each.at("value").text]
    placed = [each for each in numbers if code_in(each.at("type"), IDENTIFIER_TYPES) == PLACER]
    plain = [each for each in numbers if code_in(each.at("type"), IDENTIFIER_TYPES) not in {PLACER, FILLER}]
    return (placed or plain or [NOWHERE])[0]


def _assigner(found: Resources, placed: Node) -> str:
    assigner = placed.at("assigner")
    named = found.referred(assigner).at("name").text if assigner else ""
    return (
        placed.at("system").text or assigner.at("identifier", "value").text or named or assigner.at("display").text
    )[:200]


def _refused(code: str, rule: str, at: Node) -> NotReadable:
    return NotReadable.because(code, rule, at.path)
