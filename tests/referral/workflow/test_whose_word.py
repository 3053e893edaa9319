"""Whose word counts, through the real doors: what waits, what is taken back, and numbers that are somebody else's."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx
import pytest

from carebus.contracts.referral import ReferralCancelled, ReferralContinued, ReferralReceived
from carebus.ids import new_id
from carebus.testing import Bench, assert_published
from tests.referral.acting import as_, as_referrer
from tests.referral.referring.test_doors import send
from tests.referral.samples import body
from tests.referral.workflow.test_acts import referred, sent

PERSON = body()["patient"]
NUMBER: dict[str, Any] = {"placer_id": "A-1"}
WITHDRAWN = {"organization": "Elm Street Cardiology", "placer_id": "A-1"}


async def shown(clinic: Bench, referral_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await clinic.http.get(f"/api/referrals/{referral_id}")).json()
    return found


async def put(clinic: Bench, said: dict[str, Any], **headers: str) -> httpx.Response:
    given = {"Idempotency-Key": str(new_id()), **{name.replace("_", "-"): value for name, value in headers.items()}}
    return await clinic.http.post("/api/referrals", json=said, headers=given)


async def status(clinic: Bench, referral_id: str) -> str:
    return str((await shown(clinic, referral_id))["status"])


async def test_the_answer_says_what_became_of_a_statement_and_what_waits(clinic: Bench) -> None:
    first = await referred(clinic, **NUMBER)
    assert (first["became"], first["waits"]) == ("received", [])
    moved = {**PERSON, "phone": "413-555-0177"}
    held = await referred(clinic, patient=moved, priority="urgent", **NUMBER)
    assert (held["became"], held["waits"], held["referral_id"]) == ("held", ["patient"], first["referral_id"])
    assert held["settled_by"]
    now = (await shown(clinic, first["referral_id"]))["received"]
    assert (now["priority"], now["patient"]["phone"]) == ("urgent", None)


async def test_the_page_shows_what_waits_beside_what_is_known_and_one_click_takes_it_over(clinic: Bench) -> None:
    referral_id = (await referred(clinic, **NUMBER))["referral_id"]
    await referred(clinic, patient={**PERSON, "phone": "413-555-0177"}, **NUMBER)
    page = (await clinic.http.get(f"/referrals/{referral_id}")).text
    assert "Changes that wait for you" in page
    assert "413-555-0177" in page
    (form,) = re.findall(r'<form method="post" action="[^"]*/take-over-change">(.*?)</form>', page, re.DOTALL)
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form))
    answer = await clinic.http.post(f"/referrals/{referral_id}/take-over-change", data=fields)
    assert answer.status_code == 303
    assert (await shown(clinic, referral_id))["received"]["patient"]["phone"] == "413-555-0177"
    assert "Changes that wait for you" not in (await clinic.http.get(f"/referrals/{referral_id}")).text


async def test_an_older_statement_that_comes_late_changes_nothing(clinic: Bench) -> None:
    new = await put(clinic, body(priority="urgent", **NUMBER), Stated_At="2026-03-02T10:00:00Z")
    late = await put(clinic, body(referral_note="before", **NUMBER), Stated_At="2026-03-01T10:00:00Z")
    assert (new.json()["became"], late.json()["became"]) == ("received", "older")
    assert late.json()["stands_since"] == "2026-03-02T10:00:00Z"
    assert (await shown(clinic, new.json()["referral_id"]))["received"]["referral_note"] == ""


async def test_a_time_that_is_none_is_refused(clinic: Bench) -> None:
    answer = await put(clinic, body(), Stated_At="yesterday")
    assert answer.status_code == 422
    assert "stated" in answer.text.lower()


async def test_a_number_of_somebody_else_is_refused_and_the_first_referral_stays(clinic: Bench) -> None:
    first = await referred(clinic, **NUMBER)
    other = {**PERSON, "given_name": "Wilhelmina", "birth_date": "1955-11-30"}
    answer = await put(clinic, body(patient=other, **NUMBER))
    assert (answer.status_code, answer.json()["code"]) == (409, "another_person")
    assert "Ottoline" not in answer.text
    assert (await shown(clinic, first["referral_id"]))["received"]["patient"]["given_name"] == "Ottoline672"
    await assert_published(clinic, ReferralReceived, times=1)


async def test_a_public_form_with_the_number_of_somebody_else_is_a_referral_of_its_own_under_review(
    clinic: Bench,
) -> None:
    await send(clinic, "/refer/plan")
    other = {"patient__given_name": "Wilhelmina", "patient__birth_date": "1955-11-30"}
    key = str(new_id())
    answers = [await send(clinic, "/refer/plan", key, **other) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["location"] for answer in answers}) == 1
    second = answers[0].headers["location"].rpartition("/")[2]
    assert await status(clinic, second) == "identity_review"
    thanks = (await clinic.http.get(answers[0].headers["location"])).text
    assert "Ottoline" not in thanks
    assert (await shown(clinic, second))["received"]["placer_id"] == ""
    await assert_published(clinic, ReferralReceived, times=2)


async def test_the_office_is_told_of_a_number_that_is_somebody_elses_and_what_it_typed_is_kept(clinic: Bench) -> None:
    assert (await send(clinic, "/intake/new", placer_id="A-1")).status_code == 303
    other = {"placer_id": "A-1", "patient__given_name": "Wilhelmina", "patient__birth_date": "1955-11-30"}
    refused = await send(clinic, "/intake/new", **other)
    assert refused.status_code == 409
    assert 'value="Wilhelmina"' in refused.text
    assert "A-1" in refused.text


async def test_a_number_that_somebody_unproven_claimed_first_gives_way_to_a_proven_sender(clinic: Bench) -> None:
    first = await referred(clinic, **NUMBER)
    other = {"placer_id": "A-1", "patient__given_name": "Wilhelmina", "patient__birth_date": "1955-11-30"}
    answer = await send(clinic, "/intake/new", **other)
    assert answer.status_code == 303
    second = answer.headers["location"].rpartition("/")[2]
    assert (await shown(clinic, first["referral_id"]))["received"]["placer_id"] == ""
    assert (await shown(clinic, second))["received"]["placer_id"] == "A-1"


@pytest.mark.parametrize("reason", ["revoked", "entered-in-error"])
async def test_an_unproven_withdrawal_asks_for_cancellation_and_can_be_turned_down_or_taken_back(
    clinic: Bench, reason: str
) -> None:
    referral_id = (await referred(clinic, **NUMBER))["referral_id"]
    due = [each["due_at"] for each in (await shown(clinic, referral_id))["deadlines"]]
    for act, who in (("turn-down-cancellation", as_("ann")), ("withdraw-cancellation", as_referrer())):
        asked = await sent(clinic, "withdrawals", {**WITHDRAWN, "reason": reason})
        assert (asked.status_code, asked.json()["became"]) == (200, "held")
        assert await status(clinic, referral_id) == "cancellation_requested"
        assert (await sent(clinic, f"{referral_id}/{act}", {}, **who)).status_code == 200
        assert await status(clinic, referral_id) == "triage"
    assert due[0] in [each["due_at"] for each in (await shown(clinic, referral_id))["deadlines"]]
    await assert_published(clinic, ReferralContinued, times=2)


async def test_a_withdrawal_of_an_unknown_number_says_so_and_keeps_nothing(clinic: Bench) -> None:
    answer = await sent(clinic, "withdrawals", WITHDRAWN)
    assert (answer.status_code, answer.json()["code"]) == (404, "nothing_to_withdraw")
    async with clinic.service.core.database.connection() as db:
        assert await db.fetchval("select count(*) from referral") == 0
        assert await db.fetchval("select count(*) from arrived") == 0


async def test_an_older_withdrawal_changes_nothing(clinic: Bench) -> None:
    new = await put(clinic, body(**NUMBER), Stated_At="2026-03-02T10:00:00Z")
    late = await sent(clinic, "withdrawals", WITHDRAWN, Stated_At="2026-03-01T10:00:00Z")
    assert late.json()["became"] == "older"
    assert await status(clinic, new.json()["referral_id"]) == "triage"
    await assert_published(clinic, ReferralCancelled, times=0)


async def test_a_referrer_who_marks_an_error_asks_for_cancellation(clinic: Bench) -> None:
    referral_id = (await referred(clinic))["referral_id"]
    await sent(clinic, f"{referral_id}/mark-error", {}, **as_referrer())
    assert await status(clinic, referral_id) == "cancellation_requested"


async def test_stating_anew_by_its_id_is_for_the_office_and_its_own_organization(clinic: Bench) -> None:
    referral_id = (await referred(clinic, **NUMBER))["referral_id"]
    for who, phone in ((as_referrer(), "413-555-0177"), (as_("ann"), "413-555-0178")):
        moved = body(patient={**PERSON, "phone": phone}, **NUMBER)
        answer = await sent(clinic, f"{referral_id}/amend", moved, **who)
        assert (answer.status_code, answer.json()["became"]) == (200, "amended")
    other = {**PERSON, "given_name": "Wilhelmina", "birth_date": "1955-11-30"}
    refused = await sent(clinic, f"{referral_id}/amend", body(patient=other), **as_("ann"))
    assert (refused.status_code, refused.json()["code"]) == (409, "another_person")


async def test_public_forms_sent_at_once_with_one_number_are_all_taken(clinic: Bench) -> None:
    born = {"Ann": "1931-05-03", "Wilhelmina": "1941-05-04", "Zelda": "1951-05-05"}
    people = [{"patient__given_name": name, "patient__birth_date": on} for name, on in born.items()]
    answers = await asyncio.gather(*(send(clinic, "/refer/plan", **each) for each in people))
    assert {answer.status_code for answer in answers} == {303}
    await assert_published(clinic, ReferralReceived, times=3)
