"""Staff send a summary to whom they choose; the private page opens by the date of birth, and tells what came of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from httpx import Response

from carebus.access import AccountRole
from carebus.contracts.care_plan import SummaryPart, VisitSummaryAcknowledged, VisitSummarySendRequested
from carebus.contracts.notifications import FailureReason, VisitSummaryDelivered, VisitSummaryUndelivered
from carebus.ids import new_id
from carebus.testing import Bench
from services.care_plan.store import sharing
from tests.care_plan.documents.visited import (
    BORN,
    BY_MAIL,
    HTML,
    LINKS,
    OSEI,
    completed,
    corrected,
    patient_of,
    visited,
)


async def sent(bench: Bench, visit_id: str, *recipients: dict[str, Any], **more: Any) -> Response:
    body = {"recipients": list(recipients or [BY_MAIL]), **more}
    return await bench.command(f"/api/visits/{visit_id}/send-summary", body)


async def requested(bench: Bench) -> list[VisitSummarySendRequested]:
    told = [each.event for each in await bench.all_published()]
    return [event for event in told if isinstance(event, VisitSummarySendRequested)]


async def link_to(bench: Bench, visit_id: str) -> str:
    assert (await sent(bench, visit_id)).status_code == 200
    return LINKS.address((await requested(bench))[-1].sending_id)


async def looks(bench: Bench, path: str) -> Response:
    return await bench.http.get(path, headers=HTML)


async def types(bench: Bench, path: str, **typed: str) -> Response:
    return await bench.http.post(path, data=typed, headers=HTML)


async def opens(bench: Bench, link: str) -> Response:
    answer = await types(bench, f"{link}/open", birth_date=BORN)
    assert answer.status_code == 303, answer.text
    return await looks(bench, link)


async def test_a_letter_is_asked_for_with_what_was_chosen(bench: Bench) -> None:
    visit_id = await visited(bench)
    answer = await sent(bench, visit_id, parts=["next", "changed"])
    assert answer.status_code == 200, answer.text
    (told,) = await requested(bench)
    assert (str(told.visit_id), told.version, told.recipient.email) == (visit_id, 1, "osei@elm.example")
    assert told.parts == (SummaryPart.VISIT, SummaryPart.CHANGED, SummaryPart.NEXT)


async def test_the_note_goes_out_only_if_it_was_ticked(bench: Bench) -> None:
    visit_id = await visited(bench, note="Family asks for night cover.")
    page = await opens(bench, await link_to(bench, visit_id))
    assert "Since" not in page.text
    assert "First visit: nothing to compare with." in page.text
    assert "night cover" not in page.text


async def test_the_link_names_nobody_before_the_date_of_birth(bench: Bench) -> None:
    link = await link_to(bench, await visited(bench))
    page = await looks(bench, link)
    assert page.status_code == 200
    for hidden in ("Rosa", "Almeida", "1948", "AKPS", "Pain"):
        assert hidden not in page.text
    assert page.headers["x-robots-tag"].startswith("noindex")
    assert page.headers["referrer-policy"] == "no-referrer"
    assert (await looks(bench, f"{link}/summary.pdf")).status_code == 303
    shown = await opens(bench, link)
    assert "Rosa Almeida" in shown.text
    assert (await looks(bench, f"{link}/summary.pdf")).content.startswith(b"%PDF")


async def test_five_wrong_dates_of_birth_lock_it_even_for_the_right_one(bench: Bench) -> None:
    link = await link_to(bench, await visited(bench))
    answers = [await types(bench, f"{link}/open", birth_date="1950-01-01") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [422] * 4 + [429]
    assert (await types(bench, f"{link}/open", birth_date=BORN)).status_code == 429
    assert (await looks(bench, link)).status_code == 429


@pytest.mark.parametrize("typed", ["", "17 May", "1948-13-40", "x" * 5000])
async def test_what_is_no_date_uses_no_try(bench: Bench, typed: str) -> None:
    link = await link_to(bench, await visited(bench))
    for _ in range(6):
        assert (await types(bench, f"{link}/open", birth_date=typed)).status_code == 422
    assert "Rosa" in (await opens(bench, link)).text


async def test_the_recipient_says_that_it_came_once_for_each_version(bench: Bench) -> None:
    visit_id = await visited(bench)
    link = await link_to(bench, visit_id)
    await types(bench, f"{link}/received", version="1")  # not opened yet: nothing
    await opens(bench, link)
    for _ in range(2):
        assert (await types(bench, f"{link}/received", version="1")).status_code == 303
    await corrected(bench, visit_id, akps=40)
    page = await looks(bench, link)
    assert "This is version 2" in page.text
    assert "AKPS: 50 is now 40" in page.text
    await types(bench, f"{link}/received", version="999")
    told = [each.event for each in await bench.all_published() if isinstance(each.event, VisitSummaryAcknowledged)]
    assert [event.version for event in told] == [1, 2]
    staff = await bench.http.get(f"/visits/{visit_id}/summary", headers=HTML)
    assert "Received" in staff.text


async def test_a_correction_is_told_of_the_parts_that_were_sent_only(bench: Bench) -> None:
    visit_id = await visited(bench, note="Family asks for night cover.")
    await sent(bench, visit_id, parts=["next"])
    link = LINKS.address((await requested(bench))[-1].sending_id)
    await corrected(bench, visit_id, akps=40)
    page = await opens(bench, link)
    assert "This is version 2" in page.text
    for hidden in ("AKPS", "note was changed", "What this version corrects"):
        assert hidden not in page.text


async def test_a_link_ends_when_it_is_taken_back_or_old(bench: Bench) -> None:
    visit_id = await visited(bench)
    link = await link_to(bench, visit_id)
    sending = str((await requested(bench))[-1].sending_id)
    await opens(bench, link)
    answer = await bench.command(f"/api/visits/{visit_id}/take-back-summary", {"sending_id": sending})
    assert answer.status_code == 200
    gone = await looks(bench, link)
    assert gone.status_code == 404
    other = await link_to(bench, visit_id)
    await bench.passes(days=91)
    assert (await looks(bench, other)).status_code == 404


async def test_no_link_is_made_of_an_id_alone(bench: Bench) -> None:
    visit_id = await visited(bench)
    await link_to(bench, visit_id)
    sending = (await requested(bench))[-1].sending_id
    for guess in (str(sending), sending.hex, "x", LINKS.token(new_id()), LINKS.token(sending)[:-2] + "AA"):
        assert (await looks(bench, f"/summary/{guess}")).status_code == 404


async def test_whoever_got_one_is_offered_again_as_they_were_named_last(bench: Bench) -> None:
    visit_id = await visited(bench)
    await sent(bench, visit_id)
    await sent(
        bench, visit_id, {**BY_MAIL, "organization": "Elm and Oak"}, {**OSEI, "name": "T. Li", "how": "by Direct"}
    )
    async with bench.service.core.database.connection() as db:
        known = (await sharing.sharing_of(db, await patient_of(bench, visit_id))).recipients
    assert [(each.name, each.organization) for each in known] == [
        ("R. Osei", "Elm and Oak"),
        ("T. Li", "Elm Street Cardiology"),
    ]
    page = await bench.http.get(f"/visits/{visit_id}/summary", headers=HTML)
    assert str(known[0].recipient_id) in page.text
    form = {"recipients": str(known[0].recipient_id), "parts": "changed", "idempotency_key": str(new_id())}
    answer = await bench.http.post(f"/visits/{visit_id}/summary/send", data=form, headers=HTML)
    assert answer.status_code == 303, answer.text
    assert len(await requested(bench)) == 4


@pytest.mark.parametrize(
    ("recipients", "says"),
    [
        ([], "who is to have the summary"),
        ([OSEI], "Give an e-mail address"),
        ([{**OSEI, "email": "not one"}], "form the hint shows"),
        ([{**BY_MAIL, "name": ""}], "required"),
    ],
)
async def test_who_is_to_have_it_has_to_be_reached(bench: Bench, recipients: list[dict[str, Any]], says: str) -> None:
    visit_id = await visited(bench)
    answer = await bench.command(f"/api/visits/{visit_id}/send-summary", {"recipients": recipients})
    assert answer.status_code == 422
    assert says in answer.text
    assert await requested(bench) == []


async def test_a_refused_form_keeps_what_was_typed(bench: Bench) -> None:
    visit_id = await visited(bench)
    for typed in ({"name": "Dr. Li"}, {"email": "x"}, {"name": "Dr. Li", "email": "li@x.example", "parts": "gossip"}):
        answer = await bench.http.post(f"/visits/{visit_id}/summary/send", data=typed, headers=HTML)
        assert answer.status_code == 422, typed
        assert all(value in answer.text for name, value in typed.items() if name != "parts")


async def test_what_became_of_the_letter_is_shown(bench: Bench) -> None:
    visit_id = await visited(bench)
    patient = await patient_of(bench, visit_id)
    await sent(bench, visit_id)
    await sent(bench, visit_id)
    one, two = [told.sending_id for told in await requested(bench)]
    done = VisitSummaryDelivered(
        sending_id=one, visit_id=UUID(visit_id), version=1, message_id="m", attempts=1, delivered_at=bench.now()
    )
    failed = VisitSummaryUndelivered(
        sending_id=two,
        visit_id=UUID(visit_id),
        version=1,
        reason=FailureReason.REJECTED,
        attempts=3,
        undelivered_at=bench.now(),
    )
    await bench.hears(done, failed, patient=patient)
    page = (await bench.http.get(f"/visits/{visit_id}/summary", headers=HTML)).text
    assert "Delivered" in page
    assert "Could not be delivered" in page


async def test_nothing_is_sent_of_a_visit_that_is_not_signed(bench: Bench) -> None:
    first = await visited(bench)
    await bench.passes(days=10)
    unsigned = await completed(bench, await patient_of(bench, first), sign=False)
    answer = await sent(bench, unsigned)
    assert answer.status_code == 409
    assert "is signed" in answer.text


async def test_only_office_and_team_send(bench: Bench) -> None:
    visit_id = await visited(bench)
    async with bench.as_(AccountRole.NURSE, subject="another") as http:
        told = {"Idempotency-Key": str(new_id())}
        answer = await http.post(f"/api/visits/{visit_id}/send-summary", json={"recipients": [BY_MAIL]}, headers=told)
    assert answer.status_code == 404
