"""Finds what a Bundle is about: its one order, with the Task that leads to it, and the number its sender gave it."""

from dataclasses import dataclass

from carebus.web.fhir.nodes import NOWHERE, Node
from carebus.web.fhir.refusing import NotReadable
from services.referral.channels.fhir.arriving import Resources
from services.referral.channels.fhir.codes import IDENTIFIER_TYPES, PLACER, TASK_CODES
from services.referral.channels.fhir.nodes import code_in

OPEN_TASKS = {"draft", "requested", "received", "ready"}
ASKED_FOR = {"", "fulfill", "approve"}
ORDERS = {"order", "original-order", "reflex-order", "filler-order", "instance-order", "directive"}
TAKEN_BACK = {"revoked", "entered-in-error"}


@dataclass(frozen=True, slots=True)
class Focus:
    """The order, and the Task if there is one."""

    task: Node
    order: Node

    @property
    def withdrawn(self) -> bool:
        """Whether its sender takes the order back."""
        return self.order.at("status").text in TAKEN_BACK

    @property
    def placer(self) -> Node:
        """The identifier that is the sender's own number of the order."""
        return placer(self.order) or placer(self.task)


def focus_of(found: Resources) -> Focus:
    """The Task (if there is one) and the ServiceRequest that this Bundle is about. Raises NotReadable."""
    tasks, orders = found.entered("Task"), found.entered("ServiceRequest")
    header = _header(found)
    if header:
        focus = header.each("focus")
        led_to = found.referred(focus[0]) if focus else NOWHERE
        if led_to.kind not in {"Task", "ServiceRequest"}:
            raise refused("required", "Let the message's focus be its Task or its ServiceRequest.", header.at("focus"))
        tasks = [led_to] if led_to.kind == "Task" else tasks
        orders = [led_to] if led_to.kind == "ServiceRequest" else orders
    if len(tasks) > 1:
        raise NotReadable.because("multiple-matches", "Send one referral, with at most one Task.", tasks[1].path)
    task = tasks[0] if tasks else NOWHERE
    if task.at("focus"):
        orders = [_led_to(found, task)]
    if len(orders) != 1:
        where = orders[1].path if orders else "Bundle.entry"
        raise NotReadable.because("required", "Send one ServiceRequest; one Bundle is one referral.", where)
    whole = Focus(task, orders[0])
    _require_an_order(whole)
    return whole


def _led_to(found: Resources, task: Node) -> Node:
    order = found.referred(task.at("focus"))
    if order.kind != "ServiceRequest" or not found.entry_of(order):
        raise refused("not-found", "Include the ServiceRequest that this names, as an entry.", task.at("focus"))
    return order


def placer(resource: Node) -> Node:
    """The sender's own number: of the type PLAC, else the only one of no type. A visit or an account is no order."""
    numbers = [each for each in resource.each("identifier") if each.at("value").text and each.at("use").text != "old"]
    placed = [each for each in numbers if code_in(each.at("type"), IDENTIFIER_TYPES) == PLACER]
    plain = [each for each in numbers if not each.at("type")]
    official = [each for each in plain if each.at("use").text == "official"]
    for among in (placed[:1], plain, official):
        if len(among) == 1:
            return among[0]
    return NOWHERE


def refused(code: str, rule: str, at: Node) -> NotReadable:
    """Refused for what is at this place."""
    return NotReadable.because(code, rule, at.path)


def _header(found: Resources) -> Node:
    headers = found.entered("MessageHeader")
    if found.bundle.at("type").text == "message" and (not headers or headers[0].path != "Bundle.entry[0].resource"):
        raise NotReadable.because("required", "Begin a message with its MessageHeader.", "Bundle.entry[0]")
    return headers[0] if headers else NOWHERE


def _require_an_order(focus: Focus) -> None:
    task, order = focus.task, focus.order
    if focus.withdrawn:
        return
    if order.at("status").text not in {"active", "draft"}:
        raise refused("business-rule", "A referral begins with a ServiceRequest that is active.", order.at("status"))
    if order.at("intent").text not in ORDERS:
        raise refused("business-rule", "A referral is an order: no proposal, plan or option.", order.at("intent"))
    if order.at("doNotPerform").value is True:
        raise refused("business-rule", "A referral asks for a service.", order.at("doNotPerform"))
    if code_in(task.at("code"), TASK_CODES) not in ASKED_FOR:
        rule = "A Task refers by asking to fulfill its order; take an order back by its status."
        raise refused("not-supported", rule, task.at("code"))
    if task and task.at("status").text not in OPEN_TASKS:
        raise refused("business-rule", "A referral begins with a Task that is requested.", task.at("status"))
