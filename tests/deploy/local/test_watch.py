"""What a run sees of the services from outside, and that it can do without."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import uvicorn
from fastapi import FastAPI, Request, Response
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from deploy.local.process import free_port
from deploy.local.watch import Counts, Watch, quantile, timings

BUCKETS = (0.001, 0.01, 0.1, 1.0)


def metrics(*spans: tuple[str, float], service: str = "care_plan") -> str:
    registry = CollectorRegistry()
    hops = Histogram("carebus_hop_seconds", "Hops.", ("service", "type"), registry=registry, buckets=BUCKETS)
    for kind, seconds in spans:
        hops.labels(service, kind).observe(seconds)
    return generate_latest(registry).decode()


@pytest.fixture
def asked() -> Counter[str]:
    return Counter()


@pytest.fixture
async def service(asked: Counter[str]) -> AsyncIterator[str]:
    app = FastAPI()

    @app.middleware("http")
    async def note(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        asked[request.url.path] += 1
        return await answer(request)

    @app.get("/api/status")
    async def status() -> dict[str, object]:
        waiting = {"ready": True, "parked": 2, "lag_events": 3, "outbox_pending": 4, "new_field": "?"}
        return {"service": "x", "handled": asked["handled"], **waiting}

    @app.get("/api/outcomes")
    async def outcomes() -> dict[str, object]:
        counted = {"received": 5, "accepted": 3, "declined": {"deceased": "1–10"}, "declined_in_all": 2, "notified": 7}
        return {**counted, "by_condition": {"x": 1}}

    @app.get("/metrics")
    async def measured() -> Response:
        return Response(metrics(("Quick", 0.0005), ("Slow", 0.5), service="outcomes"))

    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(20):
        while not server.started:
            await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving


async def test_a_look_shows_status_counts_and_the_slowest_hop(service: str) -> None:
    watch = Watch({"outcomes": service}, {"outcomes": service})
    picture = await watch.look()
    await watch.close()
    assert (picture.parked, picture.lag, picture.outbox) == (2, 3, 4)
    assert picture.statuses["outcomes"].ready
    assert picture.counts == Counts(
        received=5, accepted=3, declined={"deceased": "1–10"}, declined_in_all=2, notified=7
    )
    assert picture.slowest is not None
    assert (picture.slowest.type, picture.slowest.count) == ("Slow", 1)
    assert 0.1 < picture.slowest.p99_s <= 1.0
    assert picture.handlers == ()


async def test_a_further_look_asks_for_no_more_than_can_have_changed(service: str, asked: Counter[str]) -> None:
    watch = Watch({"outcomes": service}, {"outcomes": service})
    first = await watch.look()
    asked.clear()
    second = await watch.look_again(first)
    assert second == first
    assert asked == {"/api/status": 1}
    asked["handled"] = 1
    third = await watch.look_again(second)
    assert asked == {"handled": 1, "/api/status": 2, "/api/outcomes": 1, "/metrics": 1}
    assert (third.counts, third.hops) == (first.counts, first.hops)
    await watch.close()


async def test_a_service_that_is_away_is_shown_as_away() -> None:
    away = {"outcomes": f"http://127.0.0.1:{free_port()}"}
    watch = Watch(away, away)
    picture = await watch.look()
    await watch.close()
    assert not picture.statuses["outcomes"].answers
    assert picture.counts is None
    assert picture.slowest is None


def test_timings_come_per_service_and_type() -> None:
    page = metrics(*[("Quick", 0.005)] * 99, ("Quick", 0.5), ("Slow", 0.05))
    quick, slow = timings(page, "carebus_hop_seconds")
    assert (quick.service, quick.type, quick.count) == ("care_plan", "Quick", 100)
    assert quick.mean_s == pytest.approx((99 * 0.005 + 0.5) / 100)
    assert 0.001 < quick.p50_s <= 0.01
    assert slow.type == "Slow"


@pytest.mark.parametrize("page", ["", "not metrics {", "# TYPE carebus_hop_seconds histogram\n"])
def test_a_page_without_the_histogram_gives_no_timings(page: str) -> None:
    assert timings(page, "carebus_hop_seconds") == []


def test_a_quantile_lies_in_the_bucket_of_its_rank() -> None:
    buckets = [(1.0, 50.0), (2.0, 90.0), (4.0, 100.0), (float("inf"), 100.0)]
    assert quantile(0.25, buckets) == pytest.approx(0.5)
    assert quantile(0.5, buckets) == pytest.approx(1.0)
    assert quantile(0.99, buckets) == pytest.approx(3.8)


def test_a_quantile_beyond_the_last_bound_is_that_bound() -> None:
    assert quantile(0.99, [(1.0, 1.0), (float("inf"), 2.0)]) == 1.0
