"""The simulated clinic where care ends: elections, revocations, deaths, and those who stay, at the real service."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from carebus.contracts.care_plan import (
    BereavementContactMade,
    CondolenceLetterWritten,
    EndReason,
    EpisodeEnded,
    HospiceEnrolled,
    HospiceNoticeAccepted,
    HospiceRevoked,
)
from carebus.contracts.people import FamilyContact
from carebus.testing import Bench
from deploy.local.cases import Case, Cases
from deploy.local.clinic import SEED
from deploy.local.commands import CommandRefused, Json
from deploy.local.invented import contact
from deploy.local.parting import LEFT, Parting
from deploy.local.synthea import Sample
from services.care_plan import app
from services.care_plan.settings import Settings
from tests.benches import service_bench
from tests.care_plan.people import accepted, staff

DAYS = 20


class AtOnce:
    """Commands to the service of a bench, each answered at once."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    async def get(self, _: str, path: str) -> Json:
        """How something stands."""
        found: Json = (await self.bench.http.get(path)).json()
        return found

    async def post(self, command: str, service: str, path: str, body: Json, key: UUID, _: str) -> Json:
        """Give a command. Raises CommandRefused."""
        answer = await self.bench.command(path, body, key=str(key))
        if not answer.is_success:
            raise CommandRefused(service, command, answer.status_code, answer.text)
        found: Json = answer.json()
        return found


class Clock:
    """The time of a bench."""

    def __init__(self, bench: Bench) -> None:
        self.now = bench.now


async def cases_of(bench: Bench) -> Cases:
    """Everybody of the sample who could be taken on, in care and visited."""
    await staff(bench, capacity=200)
    found: Cases = {}
    for patient in [one for one in Sample().patients() if one.conditions and not one.died_on][:60]:
        family = contact(SEED, patient)
        loved = FamilyContact.model_validate({"contact_id": uuid4(), **family}) if family else None
        taken_on, patient_id = accepted().model_copy(update={"contact": loved}), uuid4()
        await bench.hears(taken_on, patient=patient_id)
        referral_id = str(taken_on.referral_id)
        found[referral_id] = Case(patient, referral_id, str(patient_id), "accepted", None, completed=2)
    return found


async def test_some_elect_hospice_and_a_few_come_back_and_those_who_stay_are_called(
    postgres_url: str, tmp_path: Path
) -> None:
    made = service_bench("care_plan", app.make, Settings, admin_url=postgres_url, folder=tmp_path)
    async with made as bench:
        cases, at_once = await cases_of(bench), AtOnce(bench)
        office: Any = at_once
        clock: Any = Clock(bench)
        parting = Parting(SEED, office, cases, clock, visits_each=2)
        for day in range(DAYS):
            if day == DAYS // 2:  # interrupted, and taken up
                parting = Parting(SEED, office, cases, clock, visits_each=2)
            await parting.round()
            await bench.passes(days=1)
        enrolled = await bench.published(HospiceEnrolled)
        revoked = await bench.published(HospiceRevoked)
        ended = await bench.published(EpisodeEnded)
        assert len(enrolled) > len(revoked) > 0
        assert len(await bench.published(HospiceNoticeAccepted)) == len(enrolled)
        assert {one.reason for one in ended} == {EndReason.HOSPICE, EndReason.DIED}
        assert len(ended) == len([one for one in cases.values() if one.status == LEFT])
        assert await bench.published(CondolenceLetterWritten)
        calls = await bench.published(BereavementContactMade)
        assert calls
        assert all(one.code == "two_weeks" for one in calls)
