"""Two releases of one service on one database: what each keeps of the other's, and when the older one is refused."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import httpx
import pytest

from carebus.cli import main
from carebus.contracts import EVENTS
from carebus.contracts.event import patient_stream
from carebus.contracts.referral import DeclineReason, ReferralDeclined
from carebus.ids import new_id
from carebus.settings import Settings
from carebus.storage.migrate import MigrationPhase, ReleaseTooOld, migrate
from carebus.subscribing.arrivals import read_record
from carebus.testing import START, Bench, bench
from tests.databases import at
from tests.docs.pages import ROOT, blocks
from tests.faults import chain
from tests.faults.checker import Kind, _told_later, check
from tests.faults.history import Effect, History, Kept, Told
from tests.faults.releases import RELEASES, later

POST = ["service/0003_post_filled.sql", "service/0004_post_tightened.sql"]
PAGE = ROOT / "docs" / "how-to" / "upgrade.md"


@pytest.fixture(autouse=True)
def events_of_this_release() -> Iterator[None]:
    """The later release makes its events known to its process, which here is everybody's."""
    before = dict(EVENTS)
    yield
    EVENTS.clear()
    EVENTS.update(before)


@pytest.fixture
async def url(postgres_url: str) -> AsyncIterator[str]:
    """An empty database."""
    name = f"r_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(postgres_url)
    await admin.execute(f"create database {name}")
    yield at(postgres_url, name)
    await admin.execute(f"drop database {name} with (force)")
    await admin.close()


@asynccontextmanager
async def release(name: str, url: str, tmp_path: Path, service: str = "asking") -> AsyncIterator[Bench]:
    """A service as this release has it; whatever goes wrong behind a request is answered, not raised."""
    clock = tmp_path / f"{name}.json"
    settings = Settings.model_validate(
        {"database_url": url, "kafka_bootstrap_servers": "127.0.0.1:1", "clock_file": clock, "database_connections": 4}
    )
    async with bench(lambda: RELEASES[name](service, settings), clock) as on:
        transport = httpx.ASGITransport(app=on.service.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as on.http:
            yield on


async def say(on: Bench, patient: UUID, key: str | None = None) -> httpx.Response:
    mark = str(uuid5(patient, key)) if key else str(new_id())
    return await on.command(f"/api/{patient}/say", {"mark": mark, "name": "x"}, key=key)


async def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    db = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await db.fetch(query)]
    finally:
        await db.close()


async def test_what_the_later_release_counts_is_kept_by_the_first_one(url: str, tmp_path: Path) -> None:
    await migrate(url, later.MIGRATIONS, MigrationPhase.PRE)
    patient = new_id()
    async with release("first", url, tmp_path) as first, release("later", url, tmp_path) as second:
        for on in (first, second, first, second, first):
            assert (await say(on, patient)).status_code == 201
    assert await rows(url, "select doc->>'counted', jsonb_array_length(doc->'entries') from said") == [("2", 5)]
    told = "select convert_from(body, 'utf8')::jsonb->>'nth' from outbox where type like '%Counted' order by sequence"
    assert await rows(url, told) == [("1",), ("2",)]


@pytest.mark.parametrize("order", [("first", "later"), ("later", "first")])
async def test_a_command_that_the_other_release_took_is_answered_as_before(
    url: str, tmp_path: Path, order: tuple[str, str]
) -> None:
    await migrate(url, later.MIGRATIONS, MigrationPhase.PRE)
    patient = new_id()
    async with release(order[0], url, tmp_path) as one, release(order[1], url, tmp_path) as other:
        answers = [await say(on, patient, key="k") for on in (one, other)]
    assert [(answer.status_code, answer.json()) for answer in answers] == [(201, {"position": 1})] * 2
    assert await rows(url, "select count(*) from effect") == [(1,)]


async def test_releases_that_migrate_at_once_apply_each_migration_once(url: str) -> None:
    applied = await asyncio.gather(
        *(migrate(url, chain.MIGRATIONS) for _ in range(3)),
        *(migrate(url, later.MIGRATIONS, MigrationPhase.PRE) for _ in range(3)),
    )
    names = [name for each in applied for name in each]
    assert sorted(names) == sorted(set(names))
    assert {"service/0001_pre_chain.sql", "service/0002_pre_grown.sql"} <= set(names)
    assert await migrate(url, later.MIGRATIONS, MigrationPhase.PRE) == []


async def test_the_first_release_is_refused_after_post_and_taken_again_once_it_is_given_back(
    url: str, tmp_path: Path
) -> None:
    await migrate(url, later.MIGRATIONS, MigrationPhase.PRE)
    assert await migrate(url, chain.MIGRATIONS) == []
    assert await migrate(url, later.MIGRATIONS, MigrationPhase.POST) == POST
    with pytest.raises(ReleaseTooOld):
        await migrate(url, chain.MIGRATIONS, MigrationPhase.PRE)
    db = await asyncpg.connect(url)
    await db.execute(later.GIVEN_BACK.read_text())
    await db.close()
    assert await migrate(url, chain.MIGRATIONS) == []
    async with release("first", url, tmp_path) as first:
        assert (await say(first, new_id())).status_code == 201
    assert await migrate(url, later.MIGRATIONS) == POST
    assert await rows(url, "select told_by from effect") == [("first",)]


