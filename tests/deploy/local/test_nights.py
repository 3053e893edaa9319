"""What plays around the line in a local run speaks as the real ones do: telephone, hospital, and who is paged."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from deploy.local import hospital, paging
from deploy.local.cases import Case
from deploy.local.clock import SimulatedClock
from deploy.local.commands import Commands
from deploy.local.duty import MAILS_TO, shifts
from deploy.local.hospital import FACILITY, ZONE, Hospital, HospitalNotAnswered, deliver, message
from deploy.local.inbox import Delivery, Inbox
from deploy.local.paging import Paged
from deploy.local.patient import Patient
from deploy.local.process import LOOPBACK
from deploy.local.progress import Progress
from deploy.local.synthea import Sample
from deploy.local.telephone import Telephone
from services.line.channels.mllp.cutting import cut
from services.line.channels.mllp.decoding import message_in
from services.line.channels.mllp.framing import END, START
from services.line.channels.mllp.reading import Way, notice_of
from services.line.channels.telephone.standard import require_signed
from services.line.domain.hospital.notice import Notice, Trigger
from services.line.domain.shifts.shift import Duty, Planned, Shift, gaps
from services.line.settings import Hospital as Known
from tests.deploy.local.test_clinic import NobodyAsks

DAY = date(2026, 3, 2)
MORNING = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECRET = "whsec_c2VjcmV0c2VjcmV0c2VjcmV0"
PATIENTS = Sample().patients()


def to(answer: httpx.MockTransport) -> Commands:
    client = httpx.AsyncClient(transport=answer)
    return Commands(client, {"line": "http://line.example"}, Progress(), NobodyAsks(), 5.0)


def test_every_hour_of_a_week_has_somebody_for_each_duty() -> None:
    week = [Shift.model_validate(one) for n in range(7) for one in shifts(5, DAY + timedelta(days=n))]
    for duty in Duty:
        assert gaps(week, duty, MORNING, MORNING + timedelta(days=7)) == []
    assert all(one.email.endswith(MAILS_TO) for one in week)
    assert Planned(UUID(int=1), week[0]).shift.duty is Duty.LINE


async def test_a_fact_is_signed_anew_for_each_try_and_told_until_it_is_answered() -> None:
    asked: list[dict[str, str]] = []

    def line(request: httpx.Request) -> httpx.Response:
        require_signed(SECRET, request.content, request.headers)
        assert "authorization" not in request.headers
        asked.append(json.loads(request.content))
        return httpx.Response(503) if len(asked) == 1 else httpx.Response(200, json={"call_id": "7"})

    commands = to(httpx.MockTransport(line))
    assert await Telephone(SECRET, commands).tells("a", "ringing", MORNING, number="617 555 0142") == "7"
    assert asked[0] == asked[1]
    assert (asked[0]["fact"], asked[0]["from_number"]) == ("ringing", "617 555 0142")


def read(said: str) -> Notice:
    way = Way(Known(name="Valley", facility=FACILITY, zone=ZONE), "P", MORNING + timedelta(days=2))
    found = notice_of(message_in(cut(said.encode()).messages[0]), way)
    assert found is not None
    return found


@pytest.mark.parametrize("patient", PATIENTS[:20], ids=lambda one: one.source_id[:8])
def test_the_hospitals_messages_say_who_came_and_who_left(patient: Patient) -> None:
    came, left = read(message(patient, DAY, "A01")), read(message(patient, DAY, "A03"))
    assert (came.fact.trigger, left.fact.trigger) == (Trigger.ADMIT, Trigger.DISCHARGE)
    assert came.visit_number == left.visit_number
    assert came.person.names == ((patient.family_name, patient.given_name),)
    assert came.person.birth_date == patient.birth_date
    assert came.fact.admitted_at == datetime(2026, 3, 1, 19, tzinfo=UTC)
    assert left.fact.happened_at == datetime(2026, 3, 3, 19, tzinfo=UTC)


async def test_a_hospital_sends_again_until_it_is_answered_and_says_so_when_nobody_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hospital, "PAUSE_S", 0.01)
    taken: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said = (await reader.readuntil(END + b"\r")).decode()
        taken.append(said)
        if len(taken) > 1:  # the first is closed unanswered, as while the database is away
            writer.write(START + b"MSH|^~\\&|LINE|||||||ACK|1|P|2.5.1\rMSA|AA|1\r" + END + b"\r")
        writer.close()

    server = await asyncio.start_server(serve, LOOPBACK, 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        cases = [Case(one, str(n), str(n), "accepted", None) for n, one in enumerate(PATIENTS)]
        sent = await Hospital(5, port).day(DAY, cases)
        assert 0 < sent < len(taken) <= sent + 2
    with pytest.raises(HospitalNotAnswered):
        await deliver(port, message(PATIENTS[0], DAY, "A01"), patience=0.01)


async def test_a_page_is_taken_by_the_link_in_the_mail_after_a_silence_by_the_second_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "FOUND_WITHIN_S", 0.3)
    monkeypatch.setattr(paging, "SLEEPS_FOR_S", 0.01)
    taken: list[str] = []

    def line(request: httpx.Request) -> httpx.Response:
        taken.append(request.url.path)
        return httpx.Response(409 if "gone" in request.url.path else 303)

    delivery, clock = Delivery(tmp_path / "inbox"), SimulatedClock(tmp_path / "clock.json", MORNING)
    paged = Paged(to(httpx.MockTransport(line)), clock, Inbox(tmp_path / "inbox"))

    def mail(token: str, mailbox: str = f"ames@{MAILS_TO}") -> None:
        letter = EmailMessage()
        letter["To"], letter["Subject"] = mailbox, "The line needs you"
        letter.set_content(f"Take it here:\n\nhttp://127.0.0.1:1/line/pages/{token}\n")
        delivery.deliver(letter.as_bytes())

    mail("old")
    paged.looks()
    mail("a family's", "family@families.example")
    mail("first")
    assert await paged.takes(UUID(int=1), sleeps_first=False)
    mail("second")
    mail("third")
    assert await paged.takes(UUID(int=2), sleeps_first=True)
    mail("gone")
    assert not await paged.takes(UUID(int=3), sleeps_first=False)
    assert not await paged.takes(UUID(int=4), sleeps_first=False), "no mail came"
    assert taken == ["/pages/first", "/pages/third", "/pages/gone"]
    assert clock.speed == 1.0
