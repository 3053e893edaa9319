"""The simulated clinic's equipment on the real service: what it sends is taken, and a second run does nothing twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import orjson

from carebus.contracts.equipment import DmeDelivered, DmeRequested
from carebus.testing import START, Bench
from deploy.local.cases import Case
from deploy.local.commands import CommandRefused
from deploy.local.equipping import Equipping, as_known_to_equipment
from services.equipment import app
from services.equipment.settings import KnownSupplier, Settings
from tests.benches import service_bench
from tests.equipment.homes import taken_on

SEED, PEOPLE = 7, 60


@dataclass
class ToBench:
    """Gives the clinic's commands to a service on the bench."""

    bench: Bench

    async def post(self, command: str, service: str, path: str, body: Any, key: UUID, actor: str) -> Any:
        answer = await self.bench.http.post(path, json=body, headers={"Idempotency-Key": str(key)})
        if answer.status_code != 200:
            raise CommandRefused(service, command, answer.status_code, answer.text)
        return answer.json()


async def test_what_the_clinic_sends_is_taken_and_a_second_run_does_nothing_twice(
    postgres_url: str, tmp_path: Path
) -> None:
    suppliers = tuple(KnownSupplier.model_validate(one) for one in orjson.loads(as_known_to_equipment()))
    opened = service_bench(
        "equipment", app.make, Settings, admin_url=postgres_url, folder=tmp_path, at=START, suppliers=suppliers
    )
    async with opened as bench:
        cases: dict[str, Case] = {}
        for n in range(PEOPLE):
            patient_id = await taken_on(bench)
            known: Any = SimpleNamespace(source_id=f"sample {n}")
            cases[str(n)] = Case(known, str(uuid4()), str(patient_id), "accepted", None, completed=1)
        for _ in range(2):
            clinic = Equipping(SEED, ToBench(bench), cases, SimpleNamespace(now=bench.now))  # type: ignore[arg-type]
            await clinic.round()
            await bench.passes(days=1)
        told = Counter(type(one.event) for one in await bench.all_published())
        assert PEOPLE // 4 < told[DmeRequested] < PEOPLE
        assert 0 < told[DmeDelivered] < told[DmeRequested]
        for case in cases.values():
            stands = (await bench.http.get(f"/api/patients/{case.patient_id}")).json()
            assert len(stands["requests"]) <= 1
            assert len(stands["loans"]) <= 1
