"""The facts that rules may ask for: what each is, who can supply it, and what it says as evidence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from carebus.contracts.clinical import ClinicalFacts
from carebus.contracts.people import Diagnosis, PayerKind
from carebus.contracts.referral import ReferralReceived
from services.referral.domain.referring.places import state_code, zip3

Known = bool | float | str


class Supplier(StrEnum):
    """Who can say it."""

    REFERRER = "referrer"
    HEALTH_PLAN = "health_plan"
    PATIENT = "patient"
    OFFICE = "office"


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact: its kind of value, what it is called, who can supply it, and the field that it is asked for by.

    `codes` are the codes of single values as evidence. What could identify a person is not `shown` there.
    """

    kind: type[bool] | type[float] | type[str]
    words: str
    supplier: Supplier = Supplier.REFERRER
    asked_by: str = ""
    unit: str = ""
    codes: Mapping[Known, str] = field(default_factory=dict)
    shown: bool = True


_HOSPICE: Mapping[Known, str] = {True: "hospice_stated", False: "no_hospice_stated"}
_DEATH: Mapping[Known, str] = {True: "death_stated", False: "no_death_stated"}
_PAYERS: Mapping[Known, str] = {kind.value: f"payer_{kind.value}" for kind in PayerKind}

FACTS: dict[str, Fact] = {
    "died": Fact(bool, "the person has died", asked_by="died_on", codes=_DEATH),
    "on_hospice": Fact(bool, "the person is on hospice", codes=_HOSPICE),
    "enrolled": Fact(bool, "the person is enrolled here already", Supplier.OFFICE),
    "patient.age": Fact(float, "age", asked_by="patient.birth_date", unit="years", shown=False),
    "patient.state": Fact(str, "state", asked_by="patient.address.state"),
    "patient.zip3": Fact(str, "the ZIP code's first three digits", asked_by="patient.address.postal_code", shown=False),
    "payer.kind": Fact(str, "kind of coverage", codes=_PAYERS),
    "payer.name": Fact(str, "health plan", shown=False),
    "payer.plan_id": Fact(str, "the plan's id", Supplier.HEALTH_PLAN, shown=False),
    "clinical.nyha_class": Fact(float, "NYHA class"),
    "clinical.ejection_fraction": Fact(float, "ejection fraction", unit="%"),
    "clinical.heart_failure_admission": Fact(bool, "there was a hospital stay mainly for heart failure"),
    "clinical.significant_comorbidity": Fact(bool, "there are significant other illnesses"),
    "clinical.oxygen_litres": Fact(float, "oxygen", unit="litres a minute"),
    "clinical.oxygen_hours": Fact(float, "hours on oxygen", unit="hours a day"),
    "clinical.fev1": Fact(float, "FEV1", unit="% of predicted"),
    "clinical.cancer_stage": Fact(float, "stage of the cancer"),
    "clinical.therapies_failed": Fact(float, "lines of cancer treatment that failed"),
    "clinical.akps": Fact(float, "performance (AKPS)", unit="%"),
    "clinical.kps": Fact(float, "performance (Karnofsky)", unit="%"),
    "clinical.albumin": Fact(float, "albumin", unit="g/dL"),
    "clinical.inr": Fact(float, "INR"),
    "clinical.meld": Fact(float, "MELD score"),
    "clinical.irreversible_liver_damage": Fact(bool, "the liver's damage is irreversible"),
    "clinical.liver_complication": Fact(bool, "there is a complication of the liver disease"),
    "clinical.hospital_stays_12m": Fact(float, "hospital stays in the last 12 months"),
    "clinical.ed_visits_12m": Fact(float, "emergency visits in the last 12 months"),
    "clinical.declining": Fact(bool, "health keeps declining"),
    "clinical.death_within_a_year_unsurprising": Fact(bool, "death within a year would not be a surprise"),
    "clinical.therapy_received_or_futile": Fact(bool, "the wanted treatment was given or no longer helps"),
    "clinical.accepts_care_at_home": Fact(bool, "the person would try care at home first, and talk about future care"),
}
"""Every fact by its name, which is the request's field as far as there is one of the same meaning."""

DIAGNOSES = "diagnoses"


FIELDS: dict[str, Fact] = {
    DIAGNOSES: Fact(str, "the diagnosis by its code"),
    **{fact.asked_by or name: fact for name, fact in FACTS.items()},
    "patient.address.state": Fact(str, "the state in which the person lives", Supplier.PATIENT),
    "patient.address.postal_code": Fact(str, "the ZIP code of the person's home", Supplier.PATIENT),
    "on_hospice": Fact(bool, "whether the person is on hospice"),
    "clinical.accepts_care_at_home": Fact(bool, "whether the person would try care at home first", Supplier.PATIENT),
}
"""What a request's field asks for, and who can answer."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one referral: a fact that is absent is not known."""

    known: Mapping[str, Known]
    diagnoses: tuple[Diagnosis, ...] = ()


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
