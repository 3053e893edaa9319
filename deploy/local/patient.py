"""A patient of the sample as a referrer knows them, and the referral that says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from carebus.contracts.people import Condition, PayerKind

SERIOUS = {
    "88805009": Condition.HEART_FAILURE,
    "84114007": Condition.HEART_FAILURE,
    "185086009": Condition.COPD,
    "87433001": Condition.COPD,
    "254837009": Condition.CANCER,
    "363406005": Condition.CANCER,
    "93761005": Condition.CANCER,
    "109838007": Condition.CANCER,
    "94260004": Condition.CANCER,
    "314994000": Condition.CANCER,
    "254637007": Condition.CANCER,
    "424132000": Condition.CANCER,
    "254632001": Condition.CANCER,
    "67811000119102": Condition.CANCER,
    "93143009": Condition.CANCER,
    "109989006": Condition.CANCER,
    "26929004": Condition.DEMENTIA,
    "230265002": Condition.DEMENTIA,
}
"""What a referrer names first, and what the invented symptoms follow. Who is eligible is not decided here."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """An active disorder as the data has it."""

    system: str
    code: str
    description: str
    onset: date


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays, with the member's number where there is one."""

    name: str
    kind: PayerKind
    member_id: str | None


@dataclass(frozen=True, slots=True)
class Referrer:
    """Where the patient was last seen, and by whom; telephone numbers are as they stand in the data."""

    organization: str
    name: str = ""
    phone: str | None = None


NOT_STATED = Referrer("Not stated")


@dataclass(frozen=True, slots=True)
class Patient:
    """One patient as a referrer knows them on the day of the referral."""

    source_id: str
    given_name: str
    family_name: str
    birth_date: date
    sex: str
    street: str
    city: str
    state: str
    postal_code: str
    diagnoses: tuple[Diagnosis, ...]
    payer: Payer | None
    died_on: date | None
    on_hospice: bool
    referrer: Referrer
    urgent: bool
    pain: int | None
    mmse: float | None

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The serious illnesses among the active diagnoses, each once, in the order of the contract."""
        found = {SERIOUS[each.code] for each in self.diagnoses if each.code in SERIOUS}
        return tuple(condition for condition in Condition if condition in found)

    def referral(self) -> dict[str, Any]:
        """The body of `POST /api/referrals`, without what is invented (contact and note)."""
        return {
            "channel": "api",
            "priority": "urgent" if self.urgent else "routine",
            "referrer": {
                "organization": self.referrer.organization,
                "name": self.referrer.name,
                "phone": self.referrer.phone,
            },
            "patient": self._person(),
            "diagnoses": [_diagnosis_body(each) for each in self.diagnoses],
            "payer": _payer_body(self.payer),
            "died_on": self.died_on.isoformat() if self.died_on else None,
            "on_hospice": self.on_hospice,
        }

    def _person(self) -> dict[str, Any]:
        return {
            "given_name": self.given_name,
            "family_name": self.family_name,
            "birth_date": self.birth_date.isoformat(),
            "sex": self.sex,
            "address": {
                "street": self.street,
                "city": self.city,
                "state": self.state,
                "postal_code": self.postal_code,
            },
        }


def _diagnosis_body(each: Diagnosis) -> dict[str, Any]:
    return {
        "system": each.system,
        "code": each.code,
        "description": each.description,
        "onset": each.onset.isoformat(),
    }


def _payer_body(payer: Payer | None) -> dict[str, Any] | None:
    if payer is None:
        return None
    return {"name": payer.name, "kind": payer.kind.value, "member_id": payer.member_id}
