"""The JSON API of the workflow: versions, roles, repeats and the way through all acts, as other systems use it."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from starlette.datastructures import FormData

from carebus.contracts.care_plan import EpisodeOpened, VisitCompleted, VisitScheduled
from carebus.contracts.referral import (
    ReferralAmended,
    ReferralDeadlineBreached,
    ReferralReceived,
    ReferralRepeatDetected,
)
from carebus.ids import new_id
from carebus.testing import Bench, assert_published, people
from services.referral.api.workflow.desk import seen_in
from tests.examples import example
from tests.referral.acting import as_referrer
from tests.referral.samples import body


async def referred(clinic: Bench, **changes: Any) -> dict[str, Any]:
    answer = await clinic.command("/api/referrals", body(**changes))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def sent(clinic: Bench, path: str, said: dict[str, Any], **headers: str) -> httpx.Response:
    given = {"Idempotency-Key": str(new_id()), **{name.replace("_", "-"): value for name, value in headers.items()}}
    return await clinic.http.post(f"/api/referrals/{path}", json=said, headers=given)


async def test_a_command_on_an_older_version_is_refused_with_what_changed(clinic: Bench) -> None:
    told = await referred(clinic)
    path = told["referral_id"]
    seen = (await clinic.http.get(f"/api/referrals/{path}")).headers["etag"]
    assert seen == '"1"'
    first = await sent(clinic, f"{path}/assign", {"assignee": "ann"}, If_Match=seen, Carebus_Actor="coordinator:ann")
    assert (first.status_code, first.headers["etag"]) == (200, '"2"')
    late = await sent(clinic, f"{path}/accept", {}, If_Match=seen)
    assert (late.status_code, late.json()["code"]) == (409, "changed_meanwhile")
    assert f"assigned (by coordinator:{people.account()})" in late.json()["detail"]
    assert (await sent(clinic, f"{path}/accept", {}, If_Match='"2"')).status_code == 200
    unreadable = await sent(clinic, f"{path}/assign", {}, If_Match="two")
    assert unreadable.status_code == 400


async def test_two_at_once_on_what_both_saw_is_one_change(clinic: Bench) -> None:
    path = (await referred(clinic))["referral_id"]
    answers = await asyncio.gather(
        *(sent(clinic, f"{path}/assign", {"assignee": name}, If_Match='"1"') for name in ("ann", "bea", "cleo"))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]


async def test_a_referrer_is_told_what_is_not_theirs_to_do(clinic: Bench) -> None:
    path = (await referred(clinic))["referral_id"]
    refused = await sent(clinic, f"{path}/accept", {}, **as_referrer())
    assert (refused.status_code, refused.json()["code"]) == (403, "access_denied")
    assert "coordinator or supervisor" in refused.json()["detail"]
    asked = await sent(clinic, f"{path}/request-cancellation", {"reason": "no_longer_needed"}, **as_referrer())
    assert asked.json()["status"] == "cancellation_requested"
    assert (await clinic.http.get(f"/api/referrals/{path}", headers=as_referrer())).status_code == 403


async def test_the_same_number_finds_the_same_referral_whoever_the_patient_was_thought_to_be(clinic: Bench) -> None:
    first = await referred(clinic, placer_id="A-1", placer_assigner="elm")
    again = await referred(clinic, placer_id="A-1", placer_assigner="ELM")
    assert again == {**first, "version": 2, "became": "repeated"}
    await assert_published(clinic, ReferralReceived, times=1)
    await assert_published(clinic, ReferralRepeatDetected, times=1)
    changed = await referred(clinic, placer_id="A-1", placer_assigner="elm", referral_note="weaker since Monday")
    assert changed["referral_id"] == first["referral_id"]
    (amended,) = await assert_published(clinic, ReferralAmended, times=1)
    assert (amended.changed, amended.applied) == (("referral_note",), True)


async def test_the_same_document_finds_the_same_referral(clinic: Bench) -> None:
    first = await referred(clinic, raw_hash="ab12")
    assert (await referred(clinic, raw_hash="ab12"))["referral_id"] == first["referral_id"]
    await assert_published(clinic, ReferralReceived, times=1)


async def test_the_same_number_many_times_at_once_is_one_referral(clinic: Bench) -> None:
    answers = await asyncio.gather(*(referred(clinic, placer_id="A-1") for _ in range(5)))
    assert len({answer["referral_id"] for answer in answers}) == 1
    await assert_published(clinic, ReferralReceived, times=1)


async def test_care_moves_a_referral_on_however_often_it_is_told(clinic: Bench) -> None:
    told = await referred(clinic)
    patient, path = told["patient_id"], told["referral_id"]
    await sent(clinic, f"{path}/accept", {})
    episode, visit = new_id(), new_id()
    stands = []
    for event in (
        example(EpisodeOpened, episode_id=episode, referral_id=path),
        example(VisitScheduled, episode_id=episode, visit_id=visit),
        example(VisitCompleted, episode_id=episode, visit_id=visit),
        example(VisitScheduled, episode_id=episode, visit_id=new_id()),
    ):
        await clinic.hears(event, patient=patient, times=2)
        stands.append((await clinic.http.get(f"/api/referrals/{path}")).json()["status"])
    assert stands == ["contacting", "first_visit_scheduled", "active", "active"]
    found = (await clinic.http.get(f"/api/referrals/{path}")).json()
    assert [step["what"] for step in found["steps"]][-3:] == ["episode_opened", "visit_scheduled", "visit_completed"]


async def test_a_missed_deadline_is_told_once_by_the_timers(clinic: Bench) -> None:
    await referred(clinic, priority="urgent")
    await clinic.passes(hours=23)
    await assert_published(clinic, ReferralDeadlineBreached, times=0)
    await clinic.passes(hours=2)
    await clinic.passes(days=5)
    (breach,) = await assert_published(clinic, ReferralDeadlineBreached, times=1)
    assert (breach.milestone, breach.owner) == ("decision", "intake")


@pytest.mark.parametrize("act", ["decline", "cancel", "fail"])
async def test_a_text_belongs_to_the_reason_other_everywhere(clinic: Bench, act: str) -> None:
    path = (await referred(clinic))["referral_id"]
    if act == "fail":
        await sent(clinic, f"{path}/accept", {})
    assert (await sent(clinic, f"{path}/{act}", {"reason": "other"})).status_code == 422
    assert (await sent(clinic, f"{path}/{act}", {"reason": "deceased", "reason_text": "in May"})).status_code == 422
    assert (await sent(clinic, f"{path}/{act}", {"reason": "other", "reason_text": "as agreed"})).status_code == 200


async def test_every_act_has_its_address_and_says_what_it_does(clinic: Bench) -> None:
    paths = (await clinic.operators.get("/openapi.json")).json()["paths"]
    acts = {
        path.rpartition("/")[2]
        for path, methods in paths.items()
        if path.startswith("/api/referrals/{referral_id}/") and "post" in methods
    }
    assert {"triage", "request-information", "amend", "reopen", "close-loop", "attempt-contact"} <= acts
    assert len(acts) == 27


@pytest.mark.parametrize(("said", "version"), [("12", 12), ("²", None), ("", None), ("-1", None), ("9" * 40, None)])
def test_a_version_that_no_page_showed_counts_as_none(said: str, version: int | None) -> None:
    assert seen_in(FormData([("seen", said)])) == version
