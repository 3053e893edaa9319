"""The line while care plan's process and database are stopped: screen, protocols, promises and paging work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaProducer

from carebus.contracts import Event
from carebus.contracts.care_plan import EpisodeOpened
from carebus.testing import people
from tests.benches import until
from tests.carebus.wires import headers
from tests.databases import at
from tests.examples import example
from tests.faults.night.house import House, house
from tests.faults.night.ledger import Ledger
from tests.faults.night.people import EVENING, STEPS, Night, link_of
from tests.servers import Pair
from tests.told import accepted, contact, team

PHONE = "617 555 0142"
BREATHLESS = {"choking": True}
HTML = {"accept": "text/html"}


@pytest.mark.faults
async def test_the_line_works_while_care_plans_process_and_database_are_stopped(
    own_servers: Pair, tmp_path: Path
) -> None:
    async with house(own_servers, tmp_path, "care_plan") as there, nurse_at(there) as http:
        await there.start()
        await there.begun()
        patient = await known(there, http)
        await stop(there, "care_plan")
        with pytest.raises(asyncpg.PostgresError):
            await asyncpg.connect(there.urls["care_plan"])

        found = await http.post("/api/find", json={"phone": PHONE})
        assert [one["patient_id"] for one in found.json()["items"]] == [str(patient)]
        call = (await posted(http, "/api/calls", {"from_number": PHONE}))["call_id"]
        await posted(http, f"/api/calls/{call}/link", {"patient_id": str(patient)})
        await posted(http, f"/api/calls/{call}/protocol", {"protocol": "breathlessness", "language": "en"})
        await posted(http, f"/api/calls/{call}/answers", {"protocol": "breathlessness", "answers": BREATHLESS})
        screen = (await http.get(f"/calls/{call}", headers=HTML)).text
        assert "Delgado-Quux" in screen
        assert "Rosa Lima" in screen
        await posted(
            http, f"/api/calls/{call}/triage", {"patient_id": str(patient), "disposition": "call_911", "because": "So."}
        )
        await posted(http, f"/api/calls/{call}/promise", {})
        (promise,) = (await http.get(f"/api/calls/{call}")).json()["promises"]
        await posted(http, f"/api/calls/{call}/call-back", {"promise_id": promise["promise_id"]})
        await posted(http, f"/api/calls/{call}/page", {"steps": STEPS})
        await taken_by_link(there, http, call)
        await posted(http, f"/api/calls/{call}/close", {"outcome": "advised"})


@asynccontextmanager
async def nurse_at(there: House) -> AsyncIterator[httpx.AsyncClient]:
    """A nurse on the line."""
    async with httpx.AsyncClient(
        base_url=there.base, headers=people.bearer(EVENING), trust_env=False, timeout=15
    ) as http:
        yield http


async def posted(http: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """A command that is taken."""
    answer = await http.post(path, json=body, headers={"Idempotency-Key": str(uuid4())})
    assert answer.status_code == httpx.codes.OK, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def known(there: House, http: httpx.AsyncClient) -> UUID:
    """Somebody in care with a team, of whom the line has heard."""
    patient = await taken_on(there, example(EpisodeOpened), team())

    async def heard() -> bool:
        answer = await http.get(f"/api/patients/{patient}")
        return bool(answer.is_success and answer.json()["team"])

    await until(heard, seconds=60)
    return patient


async def taken_on(there: House, *of_care_plan: Event) -> UUID:
    """Somebody whose referral is accepted; what care plan tells of it is told here, or else by care plan itself."""
    patient, producer = uuid4(), AIOKafkaProducer(bootstrap_servers=there.pair.kafka.bootstrap, acks="all")
    told = accepted(told=contact(phone=PHONE))
    events = [(told, "referral", 1), *((event, "care_plan", n) for n, event in enumerate(of_care_plan, 1))]
    async with producer:
        for event, source, sequence in events:
            head = headers(event, patient, sequence, source)
            topic, key = there.prefix + "patient.events", str(patient).encode()
            await producer.send_and_wait(topic, event.model_dump_json().encode(), key, headers=head)
    return patient


async def stop(there: House, service: str) -> None:
    """Its process is gone for good, and its database lets nobody in."""
    (process,) = [one for one in there.processes if one.service == service]
    process.kill()
    name = there.urls[service].rpartition("/")[2].partition("?")[0]
    db = await asyncpg.connect(at(there.pair.postgres.url, "postgres"))
    await db.execute(f"alter database {name} with allow_connections false")
    await db.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", name)
    await db.close()


async def taken_by_link(there: House, http: httpx.AsyncClient, call: str) -> None:
    """The page goes out as mail, and whoever was asked takes it by the link in it."""

    async def mailed() -> bool:
        return any(map(link_of, there.mail.taken))

    await until(mailed, seconds=60)
    night = Night(there, Random(1), Ledger(), http)
    night.wants(call)
    stop_looking = asyncio.Event()
    looking = asyncio.create_task(night.take_mailed_pages(stop_looking))

    async def taken() -> bool:
        return bool((await http.get(f"/api/calls/{call}")).json()["page"]["taken_at"])

    await until(taken, seconds=30)
    stop_looking.set()
    await looking
