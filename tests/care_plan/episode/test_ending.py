"""An episode ends: what is planned is cancelled, hours are free, and a new acceptance opens another."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from carebus.contracts import Event
from carebus.contracts.care_plan import (
    CareHeld,
    EndReason,
    EpisodeEnded,
    EpisodeOpened,
    SymptomFollowUpCancelled,
    VisitCancelled,
    VisitOverdue,
    VisitReason,
    VisitScheduled,
)
from carebus.contracts.referral import ReferralAccepted, ReferralCancelled, ReferralEnteredInError, ReferralFailed
from carebus.testing import Bench, assert_published
from tests.care_plan.people import accepted, due_visits, staff
from tests.examples import example


async def in_care(bench: Bench, patient: UUID) -> ReferralAccepted:
    """Somebody with a team and a visit planned; gives what took them on."""
    await staff(bench)
    taken_on = accepted()
    await bench.hears(taken_on, patient=patient)
    await assert_published(bench, VisitScheduled, patient=patient, times=1)
    return taken_on


def of(referral: ReferralAccepted, kind: type[Event], **more: Any) -> Event:
    """What became of this referral."""
    return example(kind, referral_id=referral.referral_id, **more)


@pytest.mark.parametrize(
    ("kind", "said", "reason"),
    [
        (ReferralCancelled, {"reason": "patient_declined", "reason_text": ""}, EndReason.WITHDRAWN),
        (ReferralCancelled, {"reason": "referred_elsewhere", "reason_text": ""}, EndReason.TRANSFERRED),
        (ReferralFailed, {"reason": "moved_away", "reason_text": ""}, EndReason.MOVED),
        (ReferralFailed, {"reason": "on_hospice", "reason_text": ""}, EndReason.HOSPICE),
        (ReferralFailed, {"reason": "could_not_contact", "reason_text": ""}, EndReason.NOT_REACHED),
        (ReferralEnteredInError, {}, EndReason.ENTERED_IN_ERROR),
    ],
)
async def test_the_end_of_a_referral_ends_care_and_cancels_what_is_planned(
    care_plan: Bench, kind: type[Event], said: dict[str, Any], reason: EndReason
) -> None:
    patient = uuid4()
    referral = await in_care(care_plan, patient)
    at = {name: care_plan.now() for name in ("cancelled_at", "failed_at", "marked_at") if name in kind.model_fields}
    await care_plan.hears(of(referral, kind, **said, **at), patient=patient, times=2)
    (ended,) = await assert_published(care_plan, EpisodeEnded, patient=patient, times=1)
    assert (ended.reason, ended.source, ended.ended_on) == (reason, "referral", care_plan.now().date())
    (cancelled,) = await assert_published(care_plan, VisitCancelled, patient=patient, times=1)
    assert cancelled.reason is VisitReason.CARE_ENDED
    assert await due_visits(care_plan) == []
    await care_plan.passes(days=40)
    await assert_published(care_plan, VisitOverdue, patient=patient, times=0)
    await assert_published(care_plan, VisitScheduled, patient=patient, times=1)


async def test_an_end_that_is_heard_late_has_its_own_day(care_plan: Bench) -> None:
    patient = uuid4()
    referral = await in_care(care_plan, patient)
    moved = of(referral, ReferralFailed, reason="moved_away", reason_text="", failed_at=care_plan.now())
    await care_plan.passes(days=9)
    await care_plan.hears(moved, patient=patient)
    (ended,) = await assert_published(care_plan, EpisodeEnded, patient=patient)
    assert ended.ended_on == date(2026, 3, 2)


@pytest.mark.parametrize("kind", [ReferralCancelled, ReferralFailed])
async def test_a_referral_that_ends_because_the_person_died_only_holds_care(
    care_plan: Bench, kind: type[Event]
) -> None:
    patient = uuid4()
    referral = await in_care(care_plan, patient)
    await care_plan.hears(of(referral, kind, reason="deceased", reason_text=""), patient=patient, times=2)
    await assert_published(care_plan, CareHeld, patient=patient, times=1)
    await assert_published(care_plan, EpisodeEnded, patient=patient, times=0)


async def test_another_referral_of_the_same_person_ends_nothing(care_plan: Bench) -> None:
    patient = uuid4()
    await in_care(care_plan, patient)
    other = example(ReferralCancelled, reason="patient_declined", reason_text="")
    handled = await care_plan.hears(other, patient=patient)
    assert handled.ignored == {"not_of_this_care": 1}
    await assert_published(care_plan, EpisodeEnded, patient=patient, times=0)


async def test_a_new_acceptance_opens_a_new_episode_with_the_same_team(care_plan: Bench) -> None:
    patient = uuid4()
    referral = await in_care(care_plan, patient)
    before = (await care_plan.http.get(f"/api/patients/{patient}")).json()["team"]
    await care_plan.hears(of(referral, ReferralFailed, reason="moved_away", reason_text=""), patient=patient)
    await care_plan.passes(days=30)
    again = accepted().model_copy(update={"accepted_at": care_plan.now()})
    await care_plan.hears(again, patient=patient, times=2)
    first, second = await assert_published(care_plan, EpisodeOpened, patient=patient, times=2)
    assert first.episode_id != second.episode_id
    care = (await care_plan.http.get(f"/api/patients/{patient}")).json()
    assert care["team"] == before
    (visit,) = await due_visits(care_plan)
    assert (visit["ordinal"], visit["episode_id"]) == (2, str(second.episode_id))


async def test_a_person_ends_care_with_a_hand_over_and_a_day(care_plan: Bench) -> None:
    patient = uuid4()
    await in_care(care_plan, patient)
    path, yesterday = f"/api/patients/{patient}/end", (care_plan.now() - timedelta(days=1)).date()
    for wrong, field in (
        ({"reason": "hospice", "ended_on": (care_plan.now() + timedelta(days=1)).date().isoformat()}, "ended_on"),
        ({"reason": "hospice", "ended_on": "2026-01-01"}, "ended_on"),
        ({"reason": "died"}, "reason"),
        ({"reason": "bored"}, "reason"),
    ):
        refused = await care_plan.command(path, wrong)
        assert (refused.status_code, [each["field"] for each in refused.json()["errors"]]) == (422, [field])
    await care_plan.passes(days=3)
    said = {"reason": "hospice", "ended_on": care_plan.now().date().isoformat(), "hand_over": "Harbour Hospice calls."}
    answer = await care_plan.command(path, said)
    assert (answer.status_code, answer.json()["in_care"]) == (200, False)
    (ended,) = await assert_published(care_plan, EpisodeEnded, patient=patient, times=1)
    assert (ended.reason, ended.hand_over) == (EndReason.HOSPICE, "Harbour Hospice calls.")
    assert (await care_plan.command(path, said)).json()["code"] == "care_ended"
    assert yesterday < ended.ended_on


async def test_after_the_end_nothing_is_planned_or_recorded_and_follow_ups_are_cancelled(care_plan: Bench) -> None:
    patient = uuid4()
    await in_care(care_plan, patient)
    await care_plan.passes(days=1)
    (visit,) = await due_visits(care_plan)
    done = f"/api/visits/{visit['visit_id']}/complete"
    await care_plan.command(done, {"assessments": {"esas_r": {"pain": 8}, "phase": "stable"}})
    (next_visit,) = await due_visits(care_plan)
    await care_plan.command(f"/api/patients/{patient}/end", {"reason": "discharged"})
    await assert_published(care_plan, SymptomFollowUpCancelled, patient=patient, times=1)
    refused = await care_plan.command(f"/api/visits/{next_visit['visit_id']}/complete", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "visit_is_over")
    clinician = visit["clinician"]["clinician_id"]
    at = (care_plan.now() + timedelta(days=1)).isoformat()
    plan = await care_plan.command(f"/api/patients/{patient}/visits", {"clinicians": [clinician], "starts_at": at})
    assert (plan.status_code, plan.json()["code"]) == (409, "care_ended")


async def test_whoever_left_care_is_off_the_caseload_but_is_found_by_name(care_plan: Bench) -> None:
    patient = uuid4()
    await in_care(care_plan, patient)
    await care_plan.command(f"/api/patients/{patient}/end", {"reason": "discharged"})
    html = {"accept": "text/html"}
    assert "Rosa Almeida" not in (await care_plan.http.get("/", headers=html)).text
    assert "Rosa Almeida" in (await care_plan.http.get("/?show=ended", headers=html)).text
    for sought, found in (({"named": "alme ROSA"}, True), ({"born": "1948-05-17"}, True), ({"named": "100%"}, False)):
        text = (await care_plan.http.post("/find", data=sought, headers=html)).text
        assert ("Rosa Almeida" in text) is found
    load = {one["load"] for one in (await care_plan.http.get("/api/roster")).json()["items"]}
    assert load == {0}
