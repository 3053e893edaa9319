"""Health: alive while loops make progress, ready while the database answers, and nothing about patients."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from carebus.service import Service
from carebus.settings import ProcessRole, Settings
from carebus.testing import Bench, operators_of
from deploy.local.embedded import free_port
from tests.carebus import tally
from tests.carebus.wires import assessed, someone


@asynccontextmanager
async def without_database() -> AsyncIterator[httpx.AsyncClient]:
    settings = {
        "database_url": f"postgresql://x:y@127.0.0.1:{free_port()}/none",
        "kafka_bootstrap_servers": "127.0.0.1:1",
    }
    service: Service = tally.make(Settings.model_validate(settings))
    await service.core.database.open()
    async with operators_of(service) as operators:
        yield operators
    await service.core.database.close()


async def test_it_is_alive_and_ready_with_its_database_and_without_a_broker(tallying: Bench) -> None:
    assert (await tallying.operators.get("/health/live")).status_code == 200
    ready = await tallying.operators.get("/health/ready")
    assert (ready.status_code, ready.json()) == (200, {"database": True, "listens": True})


async def test_without_its_database_it_is_alive_and_not_ready() -> None:
    async with without_database() as http:
        assert (await http.get("/health/live")).status_code == 200
        ready = await http.get("/health/ready")
        assert (ready.status_code, ready.json()) == (503, {"database": False, "listens": True})
        status = (await http.get("/api/status")).json()
        assert (status["ready"], status["service"]) == (False, "tally")


async def test_a_stuck_loop_is_not_alive(tallying: Bench) -> None:
    tallying.service.core.beats.expect("relay", within=-1)
    live = await tallying.operators.get("/health/live")
    assert (live.status_code, live.json()) == (503, {"stuck": ["relay"]})


async def test_the_status_counts_what_stands_and_what_was_done(tallying: Bench) -> None:
    patient = someone()
    await tallying.command(f"/api/{patient}/marks", assessed("later").model_dump(mode="json"))
    await tallying.command(f"/api/{patient}/marks", assessed("a").model_dump(mode="json"))
    await tallying.hears(assessed("broken"), assessed("b"), patient=patient)
    status = (await tallying.operators.get("/api/status")).json()
    assert {name: status[name] for name in ("ready", "role", "outbox_pending", "parked", "parked_streams")} == {
        "ready": True,
        "role": ProcessRole.ALL.value,
        "outbox_pending": 1,
        "parked": 2,
        "parked_streams": 1,
    }
    assert status["clinic_now"] == tallying.now().isoformat()
    assert str(patient) not in str(status)


async def test_metrics_are_told_in_prometheus_format_without_ids(tallying: Bench) -> None:
    patient = someone()
    await tallying.command(f"/api/{patient}/marks", assessed("a").model_dump(mode="json"))
    told = (await tallying.operators.get("/metrics")).text
    assert 'carebus_commands_total{command="EligibilityAssessed",outcome="done",service="tally"} 1.0' in told
    assert str(patient) not in told
