"""The page of a visit's summary and its PDF: changes first, minimum necessary, and kept who took it away."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from carebus.access import AccountRole
from carebus.contracts.care_plan import SummaryPart
from carebus.ids import new_id
from carebus.testing import Bench, people
from services.care_plan.api.summaries.finding import find
from services.care_plan.channels.documents.summary import as_pdf
from tests.care_plan.documents.visited import (
    CITY,
    EMAIL,
    HTML,
    PHONE,
    STREET,
    completed,
    corrected,
    patient_of,
    visited,
)


async def shown(bench: Bench, visit_id: str) -> str:
    page = await bench.http.get(f"/visits/{visit_id}/summary", headers=HTML)
    assert page.status_code == 200, page.text
    return page.text


async def rows(bench: Bench, name: str) -> list[dict[str, Any]]:
    async with bench.service.core.database.connection() as db:
        found = await db.fetch("select content from audit_pending where content::jsonb ->> 'name' = $1", name)
    return [json.loads(row["content"]) for row in found]


async def test_what_changed_comes_first(bench: Bench) -> None:
    first = await visited(bench)
    await bench.passes(days=10)
    second = await completed(bench, await patient_of(bench, first), esas_r={"pain": 8})
    page = await shown(bench, second)
    assert "Since visit 1: pain from 3 to 8." in page
    assert page.index("What changed") < page.index("The visit") < page.index("What was found") < page.index("Note")


async def test_a_correction_is_a_version_that_says_what_it_corrects(bench: Bench) -> None:
    visit_id = await visited(bench)
    await corrected(bench, visit_id, akps=40)
    page = await shown(bench, visit_id)
    assert "Version 2" in page
    assert "AKPS: 50 is now 40" in page
    assert page.index("What this version corrects") < page.index("What changed")


async def test_the_pdf_is_taken_away_and_that_is_kept_as_an_export(bench: Bench) -> None:
    visit_id = await visited(bench)
    answer = await bench.http.get(f"/visits/{visit_id}/summary.pdf")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == 'attachment; filename="visit-summary-2026-03-02-version-1.pdf"'
    assert answer.headers["cache-control"] == "no-store"
    (row,) = await rows(bench, "GET /visits/{visit_id}/summary.pdf")
    assert row["kind"] == "export"
    assert row["patients"] == [str(await patient_of(bench, visit_id))]


async def test_no_address_and_no_telephone_number_is_in_any_of_it(bench: Bench) -> None:
    visit_id = await visited(bench)
    found = await find(bench.service.app.state.parts, await patient_of(bench, visit_id), UUID(visit_id))
    said = repr(found.summary())
    page = await shown(bench, visit_id)
    for each in (STREET, CITY, PHONE, EMAIL, "10001"):
        assert each not in said
        assert each not in page[page.index("<h1") :]
    assert "Rosa Almeida" in said
    assert "May 17, 1948" in said


async def test_only_the_parts_that_are_asked_for_are_in_it(bench: Bench) -> None:
    visit_id = await visited(bench, note="Family asks for night cover.")
    found = await find(bench.service.app.state.parts, await patient_of(bench, visit_id), UUID(visit_id))
    some = found.summary({SummaryPart.VISIT, SummaryPart.NEXT})
    assert [section.part for section in some.sections] == ["visit", "next"]
    whole, less = await as_pdf(found.summary()), await bench.http.get(f"/visits/{visit_id}/summary.pdf?part=next")
    assert len(less.content) < len(whole)
    refused = await bench.http.get(f"/visits/{visit_id}/summary.pdf?part=nothing")
    assert refused.status_code == 422


async def test_what_cant_be_drawn_fails_the_pdf_only_and_the_page_says_so(bench: Bench) -> None:
    visit_id = await visited(bench, note="She said ᚠ and meant it.")
    page = await shown(bench, visit_id)
    assert "She said ᚠ and meant it." in page
    assert "No PDF of this summary" in page
    assert f"/visits/{visit_id}/summary.pdf" not in page
    answer = await bench.http.get(f"/visits/{visit_id}/summary.pdf")
    assert answer.status_code == 422
    assert "none of our fonts draws" in answer.text
    assert "ᚠ" not in answer.text
    assert (await bench.http.get(f"/visits/{visit_id}/summary.pdf?part=found")).status_code == 200


async def test_a_hostile_name_is_a_name(bench: Bench) -> None:
    visit_id = await visited(bench, name='#eval("1")] \\ <b>Rosa</b>')
    page = await shown(bench, visit_id)
    assert "#eval(&#34;1&#34;)] \\ &lt;b&gt;Rosa&lt;/b&gt;" in page
    assert (await bench.http.get(f"/visits/{visit_id}/summary.pdf")).content.startswith(b"%PDF")


async def test_what_nobody_signed_has_no_summary(bench: Bench) -> None:
    first = await visited(bench)
    await bench.passes(days=10)
    unsigned = await completed(bench, await patient_of(bench, first), sign=False)
    for path in ("summary", "summary.pdf"):
        answer = await bench.http.get(f"/visits/{unsigned}/{path}")
        assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (409, "not_summed_up")


async def test_somebody_elses_and_none_look_alike(bench: Bench) -> None:
    visit_id = await visited(bench)
    async with bench.as_(AccountRole.NURSE, subject="another") as http:
        for path in ("summary", "summary.pdf"):
            theirs = await http.get(f"/visits/{visit_id}/{path}", headers={"accept": "application/json"})
            none = await http.get(f"/visits/{new_id()}/{path}", headers={"accept": "application/json"})
            assert (theirs.status_code, theirs.content) == (404, none.content)


async def test_who_signed_is_named(bench: Bench) -> None:
    visit_id = await visited(bench)
    async with bench.service.core.database.transaction() as db:
        await db.execute(
            "update clinician set doc = jsonb_set(doc, '{name}', '\"Dr. Amara Osei\"') where account = $1",
            people.account(),
        )
    assert "Dr. Amara Osei" in await shown(bench, visit_id)
