"""A program acts on its own organization's referrals, and learns nothing of those of others."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from carebus.ids import new_id
from carebus.testing import Bench
from tests.referral.acting import as_referrer
from tests.referral.samples import body

RANDOM = as_referrer("Random Org")
ACTS: list[tuple[str, dict[str, Any]]] = [
    ("request-cancellation", {"reason": "no_longer_needed"}),
    ("withdraw-cancellation", {}),
    ("supply-information", {"items": [], "supplied_by": "referrer"}),
    ("mark-error", {}),
    ("amend", body()),
]


async def sends(clinic: Bench, path: str, said: dict[str, Any], who: dict[str, str] | None = None) -> httpx.Response:
    headers = {"Idempotency-Key": str(new_id()), **(who or RANDOM)}
    return await clinic.http.post(f"/api/referrals{path}", json=said, headers=headers)


async def of_elm(clinic: Bench, **changes: Any) -> dict[str, Any]:
    answer = await sends(clinic, "", body(placer_id="A-1", **changes), as_referrer())
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize(("act", "said"), ACTS)
async def test_anothers_referral_is_acted_on_as_if_there_were_none(
    clinic: Bench, act: str, said: dict[str, Any]
) -> None:
    there = await of_elm(clinic)
    other = await sends(clinic, f"/{there['referral_id']}/{act}", said)
    none = await sends(clinic, f"/{new_id()}/{act}", said)
    assert (other.status_code, other.json()) == (404, none.json())
    assert other.json()["code"] == "referral_unknown"


async def test_the_own_organization_and_the_office_act_on_a_referral(clinic: Bench) -> None:
    there = await of_elm(clinic)
    asked = await sends(
        clinic, f"/{there['referral_id']}/request-cancellation", {"reason": "no_longer_needed"}, as_referrer()
    )
    assert (asked.status_code, asked.json()["status"]) == (200, "cancellation_requested")
    ended = await clinic.command(f"/api/referrals/{there['referral_id']}/cancel", {"reason": "no_longer_needed"})
    assert (ended.status_code, ended.json()["status"]) == (200, "cancelled")
