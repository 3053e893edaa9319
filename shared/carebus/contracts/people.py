"""The people and places that events speak of: patients, their families, referrers, payers, clinicians."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from carebus.contracts.event import Value
from carebus.contracts.phi import Phi

Name = Annotated[str, Phi.NAME, Field(min_length=1, max_length=200)]


class Condition(StrEnum):
    """The serious illnesses that the service is for."""

    HEART_FAILURE = "heart_failure"
    COPD = "copd"
    CANCER = "cancer"
    DEMENTIA = "dementia"
    PARKINSONS = "parkinsons"


class Role(StrEnum):
    """The professions of a care team."""

    DOCTOR = "doctor"
    ADVANCED_PRACTICE_PROVIDER = "advanced_practice_provider"
    NURSE = "nurse"
    SOCIAL_WORKER = "social_worker"


class ReferrerKind(StrEnum):
    """On whose behalf somebody refers."""

    PROVIDER = "provider"
    HEALTH_PLAN = "health_plan"
    PERSON = "person"
    FAMILY = "family"


class PayerKind(StrEnum):
    """Who stands behind a coverage."""

    MEDICARE = "medicare"
    MEDICAID = "medicaid"
    DUAL = "dual"
    COMMERCIAL = "commercial"
    NONE = "none"


class Address(Value):
    """Where a person lives."""

    street: Annotated[str, Phi.PLACE] = ""
    city: Annotated[str, Phi.PLACE] = ""
    state: str = ""
    postal_code: Annotated[str, Phi.PLACE] = ""


class Payer(Value):
    """A coverage as the referrer states it."""

    name: str
    kind: PayerKind
    member_id: Annotated[str | None, Phi.NUMBER] = None
    plan_id: str | None = None


class Diagnosis(Value):
    """A coded diagnosis, in the referrer's code system (`SNOMED-CT`, `ICD-10-CM`)."""

    system: str
    code: str
    description: Annotated[str, Phi.TEXT] = ""
    onset: Annotated[date | None, Phi.DATE] = None


class Person(Value):
    """A patient's identity as the referrer states it; `former_names` are family names borne before."""

    given_name: Name
    family_name: Name
    birth_date: Annotated[date, Phi.DATE]
    sex: str | None = None
    phone: Annotated[str | None, Phi.PHONE] = None
    email: Annotated[str | None, Phi.EMAIL] = None
    address: Address = Address()
    language: str = "en"
    time_zone: str = "America/New_York"
    suffix: Annotated[str, Phi.NAME] = ""
    former_names: tuple[Name, ...] = ()

    @property
    def full_name(self) -> str:
        """Given and family name, and what tells generations apart (Jr., III), for pages and letters."""
        return " ".join(part for part in (self.given_name, self.family_name, self.suffix) if part)


class FamilyContact(Value):
    """A loved one, and whether the patient has consented to this person being told about visits and the care team.

    Without consent nothing is sent (45 CFR 164.510(b)); relationship alone is no permission. `consent_ends` is the
    moment from which it permits nothing more; without one it has no end that is known.
    """

    contact_id: UUID
    full_name: Name
    relationship: Annotated[str, Phi.TEXT]
    email: Annotated[str | None, Phi.EMAIL] = None
    phone: Annotated[str | None, Phi.PHONE] = None
    language: str = "en"
    time_zone: str = "America/New_York"
    consented: bool = False
    consent_ends: Annotated[datetime | None, Phi.DATE] = None


class Referrer(Value):
    """Who refers, and how to reach them: a provider, a health plan, or the person or a relative themselves."""

    organization: str
    kind: ReferrerKind | None = None
    name: Annotated[str, Phi.NAME] = ""
    npi: str | None = None
    phone: Annotated[str | None, Phi.PHONE] = None
    email: Annotated[str | None, Phi.EMAIL] = None


class TeamMember(Value):
    """A clinician on a patient's care team. Staff names are not protected health information.

    `account` is what they act as when they have signed in, where that is known.
    """

    clinician_id: UUID
    name: str
    role: Role
    primary: bool = False
    account: UUID | None = None
