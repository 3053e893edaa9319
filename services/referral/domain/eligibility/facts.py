"""The facts that rules may ask for: what each is, who can supply it, and what it says as evidence."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from carebus.contracts.clinical import ClinicalFacts
from carebus.contracts.people import Diagnosis, PayerKind
from carebus.contracts.referral import ReferralReceived
from carebus.reasoning.codes import CodeLists
from carebus.reasoning.facts import Fact, FactValue
from carebus.reasoning.language import DIAGNOSES, Situation
from services.referral.domain.referring.places import state_code, zip3


class Supplier(StrEnum):
    """Who can say it."""

    REFERRER = "referrer"
    HEALTH_PLAN = "health_plan"
    PATIENT = "patient"
    OFFICE = "office"


@dataclass(frozen=True, slots=True)
class ReferralFact(Fact):
    """A fact about a referral, and who can supply it."""

    supplier: Supplier = Supplier.REFERRER


_HOSPICE: Mapping[FactValue, str] = {True: "hospice_stated", False: "no_hospice_stated"}
_DEATH: Mapping[FactValue, str] = {True: "death_stated", False: "no_death_stated"}
_PAYERS: Mapping[FactValue, str] = {kind.value: f"payer_{kind.value}" for kind in PayerKind}

FACTS: dict[str, ReferralFact] = {
    "died": ReferralFact(bool, "the person has died", asked_by="died_on", codes=_DEATH),
    "on_hospice": ReferralFact(bool, "the person is on hospice", codes=_HOSPICE),
    "enrolled": ReferralFact(bool, "the person is enrolled here already", supplier=Supplier.OFFICE),
    "patient.age": ReferralFact(float, "age", asked_by="patient.birth_date", unit="years", shown=False),
    "patient.state": ReferralFact(str, "state", asked_by="patient.address.state"),
    "patient.zip3": ReferralFact(
        str, "the ZIP code's first three digits", asked_by="patient.address.postal_code", shown=False
    ),
    "payer.kind": ReferralFact(str, "kind of coverage", codes=_PAYERS),
    "payer.name": ReferralFact(str, "health plan", shown=False),
    "payer.plan_id": ReferralFact(str, "the plan's id", supplier=Supplier.HEALTH_PLAN, shown=False),
    "clinical.nyha_class": ReferralFact(float, "NYHA class"),
    "clinical.ejection_fraction": ReferralFact(float, "ejection fraction", unit="%"),
    "clinical.heart_failure_admission": ReferralFact(bool, "there was a hospital stay mainly for heart failure"),
    "clinical.significant_comorbidity": ReferralFact(bool, "there are significant other illnesses"),
    "clinical.oxygen_litres": ReferralFact(float, "oxygen", unit="litres a minute"),
    "clinical.oxygen_hours": ReferralFact(float, "hours on oxygen", unit="hours a day"),
    "clinical.fev1": ReferralFact(float, "FEV1", unit="% of predicted"),
    "clinical.cancer_stage": ReferralFact(float, "stage of the cancer"),
    "clinical.therapies_failed": ReferralFact(float, "lines of cancer treatment that failed"),
    "clinical.akps": ReferralFact(float, "performance (AKPS)", unit="%"),
    "clinical.kps": ReferralFact(float, "performance (Karnofsky)", unit="%"),
    "clinical.albumin": ReferralFact(float, "albumin", unit="g/dL"),
    "clinical.inr": ReferralFact(float, "INR"),
    "clinical.meld": ReferralFact(float, "MELD score"),
    "clinical.irreversible_liver_damage": ReferralFact(bool, "the liver's damage is irreversible"),
    "clinical.liver_complication": ReferralFact(bool, "there is a complication of the liver disease"),
    "clinical.hospital_stays_12m": ReferralFact(float, "hospital stays in the last 12 months"),
    "clinical.ed_visits_12m": ReferralFact(float, "emergency visits in the last 12 months"),
    "clinical.declining": ReferralFact(bool, "health keeps declining"),
    "clinical.death_within_a_year_unsurprising": ReferralFact(bool, "death within a year would not be a surprise"),
    "clinical.therapy_received_or_futile": ReferralFact(bool, "the wanted treatment was given or no longer helps"),
    "clinical.accepts_care_at_home": ReferralFact(
        bool, "the person would try care at home first, and talk about future care"
    ),
}
"""Every fact by its name, which is the request's field as far as there is one of the same meaning."""

FIELDS: dict[str, ReferralFact] = {
    DIAGNOSES: ReferralFact(str, "the diagnosis by its code"),
    **{fact.asked_by or name: fact for name, fact in FACTS.items()},
    "patient.address.state": ReferralFact(str, "the state in which the person lives", supplier=Supplier.PATIENT),
    "patient.address.postal_code": ReferralFact(str, "the ZIP code of the person's home", supplier=Supplier.PATIENT),
    "on_hospice": ReferralFact(bool, "whether the person is on hospice"),
    "clinical.accepts_care_at_home": ReferralFact(
        bool, "whether the person would try care at home first", supplier=Supplier.PATIENT
    ),
}
"""What a request's field asks for, and who can answer."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one referral: a fact that is absent is not known."""

    known: Mapping[str, FactValue]
    diagnoses: tuple[Diagnosis, ...] = ()


def situation(facts: Facts, lists: CodeLists) -> Situation:
    """What rules are applied to: the facts, and the code lists of their rule set."""
    return Situation(facts.known, FACTS, facts.diagnoses, lists)


def asked_by(name: str) -> str:
    """The request's field that supplies this fact."""
    return FACTS[name].asked_by or name


def facts_of(received: ReferralReceived, now: datetime, *, enrolled: bool | None) -> Facts:
    """What a referral says by now, and whether this service knows the person as enrolled."""
    payer, address = received.payer, received.patient.address
    stated: dict[str, Any] = {
        "died": received.died_on is not None,
        "on_hospice": received.on_hospice,
        "enrolled": enrolled,
        "patient.age": _years(received.patient.birth_date, now.date()),
        "patient.state": state_code(address.state),
        "patient.zip3": zip3(address.postal_code),
        "payer.kind": payer.kind.value if payer else None,
        "payer.name": payer.name if payer else None,
        "payer.plan_id": payer.plan_id if payer else None,
        **_clinical(received.clinical),
    }
    known = {name: value for name, value in stated.items() if value is not None}
    return Facts(known, received.diagnoses)


def _clinical(stated: ClinicalFacts | None) -> dict[str, Any]:
    if stated is None:
        return {}
    return {f"clinical.{name}": getattr(stated, name) for name in ClinicalFacts.model_fields}


def _years(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
