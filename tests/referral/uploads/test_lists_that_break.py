"""A list that meets a fault of ours costs its own row, at worst itself; the lists behind it are still looked at."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from carebus.contracts.referral import ReferralReceived
from carebus.storage.database import DatabaseAway
from carebus.testing import Bench, assert_published
from services.referral.channels.fhir.reading import read
from services.referral.channels.uploads import checking, referring, working
from services.referral.channels.uploads.checking import check
from services.referral.channels.uploads.knowing import Row
from services.referral.channels.uploads.referring import CANT_BE_REFERRED
from services.referral.domain import DirectReferral
from services.referral.store.uploads import rows as upload_rows
from tests.referral import bundles as b
from tests.referral.lists import checked, lines, member, referred, sent, standing, table, worked

NDJSON = "application/fhir+ndjson"


def breaks(*_: Any) -> Any:
    raise TypeError("'<' not supported between instances of 'int' and 'str'")


async def test_a_line_that_nobody_foresaw_is_a_problem_of_that_line(
    clinic: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "read", lambda raw, now: breaks() if b"strange" in raw else read(raw, now))
    content = b"\n".join(orjson.dumps(each) for each in ({"strange": 1}, b.transaction()))
    found = await asyncio.wait_for(checked(clinic, content, NDJSON), 60)
    assert (found["stage"], found["rows"], found["wrong"]) == ("checked", 2, 1)
    assert (await table(clinic, found["upload_id"], "problems"))[0]["rule"] == "This line can't be read."


async def test_a_list_that_can_not_be_checked_is_set_aside_and_the_next_is_looked_at(
    clinic: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "heading_of", breaks)
    first, next_one = await sent(clinic, lines([member(1)])), await sent(clinic, orjson.dumps(b.transaction()), NDJSON)
    await asyncio.wait_for(worked(clinic), 60)
    found = await standing(clinic, first.json()["upload_id"])
    assert found["stage"] == "unreadable"
    assert "tell us" in found["unreadable"]
    assert (await standing(clinic, next_one.json()["upload_id"]))["stage"] == "checked"
    assert (await clinic.http.post(f"/api/uploads/{found['upload_id']}/discard")).json()["stage"] == "discarded"


async def test_a_database_that_is_away_is_waited_for(clinic: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    times = []

    async def away_at_first(*given: Any) -> Any:
        times.append(1)
        if len(times) < 3:
            raise DatabaseAway
        return await check(*given)

    monkeypatch.setattr(working, "check", away_at_first)
    assert (await asyncio.wait_for(checked(clinic, lines([member(1)])), 60))["stage"] == "checked"


async def test_a_row_that_can_not_be_referred_is_set_aside_alone(
    clinic: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await checked(clinic, lines([member(n) for n in (1, 2, 3)]))
    plain = referring._cause
    monkeypatch.setattr(referring, "_cause", lambda *given: breaks() if _is_second(given[1]) else plain(*given))
    done = await asyncio.wait_for(referred(clinic, found["upload_id"]), 60)
    assert (done["stage"], done["done"], done["refused"]) == ("done", 2, 1)
    assert (await table(clinic, found["upload_id"], "result"))[1]["reason"] == CANT_BE_REFERRED
    await assert_published(clinic, ReferralReceived, times=2)


def _is_second(row: Row) -> bool:
    states = row.states
    return isinstance(states, DirectReferral) and states.payer is not None and states.payer.member_id == "M0000002"


async def test_a_list_that_stops_in_the_midst_is_set_aside_and_keeps_what_was_done(
    clinic: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await checked(clinic, lines([member(n) for n in (1, 2)]))
    waiting, times = upload_rows.waiting, list[int]()

    async def once(*given: Any) -> Any:
        times.append(1)
        return await waiting(*given) if len(times) == 1 else breaks()

    monkeypatch.setattr(upload_rows, "waiting", once)
    monkeypatch.setattr(referring, "AT_ONCE", 1)
    stopped = await asyncio.wait_for(referred(clinic, found["upload_id"]), 60)
    assert (stopped["stage"], stopped["done"]) == ("unreadable", 1)
    first, _ = await table(clinic, found["upload_id"], "result")
    assert (await clinic.http.get(f"/api/referrals/{first['referral_id']}/arrived")).status_code == 200
    assert (await clinic.http.post(f"/api/uploads/{found['upload_id']}/discard")).status_code == 409


async def test_a_row_that_breaks_a_rule_since_it_was_checked_is_told_the_rule(clinic: Bench) -> None:
    found = await checked(clinic, lines([member(1), member(2)]))
    async with clinic.service.core.database.connection() as db:
        change = 'update upload_row set stated = replace(stated, \'"family_name":"\', $1) where number = 2'
        await db.execute(change, '"family_name":"' + "x" * 200)
    done = await asyncio.wait_for(referred(clinic, found["upload_id"]), 60)
    assert (done["stage"], done["done"], done["refused"]) == ("done", 1, 1)
    first, _ = await table(clinic, found["upload_id"], "result")
    assert (first["verdict"], first["reason"]) == (
        "not_received",
        "patient.family_name: Write at most 200 characters.",
    )
