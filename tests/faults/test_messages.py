"""No family gets a second message for an event that came again; a death after the server's yes repeats the first."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from deploy.local.embedded import Postgres
from deploy.local.inbox import Inbox
from deploy.local.options import SERVICES
from tests.databases import at, fresh_database, migrations_of
from tests.faults.breaking import deliveries
from tests.faults.checker import Kind
from tests.faults.families import CANARY, Families, ends_of, families, nudge
from tests.faults.results import Result
from tests.runner import Runner
from tests.servers import server_folder

SEED = int(os.environ.get("SEED", "1"))
TOPICS = ("patient.events", "roster.events", "call.events")
Tell = Callable[[Result], Result]


async def test_families_get_each_message_once_whatever_is_delivered_again(
    postgres_url: str, kafka_bootstrap: str, topic_prefix: str, tmp_path: Path, told: Tell
) -> None:
    dice = random.Random(SEED)
    async with (
        fresh_database(postgres_url, "notifications", migrations_of("notifications")) as url,
        families(url, kafka_bootstrap, topic_prefix, tmp_path, dice) as with_mail,
    ):
        with_mail.start()
        await with_mail.begun()
        due = sum([await with_mail.tell(a_patient(dice), dice.randint(1, 5)) for _ in range(10)])
        more = await with_mail.republish(4)
        await with_mail.at_rest(due)
        again = 0
        for by in (20, 60, deliveries.WHOLE):
            again += await deliveries.back(url, by)
            await nudge(kafka_bootstrap, [with_mail.topic])
            await with_mail.at_rest(due)
        with_mail.kill()
        again += await deliveries.back(url)
        with_mail.start("the_group_is_another")
        await nudge(kafka_bootstrap, [with_mail.topic])
        await with_mail.at_rest(due)
        injected = {"records more": more, "records read again": again, "whole topic into a new group": 1}
        result = told(await judged(with_mail, "families: all delivered again", injected, due))
    assert result.clean, result
    assert result.seen["repeats of messages"] == 0


@pytest.mark.parametrize("deaths", [1, pytest.param(8, marks=pytest.mark.faults)])
async def test_each_death_after_the_servers_yes_repeats_the_same_messages_and_no_other(
    deaths: int, postgres_url: str, kafka_bootstrap: str, topic_prefix: str, tmp_path: Path, told: Tell
) -> None:
    dice, in_hand = random.Random(SEED), 0
    async with (
        fresh_database(postgres_url, "notifications", migrations_of("notifications")) as url,
        families(url, kafka_bootstrap, topic_prefix, tmp_path, dice) as with_mail,
    ):
        gate, due = Gate(with_mail, url), 0
        with_mail.start()
        await with_mail.begun()
        for _ in range(deaths):
            await gate.close()
            due += await with_mail.tell(a_patient(dice))
            in_hand += await gate.until_one_waits_for_its_record()
            with_mail.kill()
            await gate.open()
            with_mail.start()
            await with_mail.at_rest(due)
        injected = {"mail worker killed between yes and record": deaths}
        result = told(await judged(with_mail, "families: killed after the mail server's yes", injected, due))
    assert result.clean, result
    assert result.seen["repeats of messages"] == in_hand >= deaths


def a_patient(dice: random.Random) -> UUID:
    return UUID(int=dice.getrandbits(128), version=4)


class Gate:
    """Lets nothing be told as sent while it is closed: the row waits for a lock that it holds."""

    def __init__(self, with_mail: Families, url: str) -> None:
        self._mail = with_mail.mail
        self._url = url
        self._taken = 0
        self._lock: Any = None

    async def close(self) -> None:
        """From now on nothing can be told as sent."""
        self._taken = len(self._mail.taken)
        self._lock = await asyncpg.connect(self._url)
        await self._lock.execute(
            "create or replace function wait_here() returns trigger language plpgsql as $$"
            " begin perform pg_advisory_xact_lock(4711); return new; end $$;"
            " create or replace trigger wait_here before insert on outbox for each row"
            " when (new.type like '%NotificationSent') execute function wait_here();"
            " select pg_advisory_lock(4711)"
        )

    async def until_one_waits_for_its_record(self) -> int:
        """How many messages the mail server has taken that are not recorded, once a record waits at the gate."""
        async with asyncio.timeout(60):
            while not await self._lock.fetchval(
                "select count(*) from pg_locks where locktype = 'advisory' and objid = 4711 and not granted"
            ):
                await asyncio.sleep(0.05)
        return len(self._mail.taken) - self._taken

    async def open(self) -> None:
        """Whoever waits may go on; the killed one's connection is ended first, as its host would."""
        await self._lock.execute(
            "select pg_terminate_backend(pid) from pg_locks"
            " where locktype = 'advisory' and objid = 4711 and not granted"
        )
        await self._lock.close()


