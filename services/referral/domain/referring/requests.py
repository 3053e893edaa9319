"""A referral as a provider or a health plan states it, before anything is made of it."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints, ValidationInfo, field_validator

from carebus.contracts.people import PayerKind, ReferrerKind
from carebus.contracts.phi import Phi
from carebus.contracts.referral import CallTime, Channel, Priority
from carebus.decisions import Command
from carebus.errors import BrokenRule
from services.referral.domain.referring import fields as f
from services.referral.domain.referring.clinical import ClinicalFactsStated
from services.referral.domain.referring.conditions import system_of
from services.referral.domain.referring.stated import Request

MOST_DIAGNOSES = 100
MOST_SERVICES = 20
MOST_FORMER_NAMES = 5
WITHOUT_CODES = {Channel.LETTER, Channel.SELF, Channel.PHONE, Channel.FAX}
"""Ways in by which somebody who knows no diagnosis code may ask: the illness is then an open question."""
FARTHEST_AHEAD = timedelta(hours=14)
"""Where the day begins first (UTC+14): what is not in the future there is not in the future anywhere."""


class Sex(StrEnum):
    """Administrative gender, as FHIR has it."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


class ReferrerStated(Request):
    """Who refers."""

    organization: f.Organization
    kind: ReferrerKind | None = None
    name: f.Line = ""
    npi: f.Npi | None = None
    phone: f.Phone | None = None
    email: f.Email | None = None


class AddressStated(Request):
    """Where the person lives; any part may be unknown."""

    street: f.Place = ""
    city: f.Place = ""
    state: f.State = ""
    postal_code: f.PostalCode = ""


class PersonStated(Request):
    """The person who is referred; `former_names` are family names borne before, such as a maiden name."""

    given_name: f.Name
    family_name: f.Name
    birth_date: f.BirthDay
    sex: Sex | None = None
    phone: f.Phone | None = None
    email: f.Email | None = None
    address: AddressStated = AddressStated()
    language: f.Language = "en"
    time_zone: f.Zone = "America/New_York"
    suffix: f.Suffix = ""
    former_names: Annotated[tuple[f.Name, ...], Field(max_length=MOST_FORMER_NAMES)] = ()


class DiagnosisStated(Request):
    """A diagnosis by its code."""

    system: f.System
    code: f.Code
    description: f.Description = ""
    onset: f.PastDay | None = None

    @field_validator("system")
    @classmethod
    def _one_name(cls, system: str) -> str:
        return system_of(system)


class PayerStated(Request):
    """Who pays, as far as the referrer knows."""

    name: f.Organization
    kind: PayerKind
    member_id: f.MemberId | None = None
    plan_id: f.Line | None = None


class ContactStated(Request):
    """A loved one; told about visits and the care team only if the patient has consented, before `consent_ends`."""

    full_name: f.Name
    relationship: f.Relationship
    email: f.Email | None = None
    phone: f.Phone | None = None
    language: f.Language = "en"
    time_zone: f.Zone = "America/New_York"
    consented: bool = False
    consent_ends: Annotated[AwareDatetime | None, Phi.DATE] = None


class DirectReferral(Request, Command):
    """A referral as a provider or a health plan states it. `patient_id` refers a person known here once more.

    `stated_at`: as of when this is stated, where the sender says so; the latest statement stands (decision 18).
    `other_service`: what was ordered where it is another service than palliative care; a person decides on it.
    """

    channel: Channel = Channel.API
    priority: Priority = Priority.ROUTINE
    patient_id: UUID | None = None
    referrer: ReferrerStated
    patient: PersonStated
    diagnoses: Annotated[tuple[DiagnosisStated, ...], Field(max_length=MOST_DIAGNOSES, validate_default=True)] = ()
    clinical: ClinicalFactsStated | None = None
    illness_in_own_words: f.Why = ""
    letter_code: f.LetterCode = ""
    best_call_time: CallTime | None = None
    arrived_at: f.PastMoment | None = None
    stated_at: Annotated[AwareDatetime | None, Phi.DATE] = None
    payer: PayerStated | None = None
    died_on: f.PastDay | None = None
    on_hospice: bool | None = None
    contact: ContactStated | None = None
    referral_note: f.Notes = ""
    placer_id: f.PlacerId = ""
    placer_assigner: f.Line = ""
    raw_hash: f.Hash = ""
    batch_id: UUID | None = None
    requested_services: Annotated[tuple[f.Service, ...], Field(max_length=MOST_SERVICES)] = ()
    other_service: f.Line = ""

    @field_validator("diagnoses")
    @classmethod
    def _at_least_one(cls, diagnoses: tuple[DiagnosisStated, ...], info: ValidationInfo) -> tuple[DiagnosisStated, ...]:
        # As a constraint of the field it would also be said when a single diagnosis breaks a rule of its own.
        if not diagnoses and info.data.get("channel") not in WITHOUT_CODES:
            raise BrokenRule("Give at least 1.")
        return diagnoses

    @field_validator("died_on")
    @classmethod
    def _after_birth(cls, died_on: date | None, info: ValidationInfo) -> date | None:
        patient = info.data.get("patient")
        if died_on and isinstance(patient, PersonStated) and died_on < patient.birth_date:
            raise BrokenRule("Give a date that is not before the date of birth.")
        return died_on

    @classmethod
    def stated(cls, body: dict[str, Any], now: datetime) -> Self:
        """A referral stated now: its dates must not be in the future. Raises pydantic's ValidationError."""
        return cls.model_validate(body, context={"today": (now + FARTHEST_AHEAD).date(), "now": now})


class WithdrawalReason(StrEnum):
    """Why a sender takes its own referral back, in the words of FHIR's request status."""

    REVOKED = "revoked"
    ENTERED_IN_ERROR = "entered-in-error"


class Withdrawal(Request, Command):
    """A sender takes back what it referred under its own number. Nothing else of it is read or kept.

    Whom it names, if it does, has to be the person of that referral.
    """

    channel: Channel = Channel.API
    organization: f.Organization
    placer_id: Annotated[f.PlacerId, StringConstraints(min_length=1)]
    placer_assigner: f.Line = ""
    reason: WithdrawalReason = WithdrawalReason.REVOKED
    given_name: f.Line = ""
    birth_date: f.BirthDay | None = None
    stated_at: Annotated[AwareDatetime | None, Phi.DATE] = None
    raw_hash: f.Hash = ""
    batch_id: UUID | None = None