def test_the_commands_say_what_they_applied_and_refuse_a_release_that_is_too_old(
    url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `docs/how-to/upgrade.md` has them."""
    monkeypatch.setenv("DATABASE_URL", url)
    commands = [block.text for block in blocks(PAGE) if block.said.endswith("refuse_a_release_that_is_too_old")]
    pre, post = (text.partition("-m carebus ")[2].split() for text in commands)
    assert (pre[-1], post[-1]) == ("pre", "post")

    def run(command: list[str], release: str) -> tuple[int, str]:
        code = main([release if word == "care_plan" else word for word in command])
        shown = capsys.readouterr()
        return code, shown.out.splitlines()[-1] if code == 0 else shown.err

    first, newer = chain.__name__, later.__name__
    assert run(pre, newer) == (0, "service/0002_pre_grown.sql")
    assert run(pre, first) == (0, "nothing to apply")
    assert run(post, newer) == (0, POST[-1])
    code, said = run(pre, first)
    assert (code, f"{POST[0]} of a later release" in said) == (3, True)


async def test_whoever_starts_the_first_release_after_post_all_the_same_loses_nothing(url: str, tmp_path: Path) -> None:
    """Its commands are refused and leave nothing; its events wait in custody for the later release."""
    await migrate(url, later.MIGRATIONS)
    patient = new_id()
    event = ReferralDeclined(referral_id=new_id(), reason=DeclineReason.OTHER, declined_at=START)
    async with release("first", url, tmp_path) as first, release("later", url, tmp_path) as second:
        refused = await say(first, patient, key="k")
        assert (refused.status_code, await rows(url, "select key from command")) == (500, [])
        await hears_singly(first, patient, event)
        assert await rows(url, "select reason from parked_event") == [("database_refused",)]
        assert (await say(second, patient, key="k")).status_code == 201
        assert (await second.service.redrive.stream(patient_stream(patient))).handled == 1
    entries = await rows(url, "select log, entry from effect order by log")
    assert entries == [("heard", f"said {event.referral_id}"), ("said", str(uuid5(patient, "k")))]


async def test_an_event_of_a_state_that_the_first_release_cannot_read_is_parked_and_the_state_stays_unharmed(
    url: str, tmp_path: Path
) -> None:
    """A field with values of a new kind, as nobody should write before everyone can read it."""
    await migrate(url, later.MIGRATIONS, MigrationPhase.PRE)
    patient = new_id()
    event = ReferralDeclined(referral_id=new_id(), reason=DeclineReason.OTHER, declined_at=START)
    kept = [(str(patient_stream(patient)), '{"entries": 7}')]
    async with release("first", url, tmp_path) as first:
        for table in ("said", "heard"):
            await rows(url, f"insert into {table} values ('{kept[0][0]}', '{kept[0][1]}')")
        assert (await say(first, patient)).status_code == 500
        await hears_singly(first, patient, event)
    assert await rows(url, "select stream, doc::text from said") == await rows(
        url, "select stream, doc::text from heard"
    )
    assert await rows(url, "select stream, doc::text from heard") == kept
    assert await rows(url, "select reason from parked_event") == [("decision_failed",)]


async def hears_singly(on: Bench, patient: UUID, event: ReferralDeclined) -> None:
    """As the subscriber does when the batch failed."""
    arrival = read_record(on.record(event, patient_stream(patient)))
    async with on.service.core.database.transaction() as db:
        await on.service.batch.apply_in_halves(db, [arrival], on.now(), {(arrival.topic, arrival.partition)})


def rolled_history() -> History:
    """One patient whose two commands the later release took, and who was heard by both services."""
    patient = "patient/a"
    told = [Told(patient, n, f"e{n}", f"m{n}", nth=n) for n in (1, 2)]
    kept = Kept(
        heard={patient: [Effect("counted m1"), Effect("counted m2")]},
        told_later=told,
        counted={"said": {patient: 2}, "heard": {patient: 2}},
    )
    reader = Kept(heard={patient: [Effect("counted m1"), Effect("counted m2")]}, counted={"heard": {patient: 2}})
    return History(asking=kept, echo=reader)


def only(history: History) -> set[Kind]:
    """What is wrong with what only the later release tells and keeps."""
    return {violation.kind for violation in _told_later(history)}


def test_the_checker_finds_nothing_wrong_where_the_first_release_passed_over_an_event() -> None:
    history = rolled_history()
    assert only(history) == set()
    history.echo.heard["patient/a"].pop()
    history.echo.counted["heard"]["patient/a"] = 1
    assert only(history) == set()


@pytest.mark.parametrize(
    ("forge", "kind"),
    [
        (lambda h: h.asking.counted["said"].update({"patient/a": 1}), Kind.LOST),
        (lambda h: h.echo.counted["heard"].update({"patient/a": 1}), Kind.LOST),
        (lambda h: h.asking.told_later.pop(0), Kind.LOST),
        (lambda h: h.echo.heard["patient/a"].reverse(), Kind.OUT_OF_ORDER),
        (lambda h: h.echo.heard["patient/a"].append(Effect("counted m1")), Kind.DUPLICATED),
        (lambda h: h.echo.heard["patient/a"].append(Effect("counted m9")), Kind.GHOST),
    ],
)
def test_the_checker_sees_what_is_wrong_between_releases(forge: Callable[[History], Any], kind: Kind) -> None:
    history = rolled_history()
    forge(history)
    assert kind in only(history)
    assert kind in {violation.kind for violation in check(history)}