async def judged(with_mail: Families, name: str, injected: dict[str, int], due: int) -> Result:
    """The line of the report: what was asked for against what the mail server took, by Message-ID."""
    db = await asyncpg.connect(with_mail.url)
    asked = {row["id"] for row in await db.fetch("select notification_id::text as id from dispatch")}
    sent = Counter(
        row["id"]
        for row in await db.fetch(
            "select convert_from(body, 'utf8')::json ->> 'notification_id' as id from outbox"
            " where type like '%NotificationSent'"
        )
    )
    parked = await db.fetchval("select count(*) from parked_event")
    await db.close()
    taken = Counter(str(mail["Message-ID"]).strip("<>").partition("@")[0] for mail in with_mail.mail.taken)
    shown = sum(CANARY in log.read_text() for log in with_mail.logs.glob("*.out"))
    counts = {
        Kind.LOST.value: len(asked - taken.keys()) + len(asked - sent.keys()) + (due - len(asked)) + parked,
        Kind.DUPLICATED.value: sum(sent.values()) - len(sent) + max(0, len(asked) - due),
        Kind.GHOST.value: len(taken.keys() - asked),
        Kind.SHOWN.value: shown,
    }
    return line(name, injected, due, counts, taken)


def line(name: str, injected: dict[str, int], due: int, counts: dict[str, int], taken: Counter[str]) -> Result:
    """A result with the columns that apply to messages."""
    return Result(
        fault=name,
        seed=SEED,
        injected=injected,
        commands=due,
        acked=due,
        acked_meanwhile=0,
        counts=counts,
        fenced=0,
        repeated_records=0,
        refused={},
        recovery_s={},
        rested=True,
        first_violations=[],
        seen={
            "messages taken": taken.total(),
            "distinct Message-IDs": len(taken),
            "repeats of messages": taken.total() - len(taken),
        },
    )


@pytest.mark.faults
async def test_the_sample_with_every_event_delivered_again_and_a_full_replay_sends_no_second_message(
    told: Tell,
) -> None:
    with server_folder() as data:
        runner = Runner(data)
        runner.start(DAY="0.5", SUMMARY=str(data / "summary.json"))
        try:
            await asyncio.to_thread(runner.until_told, "Carebus is up")
            bootstrap = f"127.0.0.1:{runner.ports['kafka']}"
            again = deliveries.Republisher(bootstrap, TOPICS, random.Random(SEED))
            task = asyncio.create_task(again.run())
            await asyncio.to_thread(runner.until_told, "Logs ")
            task.cancel()
            await asyncio.wait([task])
            admin = Postgres(data / "postgres", runner.ports["postgres"]).url
            urls = [at(admin, f"carebus_{service}") for service in SERVICES]
            before = await standing(urls, bootstrap, data)
            read_again = sum([await deliveries.back(url) for url in urls])
            await nudge(bootstrap, TOPICS)
            after = await standing(urls, bootstrap, data)
        finally:
            runner.process.terminate()
            await asyncio.to_thread(runner.ended)
    assert again.written > 1000
    assert read_again > 1000
    taken = after["mail"]
    counts = {Kind.DUPLICATED.value: int(before != after)}
    injected = {"records more": again.written, "records read again": read_again}
    due = after["sent"]
    result = told(line("sample: all delivered again, then replayed", injected, due, counts, taken))
    assert before == after
    assert result.seen["repeats of messages"] == 0
    assert result.seen["distinct Message-IDs"] == due


async def standing(urls: list[str], bootstrap: str, data: Path) -> dict[str, Any]:
    """What there is, once every service has read all there is and has nothing to send."""
    ends = await ends_of(bootstrap, TOPICS)
    found: dict[str, Any] = {"told": [], "parked": 0}
    for url in urls:
        db = await asyncpg.connect(url)
        async with asyncio.timeout(120):
            while not await _all_read(db, ends):
                await asyncio.sleep(0.3)
        found["told"].append(await db.fetchval("select count(*) from outbox"))
        found["parked"] += await db.fetchval("select count(*) from parked_event")
        if "notifications" in url:
            found["sent"] = await db.fetchval("select count(*) from outbox where type like '%NotificationSent'")
            assert not await db.fetchval("select count(*) from dispatch where status = 'queued'")
        await db.close()
    found["mail"] = Counter(header.message_id for header in Inbox(data / "inbox").headers())
    return found


async def _all_read(db: Any, ends: dict[str, int]) -> bool:
    rows = await db.fetch("select topic || partition as part, next_offset from consumer_offset")
    pending = await db.fetchval("select count(*) from outbox_pending")
    return not pending and all(row["next_offset"] >= ends[row["part"]] for row in rows)
