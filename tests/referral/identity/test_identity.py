"""A referral's person: put on the one patient it certainly is, held before a reviewer, or taken for somebody new."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from carebus.contracts.event import patient_stream
from carebus.contracts.referral import (
    IdentityReviewDeferred,
    IdentityReviewOpened,
    IdentityReviewResolved,
    PatientMerged,
    PatientUnmerged,
    ReferralAccepted,
    ReferralReceived,
)
from carebus.testing import Bench, assert_published
from services.referral import store
from services.referral.api.workflow import commands
from services.referral.channels.rechecking import catch_up, look_again
from services.referral.domain.matching import Traits
from tests.referral.identities import PHONE, of_person, refer, slipped
from tests.referral.samples import SECRETS


async def held(clinic: Bench) -> tuple[dict[str, Any], dict[str, Any], UUID]:
    """Somebody known, a referral that may be about them, and its review."""
    known, new = await refer(clinic, of_person()), await refer(clinic, slipped())
    [opened] = await assert_published(clinic, IdentityReviewOpened, patient=UUID(new["patient_id"]))
    return known, new, opened.review_id


async def decide(clinic: Bench, review_id: UUID, decision: str, **more: Any) -> dict[str, Any]:
    answer = await clinic.command(f"/api/identity/reviews/{review_id}/decide", {"decision": decision, **more})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_the_same_person_again_gets_the_same_patient(clinic: Bench) -> None:
    first, second = await refer(clinic, of_person()), await refer(clinic, of_person(given_name="OTTOLINE672"))
    assert second["patient_id"] == first["patient_id"]
    assert second["referral_id"] != first["referral_id"]
    assert second["status"] == "triage"
    await assert_published(clinic, IdentityReviewOpened, times=0)


async def test_somebody_else_is_somebody_new(clinic: Bench) -> None:
    first = await refer(clinic, of_person())
    second = await refer(clinic, of_person(given_name="Bo", birth_date="1939-01-02"))
    assert (second["patient_id"] != first["patient_id"], second["status"]) == (True, "triage")


async def test_what_is_likely_but_not_certain_waits_for_a_person(clinic: Bench) -> None:
    known, new, _ = await held(clinic)
    assert new["status"] == "identity_review"
    assert new["patient_id"] != known["patient_id"]
    [opened] = await assert_published(clinic, IdentityReviewOpened)
    assert [(str(each.patient_id), each.combination) for each in opened.candidates] == [(known["patient_id"], None)]
    assert opened.candidates[0].grade in {"probable", "possible"}
    assert not any(secret in opened.model_dump_json() for secret in (*SECRETS, PHONE))


async def test_a_command_sent_twice_is_placed_once(clinic: Bench) -> None:
    key = str(uuid4())
    first = await refer(clinic, of_person(), key)
    assert await refer(clinic, of_person(), key) == first | {"became": "repeated"}
    await assert_published(clinic, ReferralReceived, times=1)


async def test_somebody_who_has_died_is_not_linked_to_unseen(clinic: Bench) -> None:
    await refer(clinic, {**of_person(), "died_on": "2026-02-01"})
    assert (await refer(clinic, of_person()))["status"] == "identity_review"


async def test_father_and_son_are_not_even_asked_about(clinic: Bench) -> None:
    await refer(clinic, of_person(suffix="Sr"))
    assert (await refer(clinic, of_person(suffix="Jr")))["status"] == "triage"


async def test_two_that_come_at_one_moment_are_both_kept_and_found_a_moment_later(
    clinic: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    both, placements = asyncio.Barrier(2), store.placements

    async def together(*args: Any) -> Any:
        found = await placements(*args)
        await both.wait()
        return found

    with monkeypatch.context() as patched:
        patched.setattr(store, "placements", together)
        one, other = await asyncio.gather(refer(clinic, of_person()), refer(clinic, of_person()))
    assert one["patient_id"] != other["patient_id"]
    await assert_published(clinic, IdentityReviewOpened, times=0)
    parts = clinic.service.app.state.parts
    assert await look_again(parts) == 2
    older, younger = sorted(answer["patient_id"] for answer in (one, other))
    [opened] = await assert_published(clinic, IdentityReviewOpened, patient=UUID(younger))
    assert [str(each.patient_id) for each in opened.candidates] == [older]
    await assert_published(clinic, IdentityReviewOpened, times=1)
    assert await look_again(parts) == 0


async def test_what_was_found_different_is_not_asked_again(clinic: Bench) -> None:
    _, new, review_id = await held(clinic)
    await decide(clinic, review_id, "different")
    [resolved] = await assert_published(clinic, IdentityReviewResolved)
    assert (resolved.decision, resolved.same_as) == ("different", None)
    assert (await clinic.http.get(f"/api/referrals/{new['referral_id']}")).json()["status"] == "triage"
    await look_again(clinic.service.app.state.parts)
    assert [e.referral_id for e in await clinic.published(IdentityReviewOpened)].count(UUID(new["referral_id"])) == 1


async def test_what_was_found_different_is_not_asked_from_the_other_side_either(clinic: Bench) -> None:
    known, _, review_id = await held(clinic)
    await decide(clinic, review_id, "different")
    stated = of_person(address={**of_person()["patient"]["address"], "street": "9 Elm Street"})
    amended = await clinic.command(f"/api/referrals/{known['referral_id']}/amend", stated)
    assert amended.status_code == 200, amended.text
    await look_again(clinic.service.app.state.parts)
    await assert_published(clinic, IdentityReviewOpened, times=1)


async def test_a_review_of_a_referral_that_has_ended_waits_for_nobody(clinic: Bench) -> None:
    _, new, _ = await held(clinic)
    cancelled = await clinic.command(f"/api/referrals/{new['referral_id']}/cancel", {"reason": "patient_declined"})
    assert cancelled.status_code == 200, cancelled.text
    assert (await clinic.http.get("/api/identity/reviews")).json()["items"] == []


async def test_a_merge_at_the_moment_of_an_acceptance_takes_nobody_on_twice(
    clinic: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await refer(clinic, of_person())
    two = await refer(clinic, of_person(given_name="Bo", birth_date="1939-01-02"))
    assert (await clinic.command(f"/api/referrals/{two['referral_id']}/accept", {})).status_code == 200
    looks = commands.family_of

    async def merged_meanwhile(*given: Any) -> Any:
        seen = await looks(*given)
        wanted = {"survivor_id": two["patient_id"], "retired_id": one["patient_id"]}
        assert (await clinic.command("/api/identity/merges", wanted)).status_code == 200
        return seen

    monkeypatch.setattr(commands, "family_of", merged_meanwhile)
    refused = await clinic.command(f"/api/referrals/{one['referral_id']}/accept", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "care_changed_meanwhile")
    await assert_published(clinic, ReferralAccepted, times=1)


async def test_a_review_may_wait_for_more_and_keeps_the_note(clinic: Bench) -> None:
    _, new, review_id = await held(clinic)
    await decide(clinic, review_id, "more_information", note="Ask for the phone number")
    await assert_published(clinic, IdentityReviewDeferred)
    [waiting] = (await clinic.http.get("/api/identity/reviews")).json()["items"]
    assert (waiting["review_id"], waiting["decision"]) == (str(review_id), "more_information")
    assert (await clinic.http.get(f"/api/referrals/{new['referral_id']}")).json()["status"] == "identity_review"
    await decide(clinic, review_id, "different")
    assert (await clinic.http.get("/api/identity/reviews")).json()["items"] == []


async def test_the_same_person_goes_on_in_the_record_that_was_there(clinic: Bench) -> None:
    known, new, review_id = await held(clinic)
    settled = await decide(clinic, review_id, "same", patient_id=known["patient_id"])
    assert settled["merged_into"] == known["patient_id"]
    told = [p for p in await clinic.all_published() if isinstance(p.event, PatientMerged)]
    retired, survivor = told
    assert retired.stream == patient_stream(UUID(new["patient_id"]))
    assert survivor.stream == patient_stream(UUID(known["patient_id"]))
    assert retired.event == survivor.event
    assert survivor.causation_id != retired.causation_id
    async with clinic.service.core.database.connection() as db:
        wanted = "select event_id from outbox where type = $1 and stream = $2"
        cause = await db.fetchval(wanted, PatientMerged.type_name(), retired.stream)
    assert survivor.causation_id == cause
    assert (await clinic.http.get(f"/api/referrals/{new['referral_id']}")).json()["status"] == "triage"


async def test_a_candidate_who_was_merged_meanwhile_is_the_survivor(clinic: Bench) -> None:
    known, new, review_id = await held(clinic)
    elder = await refer(clinic, of_person(given_name="Bo", birth_date="1939-01-02"))
    wanted = {"survivor_id": elder["patient_id"], "retired_id": known["patient_id"]}
    assert (await clinic.command("/api/identity/merges", wanted)).status_code == 200
    settled = await decide(clinic, review_id, "same", patient_id=known["patient_id"])
    assert settled["merged_into"] == elder["patient_id"]
    assert (await clinic.http.get(f"/api/referrals/{new['referral_id']}")).json()["status"] == "triage"


async def test_a_review_of_two_who_are_together_already_is_settled(clinic: Bench) -> None:
    known, new, review_id = await held(clinic)
    wanted = {"survivor_id": new["patient_id"], "retired_id": known["patient_id"]}
    assert (await clinic.command("/api/identity/merges", wanted)).status_code == 200
    settled = await decide(clinic, review_id, "same", patient_id=known["patient_id"])
    assert settled["absorbed"] == [known["patient_id"]]
    assert (await clinic.http.get("/api/identity/reviews")).json()["items"] == []
    assert (await clinic.http.get(f"/api/referrals/{new['referral_id']}")).json()["status"] == "triage"


async def test_somebody_different_is_not_named_as_the_same(clinic: Bench) -> None:
    known, _, review_id = await held(clinic)
    body_ = {"decision": "different", "patient_id": known["patient_id"]}
    answer = await clinic.command(f"/api/identity/reviews/{review_id}/decide", body_)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "patient_id")


async def test_a_third_referral_of_merged_records_goes_to_the_survivor(clinic: Bench) -> None:
    known, _, review_id = await held(clinic)
    await decide(clinic, review_id, "same", patient_id=known["patient_id"])
    third = await refer(clinic, of_person())
    assert (third["patient_id"], third["status"]) == (known["patient_id"], "triage")


async def test_unmerge_leaves_the_records_as_they_were(clinic: Bench) -> None:
    known, new, review_id = await held(clinic)
    await decide(clinic, review_id, "same", patient_id=known["patient_id"])
    undo = {"survivor_id": known["patient_id"], "retired_id": new["patient_id"]}
    assert (await clinic.command("/api/identity/unmerges", undo)).status_code == 200
    await assert_published(clinic, PatientUnmerged, times=2)
    for patient_id in (known["patient_id"], new["patient_id"]):
        who = (await clinic.http.get(f"/api/identity/patients/{patient_id}")).json()
        assert (who["merged_into"], who["absorbed"]) == (None, [])
    again = await clinic.command("/api/identity/unmerges", undo)
    assert again.status_code == 409


async def test_one_person_is_taken_on_once_on_whichever_record(clinic: Bench) -> None:
    known, new, review_id = await held(clinic)
    await decide(clinic, review_id, "same", patient_id=known["patient_id"])
    assert (await clinic.command(f"/api/referrals/{known['referral_id']}/accept", {})).status_code == 200
    refused = await clinic.command(f"/api/referrals/{new['referral_id']}/accept", {})
    assert (refused.status_code, "taken on already" in refused.text) == (409, True)


@pytest.mark.parametrize(
    ("survivor", "retired", "status"),
    [("known", "known", 422), ("known", "nobody", 422), ("nobody", "known", 422), ("known", "other", 200)],
)
async def test_which_records_can_be_put_together(clinic: Bench, survivor: str, retired: str, status: int) -> None:
    known = await refer(clinic, of_person())
    other = await refer(clinic, of_person(given_name="Bo", birth_date="1939-01-02"))
    ids = {"known": known["patient_id"], "other": other["patient_id"], "nobody": str(uuid4())}
    wanted = {"survivor_id": ids[survivor], "retired_id": ids[retired]}
    assert (await clinic.command("/api/identity/merges", wanted)).status_code == status


async def test_a_survivor_is_never_itself_retired(clinic: Bench) -> None:
    a, b, c = [
        (await refer(clinic, of_person(given_name=name, birth_date=day)))["patient_id"]
        for name, day in (("Ottoline", "1941-05-06"), ("Bo", "1939-01-02"), ("Ann", "1950-03-04"))
    ]

    async def put(survivor: str, retired: str) -> int:
        body_ = {"survivor_id": survivor, "retired_id": retired}
        return (await clinic.command("/api/identity/merges", body_)).status_code

    assert await put(a, b) == 200
    assert await put(c, a) == 409  # a goes on for b
    assert await put(b, c) == 409  # b has ended
    assert await put(a, c) == 200


async def test_a_merge_sent_twice_under_its_key_is_one(clinic: Bench) -> None:
    known, new, _ = await held(clinic)
    wanted = {"survivor_id": known["patient_id"], "retired_id": new["patient_id"]}
    answers = [await clinic.command("/api/identity/merges", wanted, key="merge-1") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    await assert_published(clinic, PatientMerged, times=2)


async def test_what_is_amended_is_found_by_what_it_says_now(clinic: Bench) -> None:
    known = await refer(clinic, {**of_person(), "placer_id": "A-1"})
    amended = {**of_person(given_name="Beatrix", family_name="Stonewall", phone="(413) 555-0188"), "placer_id": "A-1"}
    held = await refer(clinic, amended)
    assert (held["referral_id"], held["became"]) == (known["referral_id"], "held")
    path = f"/api/referrals/{known['referral_id']}"
    [waits] = (await clinic.http.get(path)).json()["proposals"]
    await clinic.command(f"{path}/take-over-change", {"proposal_id": waits["proposal_id"]})
    async with clinic.service.core.database.connection() as db:
        now = Traits(given="beatrix", family="stonewall", born="19410506", phone="4135550188")
        then = Traits(given="ottoline672", family="quimby90", phone="4135550142")
        found, lost = await store.placements(db, [now, then])
    assert [str(each.patient_id) for each in found.candidates] == [known["patient_id"]]
    assert lost.candidates == ()


async def test_the_persons_of_an_older_releases_referrals_are_found_too(clinic: Bench) -> None:
    known = await refer(clinic, of_person())
    parts = clinic.service.app.state.parts
    async with parts.database.transaction() as db:
        for table in ("person", "person_key", "person_unchecked"):
            await db.execute(f"truncate {table}")
    assert [await catch_up(parts), await catch_up(parts)] == [1, 0]
    assert (await refer(clinic, of_person()))["patient_id"] == known["patient_id"]
