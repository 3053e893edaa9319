"""A visit's page and its command: whose visit it is, and whether there is one at all, is told to nobody else."""

from __future__ import annotations

import json
from uuid import UUID

import pytest

from carebus.access import AccountRole
from carebus.ids import new_id
from carebus.testing import Bench, people
from services.care_plan.store import visits as store
from tests.care_plan.people import accepted, due_visits, staff

HTML = {"accept": "text/html"}


@pytest.fixture
async def visit(care_plan: Bench) -> str:
    """A planned visit of somebody on whose panel `everybody` is, and no other nurse."""
    await staff(care_plan)
    await care_plan.hears(accepted(), patient=new_id())
    (found,) = await due_visits(care_plan)
    return str(found["visit_id"])


async def rows(bench: Bench, kind: str) -> list[dict[str, object]]:
    async with bench.service.core.database.connection() as db:
        found = await db.fetch(
            "select content from audit_pending where content::jsonb ->> 'kind' = $1 order by position", kind
        )
    return [json.loads(row["content"]) for row in found]


async def test_somebody_elses_visit_and_none_are_refused_alike_and_both_are_kept(care_plan: Bench, visit: str) -> None:
    answers = []
    async with care_plan.as_(AccountRole.NURSE, subject="another") as http:
        for each in (visit, str(new_id())):
            page = await http.get(f"/visits/{each}", headers={"accept": "application/json"})
            told = {"Idempotency-Key": str(new_id())}
            done = await http.post(f"/api/visits/{each}/complete", json={}, headers=told)
            answers.append((page.status_code, page.content, done.status_code, done.content))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404
    denied = [row["name"] for row in await rows(care_plan, "denial")]
    assert denied == ["GET /visits/{visit_id}", "POST /api/visits/{visit_id}/complete"] * 2


async def test_a_visit_that_there_is_not_is_nobodys(care_plan: Bench) -> None:
    async with care_plan.service.core.database.connection() as db:
        assert await store.patient_of_visit(db, new_id()) == store.NOBODY == UUID(int=0)


async def test_a_form_that_was_refused_shows_somebody_and_so_is_kept(care_plan: Bench, visit: str) -> None:
    async with care_plan.service.core.database.connection() as db:
        await db.execute("delete from audit_known")  # the list of visits showed them a moment ago
    async with care_plan.as_(AccountRole.NURSE, subject=people.EVERYBODY) as http:
        refused = await http.post(f"/visits/{visit}", data={"assessments.akps": "999"}, headers=HTML)
    assert refused.status_code == 422
    assert "Rosa Almeida" in refused.text
    (row,) = [row for row in await rows(care_plan, "read") if row["name"] == "POST /visits/{visit_id}"]
    assert len(row["patients"]) == 1  # type: ignore[arg-type]


async def test_the_office_is_given_no_form_that_it_may_not_send(care_plan: Bench, visit: str) -> None:
    async with care_plan.as_(AccountRole.COORDINATOR) as http:
        page = await http.get(f"/visits/{visit}", headers=HTML)
        assert (page.status_code, page.headers["location"].startswith("/patients/")) == (303, True)
        shown = await http.get(page.headers["location"], headers=HTML)
    assert "Complete visit" not in shown.text


async def test_only_what_makes_sense_of_a_visit_is_offered(care_plan: Bench, visit: str) -> None:
    at = f"/visits/{visit}/change"
    before = (await care_plan.http.get(at, headers=HTML)).text
    assert "do-confirm" in before
    assert "do-no-show" not in before
    assert (await care_plan.command(f"/api/visits/{visit}/confirm", {})).status_code == 200
    after = (await care_plan.http.get(at, headers=HTML)).text
    assert "do-confirm" not in after
    assert "that it suits them" in after
    (found,) = await due_visits(care_plan)
    told = await care_plan.command(f"/api/patients/{found['patient_id']}/report-death", {"source": "family"})
    assert told.status_code == 200
    held = (await care_plan.http.get(at, headers=HTML)).text
    assert "A death was reported: care is on hold" in held
    assert "do-reschedule" not in held
