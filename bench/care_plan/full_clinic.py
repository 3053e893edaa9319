"""The care plan service with a full clinic in it: clinicians, patients in care, and a visit booked for each."""

from __future__ import annotations

import random
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, timedelta
from uuid import UUID

from bench.care_plan import clinic
from bench.ground import ROOT, Servers, database
from carebus.access import own_work
from carebus.contracts import patient_stream
from carebus.contracts.people import Address, Condition, Person, Role
from carebus.contracts.referral import Priority, ReferralAccepted
from carebus.deciding.commands import Asked
from carebus.ids import new_id
from carebus.testing import Bench, bench
from carebus.testing.bench import set_clock
from carebus.web.http import Parts
from services.care_plan import app
from services.care_plan.api.team.commands import JOIN
from services.care_plan.channels.planner.planning import Planner
from services.care_plan.channels.planner.solving import Solver
from services.care_plan.domain.team.fit import Wanted
from services.care_plan.domain.team.joining import JoinRoster
from services.care_plan.settings import Settings
from services.care_plan.store.team import clinician_stream

WORKER = "bench"
HEARD_AT_ONCE = 250


@asynccontextmanager
async def care_plan(made: Servers, connections: int) -> AsyncIterator[Bench]:
    """The service on a new database, in this process, with so many connections to it."""
    url = await database(made, f"f{secrets.token_hex(4)}", ROOT / "services" / "care_plan" / "migrations")
    clock = made.folder / f"{secrets.token_hex(4)}.json"
    settings = Settings.model_validate(
        {
            "database_url": url,
            "kafka_bootstrap_servers": "127.0.0.1:1",
            "clock_file": clock,
            "database_connections": connections,
        }
    )
    async with bench(lambda: app.make(settings), clock) as service:
        yield service


def parts_of(service: Bench) -> Parts:
    """What its commands and workers are made with."""
    parts: Parts = service.service.app.state.parts
    return parts


def asked() -> Asked:
    """A command of the bench's own."""
    return Asked(None, own_work(WORKER), new_id())


async def staff(service: Bench, count: int, patients: int) -> None:
    """So many clinicians join, in the four professions, with room for so many patients."""
    commands = parts_of(service).commands
    joins = []
    for one in clinic.clinicians(count, patients):
        of = one.clinician
        body = JoinRoster(
            **of.model_dump(include={"clinician_id", "name", "role", "capacity", "licences", "languages", "area"})
        )
        stream = clinician_stream(one.clinician_id)
        joins.append((JOIN, body, commands.cause(stream, asked(), WORKER)))
    await commands.perform_all(joins)


async def take_on(service: Bench, patients: Sequence[Wanted]) -> None:
    """The referrals of these patients were accepted just now; each gets a team and a visit by the planner."""
    chance = random.Random(clinic.SEED)
    for start in range(0, len(patients), HEARD_AT_ONCE):
        some = patients[start : start + HEARD_AT_ONCE]
        events = [service.record(_accepted(service, one, chance), patient_stream(one.patient_id)) for one in some]
        await service.deliver(*events)
    await plan(service)


async def plan(service: Bench) -> None:
    """The planner looks until there is nothing more to find."""
    async with Solver() as solver:
        planner = Planner(parts_of(service), solver)
        while await planner.round():
            pass


def one_per_patient(count: int) -> list[Wanted]:
    """So many patients who are made up."""
    return clinic.patients(count, (Role.NURSE,))


def pass_days(service: Bench, days: float) -> None:
    """Clinic time goes on; timers wait."""
    set_clock(service.clock_file, service.now() + timedelta(days=days))


def _accepted(service: Bench, one: Wanted, chance: random.Random) -> ReferralAccepted:
    return ReferralAccepted(
        referral_id=UUID(int=chance.getrandbits(128)),
        priority=Priority.URGENT if one.urgent else Priority.ROUTINE,
        patient=Person(
            given_name="Robin",
            family_name=f"Reed{one.patient_id.int % 9973}",
            birth_date=date(1940, 1, 1) + timedelta(days=chance.randrange(9000)),
            address=Address(city=one.address.city, state=one.address.state, postal_code=one.address.postal_code),
        ),
        conditions=(Condition.HEART_FAILURE,),
        accepted_at=service.now(),
    )
