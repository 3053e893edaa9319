"""Asks services how they stand, by their addresses or straight from their databases."""

import asyncio
import http.client
import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from carebus.clock import Clock
from carebus.credentials import brokers_in, password_of
from carebus.errors import WrongUsage, rule_of
from carebus.kafka.reading import Reading
from carebus.storage import offsets
from carebus.storage.database import Connection
from carebus.storage.standing import standing


class AddressUnreadable(WrongUsage):
    """{number}. service to ask: give http://HOST:PORT, or postgresql://ROLE@HOST:PORT/DATABASE."""


@dataclass(frozen=True, slots=True)
class Compared:
    """When the last comparison of a source with the topics began, and how many of its events were missing there."""

    source: str | None
    began_at: datetime | None
    missing: int


def comparison_at(place: str) -> Compared:
    """The last comparison of the service at this address."""
    require_address(1, place)
    found = look(place)
    last = found.get("compared")
    if not last:
        return Compared(found.get("service"), None, 0)
    return Compared(last["source"], datetime.fromisoformat(last["began_at"]), last["missing"])


def require_address(number: int, place: str) -> None:
    """Raise AddressUnreadable unless a service, or its database, can be asked there."""
    try:
        parts = urlsplit(place)
        known = parts.scheme in {"http", "postgresql", "postgres"} and parts.hostname and (parts.port or True)
    except ValueError:
        known = False
    if not known:
        raise AddressUnreadable(number=number)


def look(place: str) -> dict[str, Any]:
    """How the service at this address stands; `ready` is false and `trouble` says why if it does not answer."""
    parts = urlsplit(place)
    where = f"{parts.hostname}:{parts.port}{parts.path}"  # never the password
    try:
        assert parts.hostname
        if parts.scheme == "http":
            return {"where": where, **_by_http(parts.hostname, parts.port or 80, parts.path.rstrip("/"))}
        return {"where": where, **asyncio.run(_from_database(place))}
    except asyncpg.InvalidAuthorizationSpecificationError:
        return {"where": where, "ready": False, "trouble": f"it refuses the login of {parts.username or 'nobody'}"}
    except (OSError, ValueError, http.client.HTTPException, asyncpg.PostgresError, asyncpg.InterfaceError) as exc:
        return {"where": where, "ready": False, "trouble": rule_of(exc)}


def _by_http(host: str, port: int, path: str) -> dict[str, Any]:
    connection = http.client.HTTPConnection(host, port, timeout=10)
    try:
        connection.request("GET", f"{path}/api/status")
        told = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    if not isinstance(told, dict) or "ready" not in told:
        raise ValueError
    return told


async def _from_database(place: str) -> dict[str, Any]:
    clock_file = os.environ.get("CAREBUS_CLOCK_FILE")
    db = await asyncpg.connect(place, password=password_of(place), timeout=10, command_timeout=60)
    try:
        found = await standing(db, Clock(Path(clock_file) if clock_file else None).now())
        lag = await _lag(db)
    finally:
        await db.close()
    return found if lag is None else found | {"lag_events": lag}


async def _lag(db: Connection) -> int | None:
    """How many records there are beyond what the service has read; None without a broker to ask."""
    named = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    read = await offsets.stored(db)
    if not named:
        return None
    async with Reading(brokers_in(named), sorted({topic for topic, _ in read})) as reading:
        return sum(max(0, end - read[part]) for part, end in reading.ends.items() if part in read)
