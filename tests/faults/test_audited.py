"""A service is killed again and again while it is asked: each command and look has its row, the chain stays whole."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

import asyncpg
import httpx
import pytest

from carebus.contracts.audit import AuditKind, AuditRow
from carebus.ids import new_id
from carebus.kafka import topics
from carebus.operating.auditing import verify
from carebus.storage.database import Connection
from carebus.testing import people
from tests.carebus import tally
from tests.carebus.processes import process
from tests.carebus.tallied import body
from tests.carebus.wires import until
from tests.databases import fresh_database

pytestmark = pytest.mark.faults

MANY = int(os.environ.get("AUDITED", "10000"))
CALLERS = 16
LIVES_S = (0.3, 2.0)
"""A process lives between so many seconds of being asked."""


@dataclass
class Office:
    """Whoever asks; what was answered is kept, by the patient it was about: each is asked of once."""

    dice: Random = field(default_factory=lambda: Random(17))
    done: set[UUID] = field(default_factory=set)
    seen: set[UUID] = field(default_factory=set)

    @property
    def enough(self) -> bool:
        return len(self.done) + len(self.seen) >= MANY

    async def ask(self, http: httpx.AsyncClient) -> None:
        """Ask one thing after the other, until the service is gone."""
        while not self.enough:
            patient = new_id()
            if self.dice.random() < 0.5:
                answer = await http.post(
                    f"/patients/{patient}/marks", json=body("m"), headers={"Idempotency-Key": str(patient)}
                )
                answer.raise_for_status()
                self.done.add(patient)
            else:
                (await http.get(f"/patients/{patient}")).raise_for_status()
                self.seen.add(patient)

    async def ask_until_killed(self, address: str) -> None:
        async with httpx.AsyncClient(base_url=address, timeout=30, headers=people.bearer(), trust_env=False) as http:
            await asyncio.gather(*(self.ask(http) for _ in range(CALLERS)), return_exceptions=True)


async def test_each_command_and_read_has_its_row_however_often_the_service_is_killed(
    postgres_url: str, kafka_bootstrap: str
) -> None:
    office, prefix, kills = Office(), f"audited{new_id().hex[-8:]}.", 0
    await topics.create([kafka_bootstrap], prefix=prefix, partitions=2)
    async with fresh_database(postgres_url, "tally", tally.MIGRATIONS) as url:
        while not office.enough:
            async with process(url, kafka_bootstrap, prefix, module="tests.carebus.audited") as lives:
                asking = asyncio.create_task(office.ask_until_killed(str(lives.http.base_url)))
                await asyncio.sleep(office.dice.uniform(*LIVES_S))
                lives.kill()
                await asking
                kills += 1
        db = await asyncpg.connect(url)
        try:
            async with process(url, kafka_bootstrap, prefix, module="tests.carebus.audited"):
                await until(lambda: _all_told(db), "all rows are sealed and told")
            found = await _rows(db)
            verified = await verify(db, "tally", [kafka_bootstrap], prefix)
        finally:
            await db.close()
    print(f"{kills} kills, {len(office.done)} commands and {len(office.seen)} reads answered, {verified.rows} rows")
    assert kills > MANY // 1000
    assert {patient: found[AuditKind.COMMAND, patient] for patient in office.done} == dict.fromkeys(office.done, 1)
    assert {patient for patient in office.seen if not found[AuditKind.READ, patient]} == set()
    assert (list(verified.faults), verified.pending, verified.witnessed) == ([], 0, verified.batches)


async def _all_told(db: Connection) -> bool:
    return not await db.fetchval("select exists (select from audit_pending) or exists (select from outbox_pending)")


async def _rows(db: Connection) -> Counter[tuple[AuditKind, UUID]]:
    """How many rows of each kind there are of each patient."""
    found = await db.fetch("select content from audit_sealed")
    rows = [AuditRow.model_validate_json(each["content"]) for each in found]
    return Counter((row.kind, patient) for row in rows for patient in row.patients)
