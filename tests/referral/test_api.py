"""The JSON API: a command is one command however often it is sent, and an error says the rule and never the value."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from carebus.contracts.referral import (
    EligibilityAssessed,
    ReferralAccepted,
    ReferralDeclined,
    ReferralReceived,
)
from carebus.ids import new_id
from carebus.testing import Bench, assert_published, people
from tests.referral.samples import SECRETS, body, named


async def referred(clinic: Bench, **changes: Any) -> dict[str, Any]:
    answer = await clinic.command("/api/referrals", body(**changes))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def rules(answer: httpx.Response) -> dict[str, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    assert not any(secret in answer.text for secret in SECRETS)
    return {each["field"]: each["rule"] for each in answer.json().get("errors", [])}


async def test_a_conflict_says_what_became_of_it_what_stands_and_what_would_settle_it(clinic: Bench) -> None:
    first = (await clinic.command("/api/referrals", body(placer_id="A-1"))).json()
    another = named("Boris Quenneville", placer_id="A-1", referrer=body()["referrer"])
    answer = await clinic.command("/api/referrals", another)
    said = answer.json()
    assert (answer.status_code, said["code"], said["became"]) == (409, "another_person", "conflict")
    assert said["stands_since"] == first["stands_since"]
    assert "under its own number" in said["settled_by"]
    named_by_id = await clinic.command("/api/referrals", {**another, "patient_id": first["patient_id"]})
    assert (named_by_id.status_code, named_by_id.json()["became"]) == (409, "conflict")
    assert named_by_id.json()["stands_since"] == first["stands_since"]
    taken_back = {"organization": "Elm Street Cardiology", "placer_id": "A-1", "given_name": "Boris"}
    withdrawn = await clinic.command("/api/referrals/withdrawals", {**taken_back, "birth_date": "1933-03-03"})
    assert (withdrawn.status_code, withdrawn.json()["became"]) == (409, "conflict")


async def test_the_openapi_document_says_what_a_conflict_tells(clinic: Bench) -> None:
    document = (await clinic.operators.get("/openapi.json")).json()
    for path in ("", "/withdrawals", "/{referral_id}/amend"):
        told = document["paths"][f"/api/referrals{path}"]["post"]["responses"]["409"]
        fields = told["content"]["application/problem+json"]["schema"]["properties"]
        assert {"became", "stands_since", "waits", "settled_by"} <= fields.keys()


async def test_a_referral_is_received_and_assessed(clinic: Bench) -> None:
    told = await referred(clinic)
    assert (told["status"], told["eligible"], told["suggested_decline_reason"]) == ("triage", True, None)
    (received,) = await assert_published(clinic, ReferralReceived, times=1)
    (assessed,) = await assert_published(clinic, EligibilityAssessed, times=1)
    assert str(received.referral_id) == told["referral_id"] == str(assessed.referral_id)
    assert received.received_at == clinic.now()
    assert {p.stream for p in await clinic.all_published()} == {f"patient/{told['patient_id']}"}


async def test_the_same_key_is_the_same_referral(clinic: Bench) -> None:
    first = await clinic.command("/api/referrals", body(), key="k-1")
    again = await clinic.command("/api/referrals", body(), key="k-1")
    assert (again.status_code, again.json()) == (first.status_code, first.json() | {"became": "repeated"})
    await assert_published(clinic, ReferralReceived, times=1)


async def test_the_same_key_sent_many_times_at_once_is_one_referral(clinic: Bench) -> None:
    answers = await asyncio.gather(*(clinic.command("/api/referrals", body(), key="k-1") for _ in range(6)))
    assert {answer.status_code for answer in answers} == {201}
    assert sorted(answer.json().pop("became") for answer in answers) == ["received", *["repeated"] * 5]
    same = [{**answer.json(), "became": ""} for answer in answers]
    assert all(each == same[0] for each in same)
    await assert_published(clinic, ReferralReceived, times=1)


async def test_the_same_key_with_another_body_is_refused(clinic: Bench) -> None:
    await clinic.command("/api/referrals", body(), key="k-1")
    other = await clinic.command("/api/referrals", body(priority="urgent"), key="k-1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    rules(other)
    await assert_published(clinic, ReferralReceived, times=1)


async def test_one_key_cannot_decide_on_two_referrals(clinic: Bench) -> None:
    one, two = await referred(clinic, **named("Ann")), await referred(clinic, **named("Bea"))
    await clinic.command(f"/api/referrals/{one['referral_id']}/accept", {}, key="k-1")
    other = await clinic.command(f"/api/referrals/{two['referral_id']}/accept", {}, key="k-1")
    assert other.status_code == 422
    await assert_published(clinic, ReferralAccepted, times=1)


@pytest.mark.parametrize("command", ["refer", "accept", "decline"])
async def test_a_command_without_a_key_is_refused(clinic: Bench, command: str) -> None:
    sent = {"refer": body(), "decline": {"reason": "no_capacity"}, "accept": {}}[command]
    path = "" if command == "refer" else f"/{new_id()}/{command}"
    answer = await clinic.http.post("/api/referrals" + path, json=sent)
    assert answer.status_code == 400
    assert list(rules(answer)) == ["Idempotency-Key"]


async def test_a_refused_referral_may_be_corrected_under_its_key(clinic: Bench) -> None:
    wrong = await clinic.command("/api/referrals", body(diagnoses=[]), key="k-1")
    assert wrong.status_code == 422
    assert (await clinic.command("/api/referrals", body(), key="k-1")).status_code == 201


async def test_an_error_names_every_field_and_repeats_nothing(clinic: Bench) -> None:
    person = {**body()["patient"], "birth_date": "2027-05-06", "email": "Quimby", "time_zone": "Larch/Way"}
    answer = await clinic.command("/api/referrals", body(patient=person, diagnoses=[], died_on="Ottoline"))
    assert answer.status_code == 422
    assert set(rules(answer)) == {"patient.email", "patient.time_zone", "diagnoses", "died_on"}


async def test_dates_are_held_against_the_clinics_clock(clinic: Bench) -> None:
    person = {**body()["patient"], "birth_date": "2026-03-05"}
    late = {"system": "SNOMED-CT", "code": "88805009", "onset": "2026-04-01"}
    answer = await clinic.command("/api/referrals", body(patient=person, diagnoses=[late]))
    assert set(rules(answer)) == {"patient.birth_date", "diagnoses.0.onset"}
    await clinic.passes(days=60)
    assert (await clinic.command("/api/referrals", body(patient=person, diagnoses=[late]))).status_code == 201


async def test_text_that_is_no_text_is_refused(clinic: Bench) -> None:
    sent = json.dumps(body(referral_note="@@")).replace("@@", "\\ud800")
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    answer = await clinic.http.post("/api/referrals", content=sent, headers=headers)
    assert list(rules(answer)) == ["referral_note"]


@pytest.mark.parametrize("stated", [True, False])
async def test_a_body_that_is_too_large_is_refused_unread(clinic: Bench, stated: bool) -> None:
    async def chunks() -> Any:
        for _ in range(40):
            yield b"x" * 10_000

    content: Any = b"x" * 300_000 if stated else chunks()
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    answer = await clinic.http.post("/api/referrals", content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_an_eligible_person_is_taken_on(clinic: Bench) -> None:
    told = await referred(clinic)
    answer = await clinic.command(f"/api/referrals/{told['referral_id']}/accept", {})
    assert (answer.status_code, answer.json()["status"]) == (200, "accepted")
    (accepted,) = await assert_published(clinic, ReferralAccepted, times=1)
    assert accepted.patient.full_name == "Ottoline672 Quimby90"


async def test_an_ineligible_person_is_not_taken_on_and_the_rule_is_named(clinic: Bench) -> None:
    told = await referred(clinic, on_hospice=True)
    answer = await clinic.command(f"/api/referrals/{told['referral_id']}/accept", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "not_eligible")
    assert "not_on_hospice" in answer.json()["detail"]
    rules(answer)
    await assert_published(clinic, ReferralAccepted, times=0)


@pytest.mark.parametrize("first", ["accept", "decline"])
@pytest.mark.parametrize("second", ["accept", "decline"])
async def test_nothing_is_decided_twice(clinic: Bench, first: str, second: str) -> None:
    path = f"/api/referrals/{(await referred(clinic))['referral_id']}/"
    bodies: dict[str, dict[str, Any]] = {"accept": {}, "decline": {"reason": "no_capacity"}}
    assert (await clinic.command(path + first, bodies[first])).status_code == 200
    answer = await clinic.command(path + second, bodies[second])
    assert (answer.status_code, answer.json()["code"]) == (409, "already_decided")
    told = await clinic.published(ReferralAccepted), await clinic.published(ReferralDeclined)
    assert [len(events) for events in told] == ([1, 0] if first == "accept" else [0, 1])


async def test_two_coordinators_at_once_take_one_decision(clinic: Bench) -> None:
    path = f"/api/referrals/{(await referred(clinic))['referral_id']}/"
    answers = await asyncio.gather(
        *(clinic.command(path + "accept", {}) for _ in range(3)),
        *(clinic.command(path + "decline", {"reason": "duplicate"}) for _ in range(3)),
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
    assert len(await clinic.published(ReferralAccepted)) + len(await clinic.published(ReferralDeclined)) == 1


async def test_a_declined_referral_says_why(clinic: Bench) -> None:
    path = f"/api/referrals/{(await referred(clinic))['referral_id']}"
    assert list(rules(await clinic.command(path + "/decline", {"reason": "other"}))) == ["reason_text"]
    assert list(rules(await clinic.command(path + "/decline", {"reason": "Quimby"}))) == ["reason"]
    await clinic.command(path + "/decline", {"reason": "other", "reason_text": "moved to Spain"})
    (declined,) = await assert_published(clinic, ReferralDeclined, times=1)
    assert (declined.reason, declined.reason_text) == ("other", "moved to Spain")
    found = (await clinic.http.get(path)).json()
    assert (found["status"], found["decline_reason"], found["decided_by"]) == (
        "declined",
        "other",
        f"coordinator:{people.account()}",
    )


async def test_a_person_known_here_may_be_referred_again_but_is_taken_on_once(clinic: Bench) -> None:
    first = await referred(clinic)
    second = await referred(clinic, patient_id=first["patient_id"])
    assert second["patient_id"] == first["patient_id"]
    assert second["referral_id"] != first["referral_id"]
    await clinic.command(f"/api/referrals/{first['referral_id']}/accept", {})
    answer = await clinic.command(f"/api/referrals/{second['referral_id']}/accept", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "already_taken_on")
    told = await clinic.all_published()
    assert [p.sequence for p in told] == list(range(1, len(told) + 1))


async def test_the_worklist_is_oldest_first_by_status_and_page(clinic: Bench) -> None:
    told = []
    for name in ("Ann", "Bea", "Cleo", "Dora", "Emil"):
        told.append((await referred(clinic, **named(name)))["referral_id"])
        await clinic.passes(hours=1)
    await clinic.command(f"/api/referrals/{told[1]}/accept", {})
    path = "/api/referrals?status=triage&limit=3"
    page = [item["referral_id"] for item in (await clinic.http.get(path)).json()["items"]]
    rest = [item["referral_id"] for item in (await clinic.http.get(f"{path}&after={page[-1]}")).json()["items"]]
    assert [page, rest] == [[told[0], told[2], told[3]], [told[4]]]
    (accepted,) = (await clinic.http.get("/api/referrals?status=accepted")).json()["items"]
    assert accepted["referral_id"] == told[1]
    assert len((await clinic.http.get("/api/referrals")).json()["items"]) == 5


async def test_a_list_names_nobody_and_one_referral_tells_all(clinic: Bench) -> None:
    told = await referred(clinic)
    listed = (await clinic.http.get("/api/referrals")).text
    assert not any(secret in listed for secret in SECRETS)
    whole = (await clinic.http.get(f"/api/referrals/{told['referral_id']}")).text
    assert all(secret in whole for secret in SECRETS)


@pytest.mark.parametrize("path", ["", "/accept", "/decline"])
async def test_an_unknown_referral_is_not_found(clinic: Bench, path: str) -> None:
    at = f"/api/referrals/{new_id()}{path}"
    sent = {"reason": "no_capacity"} if path == "/decline" else {}
    answer = await clinic.command(at, sent) if path else await clinic.http.get(at)
    assert (answer.status_code, answer.json()["code"]) == (404, "referral_unknown")
