"""A clinician finds and reads the referrals of their own patients, and of nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from carebus.access import AccountRole
from carebus.ids import new_id
from carebus.testing import Bench
from tests.referral.samples import body
from tests.told import on_team

SLIP = {"given_name": "Wilhelmina", "birth_date": "1955-11-30", "phone": "413-555-0101"}
HTML = {"accept": "text/html"}


@pytest.fixture
async def nurse(clinic: Bench) -> AsyncIterator[httpx.AsyncClient]:
    async with clinic.as_(AccountRole.NURSE, subject="nurse") as http:
        yield http


async def referred(clinic: Bench, **person: str) -> dict[str, Any]:
    answer = await clinic.command("/api/referrals", body(patient={**body()["patient"], **person}))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def on_panel(clinic: Bench, told: dict[str, Any], subject: str = "nurse") -> None:
    await clinic.hears(on_team(subject), patient=UUID(told["patient_id"]))


@pytest.mark.parametrize("at", ["/referrals", "/api/referrals"])
async def test_a_nurse_reads_a_referral_of_their_own_and_anothers_looks_like_none(
    clinic: Bench, nurse: httpx.AsyncClient, at: str
) -> None:
    own, other = await referred(clinic), await referred(clinic, **SLIP)
    await on_panel(clinic, own)
    assert (await nurse.get(f"{at}/{own['referral_id']}")).status_code == 200
    seen, unknown = await nurse.get(f"{at}/{other['referral_id']}"), await nurse.get(f"{at}/{new_id()}")
    assert (seen.status_code, unknown.status_code) == (404, 404)
    assert seen.json()["code"] == unknown.json()["code"] == "referral_unknown"


async def test_who_left_the_team_reads_it_no_more(clinic: Bench, nurse: httpx.AsyncClient) -> None:
    told = await referred(clinic)
    await on_panel(clinic, told)
    await on_panel(clinic, told, "somebody else")
    assert (await nurse.get(f"/api/referrals/{told['referral_id']}")).status_code == 404


@pytest.mark.parametrize("text", ["reference", "Wilhelmina", "11/30/1955", "Elm Street"])
async def test_a_nurse_finds_their_own_people_only(clinic: Bench, nurse: httpx.AsyncClient, text: str) -> None:
    own, other = await referred(clinic), await referred(clinic, **SLIP)
    await on_panel(clinic, own)
    found = await nurse.post("/find", data={"text": other["reference"] if text == "reference" else text}, headers=HTML)
    assert other["referral_id"] not in found.text + found.headers.get("location", "")
    by_record = await nurse.get("/find", params={"patient_id": other["patient_id"]}, headers=HTML)
    assert other["referral_id"] not in by_record.text + by_record.headers.get("location", "")
    mine = await nurse.post("/find", data={"text": own["reference"]}, headers=HTML)
    assert mine.headers["location"] == f"/referrals/{own['referral_id']}"
    await on_panel(clinic, other)
    both = await nurse.post("/find", data={"text": other["reference"] if text == "reference" else text}, headers=HTML)
    assert other["referral_id"] in both.text + both.headers.get("location", "")


async def test_a_nurse_is_led_to_no_page_that_is_the_offices(clinic: Bench, nurse: httpx.AsyncClient) -> None:
    told = await referred(clinic)
    await on_panel(clinic, told)
    path = f"/referrals/{told['referral_id']}"
    theirs, ours = (await nurse.get(path, headers=HTML)).text, (await clinic.http.get(path, headers=HTML)).text
    for words in ("What arrived, as it arrived", "What they were told, and their private link", ">Worklist<"):
        assert words in ours
        assert words not in theirs
