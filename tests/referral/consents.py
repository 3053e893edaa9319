"""Consents for tests: the table of when a loved one may be told, part by part."""

from __future__ import annotations

from typing import Any

from tests.referral import bundles as b

Json = dict[str, Any]
TYPES = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
ROLES = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
SCOPES = "http://terminology.hl7.org/CodeSystem/consentscope"
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
ACTIONS = "http://terminology.hl7.org/CodeSystem/consentaction"
WHY = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
DAUGHTER, SON = "RelatedPerson/k1", "RelatedPerson/k2"


def related(which: str) -> Json:
    return {
        "resourceType": "RelatedPerson",
        "id": which,
        "patient": {"reference": "Patient/p1"},
        "name": [{"text": f"Relative {which}"}],
    }


def actor(who: str, role: Json | None = None) -> Json:
    return {"role": role or b.concept(TYPES, "IRCP"), "reference": {"reference": who}}


def rule(kind: str | None = "permit", *actors: Json, **more: Any) -> Json:
    return b.changed({}, {"type": kind, "actor": [*actors] or None, **more})


def consent(provision: Json | None, **changes: Any) -> Json:
    whole = {
        "resourceType": "Consent",
        "status": "active",
        "scope": b.concept(SCOPES, "patient-privacy"),
        "category": [b.concept("http://loinc.org", "59284-0")],
        "patient": {"reference": "Patient/p1"},
        "policyRule": b.concept(ACT, "OPTIN"),
        "provision": provision,
    }
    return b.changed(whole, changes)


def bundle(*consents: Json, people: tuple[str, ...] = ("k1", "k2")) -> Json:
    whole = b.transaction()
    whole["entry"] += [b.entry(related(each)) for each in people]
    whole["entry"] += [b.entry({**each, "id": f"n{n}"}) for n, each in enumerate(consents)]
    return whole


PERMIT = rule("permit", actor(DAUGHTER))
GRANTOR, GRANTEE = b.concept(ROLES, "GRANTOR"), b.concept(ROLES, "GRANTEE")

# Each part of a Consent with its values: what the value does to a permit, and to a deny (True: it goes on counting).
PARTS: dict[str, list[tuple[Json, bool, bool]]] = {
    "status": [({}, True, True), ({"status": "inactive"}, False, False), ({"status": "proposed"}, False, False)],
    "patient": [
        ({}, True, True),
        ({"patient": {"reference": "Patient/p9"}}, False, False),
        ({"patient": None}, False, False),
    ],
    "scope": [({}, True, True)]
    + [({"scope": b.concept(SCOPES, code)}, False, False) for code in ("research", "treatment", "adr")]
    + [({"scope": {"text": "none"}}, False, False)],
    "policy": [
        ({}, True, True),
        ({"policyRule": None, "policy": [{"uri": "urn:policy"}]}, True, True),
        ({"policyRule": None}, False, True),
        ({"policyRule": b.concept("urn:x", "OPTIN")}, False, True),
    ],
    "dateTime": [
        ({}, True, True),
        ({"dateTime": "2026-03-02"}, True, True),
        ({"dateTime": "2026-03-03"}, False, False),
    ],
    "verification": [
        ({}, True, True),
        ({"verification": [{"verified": False}]}, False, True),
        ({"verification": [{"verified": False}, {"verified": True}]}, True, True),
    ],
}  # fmt: skip
RULE_PARTS: dict[str, list[tuple[Json, bool, bool]]] = {
    "period": [
        ({}, True, True),
        ({"period": {"start": "2026-03-02", "end": "2026-03-02"}}, True, True),
        ({"period": {"end": "2026-03-01"}}, False, False),
        ({"period": {"start": "2026-03-03"}}, False, False),
    ],
    "actor": [
        ({"actor": [actor(DAUGHTER)]}, True, True),
        *(({"actor": [actor(DAUGHTER, b.concept(system, code))]}, True, True)
          for system, code in ((TYPES, "PRCP"), (ROLES, "GRANTEE"), (ROLES, "DELEGATEE"))),
        ({"actor": [actor(DAUGHTER, GRANTOR)]}, False, True),
        ({"actor": [actor(DAUGHTER, b.concept("urn:x", "IRCP"))]}, False, True),
        ({"actor": [actor(SON)]}, False, False),
        ({"actor": [actor(SON), actor(DAUGHTER)]}, True, True),
        ({"actor": [{"role": b.concept(TYPES, "IRCP"), "reference": {"display": "her child"}}]}, False, True),
        ({}, False, True),
    ],
    "action": [
        ({}, True, True),
        ({"action": [b.concept(ACTIONS, "disclose")]}, True, True),
        ({"action": [b.concept(ACTIONS, "collect"), b.concept(ACTIONS, "access")]}, True, True),
        ({"action": [b.concept(ACTIONS, "collect"), b.concept(ACTIONS, "use")]}, False, False),
        ({"action": [b.concept(ACTIONS, "correct")]}, False, False),
        ({"action": [b.concept("urn:x", "tell")]}, False, True),
    ],
    "purpose": [
        ({}, True, True),
        *(
            ({"purpose": [{"system": WHY, "code": code}]}, True, True)
            for code in ("TREAT", "FAMRQT", "PATRQT", "PWATRNY")
        ),
        ({"purpose": [{"system": WHY, "code": "HRESCH"}, {"system": WHY, "code": "FAMRQT"}]}, True, True),
        ({"purpose": [{"system": WHY, "code": "HRESCH"}, {"system": WHY, "code": "HMARKT"}]}, False, False),
        ({"purpose": [{"system": WHY, "code": "HPAYMT"}]}, False, False),
        ({"purpose": [{"system": "urn:x", "code": "x"}]}, False, True),
    ],
    "limits": [
        ({}, True, True),
        ({"class": [{"system": "urn:x", "code": "lab"}]}, False, True),
        ({"code": [{"text": "lab"}]}, False, True),
        ({"data": [{"meaning": "instance", "reference": {"display": "x"}}]}, False, True),
        ({"dataPeriod": {"start": "2020"}}, False, True),
        ({"securityLabel": [{"system": "urn:x", "code": "R"}]}, False, True),
    ],
}  # fmt: skip
BASELINE = [RULE_PARTS[part][0] for part in RULE_PARTS]
