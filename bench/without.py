"""A small service with one floor left out (`BENCH_WITHOUT=audit`, `doors` or `sign-in`), to see what that costs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from uuid import UUID

import uvicorn
from fastapi import APIRouter, Request
from starlette.applications import Starlette
from starlette.middleware import Middleware

from bench.asking import Report, Seen, router
from carebus.access import Access, Relation, clinicians, own_work, staff
from carebus.contracts.event import patient_stream
from carebus.deciding.auditing import Audit
from carebus.service import Look, Service
from carebus.settings import Settings
from carebus.storage.states import Documents, tables
from carebus.web import ports
from carebus.web.admission import Admission
from carebus.web.guard import Guard
from carebus.web.http import PartsOf

SEEN = Documents("seen", Seen)
pages = APIRouter()
pages.include_router(router)


@pages.get("/visits/{patient_id}")
async def look(patient_id: UUID, parts: PartsOf) -> dict[str, int]:
    """One patient's visits: a row of the relation, a row of the audit and a row of the state."""
    async with parts.database.connection() as db:
        found = await SEEN.load(db, [stream := patient_stream(patient_id)])
    return {"visits": found.get(stream, Seen()).visits}


@pages.get("/nothing")
async def nothing(_: Request) -> dict[str, int]:
    """What costs least."""
    return {}


RULES = {
    "POST /visits": staff,
    "GET /nothing": staff,
    "GET /visits/{patient_id}": clinicians.on(Relation.PANEL).sees("patient_id"),
}


def service(settings: Settings) -> Service:
    """The whole service."""
    return Service(
        "care_plan",
        states=tables(SEEN),
        handlers={},
        router=pages,
        look=Look("Without", Path(__file__).parent),
        settings=settings,
        access=Access({Report: staff}, RULES),
    )


async def _keep_none(*_: Any, **__: Any) -> bool:
    return False


def without_audit(_: Service) -> None:
    """No row of who did or saw what."""
    for name in ("keep_commands", "seen"):
        setattr(Audit, name, _keep_none)


def without_doors(made: Service) -> None:
    """uvicorn's own protocol, and no look at Host and Origin."""
    _leave_out(made.app, Guard)
    ports.configured = _plain  # type: ignore[attr-defined,assignment]


def _plain(app: Any, *, trusted: str, connections: int = 0, grace_s: int = 0, **how: Any) -> uvicorn.Config:  # noqa: ARG001 - as ours is called
    return uvicorn.Config(app, http="httptools", ws="none", forwarded_allow_ips=trusted, server_header=False, **how)


def without_sign_in(made: Service) -> None:
    """Everybody may do everything, and it is written nowhere."""
    without_audit(made)
    _leave_out(made.app, Admission)
    made.app.add_middleware(AsItself)


class AsItself:
    """ASGI: whoever asks is the service itself."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        scope["carebus.caller"] = own_work("bench")
        await self._app(scope, receive, send)


def _leave_out(app: Starlette, kind: Any) -> None:
    kept: list[Middleware] = [one for one in app.user_middleware if one.cls is not kind]
    assert len(kept) == len(app.user_middleware) - 1
    app.user_middleware = kept


FLOORS = {"audit": without_audit, "doors": without_doors, "sign-in": without_sign_in}

if __name__ == "__main__":
    made = service(Settings())
    if left_out := os.environ.get("BENCH_WITHOUT"):
        FLOORS[left_out](made)
    made.run()
