"""What a telephone system tells counts when it is signed, and only then."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook

from carebus.contracts.line import CallAbandoned, CallReceived
from carebus.testing import START, Bench, assert_published
from services.line import app
from services.line.channels.telephone.twilio import signature_of
from services.line.settings import Settings
from tests.benches import service_bench

SECRET = "whsec_" + b64encode(b"s" * 24).decode()
TOKEN = "12345678901234567890"
CLINIC = "https://clinic.example/line"


@pytest.fixture
async def telephone(postgres_url: str, tmp_path: Path) -> AsyncIterator[Bench]:
    """The line, joined with both kinds of telephone systems; nobody is signed in."""
    async with service_bench(
        "line",
        app.make,
        Settings,
        admin_url=postgres_url,
        folder=tmp_path,
        telephone_secret=SECRET,
        twilio_token=TOKEN,
        public_url=CLINIC,
    ) as bench:
        yield bench


async def signed(line: Bench, said: dict[str, str], *, secret: str = SECRET, number: str = "m1") -> int:
    body, now = json.dumps(said), datetime.now(UTC)
    headers = {
        "webhook-id": number,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(number, now, body),
        "content-type": "application/json",
    }
    async with line.as_() as outside:
        return (await outside.post("/telephone/standard", content=body, headers=headers)).status_code


def fact(kind: str, key: str = "CA1") -> dict[str, str]:
    return {"call_key": key, "fact": kind, "happened_at": START.isoformat(), "from_number": "+16175550142"}


async def test_a_signed_fact_counts_however_often_it_comes_and_in_any_order(telephone: Bench) -> None:
    for number, kind in enumerate(["ended", "ringing", "ended", "ringing"]):
        assert await signed(telephone, fact(kind), number=f"m{number}") == 200
    await telephone.passes(minutes=2)
    await assert_published(telephone, CallReceived, times=1)
    await assert_published(telephone, CallAbandoned, times=1)


async def test_a_fact_with_anothers_signature_or_a_wrong_body_changes_nothing(telephone: Bench) -> None:
    other = "whsec_" + b64encode(b"o" * 24).decode()
    assert await signed(telephone, fact("ringing"), secret=other) == 401
    async with telephone.as_() as outside:
        assert (await outside.post("/telephone/standard", json=fact("ringing"))).status_code == 401
    assert await signed(telephone, {"call_key": "CA1"}) == 422
    await assert_published(telephone, CallReceived, times=0)


async def test_an_abandoned_call_that_a_nurse_took_stays_on_the_board(telephone: Bench) -> None:
    for number, kind in enumerate(["ringing", "ended"]):
        await signed(telephone, fact(kind), number=f"m{number}")
        await signed(telephone, fact(kind, "CA2"), number=f"n{number}")
    await telephone.passes(minutes=2)
    taken, _ = (await telephone.http.get("/api/calls")).json()["items"]
    assert (await telephone.command(f"/api/calls/{taken['call_id']}/take", {})).status_code == 200
    page = {"steps": [{"name": "Dr. Ames", "phone": "617 555 0001"}]}
    assert (await telephone.command(f"/api/calls/{taken['call_id']}/page", page)).status_code == 200
    await telephone.passes(hours=13)
    left = (await telephone.http.get("/api/calls")).json()["items"]
    assert [one["call_id"] for one in left] == [taken["call_id"]]


def twilio(**more: str) -> dict[str, str]:
    return {"CallSid": "CA9", "CallStatus": "ringing", "From": "+16175550142", "To": "+18005550199", **more}


async def by_twilio(line: Bench, form: dict[str, str], *, token: str = TOKEN) -> int:
    signature = signature_of(token, f"{CLINIC}/telephone/twilio", form)
    async with line.as_() as outside:
        answer = await outside.post("/telephone/twilio", data=form, headers={"x-twilio-signature": signature})
    return answer.status_code


async def test_twilios_own_signature_counts(telephone: Bench) -> None:
    assert await by_twilio(telephone, twilio()) == 204
    assert await by_twilio(telephone, twilio(CallStatus="no-answer", Timestamp=format_datetime(START))) == 204
    await telephone.passes(minutes=2)
    (came,) = await assert_published(telephone, CallReceived, times=1)
    assert came.from_number == "+16175550142"
    await assert_published(telephone, CallAbandoned, times=1)


@pytest.mark.parametrize(("form", "status"), [({"CallStatus": "sleeping"}, 422), ({"CallSid": ""}, 422)])
async def test_what_twilio_says_and_nobody_can_read_is_named(
    telephone: Bench, form: dict[str, str], status: int
) -> None:
    assert await by_twilio(telephone, twilio(**form)) == status


async def test_another_token_is_not_twilios(telephone: Bench) -> None:
    assert await by_twilio(telephone, twilio(), token="another token of theirs") == 401
    await assert_published(telephone, CallReceived, times=0)


def test_the_signature_is_the_one_that_twilio_documents() -> None:
    """The example of https://www.twilio.com/docs/usage/security."""
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+12349013030",
        "Digits": "1234",
        "From": "+12349013030",
        "To": "+18005551212",
    }
    assert signature_of("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", form) == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="


async def test_a_system_that_is_not_set_up_is_told_so(line: Bench) -> None:
    async with line.as_() as outside:
        answer = await outside.post("/telephone/standard", json={})
    assert answer.status_code == 404
