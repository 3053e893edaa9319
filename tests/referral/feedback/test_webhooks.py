"""Webhooks against a real receiver in a process of its own, which fails, is slow or gone, and hears everything."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.subscriptionstatus import SubscriptionStatus

from carebus.contracts.referral import ReferrerStatusChanged
from carebus.testing import Bench
from services.referral.store.feedback.followed import FEEDBACK
from tests.referral import lists
from tests.referral.following import following, referred
from tests.referral.hooks import ELM, all_taken, calling, listed, refers, registered, until
from tests.referral.receiver import Receiver
from tests.referral.samples import SECRETS, named


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
    first = await refers(office, "Una")
    await referred(office, **named("Bertram", referrer={"organization": "Another Practice", "phone": "508-580-2730"}))
    written_so = {"organization": "ELM STREET Cardiology, LLC", "phone": "508-580-2730"}
    second = await referred(office, **named("Zeno", referrer=written_so))
    async with calling(office):
        await all_taken(hook, 2)
    focus = {json.loads(call["body"])["entry"][1]["fullUrl"].rpartition("/")[2] for call in hook.calls}
    assert focus == {first["referral_id"], second["referral_id"]}


async def test_a_new_secret_signs_from_then_on(office: Bench, hook: Receiver) -> None:
    made = await registered(office, hook)
    rotated = (await office.command(f"/api/organizations/{ELM}/webhooks/{made['endpoint_id']}/rotate", {})).json()
    assert rotated["secret"] != made["secret"]
    await referred(office)
    async with calling(office):
        await all_taken(hook, 1)
    assert [call["genuine"] for call in hook.calls] == [False]
    hook.trust(rotated["secret"])
    await refers(office, "Una")
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
        await refers(office, "Una")
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
        await refers(office, "Before")
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


async def test_what_was_delivered_long_ago_is_forgotten_and_what_was_given_up_is_not(
    office: Bench, hook: Receiver
) -> None:
    await registered(office, hook)
    for name in ("Old", "Lost", "New"):
        await refers(office, name)
    async with office.service.core.database.connection() as db:
        ids = [
            row["update_id"] for row in await db.fetch("select update_id from delivery order by changed_at, update_id")
        ]
        told = (
            "update delivery set outcome = $2, settled_at = clock_timestamp() - make_interval(days => $3)"
            " where update_id = $1"
        )
        for one, outcome, days in zip(ids, ("delivered", "given_up", "delivered"), (40, 40, 1), strict=True):
            await db.execute(told, one, outcome, days)
        async with calling(office):
            await until(lambda: only(office, set(ids[1:])))
    assert (await listed(office))["lost"] == 1


async def only(office: Bench, ids: set[UUID]) -> bool:
    async with office.service.core.database.connection() as db:
        return {row["update_id"] for row in await db.fetch("select update_id from delivery")} == ids


async def test_more_changes_of_one_person_at_once_than_ever_come_are_all_told_and_no_longer_kept(
    office: Bench, hook: Receiver
) -> None:
    await registered(office, hook)
    rows = [[*lists.member(1), f"R{n}"] for n in range(31)]
    for some in (rows[:1], rows[1:]):
        content = lists.lines(some, [*lists.HEADER, "Reference"])
        found = await lists.checked(office, content, plan="Elm Street Cardiology")
        assert (await lists.referred(office, found["upload_id"]))["done"] == len(some)
    async with office.service.core.database.connection() as db:
        queued = {str(row["update_id"]) for row in await db.fetch("select update_id from delivery")}
        streams = [row["stream"] for row in await db.fetch("select stream from feedback")]
        kept = (await FEEDBACK.load(db, streams)).values()
    told = await event_ids(office)
    assert len(told) > 30
    assert len(told - queued) == 1, "the one before it was registered"
    assert max(len(each.followed) for each in kept) > 20, "one person's"
    assert all(each.updates == () for each in kept)
