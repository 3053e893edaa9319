"""A visit that was moved or converted says from when, and why, as long as it is planned and when it is over."""

from __future__ import annotations

from carebus.testing import Bench
from tests.care_plan.visits.test_changing import a_visit, at

HTML = {"accept": "text/html"}


async def test_a_moved_visit_says_from_when_and_why(care_plan: Bench) -> None:
    visit = await a_visit(care_plan)
    page = f"/visits/{visit['visit_id']}"
    body = {"starts_at": at(visit, days=1), "reason": "other", "reason_text": "The <grandson> is baptised."}
    assert (await care_plan.command(f"/api{page}/reschedule", body)).status_code == 200
    shown = (await care_plan.http.get(f"{page}/change", headers=HTML)).text
    assert "moved from" in shown
    assert "The &lt;grandson&gt; is baptised." in shown
    why = {"reason": "unwell", "by": "patient"}
    assert (await care_plan.command(f"/api{page}/cancel", why)).status_code == 200
    over = (await care_plan.http.get(page, headers=HTML)).text
    assert "moved from" in over
    assert "&lt;grandson&gt;" in over


async def test_a_converted_visit_says_how_it_was_planned(care_plan: Bench) -> None:
    visit = await a_visit(care_plan)
    page = f"/visits/{visit['visit_id']}"
    await care_plan.command(f"/api{page}/convert", {"mode": "phone", "reason": "weather_or_road"})
    assert "was planned at home: " in " ".join((await care_plan.http.get(f"{page}/change", headers=HTML)).text.split())
