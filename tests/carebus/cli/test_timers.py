"""`carebus timers`: what failed is listed with its rule, and tried again when somebody says so."""

from __future__ import annotations

import pytest

from carebus.testing import Bench
from tests.carebus.cli.conftest import SERVICE, Carebus
from tests.carebus.subscribing.test_redrive import marks
from tests.carebus.wires import assessed, someone


async def test_a_failed_timer_is_listed_and_tried_again_on_request(
    on_bench: Bench, carebus: Carebus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS")
    patient = someone()
    await on_bench.command(f"/api/{patient}/marks", assessed("later").model_dump(mode="json"))
    async with on_bench.service.core.database.connection() as db:
        await db.execute("""update timer set body = '{"mark": "broken by a release"}'""")
    await on_bench.passes(hours=1)
    listed = await carebus("timers", "failed", SERVICE, "--json")
    assert (listed.code, [(one["kind"], one["rule"]) for one in listed.json]) == (1, [("Reminder", "broken")])
    status = await carebus("status", on_bench.service.core.database.dsn, "--json")
    assert (status.code, status.json[0]["timers_failed"]) == (1, 1)
    async with on_bench.service.core.database.connection() as db:
        await db.execute("""update timer set body = '{"mark": "mended"}'""")
    for stream, again in (("patient/another", 0), (listed.json[0]["stream"], 1)):
        retried = await carebus("timers", "retry", SERVICE, stream, "--because", "mended", "--json")
        assert (retried.code, retried.json) == (0, {"again": again})
    await on_bench.passes(seconds=1)
    assert await marks(on_bench, patient) == ["later", "mended"]
    assert (await carebus("timers", "failed", SERVICE)).code == 0
