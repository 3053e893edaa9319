"""What an installation promises about who may do what, written down apart from the tables that services enforce."""

from __future__ import annotations

import re
from typing import NamedTuple

from carebus.access import CLINICAL, STAFF, AccountRole

OFFICE = frozenset({AccountRole.COORDINATOR, AccountRole.SUPERVISOR})
OUTSIDE = frozenset({AccountRole.HEALTH_PLAN, AccountRole.FAMILY_MEMBER})
"""They see something of their members and relatives, never in an emergency."""
ANSWERING = frozenset(
    {AccountRole.NURSE, AccountRole.ADVANCED_PRACTICE_PROVIDER, AccountRole.DOCTOR, AccountRole.SUPERVISOR}
)
"""Whoever may be on the line at night, for any patient; each look is on record."""
DECIDING = frozenset({AccountRole.DOCTOR, AccountRole.ADVANCED_PRACTICE_PROVIDER})
"""Who stands for an order, or for what is to become of one."""
OFFICER = frozenset({AccountRole.PRIVACY_OFFICER})
PUBLIC = "public"
"""Open to anybody, signed in or not."""
ACCOUNT = "account"
"""Open to anybody who has signed in; the page itself looks whose organization they belong to."""


class Promise(NamedTuple):
    """Routes whose name matches, and to whom they are open; `own`: those not of the office, of their own people."""

    routes: str
    to: frozenset[AccountRole] | str
    own: bool = False
    scopes: frozenset[str] = frozenset()


