"""Who can sign in to a local run: somebody for each role, everyone on the roster, and programs of referrers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from carebus.access import AccountRole
from deploy.local.invented import contact, roster
from deploy.local.synthea import Sample

PROGRAM = "program:"
"""A client whose id begins so acts for the organization that the rest names."""
PROGRAM_SCOPES = "referrals.send uploads webhooks telephone hospital system/ServiceRequest.crs system/Task.rs"


HUB = f"{PROGRAM}Valley Health Exchange"
"""A program that passes on what others say: it is nobody's own, and so proves nothing about a referral."""
TRIED = "Elm Street Cardiology"
"""Whose program the documentation tries things with."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account at the provider."""

    subject: str
    name: str
    roles: tuple[AccountRole, ...]
    email: str = ""
    organization: str = ""

    @property
    def words(self) -> str:
        """What they are, in words."""
        return ", ".join(role.words for role in self.roles) or "no role"

    def claims(self) -> dict[str, Any]:
        """What their tokens say of them."""
        said: dict[str, Any] = {"name": self.name, "roles": [role.value for role in self.roles]}
        said |= {"email": self.email, "email_verified": True} if self.email else {}
        return said | ({"organization": self.organization} if self.organization else {})


PLAN = "Dual Eligible"
"""The plan of the sample whose members the plan's account sees."""
OFFICE = (
    Person("coordinator", "Ana Lima", (AccountRole.COORDINATOR,)),
    Person("supervisor", "June Park", (AccountRole.SUPERVISOR,)),
    Person("privacy", "Vera Stone", (AccountRole.PRIVACY_OFFICER,)),
    Person("analyst", "Max Hale", (AccountRole.ANALYST,)),
    Person("operator", "Omar Reyes", (AccountRole.OPERATOR,)),
    Person("plan", "Pat Quinn", (AccountRole.HEALTH_PLAN,), "pat.quinn@plan.example", PLAN),
    Person("referrer", "R. Osei", (AccountRole.REFERRER,), "osei@practice.example"),
)


def people(seed: int) -> dict[str, Person]:
    """Everybody who can sign in, by subject."""
    return {person.subject: person for person in (*OFFICE, _loved_one(seed), *_clinicians(seed))}


def organizations() -> set[str]:
    """Those whose programs a run may need: the sample's referrers, who passes on their word, and one to try with."""
    return {patient.referrer.organization for patient in Sample().patients()} | {HUB.removeprefix(PROGRAM), TRIED}


def _loved_one(seed: int) -> Person:
    """The first in the sample who may be told of somebody's care, by the mailbox that the referral has."""
    known = (contact(seed, patient) for patient in Sample().patients())
    told = next(one for one in known if one and one["consented"] and one["email"])
    return Person("family", told["full_name"], (AccountRole.FAMILY_MEMBER,), told["email"])


def _clinicians(seed: int) -> Iterator[Person]:
    for clinician in roster(seed):
        yield Person(str(clinician.clinician_id), clinician.name, (AccountRole(clinician.role.value),))
