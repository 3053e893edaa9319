"""Many lists at once: each gets its turn, one that is checked can be given up, and none has too many rows."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebus.contracts.referral import ReferralReceived
from carebus.ids import new_id
from carebus.testing import Bench, assert_published
from services.referral.channels.uploads import checking, comparing, referring, working
from services.referral.channels.uploads.turns import Turns
from services.referral.store.uploads.files import Upload
from tests.referral.lists import checked, lines, member, referred, sent, standing, worked
from tests.referral.samples import NOW

MANY, FEW = 40, 1


def upload() -> Upload:
    return Upload(new_id(), "csv", "", "Blue Harbor Health", "medicare", None, None, "somebody", NOW)


@given(st.lists(st.integers(1, 6), min_size=1, max_size=8), st.data())
def test_nobody_waits_longer_than_one_turn_of_each_other(needed: list[int], data: st.DataObject) -> None:
    turns, left = Turns(), {each.upload_id: (each, n) for n in needed for each in [upload()]}
    waits = dict.fromkeys(left, 0)
    while left:
        if data.draw(st.booleans(), "another comes"):
            new = upload()
            left[new.upload_id], waits[new.upload_id] = (new, 1), 0
        chosen = turns.next([each for each, _ in left.values()])
        assert chosen is not None
        for each in left:
            waits[each] = 0 if each == chosen.upload_id else waits[each] + 1
        assert max(waits.values()) <= len(waits)
        one, n = left.pop(chosen.upload_id)
        if n > 1:
            left[one.upload_id] = one, n - 1
        if len(waits) > 40:
            return
    assert turns.next([]) is None


async def in_turns(clinic: Bench, monkeypatch: pytest.MonkeyPatch, slices: int) -> list[UUID]:
    """Whose turns they were, in their order, when slices are so small."""
    order: list[UUID] = []
    turn: Callable[[Any], Awaitable[None]] = working._turn

    async def noted(work: Any) -> None:
        order.append(work.upload.upload_id)
        await turn(work)

    monkeypatch.setattr(working, "_turn", noted)
    for module in (checking, comparing, referring):
        monkeypatch.setattr(module, "AT_ONCE", slices)
    await worked(clinic)
    return order


async def test_one_row_beside_many_is_checked_after_a_slice_of_the_others(
    clinic: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = (await sent(clinic, lines(member(n) for n in range(MANY)))).json()["upload_id"]
    small = (await sent(clinic, lines([member(1000)]))).json()["upload_id"]
    order = [str(each) for each in await in_turns(clinic, monkeypatch, 5)]
    assert order[:3] == [large, small, large]
    assert order.count(small) == 1
    found = [await standing(clinic, each) for each in (large, small)]
    assert [(each["stage"], each["rows"]) for each in found] == [("checked", MANY), ("checked", 1)]


async def test_one_row_beside_many_is_referred_after_a_slice_of_the_others(
    clinic: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = (await checked(clinic, lines(member(n) for n in range(MANY))))["upload_id"]
    small = (await checked(clinic, lines([member(1000)])))["upload_id"]
    for each in (large, small):
        await clinic.http.post(f"/api/uploads/{each}/confirm")
    order = [str(each) for each in await in_turns(clinic, monkeypatch, 5)]
    assert order[:3] == [large, small, large]
    assert order.count(small) == 1
    await assert_published(clinic, ReferralReceived, times=MANY + 1)


async def test_a_list_under_check_can_be_given_up_and_leaves_nothing(
    clinic: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "AT_ONCE", 5)
    upload_id = (await sent(clinic, lines(member(n) for n in range(MANY)))).json()["upload_id"]
    next_rows, begun = checking.next_rows, asyncio.Event()
    loop = asyncio.get_running_loop()

    def slowly(*given: Any, **how: Any) -> Any:
        loop.call_soon_threadsafe(begun.set)
        return next_rows(*given, **how)

    monkeypatch.setattr(checking, "next_rows", slowly)
    working_on = asyncio.ensure_future(worked(clinic))
    await begun.wait()
    page = await clinic.http.get(f"/uploads/{upload_id}")
    assert "Discard this list" in page.text
    assert (await clinic.http.post(f"/api/uploads/{upload_id}/discard")).json()["stage"] == "discarded"
    await asyncio.wait_for(working_on, 60)
    assert (await standing(clinic, upload_id))["stage"] == "discarded"
    async with clinic.service.core.database.connection() as db:
        kept = [await db.fetchval(f"select count(*) from {name}") for name in ("upload_row", "upload_chunk")]
    assert kept == [0, 0]


async def test_a_list_with_too_many_rows_is_not_read_and_the_page_says_how_many_there_may_be(
    clinic: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "MOST_ROWS", 10)
    monkeypatch.setattr(checking, "AT_ONCE", 4)
    just = await checked(clinic, lines([*(member(n) for n in range(10))]) + b"\r\n" * 5)
    assert (just["stage"], just["rows"]) == ("checked", 10)
    many = await checked(clinic, lines(member(n) for n in range(11)))
    assert many["stage"] == "unreadable"
    assert many["unreadable"] == "This file can't be read: it has more than 100,000 rows. Send it in parts."
    for at in ("/uploads", f"/uploads/{just['upload_id']}"):
        assert "100,000" in (await clinic.http.get(at)).text
    assert just["most_rows"] == 100_000


async def test_blank_lines_are_no_rows_and_cost_no_place_of_them(
    clinic: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "MOST_BLANK", 7)
    blank = b",,,,,,,,,,,\r\n" * 100
    found = await checked(clinic, lines([member(1)]) + blank + lines([member(2)], member(3)))
    assert (found["rows"], found["right"]) == (3, 3)
    await referred(clinic, found["upload_id"])


def test_a_slice_ends_where_its_rows_end() -> None:
    content = lines(member(n) for n in range(1200))
    known = checking.begun(replace(upload(), bytes=len(content)), content)
    found = checking.next_rows(known, content[known.checked_to :], NOW, last=True)
    assert len(found.rows) == checking.AT_ONCE
    last = found.rows[-1]
    assert found.to.checked_to == last.starts + last.length + len(b"\r\n")
    assert found.to.numbered == last.number == checking.AT_ONCE + 1
