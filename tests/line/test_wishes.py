"""What patients want stands on the line's sheet from events alone, and advice is held against it before it is kept."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from carebus.contracts.event import patient_stream
from carebus.contracts.line import CallTriaged
from carebus.contracts.wishes import (
    Agent,
    Choice,
    DocumentKind,
    DocumentLink,
    DocumentStatus,
    KnownWish,
    Statement,
    TopicSummary,
    WishesSummarised,
    WishSource,
    WishTopic,
)
from carebus.testing import START, Bench, assert_published
from services.line import app
from services.line.settings import Settings
from tests.benches import service_bench
from tests.line.people import on_the_phone, taken_on


def wants(choice: Choice, topic: WishTopic = WishTopic.HOSPITAL, **more: Any) -> WishesSummarised:
    """What the wishes service tells of somebody who wants this."""
    known = KnownWish(
        statement=Statement(topic=topic, choice=choice),
        source=WishSource.CONVERSATION,
        source_id=UUID(int=5),
        stated_on=date(2026, 2, 1),
    )
    agent = Agent(agent_id=UUID(int=6), full_name="Ana Núñez", relationship="daughter", phone="(617) 555-0142")
    said: dict[str, Any] = {"topics": (TopicSummary(topic=topic, known=(known,)),), "agents": (agent,)}
    return WishesSummarised(**{"summarised_at": START, **said, **more})


async def told(line: Bench, wishes: WishesSummarised) -> tuple[UUID, str]:
    """A patient who wants this, and a call about them."""
    patient = await taken_on(line)
    await line.hears(wishes, stream=patient_stream(patient))
    call = await on_the_phone(line)
    await line.command(f"/api/calls/{call}/link", {"patient_id": str(patient)})
    return patient, call


async def test_orders_and_agent_stand_on_the_screen_of_the_call_and_on_the_sheet(line: Bench) -> None:
    patient, call = await told(line, wants(Choice.NO_CPR, WishTopic.CPR))
    for page in (f"/calls/{call}", f"/patients/{patient}"):
        text = (await line.http.get(page)).text
        assert "No CPR" in text
        assert "Ana Núñez" in text
        assert "(617) 555-0142" in text


async def test_what_nobody_has_told_is_not_known_and_never_a_no(line: Bench) -> None:
    patient, _ = await told(line, wants(Choice.NO_CPR, WishTopic.CPR))
    sheet = (await line.http.get(f"/patients/{patient}")).text
    assert 'Feeding by tube</dt><dd><span class="quiet">not known' in sheet
    nobody = await taken_on(line)
    assert (
        "Wishes for treatment and the health care agent: not known" in (await line.http.get(f"/patients/{nobody}")).text
    )


@pytest.mark.parametrize("choice", [Choice.NO_HOSPITAL, Choice.HOSPITAL_FOR_COMFORT])
async def test_a_way_to_hospital_against_a_wish_needs_a_reason_and_is_not_blocked(line: Bench, choice: Choice) -> None:
    patient, call = await told(line, wants(choice))
    body = {"patient_id": str(patient), "disposition": "call_911"}
    refused = await line.command(f"/api/calls/{call}/triage", body)
    assert (refused.status_code, refused.json()["code"]) == (422, "reason_wanted")
    assert "what the patient wants" in refused.text
    kept = await line.command(f"/api/calls/{call}/triage", {**body, "because": "She asked for it herself."})
    assert kept.status_code == 200, kept.text
    (advised,) = await assert_published(line, CallTriaged, patient=patient)
    assert advised.against_wishes


async def test_a_wish_for_hospital_asks_no_reason(line: Bench) -> None:
    patient, call = await told(line, wants(Choice.HOSPITAL_IF_NEEDED))
    answer = await line.command(
        f"/api/calls/{call}/triage", {"patient_id": str(patient), "disposition": "emergency_department"}
    )
    assert answer.status_code == 200, answer.text


async def test_an_older_summary_that_comes_later_changes_nothing(line: Bench) -> None:
    patient, _ = await told(line, wants(Choice.NO_HOSPITAL))
    older = wants(Choice.HOSPITAL_IF_NEEDED, summarised_at=START - timedelta(days=1))
    await line.hears(older, stream=patient_stream(patient))
    assert "No hospital" in (await line.http.get(f"/patients/{patient}")).text


async def test_a_paper_is_one_click_away_where_the_wishes_service_is_known(postgres_url: str, tmp_path: Path) -> None:
    paper = DocumentLink(
        document_id=UUID(int=7),
        kind=DocumentKind.DNR_ORDER,
        status=DocumentStatus.FINAL,
        verified=True,
        path=f"/documents/{UUID(int=7)}",
    )
    for links, href in (
        ("person:Wishes=https://care.example/wishes/patients/{patient_id}", "https://care.example/wishes/documents/"),
        ("", ""),
    ):
        folder = tmp_path / (links and "known")
        folder.mkdir(exist_ok=True)
        async with service_bench(
            "line", app.make, Settings, admin_url=postgres_url, folder=folder, links=links
        ) as line:
            patient, call = await told(line, wants(Choice.NO_CPR, WishTopic.CPR, documents=(paper,)))
            for page in (f"/calls/{call}", f"/patients/{patient}"):
                text = (await line.http.get(page)).text
                assert (f'href="{href}{UUID(int=7)}"' in text) is bool(links)
                assert "Do-not-resuscitate order" in text
