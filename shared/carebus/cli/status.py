"""`carebus status`: how services stand, by their addresses or straight from their databases, and who needs a person."""

import argparse
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from carebus.cli import asking
from carebus.cli.asking import Commands, answer, table
from carebus.operating.services import setting
from carebus.operating.standing import look, require_address

_COLUMNS = ("lag_events", "outbox_pending", "outbox_age_seconds", "parked", "parked_streams", "timers_overdue")

_HEAD = ("SERVICE", "LAG", "OUTBOX", "AGE", "PARKED", "STREAMS", "OVERDUE", "WHERE")


def add(commands: Commands) -> None:
    """Add these commands."""
    one = asking.command(
        commands,
        "status",
        "how services stand; exit code 1 if one needs a person",
        "A line per service: how many events it is behind, how many it has not published yet and for how many seconds,"
        " parked events and their streams, timers overdue; then why one needs a person. Exit code 1 if one does.",
        "carebus status http://127.0.0.1:8201 http://127.0.0.1:8202 http://127.0.0.1:8203 http://127.0.0.1:8204",
        "DATABASE_URL=postgresql://ops@db.example/care_plan carebus status --json",
        parents=[asking.shared()],
    )
    one.add_argument(
        "where",
        nargs="*",
        help="http://HOST:PORT that a running service serves operators on, or the postgresql:// address of a database"
        " (its lag needs KAFKA_BOOTSTRAP_SERVERS); without any, those in CAREBUS_SERVICES (separated by spaces), or"
        " DATABASE_URL",
    )
    one.add_argument("--max-outbox-age", type=float, default=60, metavar="SECONDS", help="default 60")
    one.add_argument("--max-lag", type=int, default=10_000, metavar="EVENTS", help="default 10000")
    one.add_argument("--max-overdue", type=int, default=0, metavar="TIMERS", help="default 0")
    one.set_defaults(run=_status)


def _status(asked: argparse.Namespace) -> int:
    places = asked.where or os.environ.get("CAREBUS_SERVICES", "").split() or [setting("DATABASE_URL")]
    for number, place in enumerate(places, 1):
        require_address(number, place)
    with ThreadPoolExecutor(max_workers=16) as at_once:  # one that does not answer must not hold up the others
        found = [_judged(asked, one) for one in at_once.map(look, places)]
    rows = [(one.get("service", ""), *(one.get(name, "?") for name in _COLUMNS), one["where"]) for one in found]
    needs = [f"{one['where']} needs a person: {why}" for one in found for why in one["needs"]]
    untold = [
        f"{one['where']} left untold, as it was due before it began: {_counted(one)}"
        for one in found
        if one.get("untold")
    ]
    heads = [f"{one['where']} has sealed {_chain(one['audit'])}" for one in found if one.get("audit", {}).get("number")]
    read = [f"{one['where']} reads next {_offsets(one['offsets'])}" for one in found if one.get("offsets")]
    answer(asked, found, [*table(_HEAD, rows, last_may_stick_out=True), *needs, *untold, *heads, *read])
    return 1 if any(one["needs"] for one in found) else 0


def _chain(audit: dict[str, Any]) -> str:
    return f"{audit['number']} rows of its audit in {audit['batch']} batches, head {audit['hash']}"


def _offsets(offsets: dict[str, dict[str, int]]) -> str:
    """The next record of each partition: `patient.events 0:12 1:7`."""
    return ", ".join(f"{topic} {' '.join(f'{n}:{at}' for n, at in of.items())}" for topic, of in offsets.items())


def _counted(one: dict[str, Any]) -> str:
    return ", ".join(f"{events} {kind}" for kind, events in one["untold"].items())


def _unsealed_for(found: dict[str, Any]) -> float:
    """Seconds for which the oldest row of the audit waits; a service of an older release has none."""
    return float(found.get("audit", {}).get("age_seconds", 0))


def _judged(asked: argparse.Namespace, found: dict[str, Any]) -> dict[str, Any]:
    """What was found, with the reasons why a person is needed."""
    if not found["ready"]:
        return found | {"needs": [f"does not answer ({found.get('trouble', 'its database is away')})"]}
    checks = (
        (found.get("stopped"), f"stopped: {found.get('stopped')}"),
        (found.get("older_database"), "its database is older than what it published: carebus adopt"),
        (found.get("holes"), "records were deleted before it had read them: carebus holes"),
        (
            found.get("waits_on_shortened_log"),
            "it is new and waits: the log's first events are gone: carebus holes",
        ),
        (found["parked"], "events are parked"),
        (found.get("forked"), "some of these have the sequence of another event"),
        (found.get("timers_failed"), f"{found.get('timers_failed')} timers failed: carebus timers"),
        (found["outbox_age_seconds"] > asked.max_outbox_age, "the outbox is not published"),
        (_unsealed_for(found) > asked.max_outbox_age, "the audit is not sealed"),
        (found["timers_overdue"] > asked.max_overdue, "timers are overdue"),
        (found.get("lag_events", 0) > asked.max_lag, "it is behind"),
    )
    return found | {"needs": [why for wrong, why in checks if wrong]}
