"""Privacy officers find who saw what; supervisors see emergency access; nobody else sees anything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from carebus.access import AccountRole
from carebus.contracts.audit import AuditKind, AuditRow
from carebus.testing import START, Bench
from carebus.testing.people import account
from services.audit import store
from tests.audit.sealing import ANNA, BENNO, NURSE, OTHER, batches, row, stream
from tests.merges import merged, unmerged

OFFICER, SUPERVISOR = AccountRole.PRIVACY_OFFICER, AccountRole.SUPERVISOR
ROWS = [
    row(1),
    row(2, who=OTHER, patients=(ANNA, BENNO), name="GET /"),
    row(3, kind=AuditKind.DENIAL, outcome="access_denied", patients=(BENNO,)),
    row(4, kind=AuditKind.DISCLOSURE, name="GET /fhir/Task/{referral_id}"),
    row(5, emergency_reason="Pain at night, nobody of the team answers"),
    row(6, kind=AuditKind.SIGN_IN, name="sign_in", patients=()),
]


@pytest.fixture(autouse=True)
async def heard(audit: Bench) -> None:
    await audit.hears(*batches(ROWS), stream=stream())


async def get(audit: Bench, path: str, *roles: AccountRole, **params: Any) -> Any:
    async with audit.as_(*(roles or (OFFICER,))) as http:
        return await http.get(path, params=params)


async def numbers(audit: Bench, **params: Any) -> list[int]:
    answer = await get(audit, "/api/rows", **params)
    assert answer.status_code == 200, answer.text
    return [one["number"] for one in answer.json()["items"]]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, [6, 5, 4, 3, 2, 1]),
        ({"patient": str(BENNO)}, [3, 2]),
        ({"who": OTHER}, [2]),
        ({"patient": str(ANNA), "who": NURSE}, [5, 4, 1]),
        ({"kind": "denial"}, [3]),
        ({"reason": "AT NIGHT"}, [5]),
        ({"emergency": "true"}, [5]),
        ({"since": (START + timedelta(minutes=5)).isoformat()}, [6, 5]),
        ({"until": (START + timedelta(minutes=2)).isoformat()}, [1]),
        ({"patient": str(ANNA), "kind": "disclosure"}, [4]),
        ({"patient": str(uuid4())}, []),
    ],
)
async def test_rows_are_found_by_patient_person_time_reason_and_kind(
    audit: Bench, asked: dict[str, str], found: list[int]
) -> None:
    assert await numbers(audit, **asked) == found


async def test_pages_go_on_by_values_and_miss_nothing_that_comes_meanwhile(audit: Bench) -> None:
    seen, after = [], None
    for n in range(3):
        answer = (await get(audit, "/api/rows", limit=2, **({"after": after} if after else {}))).json()
        seen += [one["number"] for one in answer["items"]]
        after = answer["after"]
        await audit.hears(*batches([row(100 + n)], service=f"s{n}"), stream=stream(f"s{n}"))
    assert (seen, after) == ([6, 5, 4, 3, 2, 1], None)
    assert (await get(audit, "/api/rows", after="x")).status_code == 422


async def test_the_page_leads_to_older_rows_wherever_it_is(audit: Bench) -> None:
    page = (await get(audit, "/", kind="read")).text
    assert "Older" not in page
    told = (await get(audit, "/fhir/AuditEvent", _count=2)).json()
    (further,) = [link["url"] for link in told["link"] if link["relation"] == "next"]
    assert further.startswith("http://")
    assert "/fhir/AuditEvent?_count=2&after=" in further


async def test_one_day_is_searched_from_its_beginning_to_its_end(audit: Bench) -> None:
    page = (await get(audit, "/", since="2026-03-02", until="2026-03-02")).text
    assert page.count("<tr") == len(ROWS) + 1
    assert "Nothing was found" in (await get(audit, "/", since="2026-03-03", until="2026-03-03")).text


async def test_all_words_of_a_reason_are_looked_for_in_any_order(audit: Bench) -> None:
    assert await numbers(audit, reason="night pain") == [5]
    assert await numbers(audit, reason="night bleeding") == []


async def test_a_patients_disclosures_are_a_list_of_their_own(audit: Bench) -> None:
    answer = (await get(audit, f"/api/disclosures/{ANNA}")).json()
    assert [one["number"] for one in answer["items"]] == [4]


@pytest.mark.parametrize("path", ["/", "/chains", "/api/rows", "/api/chains", "/fhir/AuditEvent"])
async def test_only_privacy_officers_see_who_saw_whom(audit: Bench, path: str) -> None:
    assert (await get(audit, path)).status_code == 200
    for role in set(AccountRole) - {OFFICER}:
        assert (await get(audit, path, role)).status_code == 403


async def test_supervisors_see_emergency_access_and_review_none(audit: Bench) -> None:
    assert (await get(audit, "/reviews", SUPERVISOR)).status_code == 200
    async with audit.as_(SUPERVISOR) as http:
        answer = await http.post(
            f"/api/reviews/{ROWS[4].id}", json={"finding": "justified"}, headers={"Idempotency-Key": "k"}
        )
    assert answer.status_code == 403
    assert (await get(audit, "/reviews", AccountRole.NURSE)).status_code == 403


async def test_an_emergency_access_is_reviewed_within_72_hours_by_a_privacy_officer(audit: Bench) -> None:
    [waits] = (await get(audit, "/api/reviews", SUPERVISOR)).json()["items"]
    assert (waits["row_id"], waits["finding"]) == (str(ROWS[4].id), None)
    assert waits["due_at"] == (ROWS[4].at + timedelta(hours=72)).isoformat()
    assert await review(audit, ROWS[4], "to_be_followed_up") == 200
    assert await review(audit, ROWS[4], "justified") == 200
    assert await review(audit, ROWS[4], "not_justified") == 409
    [done] = (await get(audit, "/api/reviews")).json()["items"]
    assert (done["finding"], done["reviewed_by"]) == ("justified", f"privacy_officer:{account('privacy_officer')}")


async def test_whoever_asks_of_a_person_finds_what_was_seen_of_all_their_records(audit: Bench) -> None:
    for part in merged(BENNO, ANNA), unmerged(BENNO, ANNA), merged(BENNO, ANNA):
        await audit.hears(part, patient=BENNO)
    for of in ANNA, BENNO:
        assert await numbers(audit, patient=str(of)) == [5, 4, 3, 2, 1]
    assert await numbers(audit, patient=str(BENNO), limit=3) == [5, 4, 3]
    disclosed = (await get(audit, f"/api/disclosures/{BENNO}")).json()
    assert [one["number"] for one in disclosed["items"]] == [4]
    await audit.hears(unmerged(BENNO, ANNA), patient=BENNO)
    assert await numbers(audit, patient=str(BENNO)) == [3, 2]


async def test_emergency_access_waits_in_the_metrics_until_somebody_has_looked(audit: Bench) -> None:
    async def waits() -> tuple[int, int]:
        async with audit.service.core.database.connection() as db:
            found = await store.unreviewed(db, audit.now())
        return found.many, found.late

    assert await waits() == (1, 1)
    fresh = row(50, emergency_reason="just now", at=datetime.now(UTC))
    await audit.hears(*batches([fresh], service="s"), stream=stream("s"))
    assert await waits() == (2, 1)
    assert await review(audit, ROWS[4], "justified") == 200
    assert await waits() == (1, 0)


async def review(audit: Bench, of: AuditRow, finding: str) -> int:
    async with audit.as_(OFFICER) as http:
        headers = {"Idempotency-Key": str(uuid4())}
        return int((await http.post(f"/api/reviews/{of.id}", json={"finding": finding}, headers=headers)).status_code)


async def test_what_was_no_emergency_has_no_review(audit: Bench) -> None:
    assert await review(audit, ROWS[0], "justified") == 404


async def test_a_review_is_kept_from_its_page(audit: Bench) -> None:
    async with audit.as_(OFFICER) as http:
        page = await http.get("/reviews")
        assert "Pain at night" in page.text
        assert "overdue" in page.text
        assert (await http.post(f"/reviews/{ROWS[4].id}", data={"finding": ""})).status_code == 422
        done = await http.post(f"/reviews/{ROWS[4].id}", data={"finding": "justified", "idempotency_key": "k"})
        assert (done.status_code, done.headers["location"]) == (303, "/reviews")
        assert "justified" in (await http.get("/reviews")).text


async def test_the_search_page_shows_rows_and_keeps_what_was_typed(audit: Bench) -> None:
    page = await get(audit, "/", patient=str(BENNO), since="2026-03-01")
    assert (page.status_code, page.text.count('<tr role="row">')) == (200, 3)
    assert f'value="{BENNO}"' in page.text
    wrong = await get(audit, "/", patient="Jane Roe")
    assert (wrong.status_code, "identifier" in wrong.text) == (422, True)


async def test_the_page_of_chains_says_whose_is_whole(audit: Bench) -> None:
    assert "whole" in (await get(audit, "/chains")).text
    [told] = batches([row(50)], service="referral")
    await audit.hears(told.model_copy(update={"head": "0" * 64}), stream=stream("referral"))
    assert "not whole" in (await get(audit, "/chains")).text


async def test_whoever_looks_at_the_audit_is_in_it(audit: Bench) -> None:
    await get(audit, "/api/rows", patient=str(BENNO))
    async with audit.service.core.database.connection() as db:
        pending = [
            AuditRow.model_validate_json(one["content"]) for one in await db.fetch("select * from audit_pending")
        ]
    assert [(one.name, one.patients) for one in pending] == [("GET /api/rows", (ANNA, BENNO))]
