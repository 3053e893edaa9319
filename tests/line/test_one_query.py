"""The screen of a call, and a sheet, are read from the database by one query each: at night nobody waits."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta

import pytest

from carebus.contracts.event import patient_stream
from carebus.contracts.line import CallTriaged
from carebus.storage.database import Connection, Database
from carebus.testing import START, Bench
from tests.examples import example
from tests.line.people import DAUGHTER, on_the_phone, taken_on


@contextmanager
def queries(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What is read from the database meanwhile; who looks is on record besides, which reads nothing."""
    asked: list[str] = []
    connection = Database.connection

    @asynccontextmanager
    async def listening(self: Database) -> AsyncIterator[Connection]:
        async with connection(self) as db:
            with db.query_logger(
                lambda said: asked.append(said.query) if said.query.lstrip().startswith("select") else None
            ):
                yield db

    with monkeypatch.context() as patched:
        patched.setattr(Database, "connection", listening)
        yield asked


async def test_the_screen_of_a_call_with_all_that_is_known_of_the_patient_is_one_query(
    line: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = await taken_on(line)
    await on_the_phone(line, DAUGHTER)
    call = await on_the_phone(line, DAUGHTER)
    await line.hears(example(CallTriaged, triaged_at=START - timedelta(days=1)), stream=patient_stream(patient))
    await line.command(f"/api/calls/{call}/link", {"patient_id": str(patient)})
    await line.command(f"/api/calls/{call}/protocol", {"protocol": "pain", "language": "en"})
    await line.http.get(f"/calls/{call}")
    with queries(monkeypatch) as asked:
        screen = await line.http.get(f"/calls/{call}")
    assert len(asked) == 1, asked
    for shown in ("José Núñez", "Earlier calls", "Team and people", "Medicines and allergies"):
        assert shown in screen.text, shown


async def test_a_sheet_is_one_query(line: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    patient = await taken_on(line)
    with queries(monkeypatch) as asked:
        sheet = await line.http.get(f"/patients/{patient}")
    assert (sheet.status_code, len(asked)) == (200, 1), asked


async def test_a_call_about_nobody_yet_is_asked_for_with_whoever_has_its_number(
    line: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await taken_on(line)
    call = await on_the_phone(line, DAUGHTER)
    with queries(monkeypatch) as asked:
        screen = await line.http.get(f"/calls/{call}")
    assert len(asked) == 2, asked
    assert "José Núñez" in screen.text
