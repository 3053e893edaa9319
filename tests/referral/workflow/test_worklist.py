"""The worklist: what breaks its deadline next comes first, every filter finds its own, nothing is lost in between."""

from __future__ import annotations

import html
import re
from typing import Any
from uuid import UUID

import pytest

from carebus.contracts.referral import ReferralAcknowledged, ReferralAssigned
from carebus.ids import new_id
from carebus.testing import Bench, assert_published
from carebus.testing import people as acting
from services.referral.api.workflow.listing import Chosen
from services.referral.api.workflow.pages import PAGE
from tests.referral.acting import as_
from tests.referral.samples import SECRETS, body, named


async def referred(clinic: Bench, name: str = "Ottoline", **changes: Any) -> str:
    answer = await clinic.command("/api/referrals", named(name, **changes))
    return str(answer.json()["referral_id"])


async def does(clinic: Bench, referral_id: str, act: str, **said: Any) -> dict[str, Any]:
    answer = await clinic.command(f"/api/referrals/{referral_id}/{act}", said)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def names(clinic: Bench, address: str = "/") -> list[str]:
    page = (await clinic.http.get(address)).text
    return re.findall(r"data-row>(\w+) ", page)


async def test_what_breaks_its_deadline_next_comes_first(clinic: Bench) -> None:
    await referred(clinic, "Routine")
    await clinic.passes(hours=3)
    await referred(clinic, "Later")
    await referred(clinic, "Urgent", priority="urgent")
    assert await names(clinic) == ["Urgent", "Routine", "Later"]
    await clinic.passes(days=3)
    page = (await clinic.http.get("/")).text
    assert page.count("Overdue by") == 3


async def test_every_filter_finds_its_own(clinic: Bench) -> None:
    one = await referred(clinic, "Ann", priority="urgent")
    two = await referred(clinic, "Bea", payer=None, referrer={**body()["referrer"], "organization": "Oak Plan"})
    three = await referred(clinic, "Cleo")
    await does(clinic, one, "assign", assignee="ann")
    await does(clinic, two, "request-information", items=["coverage"], owed_by="referrer")
    await does(clinic, three, "decline", reason="no_capacity")
    found = {
        "/": ["Ann", "Bea"],
        "/?status=info_requested": ["Bea"],
        "/?status=undecided": ["Ann", "Bea"],
        "/?status=ended": ["Cleo"],
        "/?status=declined": ["Cleo"],
        "/?urgency=urgent": ["Ann"],
        "/?payer=medicare": ["Ann"],
        "/?person=nobody": ["Bea"],
        "/?person=ann": ["Ann"],
        "/?organization=oak+plan": ["Bea"],
        "/?overdue=yes": [],
        "/?status=nonsense&payer=nonsense": ["Ann", "Bea"],
    }
    assert {address: await names(clinic, address) for address in found} == found


async def people(clinic: Bench, many: int) -> dict[str, str]:
    """So many referrals, a minute apart, by the person's first name."""
    found = {}
    for n in range(many):
        found[f"Person{n:02}"] = await referred(clinic, f"Person{n:02}")
        await clinic.passes(minutes=1)
    return found


async def after(clinic: Bench, address: str) -> str:
    """The address of the page after this one."""
    more = re.search(r'href="(/\?[^"]+)" rel="next"', (await clinic.http.get(address)).text)
    assert more
    return html.unescape(more[1])


async def test_pages_follow_each_other_without_a_gap(clinic: Bench) -> None:
    known = await people(clinic, PAGE + 2)
    assert [*await names(clinic), *await names(clinic, await after(clinic, "/"))] == list(known)


async def test_while_rows_move_who_does_not_is_seen_once_and_who_moved_ahead_is_counted(clinic: Bench) -> None:
    known = await people(clinic, PAGE + 6)
    everybody = list(known)
    first, second = await names(clinic), await after(clinic, "/")
    last = everybody[PAGE - 1]
    await does(clinic, known[last], "decline", reason="no_capacity")  # the very row at which the next page begins
    await does(clinic, known[everybody[3]], "decline", reason="no_capacity")
    await clinic.passes(minutes=1)
    await does(clinic, known[everybody[-1]], "triage", urgency="urgent")  # from the second page to the top
    rest = await names(clinic, second)
    assert first + rest == everybody[:-1]
    page = (await clinic.http.get(second)).text
    assert "1 came in or moved ahead of this page" in page
    assert (await names(clinic))[0] == everybody[-1]


