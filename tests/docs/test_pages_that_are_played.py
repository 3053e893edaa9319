"""What the tutorial and the how-to pages tell a reader to do is done, word by word."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaProducer

from carebus.contracts import Envelope, Event, patient_stream
from carebus.contracts.care_plan import VisitCompleted
from carebus.contracts.referral import ReferralAccepted
from carebus.ids import new_id
from carebus.kafka import topics
from carebus.testing import START, Bench, TestRecord, people, set_clock
from deploy.local.embedded import free_port
from deploy.local.menu import links_of
from services.care_plan import app as care_plan_app
from services.care_plan.settings import Settings as CarePlanSettings
from tests.benches import service_bench
from tests.docs.pages import ROOT, said_to_be
from tests.examples import example

TUTORIAL = ROOT / "docs" / "tutorial.md"
PARKED = ROOT / "docs" / "how-to" / "handle-parked-events.md"
PATIENCE_S = 60.0
MAY_CHANGE = (
    *("services/check_in/", "tests/check_in/", "docs/reference/", "deploy/"),
    *("shared/schemas/", "shared/carebus/contracts/check_in.py", "shared/carebus/contracts/sample.json"),
)
"""What the tutorial says that its reader has written, or that follows from it."""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout for the reader to work in."""
    for folder in ("shared", "deploy", "templates"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "sample"))
    for folder in ("services", "tests"):
        (tmp_path / folder).mkdir()
        for file in (ROOT / folder).glob("*.py"):
            shutil.copy(file, tmp_path / folder)
    for name in ("pyproject.toml", "Makefile"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


@pytest.fixture
def whole_checkout(tmp_path: Path) -> Path:
    """A checkout with everything in it."""
    left = shutil.ignore_patterns("__pycache__", ".venv", ".venv-peers", ".git", ".carebus", ".hypothesis", "*.log")
    return shutil.copytree(ROOT, tmp_path / "carebus", ignore=left)


def contents(checkout: Path) -> dict[str, bytes]:
    """What every file of the checkout says, without what tools keep for themselves."""
    files = (file for file in checkout.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    named = {str(file.relative_to(checkout)): file for file in files}
    return {name: file.read_bytes() for name, file in named.items() if not name.startswith(".")}


def environment(checkout: Path, **told: str) -> dict[str, str]:
    """The environment in which `make` finds this environment's programs instead of setting up another."""
    installed = f" -- setup=: bin={Path(sys.executable).parent} WORKERS=0"
    return {**os.environ, "PYTHONPATH": f"{checkout}:{checkout / 'shared'}", "MAKEFLAGS": installed, **told}


def do(checkout: Path, commands: str, *, code: int = 0, **told: str) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=checkout,
        env=environment(checkout, **told),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, f"{commands}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@contextmanager
def going_on(checkout: Path, commands: str, **told: str) -> Iterator[None]:
    """While this lasts, the commands run; then the reader presses Ctrl-C."""
    started = subprocess.Popen(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=checkout,
        env=environment(checkout, **told),
        start_new_session=True,
    )
    try:
        yield
    finally:
        os.killpg(started.pid, signal.SIGINT)
        try:
            started.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(started.pid, signal.SIGKILL)
            raise


async def test_the_tutorial_ends_with_a_service_that_hears_two_types_waits_and_tells_an_event_of_its_own(
    whole_checkout: Path, postgres_url: str, kafka_bootstrap: str, topic_prefix: str
) -> None:
    checkout, before = whole_checkout, contents(whole_checkout)
    steps, files = said_to_be(TUTORIAL, "step: "), said_to_be(TUTORIAL, "file: ")
    do(checkout, steps["make"])
    assert " passed" in do(checkout, steps["first tests"], DATABASE_URL=postgres_url)
    for name, text in files.items():
        (checkout / name).write_text(text)
    assert " passed" in do(checkout, steps["second tests"], DATABASE_URL=postgres_url)
    do(checkout, steps["generate and check"])
    changed = {name for name, content in contents(checkout).items() if before.get(name) != content}
    assert not before.keys() - contents(checkout).keys()
    assert {name for name in changed if not name.startswith(MAY_CHANGE)} == set()
    assert "CheckInMissed" in (checkout / "docs/reference/events.md").read_text()
    commands = sum(len(text.strip().splitlines()) for text in steps.values())
    lines = sum(len(text.strip().splitlines()) for text in files.values())
    assert f"you have typed {commands} commands and {lines} lines." in TUTORIAL.read_text()

    data, port, patient = checkout / "data", free_port(), new_id()
    data.mkdir()
    set_clock(data / "clock.json", START)
    await topics.create([kafka_bootstrap], prefix=topic_prefix)
    await publish(kafka_bootstrap, topic_prefix, [visited(patient)])
    told = {
        "DATABASE_URL": postgres_url,
        "KAFKA_BOOTSTRAP_SERVERS": kafka_bootstrap,
        "CAREBUS_TOPIC_PREFIX": topic_prefix,
        "CAREBUS_DATA": str(data),
        "CAREBUS_PORT": str(port),
        **people.environment(),
    }
    try:
        with going_on(checkout, steps["run it"], **told):
            cases = await until(lambda: heard_of(port))
            page = httpx.get(f"http://127.0.0.1:{port}/", headers=people.bearer()).text
            menu = links_of(data / "links")
    finally:
        await forget_database(postgres_url, "carebus_check_in")
    assert [(case["subject_id"], case["times"], case["unseen"]) for case in cases] == [(str(patient), 1, False)]
    assert str(patient) in page
    assert menu["Check in"] == f"http://127.0.0.1:{port}"


async def test_a_parked_event_is_found_mended_and_redriven(postgres_url: str, tmp_path: Path) -> None:
    steps = said_to_be(PARKED, "step: ")
    first, second = new_id(), new_id()
    settings = CarePlanSettings
    async with service_bench("care_plan", care_plan_app.make, settings, admin_url=postgres_url, folder=tmp_path) as on:
        good, other = (on.record(example(ReferralAccepted), patient_stream(one)) for one in (first, second))
        await on.deliver(without_body(good), without_body(other))
        told = {
            "DATABASE_URL": on.service.core.database.dsn,
            "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
            "CAREBUS_CLOCK_FILE": str(tmp_path / "clock.json"),
        }
        (tmp_path / "mended.json").write_bytes(good.value or b"")

        def run(step: str, of: TestRecord, code: int = 0) -> str:
            command = steps[step].replace(".venv/bin/python", sys.executable).replace("patient/6a0f...", stream(of))
            command = command.replace("01890a5d...", header(of, "ce_id"))
            return do(ROOT, command.replace("mended.json", str(tmp_path / "mended.json")), code=code, **told)

        listed = run("list", good, code=1)
        assert listed.count("the record has no body (tombstone)") == 2
        assert listed.count("invalid_body") == 2
        assert "invalid_body" in run("show", good)
        assert "left: patient/" in run("retry", good, code=1)
        assert run("retry all", good, code=1).count("left: ") == 2
        assert "handled 1" in run("retry mended", good)
        assert "discarded 1" in run("discard", other)
        assert "nothing is parked" in run("list", good)
        acts = await rows(on, said_to_be(PARKED, "query: ")["acts"])
        assert [(row["act"], row["events"]) for row in acts] == [
            ("retry", 0),
            ("retry", 0),
            ("retry with mended body", 1),
            ("discard", 1),
        ]


def stream(record: TestRecord) -> str:
    return header(record, "ce_subject")


def header(record: TestRecord, name: str) -> str:
    return (dict(record.headers)[name] or b"").decode()


def visited(patient: UUID) -> TestRecord:
    return record("care_plan", example(VisitCompleted), patient)


def record(source: str, event: Event, patient: UUID) -> TestRecord:
    """The first event of this source about this patient."""
    envelope = Envelope(
        id=new_id(),
        source=source,
        type=event.type_name(),
        subject=patient_stream(patient),
        time=START,
        sequence=1,
        correlation_id=new_id(),
        causation_id=new_id(),
        actor="test",
    )
    key, body = str(patient).encode(), event.model_dump_json().encode()
    return TestRecord("patient.events", 0, 0, 0, key, body, tuple(envelope.headers()))


def without_body(record: TestRecord) -> TestRecord:
    return replace(record, value=None)


async def publish(bootstrap: str, prefix: str, records: list[TestRecord]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await producer.start()
    try:
        for r in records:
            await producer.send_and_wait(prefix + r.topic, r.value, key=r.key, headers=list(r.headers))
    finally:
        await producer.stop()


async def heard_of(port: int) -> list[dict[str, Any]]:
    try:
        async with httpx.AsyncClient(headers=people.bearer()) as http:
            return list((await http.get(f"http://127.0.0.1:{port}/api/cases")).json()["items"])
    except httpx.HTTPError:
        return []


async def until(look: Callable[[], Awaitable[list[dict[str, Any]]]]) -> list[dict[str, Any]]:
    deadline = time.monotonic() + PATIENCE_S
    while not (found := await look()) and time.monotonic() < deadline:
        await asyncio.sleep(0.2)
    return found


async def rows(on: Bench, query: str) -> list[Any]:
    async with on.service.core.database.connection() as db:
        return list(await db.fetch(query))


async def forget_database(admin_url: str, name: str) -> None:
    db = await asyncpg.connect(admin_url)
    try:
        await db.execute(f"drop database if exists {name} with (force)")
        await db.execute(f"drop role if exists {name}")
    finally:
        await db.close()
