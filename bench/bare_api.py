"""The floor of a command: FastAPI, one row into an outbox, commit; or, without a database, what the framework costs."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from bench.work import TOPIC, Load, loads
from services.referral.domain import DirectReferral

_TELL = "insert into floor_outbox (topic, key, headers, body) values ($1, $2, $3, $4)"


class Report(BaseModel):
    """A visit took place."""

    patient_id: UUID


class Reported(BaseModel):
    """The answer."""

    visits: int


class Received(BaseModel):
    """The answer to a referral."""

    status: str


@asynccontextmanager
async def _connected(app: FastAPI) -> AsyncIterator[None]:
    app.state.pool = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=4, max_size=8)
    yield


def make() -> FastAPI:
    """Both endpoints."""
    app = FastAPI(lifespan=_connected)
    topic = os.environ["CAREBUS_TOPIC_PREFIX"] + TOPIC
    known: dict[bytes, Load] = {load.key: load for load in loads(5_000)}

    @app.post("/visits")
    async def visited(body: Report) -> Reported:
        load: Any = known[str(body.patient_id).encode()]
        headers = orjson.dumps({name: value.decode() for name, value in load.headers}).decode()
        async with app.state.pool.acquire() as db, db.transaction():
            await db.execute(_TELL, topic, load.key, headers, load.body)
        return Reported(visits=1)

    @app.post("/api/referrals", status_code=201)
    async def referred(_: DirectReferral) -> Received:
        return Received(status="triage")

    return app


if __name__ == "__main__":
    uvicorn.run(make(), port=int(os.environ["CAREBUS_PORT"]), log_level="error", access_log=False, loop="uvloop")
