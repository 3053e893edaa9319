"""Referrals of one person, stated alike and otherwise."""

from __future__ import annotations

from typing import Any

from carebus.testing import Bench
from tests.referral.samples import body

PHONE = "(413) 555-0142"


def of_person(**changes: Any) -> dict[str, Any]:
    """A referral of Ottoline, reachable by phone, with these things of hers stated otherwise."""
    patient = {**body()["patient"], "phone": PHONE, **changes}
    return body(patient=patient, payer=None)


async def refer(clinic: Bench, stated: dict[str, Any], key: str | None = None) -> dict[str, Any]:
    answer = await clinic.command("/api/referrals", stated, key=key)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def slipped() -> dict[str, Any]:
    """Two slips: no combination allows that, but who else should it be."""
    return of_person(family_name="Quimby99", birth_date="1941-06-05")
