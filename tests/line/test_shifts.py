"""Shifts: a gap in the next day is seen, a wrong shift refused, and who comes on sees what is promised."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebus.access import AccountRole
from carebus.testing import START, Bench
from services.line.domain.shifts.shift import Duty, Shift, gaps
from tests.line.people import on_the_phone

HTML = {"accept": "text/html"}
HOUR = timedelta(hours=1)
SPANS = st.lists(st.tuples(st.integers(-5, 30), st.integers(1, 12)), max_size=8)


@given(SPANS)
def test_each_hour_is_either_covered_or_in_a_gap(spans: list[tuple[int, int]]) -> None:
    shifts = [
        Shift(duty=Duty.LINE, name="N", starts_at=START + first * HOUR, ends_at=START + (first + hours) * HOUR)
        for first, hours in spans
    ]
    found = gaps(shifts, Duty.LINE, START, START + 24 * HOUR)
    for n in range(24):
        at = START + n * HOUR
        assert any(one.covers(at) for one in shifts) != any(gap.since <= at < gap.until for gap in found)
    assert all(one.until <= next_.since for one, next_ in pairwise(found))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"ends_at": "2026-03-02T07:00"}, "Give an end that comes after the beginning."),
        ({"ends_at": "2026-03-05T08:00"}, "A shift lasts 24 hours at most."),
        ({"phone": "", "duty": "on_call"}, "Give a phone number or an e-mail address"),
        ({"name": ""}, "Who"),
    ],
)
async def test_a_wrong_shift_is_refused_with_what_was_typed(line: Bench, wrong: dict[str, str], says: str) -> None:
    form = {
        "duty": "line",
        "name": "Anita Joseph",
        "phone": "617 555 0003",
        "starts_at": "2026-03-02T08:00",
        "ends_at": "2026-03-02T20:00",
    }
    answer = await line.http.post("/shifts", data=form | wrong, headers=HTML)
    assert (answer.status_code, says in answer.text) == (422, True)
    assert "2026-03-02T08:00" in answer.text


async def test_a_gap_is_shown_until_somebody_covers_it(line: Bench) -> None:
    assert "Nobody answers the line" in (await line.http.get("/", headers=HTML)).text
    for n, (first, last) in enumerate(
        (("2026-03-02T00:00", "2026-03-03T00:00"), ("2026-03-03T00:00", "2026-03-04T00:00"))
    ):
        for duty in ("line", "on_call"):
            form = {"duty": duty, "name": "N", "phone": "1", "starts_at": first, "ends_at": last}
            key = {"idempotency_key": f"{duty}{n}"}
            for _ in range(2):
                assert (await line.http.post("/shifts", data=form | key, headers=HTML)).status_code == 303
    page = (await line.http.get("/shifts", headers=HTML)).text
    assert "Nobody answers the line" not in page
    assert page.count("Take out") == 4


async def test_whoever_comes_on_accepts_what_somebody_promised_who_has_gone(line: Bench) -> None:
    call = await on_the_phone(line, "617 555 0142")
    await line.command(f"/api/calls/{call}/promise", {})
    await line.http.post("/presence/arrive", headers=HTML)
    assert "Has gone" not in (await line.http.get("/", headers=HTML)).text
    await line.http.post("/presence/leave", headers=HTML)
    async with line.as_(AccountRole.NURSE, subject="next") as nurse:
        await nurse.post("/presence/arrive", headers=HTML)
        board = (await nurse.get("/", headers=HTML)).text
        assert "Has gone" in board
        assert "I keep it" in board
        (promise,) = (await nurse.get(f"/api/calls/{call}")).json()["promises"]
        body = {"promise_id": promise["promise_id"]}
        taken = await nurse.post(f"/api/calls/{call}/accept-promise", json=body, headers={"Idempotency-Key": "a"})
        assert taken.status_code == 200
        assert "Has gone" not in (await nurse.get("/", headers=HTML)).text


async def test_whoever_plans_shifts_comes_to_them_from_the_menu_and_sees_no_calls(line: Bench) -> None:
    async with line.as_(AccountRole.COORDINATOR, subject="office") as office:
        came = await office.get("/", headers=HTML)
        assert (came.status_code, came.headers["location"]) == (303, "/shifts")
        page = (await office.get("/shifts", headers=HTML)).text
        assert "Board" not in page
        assert "Write down a shift" in page
    async with line.as_(AccountRole.NURSE, subject="nurse") as nurse:
        assert "Board" in (await nurse.get("/shifts", headers=HTML)).text


async def test_the_hours_of_a_shift_fit_one_line(line: Bench) -> None:
    for first, last in (("02T07:00", "02T19:00"), ("02T19:00", "03T07:00")):
        form = {"duty": "line", "name": "N", "starts_at": f"2026-03-{first}", "ends_at": f"2026-03-{last}"}
        assert (await line.http.post("/shifts", data=form, headers=HTML)).status_code == 303
    page = (await line.http.get("/shifts", headers=HTML)).text
    assert "Mon 2 Mar, 07:00 to 19:00" in page
    assert "Mon 2 Mar, 19:00 to Tue 3 Mar, 07:00" in page
