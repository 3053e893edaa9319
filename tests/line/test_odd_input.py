"""What is sent by whoever makes mistakes, or means harm: it is refused with a sentence, and nobody else suffers."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest

from carebus.access import AccountRole
from carebus.contracts.line import CallbackMade, CallbackPromised, CallReceived, ClinicianPaged, PageTaken
from carebus.testing import START, Bench, assert_published
from services.line.channels.telephone.twilio import fact_of
from tests.line.people import on_the_phone, taken_on

JSON = {"content-type": "application/json"}
ODD: list[Any] = [
    "\x00",
    "\ud800",
    "x" * 100_000,
    "<b>x</b>",
    "{{7*7}}",
    "1e999",
    "9" * 400,
    None,
    1,
    True,
    [],
    {},
    10**30,
]


async def sent(line: Bench, path: str, body: Any) -> int:
    head = {**JSON, "Idempotency-Key": str(uuid4())}
    return (await line.http.post(path, content=json.dumps(body), headers=head)).status_code


@pytest.mark.parametrize("minutes", [-5, 0, 61, 10**12])
async def test_a_page_that_would_never_wait_or_wait_for_ever_is_refused(line: Bench, minutes: int) -> None:
    call = await on_the_phone(line)
    steps = [{"name": "Dr. Ames", "phone": "617 555 0001", "minutes": minutes}]
    assert await sent(line, f"/api/calls/{call}/page", {"steps": steps}) == 422
    await assert_published(line, ClinicianPaged, times=0)


async def test_a_telephone_whose_clock_is_nowhere_leaves_the_board_to_everybody(line: Bench) -> None:
    fact = {"call_key": "CA1", "fact": "ringing"}
    async with line.as_(scope="telephone") as http:
        for at in ("0001-01-01T00:00:00+14:00", "1969-12-31T00:00:00Z"):
            told = await http.post("/api/telephone", json={**fact, "happened_at": at}, headers={"Idempotency-Key": at})
            assert told.status_code == 422
        lost = {**fact, "happened_at": "1970-01-01T00:00:00Z"}  # a clock that begins anew: the caller is not lost
        assert (await http.post("/api/telephone", json=lost, headers={"Idempotency-Key": "c"})).status_code == 200
    assert (await line.http.get("/api/calls")).status_code == 200
    await assert_published(line, CallReceived, times=1)


@pytest.mark.parametrize("said", ["Mon, 01 Jan 0100 00:00:00 +1400", "Fri, 31 Dec 9999 23:59:59 -1400", "x", ""])
def test_a_time_of_twilios_that_never_was_is_taken_for_now(said: str) -> None:
    fact = fact_of({"CallSid": "CA1", "CallStatus": "ringing", "Timestamp": said}, START)
    assert min(fact.happened_at, START) == START


async def test_no_field_of_an_act_brings_the_line_down(line: Bench) -> None:
    patient, call = await taken_on(line), await on_the_phone(line)
    await sent(line, f"/api/calls/{call}/link", {"patient_id": str(patient)})
    fields = {
        "describe": ({}, ["caller_name", "relationship", "note"]),
        "tell-team": ({"patient_id": str(patient)}, ["words"]),
        "triage": ({"patient_id": str(patient), "disposition": "care_at_home"}, ["because", "proposed"]),
        "protocol": ({}, ["protocol", "language"]),
        "answers": ({"protocol": "pain"}, ["answers"]),
        "promise": ({}, ["minutes"]),
        "call-back": ({}, ["promise_id"]),
        "page": ({}, ["steps"]),
    }
    for act, (body, names) in fields.items():
        for name in names:
            for odd in ODD:
                assert await sent(line, f"/api/calls/{call}/{act}", {**body, name: odd}) < 500, (act, name)


@pytest.mark.parametrize("answer", [10**400, "1e400", "nan", 3.5, True, 11, -1, "", [3], None])
async def test_an_answer_that_is_on_no_scale_is_refused_or_none(line: Bench, answer: Any) -> None:
    call = await on_the_phone(line)
    assert await sent(line, f"/api/calls/{call}/protocol", {"protocol": "pain"}) == 200
    body = {"protocol": "pain", "answers": {"score": answer}}
    assert await sent(line, f"/api/calls/{call}/answers", body) == (200 if answer == "" else 422)
    (run,) = (await line.http.get(f"/api/calls/{call}")).json()["runs"]
    assert "score" not in run["answers"]


async def test_no_number_of_nurses_at_once_keeps_a_promise_twice_or_pages_twice(line: Bench) -> None:
    call = await on_the_phone(line)
    await sent(line, f"/api/calls/{call}/promise", {})
    (promised,) = await assert_published(line, CallbackPromised)
    made, page = {"promise_id": str(promised.promise_id)}, {"steps": [{"name": "A", "phone": "617 555 0001"}]}
    both = [("call-back", made), ("page", page)] * 5
    await asyncio.gather(*(sent(line, f"/api/calls/{call}/{act}", body) for act, body in both))
    (paged,) = await assert_published(line, ClinicianPaged, times=1)
    await assert_published(line, CallbackMade, times=1)
    taken = {"page_id": str(paged.page_id)}
    codes = await asyncio.gather(*(sent(line, f"/api/calls/{call}/take-page", taken) for _ in range(5)))
    assert sorted(codes) == [200, 409, 409, 409, 409]
    await assert_published(line, PageTaken, times=1)


@pytest.mark.parametrize("odd", ["%00", "%ED%A0%80", "%FF", "a" * 5000, "0001-01-01", "9" * 30, ""])
async def test_no_form_brings_the_line_down(line: Bench, odd: str) -> None:
    patient, call = await taken_on(line), await on_the_phone(line)
    acts = ("describe", "link", "unlink", "protocol", "answers", "triage", "promise", "page", "take-page", "find", "x")
    names = ("note", "patient_id", "instead_of", "because", "minutes", "name", "phone", "born", "number", "answers.x")
    paths = (*(f"/calls/{call}/{act}" for act in acts), "/find", "/calls", f"/patients/{patient}/contact")
    for path in (*paths, f"/hospital/{uuid4()}/claim", "/protocols/pain/1", f"/protocols/pain/{'9' * 20}"):
        for body in ("&".join(f"{name}={odd}" for name in names), *(f"{name}={odd}" for name in names)):
            head = {"content-type": "application/x-www-form-urlencoded"}
            assert (await line.http.post(path, content=body, headers=head)).status_code < 500, path


async def test_a_day_and_night_on_call_over_the_end_of_summer_time_is_one_shift(line: Bench) -> None:
    shift = {"duty": "on_call", "name": "A", "phone": "617 555 0001"}
    hours = {"starts_at": "2026-10-31T07:00", "ends_at": "2026-11-01T07:00"}
    async with line.as_(AccountRole.SUPERVISOR) as http:
        assert (await http.post("/shifts", data={**shift, **hours})).status_code == 303
