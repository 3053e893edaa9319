"""Whoever narrows the worklist finds it so again: after an act on many, and after saying who they are."""

from __future__ import annotations

import html
import re
from urllib.parse import urlencode

import pytest

from carebus.testing import Bench
from tests.referral.samples import named

NARROWED = {"status": "decide", "urgency": "urgent", "organization": "Elm & Sons"}


async def referred(clinic: Bench, name: str) -> str:
    answer = await clinic.command("/api/referrals", named(name))
    return str(answer.json()["referral_id"])


@pytest.mark.parametrize("act", ["assign", "acknowledge"])
async def test_after_an_act_on_many_the_way_back_leads_to_the_list_as_it_was(clinic: Bench, act: str) -> None:
    row = f"{await referred(clinic, 'Ann')}:1"
    typed = {"row": [row], "assignee": "ann", "list": urlencode(NARROWED)}
    page = html.unescape((await clinic.http.post(f"/together/{act}", data=typed)).text)
    ways = re.findall(r'href="(/\?[^"]*)"[^>]*>\s*(?:Back to the worklist|Worklist)', page)
    assert ways == [f"/?{urlencode(NARROWED)}"] * 2


async def test_a_refused_name_keeps_the_list(clinic: Bench) -> None:
    row = f"{await referred(clinic, 'Ann')}:1"
    typed = {"row": [row], "assignee": "ann <b>", "list": urlencode(NARROWED)}
    page = html.unescape((await clinic.http.post("/together/assign", data=typed)).text)
    assert f'name="list" value="{urlencode(NARROWED)}"' in page


async def test_the_worklist_sends_its_filters_with_its_form(clinic: Bench) -> None:
    page = html.unescape((await clinic.http.get(f"/?{urlencode(NARROWED)}")).text)
    assert page.count(f'name="list" value="{urlencode(NARROWED)}"') == 1


@pytest.mark.parametrize("said", ["//evil.example", "after=x&status=decide", "\0", "status=" + "x" * 3000])
async def test_a_list_that_cannot_be_read_leads_to_all_of_it(clinic: Bench, said: str) -> None:
    row = f"{await referred(clinic, 'Ann')}:1"
    page = await clinic.http.post("/together/assign", data={"row": [row], "assignee": "ann", "list": said})
    assert (page.status_code, 'href="/"' in page.text) == (200, True)
