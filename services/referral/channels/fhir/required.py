"""The value sets whose binding is required: a code outside of them, or in other letters, is refused by its place."""

from collections.abc import Iterator

from carebus.web.fhir.nodes import Node
from carebus.web.fhir.refusing import Issue

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH")
CARRIED_OUT = ("POST", "PUT")
"""The methods of entries that are read: both say that this is the resource."""

_PRIORITY = frozenset({"routine", "urgent", "asap", "stat"})
_ORDERS = {"order", "original-order", "reflex-order", "filler-order", "instance-order"}
_INTENT = frozenset({"proposal", "plan", "directive", *_ORDERS, "option"})
_GENDER = frozenset({"male", "female", "other", "unknown"})
_OPEN = {"draft", "requested", "received", "accepted", "ready", "in-progress", "on-hold"}
_TASK_STATUS = frozenset({*_OPEN, "rejected", "cancelled", "failed", "completed", "entered-in-error"})
_NAME_USE = frozenset({"usual", "official", "temp", "nickname", "anonymous", "old", "maiden"})
_ADDRESS_USE = frozenset({"home", "work", "temp", "old", "billing"})
_TELECOM_SYSTEM = frozenset({"phone", "fax", "email", "pager", "url", "sms", "other"})
_TELECOM_USE = frozenset({"home", "work", "temp", "old", "mobile"})
_IDENTIFIER_USE = frozenset({"usual", "official", "temp", "secondary", "old"})
_REACHED = {
    "gender": _GENDER,
    "name.use": _NAME_USE,
    "address.use": _ADDRESS_USE,
    "address.type": frozenset({"postal", "physical", "both"}),
    "telecom.system": _TELECOM_SYSTEM,
    "telecom.use": _TELECOM_USE,
}
REQUIRED: dict[str, dict[str, frozenset[str]]] = {
    "ServiceRequest": {
        "status": frozenset(["draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown"]),
        "intent": _INTENT,
        "priority": _PRIORITY,
    },
    "Task": {
        "status": _TASK_STATUS,
        "intent": (_INTENT - {"directive"}) | {"unknown"},
        "priority": _PRIORITY,
    },
    "Patient": _REACHED,
    "RelatedPerson": _REACHED,
    "Practitioner": _REACHED,
    "PractitionerRole": {name: codes for name, codes in _REACHED.items() if name.startswith("telecom")},
    "Organization": {name: codes for name, codes in _REACHED.items() if name.startswith("telecom")},
    "Coverage": {"status": frozenset({"active", "cancelled", "draft", "entered-in-error"})},
    "Consent": {
        "status": frozenset(["draft", "proposed", "active", "rejected", "inactive", "entered-in-error"]),
        "provision.type": frozenset({"deny", "permit"}),
    },
    "Observation": {
        "status": frozenset(
            ["registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown"]
        )
    },
}
"""By resource and element; `identifier.use` is the same in all."""

_RULE = "Use a code that FHIR R4 defines here, in its letters."


def unknown_codes(resource: Node) -> Iterator[Issue]:
    """The codes of a resource that its required value sets do not have."""
    required = REQUIRED.get(resource.kind, {})
    for path, codes in {**required, "identifier.use": _IDENTIFIER_USE}.items():
        for at in _at(resource, path):
            if at and not (isinstance(at.value, str) and at.value in codes):
                yield Issue("code-invalid", _RULE, at.path)


def _at(node: Node, path: str) -> list[Node]:
    head, _, rest = path.partition(".")
    if not rest:
        return [node.at(head)]
    found = node.each(head) or [node.at(head)]
    return [inner for each in found for inner in _at(each, rest)]


def refused_methods(entry: Node) -> Iterator[Issue]:
    """What an entry asks for that is not done here."""
    method = entry.at("request", "method")
    if not method or method.value in CARRIED_OUT:
        return
    if method.value in METHODS:
        rule = "Send entries that are posted or put: nothing is looked up, changed in part or deleted by a Bundle."
        yield Issue("not-supported", rule, method.path)
    else:
        yield Issue("code-invalid", _RULE, method.path)
