"""The board and the screen of a call, as a nurse uses them."""

from __future__ import annotations

import re
from datetime import date
from uuid import uuid4

import pytest

from carebus.testing import Bench
from services.line.api.finding import readings
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


async def test_the_number_to_call_back_stands_on_the_screen_once_the_caller_has_a_name(line: Bench) -> None:
    call = await on_the_phone(line, DAUGHTER)
    await line.command(f"/api/calls/{call}/describe", {"caller_name": "Ana Núñez"})
    await line.command(f"/api/calls/{call}/promise", {"minutes": 30})
    screen = (await line.http.get(f"/calls/{call}")).text
    assert f'Call <a href="tel:{DAUGHTER.replace(" ", "")}">{DAUGHTER}</a>' in screen


async def test_a_caller_without_a_number_is_asked_where_to_call_back(line: Bench) -> None:
    call = await on_the_phone(line)
    assert "No number to call back" in (await line.http.get(f"/calls/{call}")).text
    said = {"caller_name": "Ana Núñez", "phone": "617 555 0177", "idempotency_key": key()}
    await line.http.post(f"/calls/{call}/describe", data=said)
    screen = (await line.http.get(f"/calls/{call}")).text
    assert "No number to call back" not in screen
    assert 'href="tel:6175550177"' in screen


async def test_a_refusal_far_down_the_screen_is_told_at_its_head_with_the_way_there(line: Bench) -> None:
    call = await on_the_phone(line)
    answer = await line.http.post(f"/calls/{call}/promise", data={"minutes": "3", "idempotency_key": key()})
    assert '<a href="#promise">See the form</a>' in answer.text


async def test_the_address_of_a_refused_form_shows_the_call(line: Bench) -> None:
    call = await on_the_phone(line)
    again = await line.http.get(f"/calls/{call}/promise")
    assert again.status_code == 200
    assert "Within how many minutes" in again.text


async def test_what_stands_keeps_itself_fresh(line: Bench) -> None:
    call = await on_the_phone(line)
    assert '<div id="standing" data-refresh="5">' in (await line.http.get(f"/calls/{call}")).text


async def test_the_nurse_goes_on_at_the_questions(line: Bench) -> None:
    call = await on_the_phone(line)
    chosen = {"protocol": "pain", "language": "en", "idempotency_key": key()}
    answer = await line.http.post(f"/calls/{call}/protocol", data=chosen)
    assert answer.headers["location"].endswith(f"/calls/{call}#answers")


async def test_whoever_comes_on_reads_what_was_said_and_advised(line: Bench) -> None:
    patient = await taken_on(line)
    call = await on_the_phone(line, DAUGHTER)
    await line.command(f"/api/calls/{call}/link", {"patient_id": str(patient)})
    said = {"caller_name": "Ana Núñez", "relationship": "daughter", "note": "He can't lie flat."}
    await line.command(f"/api/calls/{call}/describe", said)
    advice = {"patient_id": str(patient), "disposition": "call_back_today"}
    await line.command(f"/api/calls/{call}/triage", advice)
    await line.command(f"/api/calls/{call}/close", {"outcome": "advised"})
    screen = (await line.http.get(f"/calls/{call}")).text
    for words in ("He can&#39;t lie flat.", "daughter", "call back within hours", DAUGHTER):
        assert words in screen, words


async def test_the_search_at_the_head_finds_on_the_line_itself(line: Bench) -> None:
    await taken_on(line, birth_date="1941-05-06")
    assert 'action="/find" role="search"' in (await line.http.get("/")).text
    for typed in ("nunez", "José Núñez", "5/6/1941", "6 May 1941 nunez", DAUGHTER, "W1234 56789"):
        found = await line.http.post("/find", data={"text": typed})
        assert "José Núñez" in found.text, typed
    for typed in ("Nunez 7 May 1941", "617 555 0199", "zzz"):
        assert "Nobody fits." in (await line.http.post("/find", data={"text": typed})).text, typed
    assert "Say something of the person." in (await line.http.get("/find")).text


@pytest.mark.parametrize("text", ["", "  ", "-", "31/31/1941", "0/0/0000", "%", "12"])
def test_what_says_nothing_of_anybody_finds_nobody(text: str) -> None:
    assert all(one.number or one.phone for one in readings(text))


def test_a_name_with_digits_is_sought_as_a_name_and_as_a_number() -> None:
    name, number = readings("Rina274 1943-04-07")
    assert (name.names, name.born) == ((("rina274", ""),), date(1943, 4, 7))
    assert (number.number, number.names) == ("rina274", ())


async def test_answers_are_chosen_in_the_callers_language_with_english_beside(line: Bench) -> None:
    call = await on_the_phone(line)
    await line.command(f"/api/calls/{call}/protocol", {"protocol": "breathlessness", "language": "es"})
    screen = (await line.http.get(f"/calls/{call}")).text
    assert '<span lang="es">Al hablar</span> <span class="quiet">Talking</span>' in screen
    assert "questions below, red flags first." in screen, "what is asked next is not written twice"
