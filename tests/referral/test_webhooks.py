"""Webhooks against a real receiver in a process of its own, which fails, is slow or gone, and hears everything."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.subscriptionstatus import SubscriptionStatus

from carebus.contracts.referral import ReferrerStatusChanged
from carebus.testing import Bench
from services.referral.channels.webhooks import call_webhooks
from services.referral.domain.organizations import organization_of
from tests.referral.following import REFERRER_SECRET, following, referred
from tests.referral.receiver import ROOT, Receiver, receiver
from tests.referral.samples import SECRETS, body

ELM = organization_of("Elm Street Cardiology")
FAST = {"webhook_private": True, "webhook_retry_seconds": 0.02, "webhook_timeout_seconds": 2.0}


@pytest.fixture
def hook(tmp_path: Path) -> Iterator[Receiver]:
    with receiver(tmp_path / "receiver") as one:
        yield one


@pytest.fixture
async def office(postgres_url: str, tmp_path: Path) -> AsyncIterator[Bench]:
    async with following(postgres_url, tmp_path, **FAST) as bench:
        yield bench


@asynccontextmanager
async def calling(bench: Bench) -> AsyncIterator[asyncio.Task[None]]:
    """The webhook worker at work."""
    stop = asyncio.Event()
    worker = asyncio.create_task(call_webhooks(bench.service.app.state.parts, stop))
    try:
        yield worker
    finally:
        stop.set()
        if not worker.cancelled():
            await asyncio.wait_for(worker, 20)


async def until(so: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await so():
            await asyncio.sleep(0.02)


async def registered(bench: Bench, hook: Receiver) -> dict[str, Any]:
    """The practice refers once, so that it is known, and registers its system."""
    await referred(bench)
    await bench.passes(seconds=1)
    answer = await bench.command(f"/api/organizations/{ELM}/webhooks", {"url": hook.url}, key="elm")
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    hook.trust(made["secret"])
    return made


async def all_taken(hook: Receiver, many: int) -> None:
    async def so() -> bool:
        return len(set(hook.taken)) >= many

    await until(so)


async def listed(bench: Bench) -> dict[str, Any]:
    (one,) = (await bench.http.get(f"/api/organizations/{ELM}/webhooks")).json()["items"]
    found: dict[str, Any] = one
    return found


async def event_ids(bench: Bench) -> set[str]:
    """The ids of the events that webhooks are to tell of."""
    async with bench.service.core.database.connection() as db:
        rows = await db.fetch(
            "select headers::json->>'ce_id' as id from outbox where type = $1 order by id",
            ReferrerStatusChanged.type_name(),
        )
    return {row["id"] for row in rows}


async def test_a_change_is_told_by_a_signed_call_that_names_nobody(office: Bench, hook: Receiver) -> None:
    made = await registered(office, hook)
    told = await referred(office)
    async with calling(office):
        await all_taken(hook, 1)
    (call,) = hook.calls
    assert call["genuine"]
    assert call["id"] in await event_ids(office)
    assert call["kind"] == "application/fhir+json"
    Bundle.model_validate_json(call["body"])
    first, second = json.loads(call["body"])["entry"]
    SubscriptionStatus.model_validate(first["resource"])
    (event,) = first["resource"]["notificationEvent"]
    assert event["focus"]["reference"].endswith(f"/fhir/Task/{told['referral_id']}")
    assert second["fullUrl"] == event["focus"]["reference"]
    assert "resource" not in second
    assert event["eventNumber"] == first["resource"]["eventsSinceSubscriptionStart"] == "1"
    assert not any(secret in call["body"] for secret in (*SECRETS, "Elm Street", "osei", told["patient_id"]))
    assert made["secret"].startswith("whsec_")
    assert "secret" not in await listed(office)


async def test_the_same_key_registers_one_webhook(office: Bench, hook: Receiver) -> None:
    assert await registered(office, hook) == await registered(office, hook)
    assert (await listed(office))["url"] == hook.url


async def test_only_changes_after_it_was_registered_and_of_its_own_organization_are_told(
    office: Bench, hook: Receiver
) -> None:
    await registered(office, hook)
    other = await office.command("/api/referrals", body())
    await office.command("/api/referrals", body(referrer={"organization": "Another Practice", "phone": "508-580-2730"}))
    mine = await referred(office, referrer={"organization": "ELM STREET Cardiology, LLC", "phone": "508-580-2730"})
    async with calling(office):
        await all_taken(hook, 2)
    focus = {json.loads(call["body"])["entry"][1]["fullUrl"].rpartition("/")[2] for call in hook.calls}
    assert focus == {other.json()["referral_id"], mine["referral_id"]}


@pytest.mark.parametrize("status", [500, 404, 302])
async def test_a_call_that_fails_is_repeated_with_the_same_id(office: Bench, hook: Receiver, status: int) -> None:
    await registered(office, hook)
    hook.order(status, times=3)
    await referred(office)
    async with calling(office):
        await all_taken(hook, 1)
    assert [call["status"] for call in hook.calls] == [status] * 3 + [204]
    assert len({(call["id"], call["body"]) for call in hook.calls}) == 1
    assert all(call["genuine"] for call in hook.calls)
    assert (await listed(office))["failures"] == 0


async def test_a_receiver_that_takes_too_long_is_called_again(
    postgres_url: str, tmp_path: Path, hook: Receiver
) -> None:
    async with following(postgres_url, tmp_path, **{**FAST, "webhook_timeout_seconds": 0.3}) as office:
        await registered(office, hook)
        hook.order(204, times=1, delay=1.0)
        await referred(office)
        async with calling(office):

            async def repeated() -> bool:
                return len(hook.taken) >= 2 and (await listed(office))["waiting"] == 0

            await until(repeated)
    assert len(set(hook.taken)) == 1, "the receiver can tell the repeat by its id"


async def test_a_receiver_that_is_away_is_waited_for(office: Bench, hook: Receiver) -> None:
    await registered(office, hook)
    async with office.service.core.database.connection() as db:
        await db.execute("update webhook set url = 'http://127.0.0.1:1/hook'")
    await referred(office)
    async with calling(office):

        async def tried_twice() -> bool:
            return int((await listed(office))["failures"]) >= 2

        await until(tried_twice)
        async with office.service.core.database.connection() as db:
            await db.execute("update webhook set url = $1", hook.url)
        await all_taken(hook, 1)


async def test_an_address_that_is_gone_is_called_no_more_until_somebody_says_so(office: Bench, hook: Receiver) -> None:
    made = await registered(office, hook)
    hook.order(410, times=1)
    await referred(office)
    async with calling(office):

        async def disabled() -> bool:
            return not (await listed(office))["active"]

        await until(disabled)
        await referred(office)
    assert (await listed(office))["disabled_because"] == "gone"
    assert len(hook.calls) == 1
    page = await office.http.get("/referrers", headers={"accept": "text/html"})
    assert "is no longer called" in page.text
    enabled = await office.command(f"/api/organizations/{ELM}/webhooks/{made['endpoint_id']}/enable", {})
    assert enabled.status_code == 200
    async with calling(office):
        await all_taken(hook, 1)
    assert (await listed(office))["active"]


async def test_an_address_that_is_dead_is_called_no_more(postgres_url: str, tmp_path: Path, hook: Receiver) -> None:
    more = {**FAST, "webhook_failures": 3, "webhook_dead_hours": 0}
    async with following(postgres_url, tmp_path, **more) as office:
        await registered(office, hook)
        hook.order(500)
        await referred(office)
        async with calling(office):

            async def disabled() -> bool:
                return not (await listed(office))["active"]

            await until(disabled)
        assert (await listed(office))["disabled_because"] == "failing"
        assert len(hook.calls) == 3


async def test_a_call_is_given_up_after_three_days(office: Bench, hook: Receiver) -> None:
    await registered(office, hook)
    hook.order(500)
    await referred(office)
    async with office.service.core.database.connection() as db:
        await db.execute("update delivery set queued_at = queued_at - interval '73 hours'")
    async with calling(office):

        async def lost() -> bool:
            return bool((await listed(office))["lost"] == 1)

        await until(lost)
    assert len(hook.calls) == 1


async def test_a_new_secret_signs_from_then_on(office: Bench, hook: Receiver) -> None:
    made = await registered(office, hook)
    rotated = (await office.command(f"/api/organizations/{ELM}/webhooks/{made['endpoint_id']}/rotate", {})).json()
    assert rotated["secret"] != made["secret"]
    await referred(office)
    async with calling(office):
        await all_taken(hook, 1)
    assert [call["genuine"] for call in hook.calls] == [False]
    hook.trust(rotated["secret"])
    await referred(office)
    async with calling(office):
        await all_taken(hook, 2)
    assert hook.calls[-1]["genuine"]


async def test_a_removed_webhook_is_not_called(office: Bench, hook: Receiver) -> None:
    made = await registered(office, hook)
    await referred(office)
    gone = f"/api/organizations/{ELM}/webhooks/{made['endpoint_id']}/remove"
    assert (await office.command(gone, {})).status_code == 200
    assert (await office.command(gone, {})).status_code == 404
    async with calling(office):
        await referred(office)
        await asyncio.sleep(0.3)
    assert hook.calls == []


@pytest.mark.parametrize(
    "url",
    [
        "http://systems.example.org/hook", "https://127.0.0.1/hook", "https://10.0.0.8/", "https://[::1]/",
        "https://[::ffff:10.0.0.8]/", "https://169.254.169.254/latest/meta-data", "https://localhost/",
        "https://metadata.internal/", "https://user:pass@systems.example.org/", "ftp://systems.example.org/",
        "https://systems.example.org/#x", "https://", "https://systems.example.org:99999/", "javascript:alert(1)",
        "https://100.64.0.1/", "https://[64:ff9b::7f00:1]/", "https://intranet/", "https://x.example/\nHost: y",
    ],
)  # fmt: skip
async def test_a_webhook_leads_to_public_servers_with_tls_only(postgres_url: str, tmp_path: Path, url: str) -> None:
    async with following(postgres_url, tmp_path) as office:
        await referred(office)
        answer = await office.command(f"/api/organizations/{ELM}/webhooks", {"url": url})
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["field"] == "url"


async def test_a_name_that_leads_to_a_private_address_is_not_called(
    postgres_url: str, tmp_path: Path, hook: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with following(postgres_url, tmp_path, webhook_retry_seconds=0.02) as office:
        await referred(office)
        await office.passes(seconds=1)
        asked = {"url": f"https://rebound.example.org:{hook.url.split(':')[2].partition('/')[0]}/hook"}
        assert (await office.command(f"/api/organizations/{ELM}/webhooks", asked)).status_code == 201
        await referred(office)

        async def rebound(*_: object, **__: object) -> list[Any]:
            return [(2, 1, 6, "", ("93.184.215.14", 443)), (2, 1, 6, "", ("127.0.0.1", 443))]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", rebound)
        async with calling(office):

            async def refused() -> bool:
                return int((await listed(office))["failures"]) >= 1

            await until(refused)
        async with office.service.core.database.connection() as db:
            assert await db.fetchval("select outcome from delivery") == "not_public"
    assert hook.calls == []


async def test_kill_9_in_the_middle_of_a_call_repeats_it_with_the_same_id(
    office: Bench, hook: Receiver, tmp_path: Path
) -> None:
    await registered(office, hook)
    hook.order(204, times=1, delay=1.5)
    told = await referred(office)
    with worker_process(office, tmp_path) as first:

        async def under_way() -> bool:
            return (hook.folder / "begun").exists()

        await until(under_way)
        first.kill()
        first.wait()
    with worker_process(office, tmp_path):

        async def recorded() -> bool:
            return len(hook.taken) == 2 and (await listed(office))["waiting"] == 0

        await until(recorded)
    assert len(set(hook.taken)) == 1
    assert all(told["referral_id"] in call["body"] and call["genuine"] for call in hook.calls)


@contextmanager
def worker_process(bench: Bench, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The service's own process with its webhook worker, on the bench's database."""
    given = {
        "DATABASE_URL": bench.service.core.settings.database_url,
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "CAREBUS_ROLE": "subscriber",
        "CAREBUS_PORT": "0",
        "CAREBUS_REFERRER_SECRET": REFERRER_SECRET,
        "CAREBUS_WEBHOOK_PRIVATE": "true",
        "CAREBUS_WEBHOOK_RETRY_SECONDS": "0.1",
        "CAREBUS_CLOCK_FILE": str(bench.clock_file),
    }
    with (folder / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.referral"], cwd=ROOT, env={**os.environ, **given}, stdout=log, stderr=log
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


async def test_an_organization_nobody_knows_gets_no_webhook(office: Bench) -> None:
    answer = await office.command(f"/api/organizations/{UUID(int=4)}/webhooks", {"url": "https://x.example.org/"})
    assert answer.status_code == 404


async def test_logs_of_calls_name_nobody_and_no_secret(
    office: Bench, hook: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    made = await registered(office, hook)
    hook.order(500, times=1)
    await referred(office)
    async with calling(office):
        await all_taken(hook, 1)
    said = "".join(capsys.readouterr())
    assert "webhook_round" in said
    assert not any(secret in said for secret in (*SECRETS, made["secret"], "osei"))
