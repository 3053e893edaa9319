"""The roster's pages: each caller is offered what they may do, and an error stands at its field."""

from __future__ import annotations

import pytest

from carebus.access import AccountRole
from carebus.contracts.people import Role
from carebus.testing import Bench, people
from tests.care_plan.people import clinician, staff

HTML = {"accept": "text/html"}
NURSE = clinician(Role.NURSE)["clinician_id"]


@pytest.mark.parametrize(
    ("role", "adds", "opens"), [(AccountRole.NURSE, False, False), (AccountRole.COORDINATOR, False, True)]
)
async def test_nobody_is_offered_what_they_may_not_do(
    care_plan: Bench, role: AccountRole, adds: bool, opens: bool
) -> None:
    await staff(care_plan)
    async with care_plan.as_(role, subject=people.EVERYBODY) as http:
        text = (await http.get("/roster", headers=HTML)).text
    assert ("Add a clinician" in text, f'href="/roster/{NURSE}"' in text) == (adds, opens)


async def test_the_office_reads_licences_hours_and_holidays(care_plan: Bench) -> None:
    await staff(care_plan)
    async with care_plan.as_(AccountRole.COORDINATOR) as http:
        text = (await http.get(f"/roster/{NURSE}", headers=HTML)).text
    for words in ("MA, NY", "Mon 9:00 to 17:00", "those of US"):
        assert words in text


async def test_an_error_of_a_clinicians_form_stands_at_its_field(care_plan: Bench) -> None:
    await staff(care_plan)
    late = {"first_day": "2026-04-09", "last_day": "2026-04-08"}
    refused = await care_plan.http.post(f"/roster/{NURSE}/leave", data=late, headers=HTML)
    assert refused.status_code == 422
    assert 'id="field-last_day-error"' in refused.text
    wrong = {"capacity": "20", "licences": "Massachusetts"}
    refused = await care_plan.http.post(f"/roster/{NURSE}/change", data=wrong, headers=HTML)
    assert refused.status_code == 422
    assert (
        refused.text.count("Write each state by its two letters") == 3
    )  # above the page, above the form, at the field
    assert "State:" not in refused.text


async def test_a_postal_code_is_put_right_on_the_page(care_plan: Bench) -> None:
    await staff(care_plan)
    data = {"capacity": "20", "licences": "NY", "area.postal_code": "10001"}
    assert (await care_plan.http.post(f"/roster/{NURSE}/change", data=data, headers=HTML)).status_code == 303
    assert 'value="10001"' in (await care_plan.http.get(f"/roster/{NURSE}", headers=HTML)).text
