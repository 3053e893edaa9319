"""A program acts on its own organization's referrals, and learns nothing of those of others."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from carebus.ids import new_id
from carebus.testing import Bench, people
from tests.referral import bundles as b
from tests.referral.acting import SCOPES, as_referrer, program
from tests.referral.samples import body, named

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


def without_ids(answer: httpx.Response) -> dict[str, Any]:
    own = {"referral_id", "patient_id", "reference"}
    return {name: value for name, value in answer.json().items() if name not in own}


async def test_a_stranger_is_answered_the_same_whether_a_person_is_known_or_not(clinic: Bench) -> None:
    unknown = await sends(clinic, "", {**named("Boris Quenneville"), "placer_id": "R-1"})
    there = await of_elm(clinic)
    await clinic.command(f"/api/referrals/{there['referral_id']}/accept", {})
    known = await sends(clinic, "", body(placer_id="R-2"))
    assert (known.status_code, without_ids(known)) == (201, without_ids(unknown))
    assert known.json()["patient_id"] != there["patient_id"]
    assert known.json()["eligible"]


async def test_a_stranger_who_knows_a_number_learns_nothing_of_its_referral(clinic: Bench) -> None:
    there = await of_elm(clinic)
    await clinic.command(f"/api/referrals/{there['referral_id']}/accept", {})
    again = await sends(clinic, "", body(placer_id="A-1"))
    assert (again.json()["status"], again.json()["became"]) == ("triage", "received")
    assert there["referral_id"] not in again.text
    assert there["patient_id"] not in again.text


async def test_a_stranger_who_sends_a_bundle_is_not_led_to_anothers_order(clinic: Bench) -> None:
    elm = people.token(subject="elm", scope=SCOPES, organization="Elm Street Cardiology")
    made = await bundle(clinic, b.transaction(), elm)
    told = made.json()["entry"]
    ids = {each["resource"]["id"] for each in told if "resource" in each}
    whose = next(e["resource"]["for"]["identifier"]["value"] for e in told if "for" in e.get("resource", {}))
    answer = await bundle(clinic, b.transaction(), program("Random Org"))
    assert answer.status_code == 201
    assert not [each for each in (*ids, whose) if each in answer.text + answer.headers["location"]]


async def bundle(clinic: Bench, said: dict[str, Any], token: str) -> httpx.Response:
    headers = {"Content-Type": "application/fhir+json", "Authorization": f"Bearer {token}"}
    return await clinic.http.post("/fhir", json=said, headers=headers)


async def test_a_stranger_withdraws_nothing_by_a_number_alone(clinic: Bench) -> None:
    there = await of_elm(clinic)
    asked = {"organization": "Elm Street Cardiology", "placer_id": "A-1"}
    other = await sends(clinic, "/withdrawals", asked)
    none = await sends(clinic, "/withdrawals", {**asked, "placer_id": "A-2"})
    wrong = await sends(clinic, "/withdrawals", {**asked, "given_name": "Boris", "birth_date": "1933-03-03"})
    assert (other.status_code, other.json()) == (wrong.status_code, wrong.json()) == (404, none.json())
    shown = await clinic.http.get(f"/api/referrals/{there['referral_id']}")
    assert shown.json()["status"] == "triage"


async def test_a_withdrawal_passed_on_with_the_persons_name_and_birth_date_waits_for_the_office(clinic: Bench) -> None:
    there = await of_elm(clinic)
    person = {name: body()["patient"][name] for name in ("given_name", "birth_date")}
    asked = await sends(clinic, "/withdrawals", {"organization": "Elm Street Cardiology", "placer_id": "A-1", **person})
    assert (asked.status_code, asked.json()["became"], asked.json()["waits"]) == (200, "held", ["withdrawal"])
    assert there["referral_id"] not in asked.text
    assert there["patient_id"] not in asked.text
    shown = await clinic.http.get(f"/api/referrals/{there['referral_id']}")
    assert shown.json()["status"] == "cancellation_requested"


async def test_a_known_patients_id_with_another_name_is_refused_as_another_person(clinic: Bench) -> None:
    there = await of_elm(clinic)
    other = {**named("Boris Quenneville"), "patient_id": there["patient_id"]}
    for who in (RANDOM, as_referrer()):
        refused = await sends(clinic, "", other, who)
        assert (refused.status_code, refused.json()["code"]) == (409, "another_person")
