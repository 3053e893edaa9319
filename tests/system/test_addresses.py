"""Whatever stands in an address, no service answers with a fault of its own, and every answer has the safe headers."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from carebus.testing import Bench
from services.care_plan import app as care_plan
from services.care_plan.settings import Settings as CarePlanSettings
from services.notifications import app as notifications
from services.notifications.settings import Settings as NotificationsSettings
from services.outcomes import app as outcomes
from services.outcomes.settings import Settings as OutcomesSettings
from services.referral import app as referral
from services.referral.settings import Settings as ReferralSettings
from tests.benches import service_bench

SERVICES: dict[str, Any] = {
    "care_plan": (care_plan.make, CarePlanSettings),
    "notifications": (notifications.make, NotificationsSettings),
    "outcomes": (outcomes.make, OutcomesSettings),
    "referral": (referral.make, ReferralSettings),
}
NASTY = ["\x00", "a\x00b", "²", "1²", "-1", "0", "1e31", "9" * 40, "NaN", "'", "%", "\x1f", "\u2028", "é" * 3000]
PLACE = re.compile(r"\{\w+\}")
ID = "0190f7d0-1111-7000-8000-000000000001"
FAULT = 500


@pytest.fixture(params=sorted(SERVICES))
async def on(request: pytest.FixtureRequest, postgres_url: str, tmp_path: Path) -> AsyncIterator[Bench]:
    make, settings = SERVICES[request.param]
    async with AsyncExitStack() as stack:
        more: dict[str, Any] = (
            {"SMTP_URL": "smtp://127.0.0.1:1", "mail_from": "a@b.example"} if request.param == "notifications" else {}
        )
        opened = service_bench(request.param, make, settings, admin_url=postgres_url, folder=tmp_path, **more)
        yield await stack.enter_async_context(opened)


def addresses(app: FastAPI) -> Iterator[str]:
    """Every page and query of the service with each of these values in each of its places."""
    described: dict[str, Any] = get_openapi(title="", version="", routes=app.routes)["paths"]
    for path, operations in described.items():
        plain = PLACE.sub(ID, path)
        queries = [one["name"] for one in operations.get("get", {}).get("parameters", []) if one["in"] == "query"]
        for said in (quote(value, safe="") for value in NASTY) if "get" in operations else ():
            yield from (f"{plain}?{name}={said}" for name in queries)
            if plain != path:
                yield PLACE.sub(said, path)


async def test_no_address_is_answered_with_a_fault(on: Bench) -> None:
    asked = list(addresses(on.service.app))
    assert asked or on.service.core.name == "outcomes", "where nothing may be asked, nothing can go wrong"
    faults = []
    for address in asked:
        for kind in ("application/json", "text/html"):
            answer = await on.http.get(address, headers={"Accept": kind})
            if answer.status_code >= FAULT or answer.headers.get("x-content-type-options") != "nosniff":
                faults.append(f"{answer.status_code} {address[:120]} {kind}")
    assert faults == []


async def test_no_header_is_answered_with_a_fault(on: Bench) -> None:
    for value in ("text/html;q=²", "text/html;q=1.2.3", "text/html;q=-1", "²"):
        for name in ("Accept", "Accept-Encoding", "If-None-Match", "X-Correlation-Id", "Accept-Language"):
            for address in ("/", "/not-there"):
                answer = await on.http.get(address, headers={name.encode(): value.encode("latin-1")})
                assert answer.status_code < FAULT, (name, value)
