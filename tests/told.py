"""Events as the services tell them, with everything that a test does not care about filled in."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from carebus.contracts.care_plan import Assessments, CareTeamAssigned, EsasR, VisitCompleted, VisitMode, VisitScheduled
from carebus.contracts.people import (
    Condition,
    Diagnosis,
    FamilyContact,
    Payer,
    PayerKind,
    Person,
    Referrer,
    Role,
    TeamMember,
)
from carebus.contracts.referral import (
    Channel,
    DeclineReason,
    Priority,
    ReferralAccepted,
    ReferralAmended,
    ReferralDeclined,
    ReferralReceived,
)
from carebus.testing import START, people

REFERRAL = UUID(int=1)
EPISODE = UUID(int=2)
NURSE = TeamMember(clinician_id=UUID(int=3), name="Rosa Lima", role=Role.NURSE, primary=True)
DOCTOR = TeamMember(clinician_id=UUID(int=4), name="Dr. Peter Lowell", role=Role.DOCTOR)
PATIENT = Person(given_name="María", family_name="Delgado-Quux", birth_date=date(1941, 5, 6))


def contact(**other: Any) -> FamilyContact:
    """A daughter who may be told and has an address."""
    known = {
        "contact_id": UUID(int=5),
        "full_name": "Karen Zyxmarker",
        "relationship": "daughter",
        "email": "karen.z@families.example",
        "consented": True,
    }
    return FamilyContact.model_validate(known | other)


def amended(**other: Any) -> ReferralAmended:
    """What the office put right once the person was taken on."""
    known = {
        "referral_id": REFERRAL,
        "changed": ("patient",),
        "applied": True,
        "priority": Priority.ROUTINE,
        "patient": PATIENT,
        "diagnoses": (),
        "conditions": (Condition.HEART_FAILURE,),
        "amended_at": START,
    }
    return ReferralAmended.model_validate(known | other)


def received(**other: Any) -> ReferralReceived:
    """A referral for heart failure, paid by Medicare."""
    known = {
        "referral_id": REFERRAL,
        "channel": Channel.API,
        "priority": Priority.ROUTINE,
        "referrer": Referrer(organization="General Hospital"),
        "patient": PATIENT,
        "diagnoses": (Diagnosis(system="SNOMED-CT", code="88805009"),),
        "conditions": (Condition.HEART_FAILURE,),
        "payer": Payer(name="Medicare", kind=PayerKind.MEDICARE),
        "received_at": START,
    }
    return ReferralReceived.model_validate(known | other)


def accepted(*, told: FamilyContact | None = None, **other: Any) -> ReferralAccepted:
    """The acceptance of that referral, with the contact to be `told`."""
    known = {
        "referral_id": REFERRAL,
        "priority": Priority.ROUTINE,
        "patient": PATIENT,
        "conditions": (Condition.HEART_FAILURE,),
        "payer": Payer(name="Medicare", kind=PayerKind.MEDICARE),
        "contact": told,
        "accepted_at": START,
    }
    return ReferralAccepted.model_validate(known | other)


def declined(reason: DeclineReason = DeclineReason.DECEASED) -> ReferralDeclined:
    """The refusal of that referral."""
    return ReferralDeclined(referral_id=REFERRAL, reason=reason, declined_at=START)


def on_team(subject: str) -> CareTeamAssigned:
    """A team whose nurse signs in as this subject."""
    return team(NURSE.model_copy(update={"account": people.account(subject)}))


def team(*members: TeamMember) -> CareTeamAssigned:
    """A team; by default a doctor, and a nurse to ask first."""
    return CareTeamAssigned(episode_id=EPISODE, members=members or (DOCTOR, NURSE), assigned_at=START)


def scheduled(
    ordinal: int = 1, *, at: datetime = START + timedelta(days=1), mode: VisitMode = VisitMode.HOME
) -> VisitScheduled:
    """A nurse's visit, tomorrow."""
    return VisitScheduled(
        visit_id=uuid5(EPISODE, str(ordinal)),
        episode_id=EPISODE,
        ordinal=ordinal,
        mode=mode,
        clinician=NURSE,
        starts_at=at,
        minutes=45,
    )


def completed(
    ordinal: int = 1, *, at: datetime = START + timedelta(days=1), esas: EsasR | None = None
) -> VisitCompleted:
    """The same visit, done."""
    return VisitCompleted(
        visit_id=uuid5(EPISODE, str(ordinal)),
        episode_id=EPISODE,
        ordinal=ordinal,
        mode=VisitMode.HOME,
        clinician=NURSE,
        started_at=at,
        completed_at=at + timedelta(minutes=40),
        assessments=Assessments(esas_r=esas),
        visit_note="Zyxnote: sleeps badly.",
    )
