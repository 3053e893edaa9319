"""What operators ask is on their own port in every service, and on the other there is no trace of it."""

from __future__ import annotations

import importlib
from pathlib import Path

import httpx
import pytest

from carebus.web.security import HEADERS
from deploy.local.options import SERVICES
from tests.architecture.test_hostile_input import NEEDED
from tests.benches import service_bench

FOR_OPERATORS = ("/health/live", "/health/ready", "/metrics", "/api/status", "/openapi.json")
PREFIX = "/part"


def missing(answer: httpx.Response) -> list[str]:
    return [name for name in HEADERS if name not in answer.headers]


@pytest.mark.parametrize("name", SERVICES)
async def test_what_operators_ask_is_on_their_own_port_only(name: str, postgres_url: str, tmp_path: Path) -> None:
    app, settings = (importlib.import_module(f"services.{name}.{part}") for part in ("app", "settings"))
    more = {**NEEDED.get(name, {}), "prefix": PREFIX}
    async with (
        service_bench(name, app.make, settings.Settings, admin_url=postgres_url, folder=tmp_path, **more) as bench,
        bench.as_() as nobody,
    ):
        for path in FOR_OPERATORS:
            there = await bench.operators.get(path)
            assert (path, there.status_code, missing(there)) == (path, 200, [])
            assert (await bench.operators.get(f"{PREFIX}{path}")).status_code == 404
            for who in (bench.http, nobody):
                for at in (path, f"{PREFIX}{path}"):
                    not_here = await who.get(at)
                    assert (at, not_here.status_code, missing(not_here)) == (at, 404, [])


@pytest.mark.parametrize("path", ["/", "/docs", "/redoc", "/static/carebus/live.js", "/sign-in", "/fhir", "/api"])
async def test_nothing_else_is_on_the_operators_port(path: str, postgres_url: str, tmp_path: Path) -> None:
    app, settings = (importlib.import_module(f"services.referral.{part}") for part in ("app", "settings"))
    async with service_bench("referral", app.make, settings.Settings, admin_url=postgres_url, folder=tmp_path) as bench:
        answer = await bench.operators.get(path)
        assert (answer.status_code, missing(answer)) == (404, [])
        assert (await bench.operators.post("/api/status")).status_code == 405
