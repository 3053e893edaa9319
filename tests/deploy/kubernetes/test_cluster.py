"""All services from the chart in real pods: what operators do and what befalls them under load; nothing is lost."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import asyncpg
import httpx
import pytest

from carebus.storage.migrate import ReleaseTooOld
from carebus.testing.people import Signing
from deploy.kubernetes import building, images, keda, needs
from deploy.kubernetes.plane import CommandFailed
from deploy.kubernetes.topics import services
from deploy.local.commands import Commands
from deploy.local.front_office import FrontOffice
from deploy.local.progress import Progress
from deploy.local.synthea import Sample
from tests.deploy.kubernetes.conftest import or_skipped
from tests.deploy.kubernetes.real import SPACE, Load, Release, nothing_lost_or_twice, release, with_migrations
from tests.deploy.local.expected import expected

pytestmark = pytest.mark.cluster

EACH_SECOND = 4
SETTLE_S = 5.0


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Release]:
    """The release, and at the end its figures on the screen."""
    with or_skipped():
        needs.require(needs.CLUSTER, build=False)
        for service in services():
            images.build(service)
            with_migrations(service, tmp_path_factory.mktemp(service))
    with release(("dev", "next")) as made:
        yield made
        print(json.dumps(made.figures, indent=1))
        if told := os.environ.get("FIGURES"):
            with open(told, "w") as file:  # noqa: PTH123
                json.dump(made.figures, file, indent=1)


def loaded(running: Release) -> Load:
    return Load(running.address("referral"), EACH_SECOND)


async def test_pods_have_no_rights_and_nothing_to_write_on(running: Release) -> None:
    for service in services():
        pod = running.pods(service)[0]["metadata"]["name"]
        status = running.plane.kubectl("exec", "-n", SPACE, pod, "--", "cat", "/proc/1/status")
        told = dict(line.split(":", 1) for line in status.splitlines())
        assert told["Uid"].split()[0] == "10001"
        assert (int(told["CapEff"], 16), told["NoNewPrivs"].strip(), told["Seccomp"].strip()) == (0, "1", "2")
        assert not running.plane.answers("exec", "-n", SPACE, pod, "--", "touch", "/app/x")
        assert running.plane.answers("exec", "-n", SPACE, pod, "--", "touch", "/tmp/x")


def test_helm_test_passes_when_all_are_ready_and_fails_when_one_is_not(running: Release) -> None:
    with without_pods(running, "outcomes"), pytest.raises(CommandFailed, match="outcomes-test-ready failed"):
        helm_test(running)
    why = running.plane.kubectl("logs", "-n", SPACE, "outcomes-test-ready")
    assert "Connection refused" in why, "its name is known, nobody answers"
    began = time.monotonic()
    helm_test(running)
    running.figures["helm test s"] = round(time.monotonic() - began, 1)
    assert asked(running) == {f"{service.replace('_', '-')}-test-ready": "Succeeded" for service in services()}


def helm_test(running: Release) -> None:
    running.plane.helm("test", "carebus", "-n", SPACE, "--timeout", "120s")


def asked(running: Release) -> dict[str, str]:
    """What the pods of the last `helm test` came to."""
    hooks = json.loads(running.plane.helm("status", "carebus", "-n", SPACE, "-o", "json"))["hooks"]
    return {hook["name"]: hook["last_run"]["phase"] for hook in hooks if "test" in hook["events"]}


@contextmanager
def without_pods(running: Release, service: str) -> Iterator[None]:
    """A service that nobody answers for while this lasts."""
    scale = ("scale", f"deployment/{service}", "-n", SPACE)
    replicas = len(running.pods(service))
    running.plane.kubectl(*scale, "--replicas=0")
    gone = ("--for=delete", "pod", "-l", f"app.kubernetes.io/name={service}", "--timeout=60s")
    try:
        running.plane.kubectl("wait", "-n", SPACE, *gone)
        running.plane.wait(lambda: not ready(running, service), "nobody answers")
        yield
    finally:
        running.plane.kubectl(*scale, f"--replicas={replicas}")
        running.rolled_out()
        running.plane.wait(lambda: ready(running, service), "it answers again")


def ready(running: Release, service: str) -> bool:
    try:
        return httpx.get(f"{running.operators(service)}/health/ready", timeout=5, trust_env=False).is_success
    except httpx.TransportError:
        return False


async def test_the_sample_comes_to_what_its_files_say(running: Release) -> None:
    bases = {service: running.address(service) for service in services()}
    async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
        progress = Progress()
        patients = Sample().patients()
        front_office = FrontOffice(20260302, patients, Commands(client, bases, progress, Signing()), progress, {})
        began = time.monotonic()
        await front_office.feed()
        await front_office.triage()
        told = expected()
        wanted = (told.accepted, told.accepted, sum(told.declined.values()))
        deadline = time.monotonic() + 180
        while (counts := await counted(running)) != wanted and time.monotonic() < deadline:
            await asyncio.sleep(1)
        running.figures["sample"] = {"referrals": len(patients), "seconds": round(time.monotonic() - began, 1)}
    assert counts == wanted


async def counted(running: Release) -> tuple[int, int, int]:
    """Accepted, with a care team, declined: as outcomes counts them."""
    db = await asyncpg.connect(running.urls["outcomes"])
    try:
        row = await db.fetchrow(
            "select count(*) filter (where accepted), count(*) filter (where team_assigned),"
            " count(*) filter (where decline_reason is not null) from journey"
        )
    finally:
        await db.close()
    assert row is not None
    return tuple(row)


async def test_a_rolling_restart_under_load_fails_no_request(running: Release) -> None:
    with loaded(running) as load:
        time.sleep(SETTLE_S)
        began = time.monotonic()
        running.plane.kubectl("rollout", "restart", "deployment", "-n", SPACE)
        running.rolled_out()
        took = time.monotonic() - began
        time.sleep(SETTLE_S)
    running.figures["rolling restart"] = {"seconds": round(took, 1), **load.told()}
    assert load.first_tries_failed == 0
    await nothing_lost_or_twice(running, load)


@pytest.fixture(scope="module")
def upgraded(running: Release) -> Load:
    """What was sent while the release was upgraded, from where there is no way back; once, whoever asks first."""
    assert running.tag == "dev"
    with loaded(running) as load:
        time.sleep(SETTLE_S)
        took = running.upgrade("next")
        time.sleep(SETTLE_S)
    running.figures["rolling upgrade"] = {"seconds": round(took, 1), **load.told()}
    return load


async def test_a_rolling_upgrade_with_migrations_under_load_fails_no_request(running: Release, upgraded: Load) -> None:
    assert upgraded.first_tries_failed == 0
    for service, url in running.urls.items():
        db = await asyncpg.connect(url)
        found = await db.fetchval("select count(*) from schema_migration where name like '%9999%'")
        await db.close()
        assert found == 2, service
    await nothing_lost_or_twice(running, upgraded)


@pytest.mark.usefixtures("upgraded")
async def test_a_release_too_old_for_its_databases_is_not_rolled_back_to(running: Release) -> None:
    """Helm is left in the middle of it, and goes on from the release that serves."""
    before = generations(running)
    back = ("rollback", "carebus", "-n", SPACE, "--wait", "--timeout", "300s")
    with loaded(running) as load:
        began = time.monotonic()
        with pytest.raises(CommandFailed, match="care-plan-migrate-pre"):
            running.plane.helm(*back, "1")
        running.figures["refused to go back"] = {"seconds": round(time.monotonic() - began, 1)}
        why = running.plane.kubectl("logs", "-n", SPACE, "job/care-plan-migrate-pre")
        assert str(ReleaseTooOld(name="service/9999_post_trial.sql")) in why
        with pytest.raises(CommandFailed, match="another operation"):
            running.upgrade("next")
        running.plane.helm(*back, running.serving())
        running.upgrade("next")
    running.figures["refused to go back"] |= load.told()
    assert generations(running) == before
    assert load.first_tries_failed == 0
    await nothing_lost_or_twice(running, load)


def generations(running: Release) -> set[tuple[str, int]]:
    """The pods by their ids, and how often the program of each was begun."""
    return {(pod["metadata"]["uid"], restarts(pod)) for pod in running.pods()}


async def test_kill_9_of_every_pod_under_load_loses_nothing(running: Release) -> None:
    killed = 0
    with loaded(running) as load:
        for service in services():
            for pod in running.pods(service):
                time.sleep(2)
                os.kill(running.process(pod), signal.SIGKILL)
                killed += 1
            running.rolled_out()
        time.sleep(SETTLE_S)
    running.figures["kill -9"] = {"pods": killed, **load.told()}
    assert killed >= 2 * len(services())
    await nothing_lost_or_twice(running, load)


async def test_commands_are_taken_while_the_broker_is_gone(running: Release) -> None:
    with loaded(running) as load:
        time.sleep(SETTLE_S)
        running.pair.kafka.kill()
        time.sleep(2 * SETTLE_S)
        running.pair.kafka.start()
        time.sleep(SETTLE_S)
    running.figures["broker killed"] = load.told()
    assert load.first_tries_failed == 0
    await nothing_lost_or_twice(running, load)


async def test_a_frozen_program_is_found_by_liveness_and_begun_anew(running: Release) -> None:
    (pod, *_) = running.pods("care_plan")
    name, before = pod["metadata"]["name"], restarts(pod)
    os.kill(running.process(pod), signal.SIGSTOP)
    with loaded(running) as load:
        took = running.plane.wait(
            lambda: restarts(running.plane.read("pod", name, "-n", SPACE)) > before, "it is begun again", 240
        )
    running.figures["frozen"] = {"seconds": round(took, 1), **load.told()}
    running.rolled_out()
    await nothing_lost_or_twice(running, load)


def restarts(pod: dict[str, dict[str, list[dict[str, int]]]]) -> int:
    return pod["status"]["containerStatuses"][0]["restartCount"]


MOST = 4
BY_LAG = {"kind": "keda", "minReplicas": 1, "maxReplicas": MOST, "lagThreshold": 40, "stabilizationSeconds": 5}


async def test_lag_brings_pods_and_its_end_takes_them_away_again(running: Release) -> None:
    """A database that stands still lets the lag of outcomes grow; everything goes on where it was."""
    with or_skipped():
        building.require(("keda-operator", "keda-adapter"), print, build=False)
    keda.start_keda(running.plane)
    words = (f"services.outcomes.autoscaling.{name}={value}" for name, value in BY_LAG.items())
    running.upgrade(running.tag, *(each for word in words for each in ("--set", word)))
    running.plane.wait(lambda: len(running.pods("outcomes")) == 1, "one pod is enough for no lag", 120)
    with loaded(running) as load:
        async with standing_still(running.urls["outcomes"]):
            up = await asyncio.to_thread(
                running.plane.wait, lambda: len(running.pods("outcomes")) > 1, "lag brings pods", 120
            )
            await asyncio.sleep(SETTLE_S)
            most = len(running.pods("outcomes"))
    down = running.plane.wait(lambda: len(running.pods("outcomes")) == 1, "they go when nothing waits", 180)
    running.figures["scaled by lag"] = {
        "up s": round(up, 1),
        "pods": most,
        "down s": round(down, 1),
        **load.told(),
    }
    assert 1 < most <= MOST
    await nothing_lost_or_twice(running, load)
    running.upgrade(running.tag)


@asynccontextmanager
async def standing_still(url: str) -> AsyncIterator[None]:
    """Nobody can write an effect into this database while this lasts."""
    db = await asyncpg.connect(url)
    try:
        async with db.transaction():
            await db.execute("lock table stream in exclusive mode")
            yield
    finally:
        await db.close()