async def test_a_page_that_follows_no_page_is_refused_and_named(clinic: Bench) -> None:
    for text in ("1e31", "\u00b2", "2026-03-02T14:00:00Z_x", "x" * 200, "2026-03-02_" + "0" * 36):
        assert (await clinic.http.get("/", params={"after": text})).status_code in {400, 422}, text


@pytest.mark.parametrize("name", sorted(Chosen.model_fields))
async def test_no_odd_filter_is_a_fault(clinic: Bench, name: str) -> None:
    far = ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"]
    for text in ("\0", "a\0b", "²", "1e31", "9" * 40, *far, *(f"{at}_{UUID(int=1)}" for at in far)):
        for path in ("/", f"/referrals/{UUID(int=1)}"):
            answer = await clinic.http.get(path, params={name: text})
            assert answer.status_code < 500, (path, text)


async def test_tabs_count_what_they_show_of_all_or_of_mine(clinic: Bench) -> None:
    ann, bea, _ = await referred(clinic, "Ann"), await referred(clinic, "Bea"), await referred(clinic, "Cleo")
    await does(clinic, ann, "assign", assignee="ann")
    await does(clinic, bea, "accept")
    me = as_("ann")

    async def tabs(address: str) -> list[tuple[str, int]]:
        page = (await clinic.http.get(address, headers=me)).text
        return [(label, int(many)) for label, many in re.findall(r'">([^<>]+) <span class="many">(\d+)</span>', page)]

    assert [many for _, many in await tabs("/")] == [0, 0, 2, 1, 0, 0, 3]
    assert [many for _, many in await tabs("/?person=me")] == [0, 0, 1, 0, 0, 0, 1]
    assert sorted(await names(clinic, "/?status=decide")) == ["Ann", "Cleo"]
    assert await names(clinic, "/?status=reach") == ["Bea"]


