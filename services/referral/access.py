"""Who may do and see what with referrals: the office, programs with their scopes, referrers, and public doors."""

from collections.abc import Mapping

from pydantic import BaseModel

from carebus.access import (
    Access,
    AccountRole,
    Relation,
    Rule,
    anyone,
    clinicians,
    holder_of,
    holding,
    program,
    roles,
    signed_in,
)
from carebus.access.panels import panels_of
from services.referral.domain import DEEDS, Act, ReferralUnknown
from services.referral.domain.feedback.updates import NoteView, RenewLink, RevokeLink
from services.referral.domain.identity.records import DecideReview, MergeWanted, UnmergeWanted
from services.referral.domain.referring.requests import DirectReferral, Withdrawal
from services.referral.domain.workflow.numbers import ReleaseNumber

PRIVATE_LINK = "a private link"
BY_LINK = holding(PRIVATE_LINK, "referrer:link")
"""Somebody who opened a private link: it proves a mailbox, and nothing more."""

office = roles(AccountRole.COORDINATOR, AccountRole.SUPERVISOR)
officer = roles(AccountRole.PRIVACY_OFFICER)
reader = (office | officer | clinicians.on(Relation.PANEL)).unknown_as(ReferralUnknown)
"""Who finds a referral and reads it: the care team of the person, and whoever must account for it."""
of_rules = office | officer | clinicians
"""Who reads the rules, which name nobody."""

SENDS, LISTS, HOOKS = "referrals.send", "uploads", "webhooks"
"""What a program's token may allow beside FHIR's own scopes."""


def smart(kind: str, what: str) -> Rule:
    """A SMART Backend Services scope, such as `system/Task.rs`; of one letter here, since tokens' are taken apart."""
    return program(f"system/{kind}.{what}") | program(f"system/*.{what}")


sender = office | program(SENDS) | smart("ServiceRequest", "c") | program(LISTS)
link = office | holder_of(PRIVATE_LINK)
public_form = anyone(because="the Direct Referral Form is a public door", throttle="forms")
by_letter = anyone(because="whoever holds the private link of a letter may open it", throttle="links")
to_sign_in = anyone(because="where referrers begin to sign in")

_ACTS: dict[Act, Rule] = {
    Act.AMEND: sender,
    Act.SUPPLY_INFORMATION: link | program(SENDS),
    Act.REQUEST_CANCELLATION: link | program(SENDS),
    Act.WITHDRAW_CANCELLATION: link | program(SENDS),
    Act.MARK_ERROR: office | program(SENDS),
}
"""What somebody other than the office may do to a referral; the workflow's own table says when."""

COMMANDS_MAY: Mapping[type[BaseModel], Rule] = {
    **{deed.command: _ACTS.get(act, office) for act, deed in DEEDS.items()},
    DirectReferral: anyone(because="anybody may refer; who is not proven changes nobody's record"),
    Withdrawal: sender,
    ReleaseNumber: sender,
    DecideReview: office,
    MergeWanted: office,
    UnmergeWanted: office,
    RenewLink: anyone(because="it sends a letter to the address on file, and tells nothing"),
    RevokeLink: office,
    NoteView: link | signed_in,
}

_SINGLE = {
    "POST /api/referrals": office | program(SENDS),
    "POST /api/referrals/withdrawals": office | program(SENDS),
    "GET /api/referrals": office,
    "GET /api/referrals/{referral_id}": reader,
    "GET /api/referrals/{referral_id}/arrived": office,
    "GET /fhir/metadata": anyone(because="a capability statement names nobody"),
    "GET /fhir/Task/{referral_id}": office | smart("Task", "r"),
    "GET /fhir/ServiceRequest/{referral_id}": office | smart("ServiceRequest", "r"),
    "GET /fhir/Task": office | smart("Task", "s"),
    "POST /fhir/Task/_search": office | smart("Task", "s"),
    "GET /api/organizations/{organization_id}/webhooks": office | program(HOOKS),
    "POST /api/organizations/{organization_id}/webhooks": office | program(HOOKS),
    "POST /api/organizations/{organization_id}/webhooks/{endpoint_id}/{what}": office | program(HOOKS),
    "GET /my": to_sign_in,
    "GET /my/sign-in": to_sign_in,
    "POST /my/sign-out": to_sign_in,
    "GET /referrals/{referral_id}": reader,
    "GET /find": reader,
    "POST /find": reader,
    "GET /api/rulesets": of_rules,
    "GET /rules": of_rules,
    "GET /rules/{name}/{version}": of_rules,
    **{
        f"{route}": office | program(LISTS)
        for route in (
            "POST /api/uploads",
            "GET /api/uploads/template",
            "GET /api/uploads/{upload_id}",
            "GET /api/uploads/{upload_id}/problems",
            "GET /api/uploads/{upload_id}/result",
            "GET /api/uploads/{upload_id}/rows",
        )
    },
}

