"""The simulated clinic against stand-in services: everyone gets through, through faults and interruptions, once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import httpx
import pytest

from deploy.local import commands, visiting
from deploy.local.cases import Stuck
from deploy.local.clinic import Clinic
from deploy.local.clock import SimulatedClock
from deploy.local.commands import CommandRefused, Commands, ServiceAway
from deploy.local.progress import Progress, Stage
from deploy.local.synthea import Sample
from deploy.local.watch import Watch
from tests.deploy.local.expected import expected
from tests.deploy.local.stand_in import ADDRESSES, StandIn

DAY_S = 0.05
SAMPLE = Sample()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr(commands, "LONGEST_PAUSE_S", 0.01)


@pytest.fixture
def clock(tmp_path: Path) -> SimulatedClock:
    return SimulatedClock(tmp_path / "clock.json", SAMPLE.opens_at)


@pytest.fixture
def services(clock: SimulatedClock) -> StandIn:
    return StandIn(clock)


@pytest.fixture
async def clinic(services: StandIn, clock: SimulatedClock) -> AsyncIterator[Clinic]:
    async with services.client() as client:
        yield clinic_at(client, clock)


class NobodyAsks:
    """Stands in for the provider: the services here let everybody in."""

    async def token(self, actor: str) -> str:
        return actor

    def account(self, subject: UUID) -> UUID:
        return subject


NOBODY_ASKS = NobodyAsks()


def clinic_at(client: httpx.AsyncClient, clock: SimulatedClock, patience: float = 20.0) -> Clinic:
    progress = Progress()
    given = Commands(client, ADDRESSES, progress, NOBODY_ASKS, patience)
    return Clinic(
        SAMPLE.patients(),
        given,
        clock,
        Watch(ADDRESSES, ADDRESSES, _client=client),
        progress,
        seed=5,
        day=DAY_S,
        patience=patience,
    )


async def test_everyone_accepted_gets_two_visits_and_the_counts_are_those_of_the_files(
    clinic: Clinic, services: StandIn
) -> None:
    await clinic.run()
    told, due = services.counts(), expected()
    assert (told["received"], told["accepted"], told["declined"]) == (due.received, due.accepted, due.declined)
    assert fewest_visits(services) >= 2
    assert clinic.progress.stage is Stage.DONE
    assert (clinic.progress.accepted, dict(clinic.progress.declined)) == (due.accepted, due.declined)
    assert clinic.progress.visits == told["visits_completed"]
    assert clinic.progress.timings("refer").count == due.received
    assert clinic.clock.speed == 1.0
    waits = ("proposals", "asked_back")
    assert not any(each[what] for each in services.referrals.values() for what in waits)
    left = sum(each["summed"] for each in services.referrals.values())
    assert 0 < left <= 5, "a few are left open on purpose"
    assert clinic.progress.timings("close").count == due.accepted - left
    assert clinic.progress.timings("take-over-change").count == 12
    assert clinic.progress.timings("turn-down-cancellation").count == 3


@pytest.mark.parametrize("there", [("referral",), ("referral", "care_plan"), ("outcomes",)])
async def test_with_fewer_services_the_clinic_plays_what_there_is_for_them(
    there: tuple[str, ...], services: StandIn, clock: SimulatedClock
) -> None:
    addresses = {name: ADDRESSES[name] for name in there}
    async with services.client() as client:
        clinic = clinic_at(client, clock)
        clinic.commands = Commands(client, addresses, clinic.progress, NOBODY_ASKS, 20.0)
        clinic.watch = Watch(addresses, addresses, _client=client)
        await clinic.run()
    told = services.counts()
    assert (told["received"] > 0) == ("referral" in there)
    assert (told["visits_completed"] > 0) == ("care_plan" in there)
    assert clinic.progress.stage is Stage.DONE


async def test_faults_on_the_way_in_and_out_double_and_lose_nothing(clinic: Clinic, services: StandIn) -> None:
    services.fault_rate, services.faults = 0.1, Random(3)
    await clinic.run()
    told, due = services.counts(), expected()
    assert (told["received"], told["accepted"], told["declined"]) == (due.received, due.accepted, due.declined)
    assert fewest_visits(services) >= 2
    assert clinic.progress.retries > 20
    assert max(services.keys.values()) > 1


@pytest.mark.parametrize("posts", [5, 60, 250, 400])
async def test_an_interrupted_run_is_taken_up_where_it_stopped(
    posts: int, services: StandIn, clock: SimulatedClock
) -> None:
    left = posts

    def interrupt(request: httpx.Request) -> None:
        nonlocal left
        left -= request.method == "POST"
        if left < 0:
            raise KeyError("the run ends here")

    services.before = interrupt
    async with services.client() as client:
        with pytest.raises(KeyError):
            await clinic_at(client, clock).run()
        services.before = lambda request: None
        again = clinic_at(client, clock)
        await again.run()
    told, due = services.counts(), expected()
    assert (told["received"], told["accepted"], told["declined"]) == (due.received, due.accepted, due.declined)
    assert fewest_visits(services) >= 2
    assert (again.progress.accepted, again.progress.visits) == (due.accepted, told["visits_completed"])


async def test_a_finished_run_started_again_does_nothing_more(clinic: Clinic, services: StandIn) -> None:
    await clinic.run()
    before, applied = services.counts(), len(services.answers)
    again = clinic_at(clinic.commands._client, clinic.clock)
    await again.run()
    assert (services.counts(), len(services.answers)) == (before, applied)


async def test_what_somebody_entered_in_the_pages_is_left_to_them(clinic: Clinic, services: StandIn) -> None:
    theirs = services.receive(SAMPLE.patients()[0].referral())
    await clinic.run()
    assert services.referrals[theirs["referral_id"]]["status"] == "triage"


async def test_what_somebody_decided_or_visited_meanwhile_is_no_failure(clinic: Clinic, services: StandIn) -> None:
    await clinic.feed()
    first, second = list(services.referrals.values())[:2]
    services._decide(first, "decline", {"reason": "patient_declined"})
    services._decide(second, "accept", {})
    await clinic.triage()
    assert clinic.progress.declined["patient_declined"] == 1
    clinic.clock.play(DAY_S)
    while not services._due(clinic.clock.now()):
        await asyncio.sleep(DAY_S)
    visit = services.visits[services._due(clinic.clock.now())[0]["visit_id"]]
    services._complete(visit, {"assessments": {"phase": "stable"}})
    await clinic.visits()
    assert fewest_visits(services) >= 2


async def test_who_never_gets_a_visit_is_named_by_id_and_nothing_else(
    clinic: Clinic, services: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visiting, "QUIET_S", 0.5)
    monkeypatch.setattr(visiting, "QUIET_DAYS", timedelta(days=9))
    without: list[str] = []

    def plans(referral: dict[str, Any]) -> bool:
        if len(without) < 2:
            without.append(referral["patient_id"])
            return False
        return True

    services.plans_visits_for = plans
    with pytest.raises(Stuck, match=r"no visit is planned for 2") as stuck:
        await clinic.run()
    assert all(each in str(stuck.value) for each in without)
    assert not any(each.family_name in str(stuck.value) for each in SAMPLE.patients())
    assert clinic.clock.speed == 1.0


async def test_a_service_that_stays_away_ends_the_run_by_its_name(services: StandIn, clock: SimulatedClock) -> None:
    services.fault_rate = 1.0
    async with services.client() as client:
        with pytest.raises(ServiceAway, match="care_plan"):
            await clinic_at(client, clock, patience=0.05).run()


async def test_a_refused_command_is_told_by_code_and_field_without_values(
    clinic: Clinic, services: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = {"code": "invalid_request", "errors": [{"field": "patient.family_name", "rule": "too long"}]}
    monkeypatch.setattr(services, "receive", lambda body: None)
    monkeypatch.setattr(
        services, "_apply", lambda path, body: (422, problem) if path.endswith("referrals") else (201, {})
    )
    with pytest.raises(CommandRefused, match=r"referral.*invalid_request; patient\.family_name: too long"):
        await clinic.feed()


async def test_time_passes_as_outside_while_a_service_is_away(clinic: Clinic, services: StandIn) -> None:
    await clinic.feed()
    await clinic.triage()
    speeds: set[float] = set()

    def away(request: httpx.Request) -> None:
        if request.method == "POST" and 1.0 not in speeds:  # until the clock is seen held
            speeds.add(clinic.clock.speed)
            raise httpx.ConnectError("away")

    services.before = away
    await clinic.visits()
    assert 1.0 in speeds
    assert fewest_visits(services) >= 2


def fewest_visits(services: StandIn) -> int:
    """How many completed visits the accepted patient with the fewest has."""
    accepted = [each["patient_id"] for each in services.referrals.values() if each["status"] == "accepted"]
    done = Counter(each["patient_id"] for each in services.visits.values() if each["status"] == "completed")
    return min(done[each] for each in accepted)