async def test_accept_and_next_goes_through_the_list_with_its_filters_and_back_to_its_page(clinic: Bench) -> None:
    known = await people(clinic, 3)
    await referred(clinic, "Uma", priority="urgent")
    page = (await clinic.http.get("/?status=decide&urgency=routine")).text
    link = html.unescape(re.findall(r'href="(/referrals/[^"]+)"\s+data-row>Person00', page)[0])
    went = []
    while link.startswith("/referrals/"):
        shown = (await clinic.http.get(link)).text
        referral_id = link.removeprefix("/referrals/")[:36]
        went.append(referral_id)
        form = re.findall(r'action="/referrals/[^"]*/accept"[^>]*>(.*?)</form>', shown, re.DOTALL)[0]
        fields = {name: html.unescape(value) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', form)}
        assert fields["then"] == "next"
        link = (await clinic.http.post(f"/referrals/{referral_id}/accept", data=fields)).headers["location"]
    assert went == list(known.values())
    assert re.fullmatch(r"/\?status=decide&urgency=routine&decided=[0-9a-f-]{36}", link), link


async def test_a_person_is_found_by_name_and_no_address_says_so(clinic: Bench) -> None:
    one = await referred(clinic, "Wilhelmina")
    answer = await clinic.http.post("/find", data={"text": "wilh desk"})
    assert answer.headers["location"] == f"/referrals/{one}"
    await referred(clinic, "Willem")
    await referred(clinic, "Wilma")
    page = await clinic.http.post("/find", data={"text": "wil"})
    assert (page.status_code, page.text.count("/referrals/")) == (200, 3)
    assert (await clinic.http.post("/find", data={"text": "% & :* '"})).status_code == 404


async def test_many_are_assigned_at_once_and_each_result_is_said(clinic: Bench) -> None:
    one, two = await referred(clinic, "Ann"), await referred(clinic, "Bea")
    await does(clinic, two, "triage", urgency="urgent")
    rows = [f"{one}:1", f"{two}:1", f"{new_id()}:1"]
    page = await clinic.http.post("/together/assign", data={"row": rows, "assignee": "ann"}, headers=as_("bo"))
    assert "Assigned to ann: 1 of 2" in page.text
    assert "triaged (by the office)" in page.text
    (assigned,) = await assert_published(clinic, ReferralAssigned, times=1)
    assert (assigned.referral_id, assigned.assignee) == (UUID(one), "ann")
    assert {p.stream for p in await clinic.all_published() if isinstance(p.event, ReferralAssigned)}


async def test_a_refused_name_refuses_the_act_and_keeps_what_was_ticked_and_typed(clinic: Bench) -> None:
    row = f"{await referred(clinic, 'Ann')}:1"
    page = await clinic.http.post("/together/assign", data={"row": [row], "assignee": "ann <b>"})
    assert page.status_code == 422
    assert 'value="ann &lt;b&gt;"' in page.text
    assert f'value="{row}"' in page.text
    await assert_published(clinic, ReferralAssigned, times=0)
    nobody = await clinic.http.post("/together/assign", data={"row": [row], "assignee": ""})
    assert "Assigned to nobody: 1 of 1" in nobody.text


async def test_faxes_are_acknowledged_at_once(clinic: Bench) -> None:
    rows = [f"{await referred(clinic, name, channel='fax')}:1" for name in ("Ann", "Bea")]
    await assert_published(clinic, ReferralAcknowledged, times=0)
    for _ in range(2):
        await clinic.http.post("/together/acknowledge", data={"row": rows})
    await assert_published(clinic, ReferralAcknowledged, times=2)


async def test_nothing_is_decided_on_many_at_once(clinic: Bench) -> None:
    row = f"{await referred(clinic)}:1"
    assert (await clinic.http.post("/together/decline", data={"row": row, "reason": "duplicate"})).status_code == 404


async def test_who_works_here_stands_beside_what_they_do(clinic: Bench) -> None:
    referral_id = await referred(clinic)
    me = as_("ann")
    done = await clinic.http.post(f"/referrals/{referral_id}/triage", data={"triage.urgency": "urgent"}, headers=me)
    assert done.status_code == 303, done.text
    found = (await clinic.http.get(f"/api/referrals/{referral_id}")).json()
    account = acting.account("program of ")
    assert [step["by"] for step in found["steps"]] == [f"program:{account}", f"coordinator:{acting.account('ann')}"]
    assert "ann" in (await clinic.http.get(f"/referrals/{referral_id}")).text


async def test_a_page_of_an_older_version_is_refused_with_what_changed_and_what_was_typed(clinic: Bench) -> None:
    referral_id = await referred(clinic)
    path = f"/referrals/{referral_id}"
    await clinic.http.post(f"{path}/assign", data={"assign.assignee": "bea", "seen": "1"})
    typed = {"return_with_advice.advice": "Start low, go slow.", "seen": "1"}
    page = await clinic.http.post(f"{path}/return-with-advice", data=typed)
    assert page.status_code == 409
    assert "assigned (by everybody)" in page.text
    assert "Start low, go slow." in page.text
    assert 'name="seen" value="2"' in page.text
    again = await clinic.http.post(f"{path}/return-with-advice", data={**typed, "seen": "2"})
    assert again.headers["location"] == path


@pytest.mark.parametrize(
    ("act", "said", "field"),
    [
        ("request-information", {"request_information.owed_by": "referrer"}, "request_information-items"),
        ("triage", {}, "triage-urgency"),
        ("fail", {"fail.reason": "other"}, "fail-reason_text"),
    ],
)
async def test_an_act_that_lacks_something_says_so_at_its_field(
    clinic: Bench, act: str, said: dict[str, str], field: str
) -> None:
    referral_id = await referred(clinic)
    if act == "fail":
        await does(clinic, referral_id, "accept")
    page = await clinic.http.post(f"/referrals/{referral_id}/{act}", data=said)
    assert page.status_code == 422
    assert f'id="field-{field}-error"' in page.text


async def test_every_page_of_the_office_names_nobody_in_its_addresses(clinic: Bench) -> None:
    await referred(clinic)
    page = (await clinic.http.get("/?organization=Elm+Street+Cardiology")).text
    told = re.findall(r'(?:href|action|id)="([^"]*)"', page)
    assert not any(secret in text for secret in SECRETS for text in told)
