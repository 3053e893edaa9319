"""A row as an AuditEvent of FHIR R4, by IHE's profiles (BALP) where it is what they are about. Pure."""

from base64 import b64encode
from typing import Any

from carebus.contracts.audit import DONE, AuditKind
from services.audit.domain.chains import KeptRow

BALP = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
DICOM = "http://dicom.nema.org/resources/ontology/DCM"
TYPES = "http://terminology.hl7.org/CodeSystem/audit-event-type"
ENTITIES = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
OBJECTS = "http://terminology.hl7.org/CodeSystem/object-role"
RESTFUL = "http://hl7.org/fhir/restful-interaction"
LIFECYCLE = "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle"
PURPOSES = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
PARTICIPANTS = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"

_REST = (TYPES, "rest")
_LOGIN = (DICOM, "110114")
_EXPORT = (DICOM, "110106")
_WHAT: dict[AuditKind, tuple[tuple[str, str], tuple[str, str], str]] = {
    AuditKind.READ: (_REST, (RESTFUL, "read"), "R"),
    AuditKind.COMMAND: (_REST, (RESTFUL, "operation"), "E"),
    AuditKind.DENIAL: (_REST, (RESTFUL, "operation"), "E"),
    AuditKind.EXPORT: (_EXPORT, (LIFECYCLE, "extract"), "R"),
    AuditKind.DISCLOSURE: (_EXPORT, (LIFECYCLE, "disclose"), "R"),
    AuditKind.SIGN_IN: (_LOGIN, (DICOM, "110122"), "E"),
    AuditKind.SIGN_OUT: (_LOGIN, (DICOM, "110123"), "E"),
}
"""Of each kind the type, the subtype and the action."""


def audit_event(kept: KeptRow) -> dict[str, Any]:
    """The resource. Nobody in it has a name: people and patients are opaque ids."""
    row = kept.row
    kind, subtype, action = _WHAT[row.kind]
    if _is_query(kept):
        subtype, action = (RESTFUL, "search"), "E"
    purpose = "BTG" if row.emergency_reason else "TREAT"
    return {
        "resourceType": "AuditEvent",
        "id": str(row.id),
        **({"meta": {"profile": [BALP + profile]}} if (profile := _profile(kept)) else {}),
        "type": _coding(*kind),
        "subtype": [_coding(*subtype)],
        "action": action,
        "recorded": row.at.isoformat(),
        "outcome": "0" if row.outcome == DONE else "4",
        **({} if row.outcome == DONE else {"outcomeDesc": row.outcome}),
        "purposeOfEvent": [{"coding": [_coding(PURPOSES, purpose)]}],
        "agent": _agents(kept),
        "source": {"observer": {"display": f"carebus {kept.service}"}, "type": [_coding(_SOURCES, "4")]},
        "entity": _entities(kept),
    }


_SOURCES = "http://terminology.hl7.org/CodeSystem/security-source-type"


def _is_query(kept: KeptRow) -> bool:
    """A list: its route names nobody."""
    return kept.row.kind is AuditKind.READ and "{" not in kept.row.name


def _profile(kept: KeptRow) -> str:
    if len(kept.row.patients) != 1:
        return ""
    if kept.row.kind is AuditKind.DISCLOSURE:
        return "PrivacyDisclosure.Source"
    if kept.row.kind is AuditKind.READ:
        return "PatientQuery" if _is_query(kept) else "PatientRead"
    return ""


def _agents(kept: KeptRow) -> list[dict[str, Any]]:
    row = kept.row
    client: dict[str, Any] = {
        "type": {"coding": [_coding(DICOM, "110153")]},
        "who": {"display": row.client or "browser"},
        "requestor": False,
    }
    if row.from_address:
        client["network"] = {"address": row.from_address, "type": "2"}
    server = {
        "type": {"coding": [_coding(DICOM, "110152")]},
        "who": {"display": f"carebus {kept.service}"},
        "requestor": False,
    }
    user = {
        "type": {"coding": [_coding(PARTICIPANTS, "IRCP")]},
        "role": [{"text": row.role}],
        "who": {"identifier": {"system": "urn:carebus:account", "value": row.who}},
        "requestor": True,
    }
    return [client, server, user]


def _entities(kept: KeptRow) -> list[dict[str, Any]]:
    row = kept.row
    found: list[dict[str, Any]] = [
        {
            "what": {"identifier": {"system": "urn:carebus:patient", "value": str(patient)}, "type": "Patient"},
            "type": _coding(ENTITIES, "1"),
            "role": _coding(OBJECTS, "1"),
        }
        for patient in row.patients
    ]
    data: dict[str, Any] = {"type": _coding(ENTITIES, "2"), "role": _coding(OBJECTS, "24" if _is_query(kept) else "4")}
    if _is_query(kept):
        data["query"] = b64encode(row.name.encode()).decode()
    else:
        data["what"] = {"display": row.name}
    if row.correlation_id:
        request = {"what": {"identifier": {"value": str(row.correlation_id)}}, "type": _coding(_ENTITY, "XrequestId")}
        return [*found, data, request]
    return [*found, data]


_ENTITY = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType"


def _coding(system: str, code: str) -> dict[str, str]:
    return {"system": system, "code": code}


def bundle(rows: list[KeptRow], here: str, following: str | None) -> dict[str, Any]:
    """A search's answer: the events, this page's address and the next one's."""
    links = [{"relation": "self", "url": here}]
    if following:
        links.append({"relation": "next", "url": following})
    entries = [{"resource": audit_event(one), "search": {"mode": "match"}} for one in rows]
    return {"resourceType": "Bundle", "type": "searchset", "link": links, "entry": entries}
