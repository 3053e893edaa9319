"""Who stands at which door in tests of referral: the office, a program that is nobody's, and outsiders."""

from __future__ import annotations

import re

import httpx

from carebus.access import AccountRole
from carebus.testing import people

OUTSIDE = re.compile(r"/(refer|status|my)(/|$)")
PROGRAMS = re.compile(r"/api/referrals(/withdrawals)?$|/fhir(/|/\$process-message)?$")
SCOPES = "referrals.send uploads webhooks telephone hospital system/ServiceRequest.crs system/Task.rs"


def program(organization: str = "") -> str:
    """A token of a program: bound to an organization, or to none, and so not proven."""
    return people.token(subject=f"program of {organization}", scope=SCOPES, organization=organization)


def who_comes(request: httpx.Request) -> str | None:
    """The office, but for what comes in from outside: public doors, and programs that send."""
    path = request.url.path
    if OUTSIDE.match(path):
        return None
    sends = request.method == "POST" and PROGRAMS.match(path)
    return program() if sends else people.everybody()


def as_(name: str) -> dict[str, str]:
    """Headers of a coordinator of this name, in place of the office as a whole."""
    return {"Authorization": f"Bearer {people.token(AccountRole.COORDINATOR, subject=name)}"}


def as_referrer(organization: str = "Elm Street Cardiology") -> dict[str, str]:
    """Headers of a program that sends referrals for this organization."""
    return {"Authorization": f"Bearer {program(organization)}"}


def with_address(email: str, *, verified: bool = True) -> dict[str, str]:
    """Headers of somebody who has signed in with this mailbox, and has no role."""
    said = people.claims(subject=email, email=email, email_verified=verified)
    return {"Authorization": f"Bearer {people.signed(said)}"}
