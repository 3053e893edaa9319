"""Links to calendars: made and revoked by those they are for or the office, open to whoever holds them, hours only."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx import Response
from icalendar import Calendar, Event

from carebus.access import AccountRole
from carebus.contracts.people import Role
from carebus.ids import new_id
from carebus.testing import Bench
from tests.care_plan.documents.visited import CITY, EMAIL, HTML, PHONE, STREET, patient_of, person, visited
from tests.care_plan.people import accepted, clinician, due_visits, staff

BECAUSE = {"reason": "another_time", "by": "family"}


async def made(bench: Bench, page: str = "/calendar", label: str = "my telephone") -> str:
    """The path of a new link, as it is shown once."""
    answer = await bench.http.post(page, data={"label": label}, headers=HTML)
    assert answer.status_code == 200, answer.text
    (address,) = re.findall(r"<code>http://service(/calendar/[\w-]{43}\.ics)</code>", answer.text)
    return str(address)


async def asked(bench: Bench, link: str) -> Response:
    return await bench.http.get(link)


async def events(bench: Bench, link: str) -> list[Event]:
    answer = await asked(bench, link)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/calendar")
    found: list[Event] = Calendar.from_ical(answer.content).walk("VEVENT")  # type: ignore[assignment]
    return found


async def planned(bench: Bench) -> tuple[UUID, dict[str, Any]]:
    """Somebody with a visit that is to come."""
    await staff(bench)
    patient = new_id()
    await bench.hears(accepted().model_copy(update={"patient": person()}), patient=patient)
    (visit,) = await due_visits(bench)
    return patient, visit


async def of_leader(bench: Bench, visit: dict[str, Any]) -> str:
    """A link to the calendar of whoever leads this visit; all on the roster have one account here."""
    async with bench.service.core.database.transaction() as db:
        await db.execute(
            "update clinician set doc = doc - 'account' where clinician_id <> $1",
            UUID(visit["clinician"]["clinician_id"]),
        )
    return await made(bench)


async def test_a_moved_visit_keeps_its_uid_and_gets_a_higher_sequence(bench: Bench) -> None:
    patient, visit = await planned(bench)
    link = await made(bench, f"/patients/{patient}/calendar", "Ana")
    (before,) = await events(bench, link)
    later = datetime.fromisoformat(visit["starts_at"]) + timedelta(hours=3)
    body = {**BECAUSE, "starts_at": later.isoformat()}
    answer = await bench.command(f"/api/visits/{visit['visit_id']}/reschedule", body)
    assert answer.status_code == 200, answer.text
    (after,) = await events(bench, link)
    assert before["UID"] == after["UID"] == f"visit-{visit['visit_id']}@carebus"
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert after.start == before.start + timedelta(hours=3)


async def test_a_cancelled_visit_stays_as_cancelled_and_its_successor_is_another(bench: Bench) -> None:
    patient, visit = await planned(bench)
    link = await made(bench, f"/patients/{patient}/calendar", "Ana")
    (before,) = await events(bench, link)
    await bench.command(f"/api/visits/{visit['visit_id']}/cancel", BECAUSE)
    found = {str(event["UID"]): event for event in await events(bench, link)}
    cancelled = found.pop(str(before["UID"]))
    assert cancelled["STATUS"] == "CANCELLED"
    assert cancelled.sequence > before.sequence
    assert [event["STATUS"] for event in found.values()] == ["TENTATIVE"]


async def test_a_confirmed_visit_is_certain(bench: Bench) -> None:
    patient, visit = await planned(bench)
    link = await made(bench, f"/patients/{patient}/calendar", "Ana")
    assert [event["STATUS"] for event in await events(bench, link)] == ["TENTATIVE"]
    await bench.command(f"/api/visits/{visit['visit_id']}/confirm", {})
    assert [event["STATUS"] for event in await events(bench, link)] == ["CONFIRMED"]


async def test_a_clinician_sees_own_visits_with_the_town_only(bench: Bench) -> None:
    _, visit = await planned(bench)
    link = await of_leader(bench, visit)
    (event,) = await events(bench, link)
    assert event["SUMMARY"] == f"Visit in {CITY}"
    said = (await asked(bench, link)).text.replace("\r\n ", "")
    for hidden in ("Rosa", "Almeida", STREET, PHONE, EMAIL, "cancer", "Cancer", "1948", "first", "10001"):
        assert hidden not in said


async def test_another_clinician_sees_nothing_of_it(bench: Bench) -> None:
    _, visit = await planned(bench)
    await of_leader(bench, visit)
    other = clinician(Role.NURSE, 9)
    await bench.command("/api/roster", other)
    async with bench.service.core.database.transaction() as db:
        await db.execute(
            "update clinician set doc = doc - 'account' where clinician_id <> $1", UUID(other["clinician_id"])
        )
    assert await events(bench, await made(bench)) == []


async def test_a_family_sees_who_comes_and_nothing_else(bench: Bench) -> None:
    patient, visit = await planned(bench)
    link = await made(bench, f"/patients/{patient}/calendar", "Ana")
    (event,) = await events(bench, link)
    who = visit["clinician"]
    assert event["SUMMARY"] == f"Visit by {who['name']}, {who['role'].replace('_', ' ')}"
    said = (await asked(bench, link)).text.replace("\r\n ", "")
    for hidden in ("Rosa", "Almeida", STREET, CITY, PHONE, EMAIL, "cancer", "1948", "Ana"):
        assert hidden not in said


async def test_a_revoked_link_looks_as_one_that_never_was(bench: Bench) -> None:
    patient, _ = await planned(bench)
    page = f"/patients/{patient}/calendar"
    link, kept = await made(bench, page, "Ana"), await made(bench, page, "Ben")
    shown = await bench.http.get(page, headers=HTML)
    assert link.rpartition("/")[2] not in shown.text, "an address is shown once"
    (first, _) = re.findall(r'name="link_id" value="([\w-]+)"', shown.text)
    assert (await bench.http.post(f"{page}/revoke", data={"link_id": first}, headers=HTML)).status_code == 303
    gone = await asked(bench, link)
    never = await asked(bench, f"/calendar/{'A' * 43}.ics")
    assert gone.status_code == never.status_code == 404
    assert gone.content == never.content
    assert (await asked(bench, kept)).status_code == 200


async def test_nobody_revokes_anothers_link(bench: Bench) -> None:
    patient, _ = await planned(bench)
    link = await made(bench, f"/patients/{patient}/calendar", "Ana")
    async with bench.service.core.database.connection() as db:
        link_id = str(await db.fetchval("select link_id from calendar_link"))
    await bench.http.post("/calendar/revoke", data={"link_id": link_id}, headers=HTML)
    assert (await asked(bench, link)).status_code == 200
    answer = await bench.http.post("/calendar/revoke", data={"link_id": "x"}, headers=HTML)
    assert answer.status_code == 422


async def test_the_database_has_nothing_that_opens_a_link(bench: Bench) -> None:
    patient, _ = await planned(bench)
    token = (await made(bench, f"/patients/{patient}/calendar", "Ana")).removeprefix("/calendar/").removesuffix(".ics")
    async with bench.service.core.database.connection() as db:
        row = await db.fetchrow("select * from calendar_link")
    assert row is not None
    assert len(row["digest"]) == 32
    assert token not in repr(dict(row))


@pytest.mark.parametrize("token", ["x", "A" * 44, "é", "%00", "..%2f", "x" * 3000])
async def test_what_is_no_link_is_answered_alike(bench: Bench, token: str) -> None:
    assert (await asked(bench, f"/calendar/{token}.ics")).status_code == 404


@pytest.mark.parametrize("label", ["", " ", "x" * 101])
async def test_a_link_needs_to_be_told_from_others(bench: Bench, label: str) -> None:
    await staff(bench)
    answer = await bench.http.post("/calendar", data={"label": label}, headers=HTML)
    assert answer.status_code == 422


async def test_while_a_death_is_reported_a_calendar_shows_nothing_to_come(bench: Bench) -> None:
    patient, visit = await planned(bench)
    family, own = await made(bench, f"/patients/{patient}/calendar", "Ana"), await of_leader(bench, visit)
    assert len(await events(bench, family)) == len(await events(bench, own)) == 1
    reported = await bench.command(f"/api/patients/{patient}/report-death", {"source": "family"})
    assert reported.status_code == 200, reported.text
    assert await events(bench, family) == await events(bench, own) == []


async def test_a_visit_that_took_place_stays_for_thirty_days(bench: Bench) -> None:
    visit_id = await visited(bench)
    link = await made(bench, f"/patients/{await patient_of(bench, visit_id)}/calendar", "Ana")
    uid = f"visit-{visit_id}@carebus"
    assert uid in {str(event["UID"]) for event in await events(bench, link)}
    await bench.passes(days=40)
    assert uid not in {str(event["UID"]) for event in await events(bench, link)}


async def test_whoever_left_the_clinic_has_no_calendar(bench: Bench) -> None:
    _, visit = await planned(bench)
    link = await of_leader(bench, visit)
    who = visit["clinician"]["clinician_id"]
    async with bench.service.core.database.transaction() as db:
        await db.execute(
            'update clinician set doc = doc || \'{"left_on": "2026-03-01"}\' where clinician_id = $1', UUID(who)
        )
    assert (await asked(bench, link)).status_code == 404
    assert (await bench.http.get("/calendar", headers=HTML)).status_code == 409


async def test_only_the_office_gives_out_a_familys_calendar(bench: Bench) -> None:
    patient, _ = await planned(bench)
    for role, status in ((AccountRole.NURSE, 403), (AccountRole.COORDINATOR, 200)):
        async with bench.as_(role) as http:
            page = await http.get(f"/patients/{patient}/calendar", headers=HTML)
        assert page.status_code == status
    async with bench.as_(AccountRole.COORDINATOR) as http:
        assert (await http.get(f"/patients/{new_id()}/calendar", headers=HTML)).status_code == 404
