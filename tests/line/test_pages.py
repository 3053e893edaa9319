"""The board and the screen of a call, as a nurse uses them."""

from __future__ import annotations

import re
from uuid import uuid4

from carebus.testing import Bench
from tests.line.people import DAUGHTER, on_the_phone, taken_on


def key() -> str:
    return str(uuid4())


async def test_an_empty_board_says_so(line: Bench) -> None:
    page = await line.http.get("/")
    assert page.status_code == 200
    assert "Nobody is on the line." in page.text


async def test_a_call_goes_from_the_first_word_to_the_last_by_forms(line: Bench) -> None:
    patient = await taken_on(line)
    started = await line.http.post("/calls", data={"from_number": DAUGHTER, "idempotency_key": key()})
    assert started.status_code == 303
    here = started.headers["location"]
    screen = (await line.http.get(here)).text
    assert "José Núñez" in screen, "whoever has the caller's number is shown at once"
    linked = await line.http.post(f"{here}/link", data={"patient_id": str(patient), "idempotency_key": key()})
    assert linked.status_code == 303
    said = {"caller_name": "Ana Núñez", "relationship": "daughter", "note": "He can't breathe lying down."}
    assert (await line.http.post(f"{here}/describe", data={**said, "idempotency_key": key()})).status_code == 303
    advice = {"patient_id": str(patient), "disposition": "call_back_today", "idempotency_key": key()}
    assert (await line.http.post(f"{here}/triage", data=advice)).status_code == 303
    assert (
        await line.http.post(f"{here}/promise", data={"minutes": "30", "idempotency_key": key()})
    ).status_code == 303
    board = (await line.http.get("/")).text
    assert "Ana Núñez" in board
    refused = await line.http.post(f"{here}/close", data={"outcome": "advised", "idempotency_key": key()})
    assert refused.status_code == 409
    assert "A callback is promised and not made." in refused.text
    promise = re.search(r'name="promise_id" value="([0-9a-f-]+)"', refused.text)
    assert promise
    made = await line.http.post(f"{here}/call-back", data={"promise_id": promise[1], "idempotency_key": key()})
    assert made.status_code == 303
    closed = await line.http.post(f"{here}/close", data={"outcome": "advised", "idempotency_key": key()})
    assert closed.status_code == 303
    assert "Nobody is on the line." in (await line.http.get("/")).text


async def test_wrong_input_keeps_what_was_typed_and_names_the_field(line: Bench) -> None:
    call = await on_the_phone(line)
    answer = await line.http.post(f"/calls/{call}/promise", data={"minutes": "3", "idempotency_key": key()})
    assert answer.status_code == 422
    assert "Give 5 or more." in answer.text
    assert 'value="3"' in answer.text


async def test_somebody_is_found_from_the_call_without_a_name_in_an_address(line: Bench) -> None:
    await taken_on(line)
    call = await on_the_phone(line)
    found = await line.http.post(f"/calls/{call}/find", data={"name": "nunez"})
    assert "José Núñez" in found.text
    assert "nunez" not in str(found.url)


async def test_a_call_that_does_not_exist_is_not_found(line: Bench) -> None:
    for path in (f"/calls/{uuid4()}", f"/calls/{uuid4()}/take"):
        answer = await line.http.request("POST" if path.endswith("take") else "GET", path, data={})
        assert answer.status_code == 404
