"""Who can sign in to a local run: somebody for each role, everyone on the roster, and programs of referrers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from carebus.access import AccountRole
from deploy.local.invented import roster
from deploy.local.synthea import Sample

PROGRAM = "program:"
"""A client whose id begins so acts for the organization that the rest names."""
PROGRAM_SCOPES = "referrals.send uploads webhooks system/ServiceRequest.crs system/Task.rs"


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

    @property
    def words(self) -> str:
        """What they are, in words."""
        return ", ".join(role.words for role in self.roles) or "no role"

    def claims(self) -> dict[str, Any]:
        """What their tokens say of them."""
        said: dict[str, Any] = {"name": self.name, "roles": [role.value for role in self.roles]}
        return said | ({"email": self.email, "email_verified": True} if self.email else {})


OFFICE = (
    Person("coordinator", "Ana Lima", (AccountRole.COORDINATOR,)),
    Person("supervisor", "June Park", (AccountRole.SUPERVISOR,)),
    Person("privacy", "Vera Stone", (AccountRole.PRIVACY_OFFICER,)),
    Person("analyst", "Max Hale", (AccountRole.ANALYST,)),
    Person("operator", "Omar Reyes", (AccountRole.OPERATOR,)),
    Person("plan", "Pat Quinn", (AccountRole.HEALTH_PLAN,), "pat.quinn@plan.example"),
    Person("referrer", "R. Osei", (AccountRole.REFERRER,), "osei@practice.example"),
    Person("family", "Carol Diaz", (AccountRole.FAMILY_MEMBER,), "carol@family.example"),
)


def people(seed: int) -> dict[str, Person]:
    """Everybody who can sign in, by subject."""
    return {person.subject: person for person in (*OFFICE, *_clinicians(seed))}


def organizations() -> set[str]:
    """Those whose programs a run may need: the sample's referrers, who passes on their word, and one to try with."""
    return {patient.referrer.organization for patient in Sample().patients()} | {HUB.removeprefix(PROGRAM), TRIED}


def _clinicians(seed: int) -> Iterator[Person]:
    for clinician in roster(seed):
        yield Person(str(clinician.clinician_id), clinician.name, (AccountRole(clinician.role.value),))
