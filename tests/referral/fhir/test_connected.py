"""What a statement by FHIR comes to, told as FHIR tells it: amended, held, older, withdrawn, a conflict."""

from __future__ import annotations

from typing import Any

import orjson

from carebus.contracts.referral import ReferralReceived
from carebus.testing import Bench, assert_published
from tests.referral import bundles as b
from tests.referral.fhir.test_fhir import issues, resources, sent


def outcome(answer: Any) -> str:
    """The code of what became of the statement."""
    told = [each["response"].get("outcome") for each in answer.json()["entry"]]
    (found,) = [each for each in told if each]
    return str(found["issue"][0]["details"]["coding"][0]["code"])


async def test_urgent_routine_urgent_without_a_time_stands_urgent(clinic: Bench) -> None:
    stated = [b.transaction(order={"priority": each}) for each in ("urgent", "routine", "urgent")]
    sent_in_turn = [await sent(clinic, each) for each in stated]
    assert [outcome(each) for each in sent_in_turn] == ["received", "held", "repeated"]
    assert resources(sent_in_turn[-1])["Task"]["priority"] == "urgent"


async def test_one_number_for_two_people_is_a_conflict_at_the_number(clinic: Bench) -> None:
    first = await sent(clinic, b.transaction())
    other = {"name": [{"family": "Quenneville", "given": ["Boris"]}], "birthDate": "1955-01-02"}
    answer = await sent(clinic, b.transaction(patient=other))
    assert (answer.status_code, issues(answer)) == (409, [("conflict", "Bundle.entry[0].resource.identifier[0]")])
    [issue] = answer.json()["issue"]
    assert issue["details"]["coding"][0]["code"] == "conflict"
    assert "stands. Nothing of it was kept." in issue["diagnostics"]
    task = resources(first)["Task"]
    assert (await clinic.http.get(f"/fhir/Task/{task['id']}")).json() == task


async def test_an_unproven_withdrawal_asks_for_cancellation_and_an_unknown_one_is_told_so(clinic: Bench) -> None:
    unknown = await sent(clinic, b.transaction(order={"status": "revoked"}))
    assert unknown.status_code == 404
    await assert_published(clinic, ReferralReceived, times=0)
    made = await sent(clinic, b.transaction())
    taken_back = await sent(clinic, b.transaction(order={"status": "revoked"}))
    assert taken_back.status_code == 200
    assert resources(taken_back)["Task"]["id"] == resources(made)["Task"]["id"]
    at = resources(made)["Task"]["id"]
    status = (await clinic.http.get(f"/api/referrals/{at}")).json()["status"]
    assert status == "cancellation_requested"


async def test_a_withdrawal_written_anew_under_the_same_key_is_a_repeat(clinic: Bench) -> None:
    await sent(clinic, b.transaction())
    headers = {"Content-Type": "application/fhir+json", "Idempotency-Key": "back-1"}
    revoked = b.transaction(order={"status": "revoked"})
    later = b.transaction(order={"status": "revoked"}, patient={"meta": {"lastUpdated": "2026-02-01T09:00:00Z"}})
    written = [
        orjson.dumps({**revoked, "timestamp": "2026-03-01T09:00:00Z"}),
        orjson.dumps({**revoked, "timestamp": "2026-03-02T09:00:00Z"}, option=orjson.OPT_INDENT_2),
        orjson.dumps(later),
    ]
    answers = [await clinic.http.post("/fhir", content=each, headers=headers) for each in written]
    assert [each.status_code for each in answers] == [200, 200, 200]
    assert [outcome(each) for each in answers[1:]] == ["repeated", "repeated"]
    other = orjson.dumps(b.transaction(order={"status": "entered-in-error"}))
    assert (await clinic.http.post("/fhir", content=other, headers=headers)).status_code == 422


async def test_a_message_that_comes_again_is_a_repeat(clinic: Bench) -> None:
    first, again = [await sent(clinic, b.bser()) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 200)