READERS = OFFICE | CLINICAL | {AccountRole.PRIVACY_OFFICER}
PROMISES: dict[str, list[Promise]] = {
    "referral": [
        Promise(r"\w+ /(refer|status)(/.*)?", PUBLIC),
        Promise(r"(GET /my|GET /my/sign-in|POST /my/sign-out)", PUBLIC),
        Promise(r"\w+ /my/.*", ACCOUNT),
        Promise(r"\w+ /fhir/metadata", PUBLIC),
        Promise(r"POST /fhir(/|/\$process-message)?", OFFICE, scopes=frozenset({"system/ServiceRequest.c"})),
        Promise(r"(GET|HEAD) /fhir/Task/.*", OFFICE, scopes=frozenset({"system/Task.r"})),
        Promise(r"(GET|HEAD) /fhir/ServiceRequest/.*", OFFICE, scopes=frozenset({"system/ServiceRequest.r"})),
        Promise(r"((GET|HEAD) /fhir/Task|POST /fhir/Task/_search)", OFFICE, scopes=frozenset({"system/Task.s"})),
        Promise(r"\w+ /fhir.*", PUBLIC),  # is told that nothing is done there
        Promise(r"POST /api/referrals(/withdrawals)?", OFFICE, scopes=frozenset({"referrals.send"})),
        Promise(
            r"POST /api/referrals/\{referral_id\}/"
            r"(supply-information|request-cancellation|withdraw-cancellation|mark-error)",
            OFFICE,
            scopes=frozenset({"referrals.send"}),
        ),
        Promise(
            r"POST /api/referrals/\{referral_id\}/amend",
            OFFICE,
            scopes=frozenset({"referrals.send", "system/ServiceRequest.c", "uploads"}),
        ),
        Promise(r"GET /api/referrals/\{referral_id\}", READERS, own=True),
        Promise(r"GET /referrals/\{referral_id\}", READERS, own=True),
        Promise(r"(GET|POST) /find", READERS),
        Promise(r"GET /(api/rulesets|rules.*)", READERS),
        Promise(
            r"(POST /api/uploads|GET /api/uploads/(template|\{upload_id\}.*))", OFFICE, scopes=frozenset({"uploads"})
        ),
        Promise(r"\w+ /api/organizations/.*", OFFICE, scopes=frozenset({"webhooks"})),
        Promise(r".*", OFFICE),
    ],
    "care_plan": [
        Promise(r"(GET|POST) /summary/\{token\}.*", PUBLIC),  # by a private link, and the date of birth
        Promise(r"(GET|POST) /hospice-package/\{token\}.*", PUBLIC),  # likewise
        Promise(r"GET /calendar/\{token\}\.ics", PUBLIC),  # by a private link: hours only
        Promise(r"(GET|POST) /calendar(/revoke)?", CLINICAL),
        Promise(r"(GET|POST) /patients/\{patient_id\}/calendar(/revoke)?", OFFICE),
        Promise(r"GET /api/patients/\{patient_id\}/fhir", OFFICE | CLINICAL, own=True),
        Promise(r"POST (/api)?/visits/\{visit_id\}/.*(send|take-back).*", OFFICE | CLINICAL, own=True),
        Promise(r"POST /find", OFFICE | CLINICAL),
        Promise(r"GET /(hospice|bereavement)", OFFICE | CLINICAL),
        Promise(r"POST /api/patients/\{patient_id\}/hospice/(confirm|dismiss)-prompt", CLINICAL, own=True),
        Promise(r"(GET|POST) /(api/)?patients/\{patient_id\}/(hospice|bereavement).*", OFFICE | CLINICAL, own=True),
        Promise(r"(GET|POST) /visits/\{visit_id\}/correct", CLINICAL, own=True),
        Promise(r"(GET|POST) /roster/\{clinician_id\}.*", OFFICE),
        Promise(r"POST /api/roster/\{clinician_id\}/(leave|cancel-leave)", OFFICE),
        Promise(r"POST /api/roster/\{clinician_id\}/.*", frozenset({AccountRole.SUPERVISOR})),
        Promise(r"POST /api/patients/\{patient_id\}/(change|arrange)-team", OFFICE),
        Promise(r"(GET|POST) /(api/)?proposals.*", OFFICE),
        Promise(r"POST /api/patients/\{patient_id\}/close-safety-task", CLINICAL, own=True),
        Promise(
            r"POST /api/patients/\{patient_id\}/(visits|end|(report|confirm|dismiss)-death)",
            OFFICE | CLINICAL,
            own=True,
        ),
        Promise(r"(GET|POST) /patients/\{patient_id\}/(change|\{act\})", OFFICE | CLINICAL, own=True),
        Promise(
            r"POST (/api)?/visits/\{visit_id\}/(\{act\}|confirm|reschedule|convert|cancel|no-show)",
            OFFICE | CLINICAL,
            own=True,
        ),
        Promise(r"POST /(api/)?roster", frozenset({AccountRole.SUPERVISOR})),
        Promise(r"GET /(api/)?roster", OFFICE | CLINICAL),
        Promise(r"GET /day", OFFICE | CLINICAL),
        Promise(r"(GET|POST) /emergency", CLINICAL),
        Promise(
            r"POST /api/.*/plan/(approve|settle-conflict)",
            frozenset({AccountRole.DOCTOR, AccountRole.ADVANCED_PRACTICE_PROVIDER}),
            own=True,
        ),
        Promise(r"POST /.*/(plan|medicines)/.*", CLINICAL, own=True),
        Promise(r"GET /patients/.*/(plan|medicines)/write", CLINICAL, own=True),
        Promise(r"GET /.*/(plan(/versions/.*)?|medicines)", OFFICE | CLINICAL, own=True),
        Promise(r"POST /.*visits/.*", CLINICAL, own=True),
        Promise(r"GET /visits/.*", OFFICE | CLINICAL, own=True),
        Promise(r"GET /(api/)?patients/.*", OFFICE | CLINICAL | OUTSIDE, own=True),
        Promise(r"GET (/|/api/patients|/api/visits)", OFFICE | CLINICAL | OUTSIDE),
    ],
    "notifications": [
        Promise(r"GET /(referrers|api/referrer-letters)", OFFICE | {AccountRole.PRIVACY_OFFICER}),
        Promise(r"GET .*", OFFICE | CLINICAL | {AccountRole.PRIVACY_OFFICER}),
    ],
    "wishes": [
        Promise(r"\w+ .*/move", frozenset({AccountRole.SUPERVISOR})),
        Promise(r"POST .*/conversations/.*", CLINICAL),
        Promise(r"POST .*/conversations", CLINICAL),
        Promise(r"POST /api/.*/(verify|incapacity|capacity|settle)", DECIDING),
        Promise(r"POST /api/.*/(revoke|take-out-agent)", CLINICAL),
        Promise(r"GET /patients/\{patient_id\}/summary", OFFICE | CLINICAL | {AccountRole.FAMILY_MEMBER}, own=False),
        Promise(r".*", OFFICE | CLINICAL),
    ],
    "equipment": [
        Promise(r"(GET|POST) /orders/\{token\}", PUBLIC),  # by a private link: a supplier's own order
        Promise(r"POST /api/.*/request", CLINICAL),
        Promise(r".*", OFFICE | CLINICAL),
    ],
    "line": [
        Promise(r"POST /telephone/\w+", PUBLIC),  # known by a signature
        Promise(r"GET /help/.*", PUBLIC),  # pages for families, which name nobody
        Promise(r"(GET|POST) /pages/\{token\}", PUBLIC),  # by a private link, which names no patient
        Promise(r"POST /shifts.*", frozenset({AccountRole.COORDINATOR, AccountRole.SUPERVISOR})),
        Promise(r"GET /(shifts)?", ANSWERING | {AccountRole.COORDINATOR}),
        Promise(r"POST /fhir/\$process-message", frozenset(), scopes=frozenset({"hospital"})),
        Promise(r"POST /api/telephone", frozenset({AccountRole.SUPERVISOR}), scopes=frozenset({"telephone"})),
        Promise(r"\w+ /(api/)?protocols.*", STAFF),
        Promise(r".*", ANSWERING),
    ],
    "audit": [
        Promise(r"GET /(api/)?reviews", OFFICER | {AccountRole.SUPERVISOR}),
        Promise(r".*", OFFICER),
    ],
    "outcomes": [
        Promise(r"GET /api/outcomes(/line|/planning)?", OFFICE | CLINICAL | OFFICER),
        Promise(
            r"GET .*", OFFICE | CLINICAL | {AccountRole.ANALYST, AccountRole.PRIVACY_OFFICER, AccountRole.HEALTH_PLAN}
        ),
    ],
}


def promise(service: str, route: str) -> Promise:
    """What is promised of a route: the first line that fits."""
    return next(one for one in PROMISES[service] if re.fullmatch(one.routes, route))
