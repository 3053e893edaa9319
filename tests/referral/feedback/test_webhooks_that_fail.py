"""Webhooks whose receiver is slow, away, gone or dead, and a worker that is killed in the middle of a call."""

from __future__ import annotations

from pathlib import Path

import pytest

from carebus.testing import Bench
from services.referral.domain.organizations.names import organization_of
from tests.referral.following import following, referred
from tests.referral.hooks import ELM, FAST, all_taken, calling, listed, refers, registered, until, worker_process
from tests.referral.receiver import Receiver, receiver
from tests.referral.samples import named


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


async def test_a_receiver_that_takes_its_time_delays_nobody_elses(
    office: Bench, hook: Receiver, tmp_path: Path
) -> None:
    await registered(office, hook)
    hook.order(204, delay=1.5)
    other = {"organization": "Another Practice", "kind": "provider", "phone": "508-580-2731"}
    await referred(office, **named("First", referrer=other))
    await office.passes(seconds=1)
    with receiver(tmp_path / "quick") as quick:
        asked = {"url": quick.url}
        answer = await office.command(f"/api/organizations/{organization_of('Another Practice')}/webhooks", asked)
        quick.trust(answer.json()["secret"])
        for n in range(25):
            await referred(office, **named(f"Quick{n}", referrer=other))
        await refers(office, "Slow")
        async with calling(office):
            await all_taken(quick, 25)
            assert hook.taken == []


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
        await refers(office, "Una")
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
