"""What operators ask every service on a port of their own: is it alive, is it ready, how does it stand, its metrics."""

from typing import Any, Protocol

import asyncpg
from fastapi import APIRouter, FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.types import ASGIApp, Lifespan

from carebus.core import Core
from carebus.storage.database import DatabaseAway, answers
from carebus.storage.standing import standing
from carebus.subscribing.subscriber import Subscriber
from carebus.web.process_metrics import put_process_metrics
from carebus.web.security import SecureHeaders


class Running(Protocol):
    """What is asked of a running service."""

    core: Core
    subscriber: Subscriber
    app: FastAPI

    def takes_requests(self) -> bool:
        """Whether its own port listens."""


def operators_app(service: Running, lifespan: Lifespan[FastAPI] | None = None) -> ASGIApp:
    """The application of the operators' port. Whoever reaches it is answered, as often as he asks, by whatever name.

    It shares neither middleware nor limits with the service's own, so it answers when that one has its hands full.
    """
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, lifespan=lifespan)
    app.include_router(_routes(service))
    return SecureHeaders(app)


def _routes(service: Running) -> APIRouter:
    """None of them shows anything about a patient."""
    router = APIRouter()

    @router.get("/health/live")
    async def live(response: Response) -> dict[str, Any]:
        """Alive means that the loops make progress; never that broker or database can be reached."""
        stuck = service.core.beats.stuck()
        response.status_code = 503 if stuck else 200
        return {"stuck": stuck}

    @router.get("/health/ready")
    async def ready(response: Response) -> dict[str, Any]:
        """Ready means that commands can be taken: its own port listens, and its own database answers."""
        listens, reachable = service.takes_requests(), await _database_answers(service)
        response.status_code = 200 if listens and reachable else 503
        return {"database": reachable, "listens": listens}

    @router.get("/metrics")
    async def metrics() -> Response:
        """Prometheus' text format."""
        put_process_metrics(service.core, service.subscriber.assigned)
        return Response(generate_latest(service.core.metrics.registry), media_type=CONTENT_TYPE_LATEST)

    @router.get("/api/status")
    async def status() -> dict[str, Any]:
        """How this service stands, for the start page and the operators' command."""
        return {**await _stored(service), **_running(service)}

    @router.get("/openapi.json")
    async def openapi() -> dict[str, Any]:
        """What the service's own port takes and gives."""
        return service.app.openapi()

    return router


async def _database_answers(service: Running) -> bool:
    try:
        async with service.core.database.connection() as db:
            return await answers(db)
    except (DatabaseAway, asyncpg.PostgresError):
        return False


async def _stored(service: Running) -> dict[str, Any]:
    try:
        async with service.core.database.connection() as db:
            return await standing(db, service.core.clock.now())
    except (DatabaseAway, asyncpg.PostgresError):
        return {"ready": False}


def _running(service: Running) -> dict[str, Any]:
    metrics = service.core.metrics
    return {
        "service": service.core.name,
        "role": service.core.settings.role.value,
        "clinic_now": service.core.clock.now().isoformat(),
        "lag_events": service.subscriber.lag,
        "lag_seconds": round(service.subscriber.lag_seconds, 3),
        "partitions": service.subscriber.assigned,
        "stopped": service.subscriber.stopped,
        "handled": int(metrics.total(metrics.handled)),
        "duplicates": int(metrics.total(metrics.duplicates)),
        "fenced": int(metrics.total(metrics.fenced)),
    }
