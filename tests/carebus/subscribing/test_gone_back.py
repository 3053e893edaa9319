"""A reader whose database went back reads on from where that stands, also if nothing new comes."""

from __future__ import annotations

import asyncpg

from tests.carebus.relaying.test_database_sessions import END_ALL
from tests.carebus.wires import Wire, someone, until

GO_BACK = "truncate mark, tally, effect; update consumer_offset set next_offset = 0"


async def test_an_idle_reader_finds_that_its_database_went_back(on_wire: Wire) -> None:
    service, patient = on_wire.service(role="subscriber", database_connections=10), someone()

    async def heard() -> bool:
        return await on_wire.marks(service, patient) == ["a", "b"]

    async with service.running():
        await on_wire.tell(patient, "a", "b")
        await until(heard, "both are heard")
        db = await asyncpg.connect(on_wire.url)
        await db.execute(GO_BACK)
        assert not await on_wire.marks(service, patient)
        await db.fetch(END_ALL, db.get_server_pid())  # as when another database is put in its place
        await db.close()
        await until(heard, "both are heard again")
