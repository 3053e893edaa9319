"""A page leaves through notifications, is taken by a link or on the screen, and otherwise the nurse is told to dial."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebus.contracts.event import Stream, Subject
from carebus.contracts.line import ClinicianPaged, PageTaken
from carebus.contracts.notifications import FailureReason, PageHandedOver, PageNotHandedOver
from carebus.testing import START, Bench, assert_published
from carebus.web.private_links import PrivateLinks
from services.line import app
from services.line.domain.calls.call import PageStep
from services.line.domain.shifts.ladder import Ladder, NobodyOnCall, Step, page_steps
from services.line.domain.shifts.shift import Duty, Shift
from services.line.settings import Settings
from services.line.store.rulesets import ladder
from tests.benches import service_bench
from tests.line.people import on_the_phone

SECRET = "p" * 40
LINKS = PrivateLinks(SECRET, "")
HTML = {"accept": "text/html"}
AMES = {"name": "Dr. Ames", "phone": "617 555 0001", "email": "ames@clinic.example"}


@pytest.fixture
async def paging(postgres_url: str, tmp_path: Path) -> AsyncIterator[Bench]:
    """The line, with the secret that makes the links of pages."""
    made = service_bench("line", app.make, Settings, admin_url=postgres_url, folder=tmp_path, page_link_secret=SECRET)
    async with made as bench:
        yield bench


async def paged(line: Bench, *steps: dict[str, str]) -> tuple[str, ClinicianPaged]:
    call = await on_the_phone(line)
    answer = await line.command(f"/api/calls/{call}/page", {"steps": list(steps)})
    assert answer.status_code == 200, answer.text
    return call, (await line.published(ClinicianPaged))[-1]


def of_call(call: str) -> Stream:
    return Subject.CALL.stream(UUID(call))


async def screen(line: Bench, call: str) -> str:
    return (await line.http.get(f"/calls/{call}", headers=HTML)).text


async def test_a_page_that_nothing_confirms_for_half_a_minute_is_to_be_dialled(paging: Bench) -> None:
    call, _ = await paged(paging, AMES)
    assert "Dial yourself" not in await screen(paging, call)
    await paging.passes(seconds=31)
    shown = await screen(paging, call)
    assert "Dial yourself" in shown
    assert "617 555 0001" in shown


async def test_a_page_that_went_out_is_waited_for(paging: Bench) -> None:
    call, page = await paged(paging, AMES)
    sent = PageHandedOver(page_id=page.page_id, link_id=page.link_id, message_id="<1@x>", handed_over_at=paging.now())
    await paging.hears(sent, stream=of_call(call))
    await paging.passes(seconds=31)
    shown = await screen(paging, call)
    assert "Dial yourself" not in shown
    assert "It went out" in shown


async def test_a_page_that_is_refused_is_to_be_dialled_at_once_and_so_is_one_without_an_address(
    paging: Bench,
) -> None:
    call, page = await paged(paging, AMES)
    refused = PageNotHandedOver(
        page_id=page.page_id, link_id=page.link_id, reason=FailureReason.REJECTED, given_up_at=paging.now()
    )
    await paging.hears(refused, stream=of_call(call))
    assert "Dial yourself" in await screen(paging, call)
    other, _ = await paged(paging, {"name": "Dr. Bell", "phone": "617 555 0002"})
    assert "Dial yourself" in await screen(paging, other)


async def test_whom_the_nurse_names_without_a_way_to_reach_them_is_never_passed_over_in_silence(paging: Bench) -> None:
    call, now = await on_the_phone(paging), paging.now()
    hours = {"starts_at": now.isoformat(), "ends_at": (now + timedelta(hours=2)).isoformat()}
    form = {"duty": "on_call", "name": "Dr. Bell", "phone": "617 555 0002", **hours}
    assert (await paging.http.post("/shifts", data=form, headers=HTML)).status_code == 303
    answer = await paging.http.post(f"/calls/{call}/page", data={"name": "Dr. Ames"}, headers=HTML)
    assert answer.status_code == 422
    assert "Give a phone number or an e-mail address" in answer.text
    assert 'value="Dr. Ames"' in answer.text
    await assert_published(paging, ClinicianPaged, times=0)


async def test_a_number_alone_is_enough_to_page(paging: Bench) -> None:
    call = await on_the_phone(paging)
    assert (await paging.http.post(f"/calls/{call}/page", data={"phone": "617 555 0002"})).status_code == 303
    assert "617 555 0002 is paged" in await screen(paging, call)


async def test_the_nurse_sees_who_has_the_page_and_how_they_are_reached(paging: Bench) -> None:
    call, page = await paged(paging, AMES)
    await paging.http.post(f"/pages/{LINKS.token(page.link_id)}", data={"idempotency_key": "one"}, headers=HTML)
    shown = await screen(paging, call)
    assert "Dr. Ames has the page" in shown
    assert 'href="tel:6175550001"' in shown


async def test_word_of_an_earlier_step_says_nothing_of_the_one_that_is_asked_now(paging: Bench) -> None:
    bell = {"name": "Dr. Bell", "phone": "617 555 0002", "email": "bell@clinic.example"}
    call, first = await paged(paging, AMES, bell)
    await paging.passes(minutes=5, seconds=1)
    late = PageHandedOver(page_id=first.page_id, link_id=first.link_id, message_id="<1@x>", handed_over_at=paging.now())
    await paging.hears(late, stream=of_call(call))
    await paging.passes(seconds=31)
    assert "Dial yourself" in await screen(paging, call)


async def test_a_page_is_taken_once_by_its_link_which_then_says_who_has_it(paging: Bench) -> None:
    _, page = await paged(paging, AMES)
    path = f"/pages/{LINKS.token(page.link_id)}"
    async with paging.as_() as outside:
        asked = await outside.get(path, headers=HTML)
        assert "The line needs you" in asked.text
        taken = await outside.post(path, data={"idempotency_key": "one"}, headers=HTML)
        assert taken.status_code == 303
        again = await outside.post(path, data={"idempotency_key": "two"}, headers=HTML)
        assert again.status_code == 409
        assert "Taken by Dr. Ames" in (await outside.get(path, headers=HTML)).text
        wrong = await outside.get("/pages/" + PrivateLinks("q" * 40, "").token(page.link_id), headers=HTML)
        assert wrong.status_code == 404
    (told,) = await assert_published(paging, PageTaken)
    assert told.by.name == "Dr. Ames"
    await paging.passes(minutes=30)
    await assert_published(paging, ClinicianPaged, times=1)


async def test_without_a_name_whoever_is_on_call_is_paged_then_the_supervisor(paging: Bench) -> None:
    call = await on_the_phone(paging)
    nobody = await paging.command(f"/api/calls/{call}/page", {})
    assert (nobody.status_code, nobody.json()["code"]) == (409, "nobody_on_call")
    now = paging.now()
    hours = {"starts_at": (now - timedelta(hours=2)).isoformat(), "ends_at": (now + timedelta(hours=2)).isoformat()}
    for duty, name in (("supervisor", "June"), ("on_call", "Dr. Ames")):
        form = {"duty": duty, "name": name, "phone": f"617 {name}", "idempotency_key": name, **hours}
        assert (await paging.http.post("/shifts", data=form, headers=HTML)).status_code == 303
    assert (await paging.command(f"/api/calls/{call}/page", {})).status_code == 200
    await paging.passes(minutes=5, seconds=1)
    assert [one.name for one in await paging.published(ClinicianPaged)] == ["Dr. Ames", "June"]


def on_duty(duty: Duty, name: str) -> Shift:
    hour = timedelta(hours=1)
    return Shift(duty=duty, name=name, phone=name, starts_at=START - hour, ends_at=START + hour)


PEOPLE = st.lists(st.tuples(st.sampled_from(Duty), st.sampled_from("abcde")), max_size=12)


@given(PEOPLE, st.lists(st.sampled_from("abxy"), max_size=3))
def test_everybody_is_asked_once_whom_the_nurse_names_first(people: list[tuple[Duty, str]], named: list[str]) -> None:
    shifts = [on_duty(duty, name) for duty, name in people]
    first = [PageStep(name=name, phone=name) for name in named]
    reachable = [name for duty, name in people if duty is not Duty.LINE]
    if not named and not reachable:
        with pytest.raises(NobodyOnCall):
            page_steps(ladder(), shifts, START, first)
        return
    asked = [one.name for one in page_steps(ladder(), shifts, START, first)]
    assert len(asked) == len(set(asked))
    assert asked[: len(set(named))] == list(dict.fromkeys(named))
    assert set(asked) == {*named, *reachable}


def test_nobody_is_asked_before_or_after_their_shift() -> None:
    steps = Ladder(version=1, steps=(Step(duty=Duty.ON_CALL, minutes=5),))
    for at in (START - timedelta(hours=2), START + timedelta(hours=1)):
        with pytest.raises(NobodyOnCall):
            page_steps(steps, [on_duty(Duty.ON_CALL, "a")], at)


async def test_a_page_sent_again_under_its_key_is_answered_again_though_the_shift_has_changed(paging: Bench) -> None:
    call, now = await on_the_phone(paging), paging.now()
    for name, first in (("Dr. Ames", -1), ("Dr. Bell", 1)):
        hours = {"starts_at": now + timedelta(hours=first), "ends_at": now + timedelta(hours=first + 2)}
        form = {"duty": "on_call", "name": name, "phone": f"617 {name}", "idempotency_key": name}
        await paging.http.post("/shifts", data=form | {name: at.isoformat() for name, at in hours.items()})
    answers = [await paging.command(f"/api/calls/{call}/page", {}, key="one")]
    await paging.passes(minutes=50)
    await paging.passes(minutes=11)
    answers.append(await paging.command(f"/api/calls/{call}/page", {}, key="one"))
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
