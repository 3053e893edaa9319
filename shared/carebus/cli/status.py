"""`carebus status`: how services stand, by their addresses or straight from their databases, and who needs a person."""

import argparse
import asyncio
import http.client
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from carebus.access import password_of
from carebus.cli import asking
from carebus.cli.asking import Commands, answer, table
from carebus.clock import Clock
from carebus.errors import CarebusError, rule_of
from carebus.kafka.reading import Reading
from carebus.operating.services import setting
from carebus.storage import offsets, outbox, parked, timers
from carebus.storage.database import Connection

_COLUMNS = ("lag_events", "outbox_pending", "outbox_age_seconds", "parked", "parked_streams", "timers_overdue")


class AddressUnreadable(CarebusError):
    """{number}. service to ask: give http://HOST:PORT, or postgresql://ROLE@HOST:PORT/DATABASE."""


def add(commands: Commands) -> None:
    """Add these commands."""
    one = asking.command(
        commands,
        "status",
        "how services stand; exit code 1 if one needs a person",
        "A line per service: how many events it is behind, how many it has not published yet and for how many seconds,"
        " parked events and their streams, timers overdue, and why it needs a person. Exit code 1 if one does.",
        "carebus status http://127.0.0.1:8101 http://127.0.0.1:8102 http://127.0.0.1:8103 http://127.0.0.1:8104",
        "DATABASE_URL=postgresql://ops@db.example/care_plan carebus status --json",
        parents=[asking.shared()],
    )
    one.add_argument(
        "where",
        nargs="*",
        help="http://HOST:PORT of a running service, or the postgresql:// address of a database (its lag needs"
        " KAFKA_BOOTSTRAP_SERVERS); without any, those in CAREBUS_SERVICES (separated by spaces), or DATABASE_URL",
    )
    one.add_argument("--max-outbox-age", type=float, default=60, metavar="SECONDS", help="default 60")
    one.add_argument("--max-lag", type=int, default=10_000, metavar="EVENTS", help="default 10000")
    one.add_argument("--max-overdue", type=int, default=0, metavar="TIMERS", help="default 0")
    one.set_defaults(run=_status)


def _status(asked: argparse.Namespace) -> int:
    places = asked.where or os.environ.get("CAREBUS_SERVICES", "").split() or [setting("DATABASE_URL")]
    for number, place in enumerate(places, 1):
        _require_address(number, place)
    with ThreadPoolExecutor(max_workers=16) as at_once:  # one that does not answer must not hold up the others
        found = [_judged(asked, one) for one in at_once.map(_look, places)]
    rows = [
        (one["where"], one.get("service", ""), *(one.get(name, "?") for name in _COLUMNS), "; ".join(one["needs"]))
        for one in found
    ]
    head = ("WHERE", "SERVICE", "LAG", "OUTBOX", "AGE", "PARKED", "STREAMS", "OVERDUE", "NEEDS A PERSON")
    answer(asked, found, table(head, rows))
    return 1 if any(one["needs"] for one in found) else 0


def _require_address(number: int, place: str) -> None:
    try:
        parts = urlsplit(place)
        known = parts.scheme in {"http", "postgresql", "postgres"} and parts.hostname and (parts.port or True)
    except ValueError:
        known = False
    if not known:
        raise AddressUnreadable(number=number)


def _look(place: str) -> dict[str, Any]:
    parts = urlsplit(place)
    where = f"{parts.hostname}:{parts.port}{parts.path}"  # never the password
    try:
        assert parts.hostname
        if parts.scheme == "http":
            return {"where": where, **_by_http(parts.hostname, parts.port or 80, parts.path.rstrip("/"))}
        return {"where": where, **asyncio.run(_from_database(place))}
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
        pending, age = await outbox.backlog(db)
        events, streams = await parked.count(db)
        overdue, held = await timers.overdue(db, Clock(Path(clock_file) if clock_file else None).now())
        lag = await _lag(db)
    finally:
        await db.close()
    known = {} if lag is None else {"lag_events": lag}
    return known | {
        "ready": True,
        "outbox_pending": pending,
        "outbox_age_seconds": round(age, 3),
        "parked": events,
        "parked_streams": streams,
        "timers_overdue": overdue,
        "timers_held": held,
    }


async def _lag(db: Connection) -> int | None:
    """How many records there are beyond what the service has read; None without a broker to ask."""
    bootstrap = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    read = await offsets.stored(db)
    if not bootstrap:
        return None
    async with Reading(bootstrap, sorted({topic for topic, _ in read})) as reading:
        return sum(max(0, end - read[part]) for part, end in reading.ends.items() if part in read)


def _judged(asked: argparse.Namespace, found: dict[str, Any]) -> dict[str, Any]:
    """What was found, with the reasons why a person is needed."""
    if not found["ready"]:
        return found | {"needs": [f"does not answer ({found.get('trouble', 'its database is away')})"]}
    held_alone = found["timers_held"] if not found["parked"] else 0
    checks = (
        (found.get("stopped"), f"stopped: {found.get('stopped')}"),
        (found["parked"], "events are parked"),
        (held_alone, f"{held_alone} timers failed"),
        (found["outbox_age_seconds"] > asked.max_outbox_age, "the outbox is not published"),
        (found["timers_overdue"] > asked.max_overdue, "timers are overdue"),
        (found.get("lag_events", 0) > asked.max_lag, "it is behind"),
    )
    return found | {"needs": [why for wrong, why in checks if wrong]}