_OFFICE = (
    "GET /, GET /referrals/{referral_id}/details, POST /referrals/{referral_id}/details,"
    "POST /referrals/{referral_id}/{act}, POST /together/{act},"
    "GET /referrals/{referral_id}/referrer, POST /referrals/{referral_id}/referrer/renew,"
    "POST /referrals/{referral_id}/referrer/revoke,"
    "GET /referrers, GET /referrers/{organization_id}, POST /referrers/{organization_id}/webhooks,"
    "POST /referrers/{organization_id}/webhooks/{endpoint_id}/{what}, POST /referrers/{organization_id}/accounts,"
    "POST /referrers/{organization_id}/accounts/remove, POST /referrers/{organization_id}/names,"
    "GET /api/identity/reviews, GET /api/identity/reviews/{review_id}, POST /api/identity/reviews/{review_id}/decide,"
    "POST /api/identity/merges, POST /api/identity/unmerges, GET /api/identity/patients/{patient_id},"
    "GET /identity, GET /identity/of/{referral_id}, GET /identity/{review_id}, POST /identity/{review_id},"
    "POST /identity/{review_id}/unmerge,"
    "GET /uploads, POST /uploads, GET /uploads/{upload_id}, POST /uploads/{upload_id}/confirm,"
    "POST /uploads/{upload_id}/discard, POST /uploads/{upload_id}/again,"
    "GET /api/uploads,   POST /api/uploads/{upload_id}/confirm,"
    "POST /api/uploads/{upload_id}/again, POST /api/uploads/{upload_id}/discard, "
    ""
    "GET /intake/new, POST /intake/new, GET /intake/new/sent/{referral_id}"
)
_FORMS = [
    f"{asked} {door}{rest}"
    for door in ("/refer", "/refer/plan", "/refer/letter")
    for asked, rest in (("GET", ""), ("POST", ""), ("GET", "/sent/{referral_id}"))
]
_LETTERS = [
    *("GET /status", "POST /status", "GET /status/{token}"),
    *(f"POST /status/{{token}}/{act}" for act in ("open", "close", "renew", "supply", "cancel", "keep")),
]
_ACCOUNT = (
    "GET /my/referrals, GET /my/referrals/{referral_id}, GET /my/webhooks, POST /my/webhooks,"
    "POST /my/webhooks/{endpoint_id}/{what}"
)
_BUNDLES = ("POST /fhir", "POST /fhir/", "POST /fhir/$process-message")
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


def _named(text: str) -> list[str]:
    return [name.strip() for name in text.split(",")]


READS_MAY = {
    **{f"{method} /fhir{rest}": anyone(because="it is told that this is not done here")
       for method in _METHODS for rest in ("", "/{path:path}")},
    **dict.fromkeys(_named(_OFFICE), office),
    **dict.fromkeys(_FORMS, public_form),
    **dict.fromkeys(_LETTERS, by_letter),
    **dict.fromkeys(_named(_ACCOUNT), signed_in),
    **dict.fromkeys(_BUNDLES, office | smart("ServiceRequest", "c")),
    **{
        f"POST /api/referrals/{{referral_id}}/{act.replace('_', '-')}": _ACTS.get(act, office)
        for act in DEEDS
    },
    **_SINGLE,
    **{f"HEAD{route[3:]}": rule for route, rule in _SINGLE.items() if route.startswith("GET /fhir/")},
}  # fmt: skip

ACCESS = Access(COMMANDS_MAY, READS_MAY, panels_of)
