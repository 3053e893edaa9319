"""`carebus parked`: see, retry and give up the events that a service could not handle; every such act is recorded."""

import argparse
import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from carebus.cli import asking
from carebus.cli.asking import Commands, answer, table
from carebus.cli.retrying import NothingParked, Retry
from carebus.contracts import EVENTS
from carebus.errors import WrongUsage
from carebus.observing.redaction import shown
from carebus.operating.services import database_of, say
from carebus.storage import operator_acts, parked_list
from carebus.storage.parked import Parked
from carebus.storage.parked_list import Kept
from carebus.subscribing.arrivals import read_parked

_TARGET = "a stream (patient/ID), an event's id, or TOPIC:PARTITION:OFFSET"
NOT_SHOWN = "[not shown]"


class MendNeedsOneEvent(WrongUsage):
    """A mended body or mended headers are for one event: name exactly one, not a stream."""


class HeadersUnreadable(WrongUsage):
    """The file of headers must be a JSON object of names and texts."""


def add(commands: Commands) -> None:
    """Add these commands."""
    group = asking.command(
        commands,
        "parked",
        "see, retry and give up events that a service could not handle",
        "Give it the service's own environment. Patients' data is shown only with --show-phi; that, and every retry and"
        " discard, is recorded in the table operator_act.",
        "carebus parked list care_plan",
        "carebus parked show care_plan patient/6a0f...",
        "carebus parked retry care_plan --all --because 'mended in release 0.2'",
        "carebus parked discard care_plan 01890a5d... --because 'told twice, see the second'",
    )
    does = group.add_subparsers(required=True, metavar="list|show|retry|discard")
    common = asking.shared()
    common.add_argument("service", help="the service's name, such as care_plan; DATABASE_URL is its database")

    one = does.add_parser("list", parents=[common], help="what is parked and why; exit code 1 if anything is")
    one.add_argument("--limit", type=int, default=200, help="at most so many events (default 200)")
    one.add_argument(
        "--older-than",
        type=asking.span,
        default=timedelta(),
        metavar="SPAN",
        help="only what was parked so long ago: 30m, 2h, 3d",
    )
    one.set_defaults(run=_list)

    one = does.add_parser("show", parents=[common], help="one event, or a stream's, in full; patients' data hidden")
    one.add_argument("target", help=_TARGET)
    one.add_argument("--show-phi", action="store_true", help="show patients' data too; recorded")
    asking.acting(one)
    one.set_defaults(run=_show)

    one = does.add_parser("retry", parents=[common], help="handle again, in order, with the service's own code")
    what = one.add_mutually_exclusive_group(required=True)
    what.add_argument("target", nargs="?", help=_TARGET)
    what.add_argument("--all", action="store_true", help="every stream, and every event without one")
    one.add_argument("--body", type=Path, help="a file with the mended body to handle instead")
    one.add_argument("--headers", type=Path, help="a JSON file with headers that replace those of the same names")
    asking.acting(one)
    one.set_defaults(run=_retry)

    one = does.add_parser("discard", parents=[common], help="give events up for ever; those behind them go on")
    one.add_argument("target", nargs="+", help=_TARGET)
    asking.acting(one, because_required=True)
    one.set_defaults(run=_discard)


def _list(asked: argparse.Namespace) -> int:
    kept = asyncio.run(_kept(asked.service, asked.limit, asked.older_than))
    head = ("STREAM", "EVENT", "TYPE", "SEQUENCE", "REASON", "RULE", "TRIES", "SINCE")
    rows = [
        (
            one.stream or "(none)",
            one.name,
            (one.type or "").rpartition(".")[2],
            one.sequence,
            one.event.reason.value,
            one.event.rule,
            one.attempts,
            f"{one.parked_at:%Y-%m-%d %H:%M:%S}",
        )
        for one in kept
    ]
    answer(asked, [_about(one) for one in kept], table(head, rows) if rows else ["nothing is parked"])
    if len(kept) == asked.limit:
        say(f"only the first {asked.limit} are shown")
    return 1 if kept else 0


async def _kept(service: str, limit: int, older_than: timedelta) -> list[Kept]:
    async with database_of(service) as db:
        return await parked_list.listed(db, limit=limit, older_than=older_than)


def _show(asked: argparse.Namespace) -> int:
    if asked.show_phi:
        asking.require_reason(asked)
    found = asyncio.run(_found(asked))
    if not found:
        raise NothingParked(target=asked.target)
    events = [_about(one) | _content(one.event, show_phi=asked.show_phi) for one in found]
    answer(asked, events, [line for event in events for line in (*_lines(event), "")])
    return 0


async def _found(asked: argparse.Namespace) -> list[Kept]:
    async with database_of(asked.service) as db, db.transaction():
        found = await parked_list.listed(db, target=asked.target)
        if asked.show_phi and found:
            act = await operator_acts.begin_act(db, asked.actor, "show-phi", [asked.target], asked.because)
            await operator_acts.end_act(db, act, len(found))
        return found


def _about(one: Kept) -> dict[str, Any]:
    return {
        "stream": one.stream,
        "event_id": one.event_id,
        "record": one.record,
        "type": one.type,
        "source": one.source,
        "sequence": one.sequence,
        "correlation_id": one.correlation_id,
        "reason": one.event.reason.value,
        "rule": one.event.rule,
        "attempts": one.attempts,
        "parked_at": one.parked_at.isoformat(timespec="seconds"),
    }


def _content(event: Parked, *, show_phi: bool) -> dict[str, Any]:
    """The body and what else a foreign writer may have put anything into."""
    if show_phi:
        return {
            "key": event.key and event.key.decode(errors="replace"),
            "headers": {name: value.decode(errors="replace") for name, value in event.headers},
            "body": event.body and event.body.decode(errors="replace"),
        }
    return {"body": _safe_body(event)}


def _safe_body(event: Parked) -> Any:
    """What the contract says is no patient's data; nothing at all of a body that does not hold to it."""
    envelope = read_parked(event).envelope
    kind = EVENTS.get(envelope.type) if envelope else None
    if kind is None or event.body is None:
        return NOT_SHOWN if event.body else None
    try:
        return shown(kind.model_validate_json(event.body))
    except ValidationError:
        return NOT_SHOWN


def _lines(event: dict[str, Any]) -> list[str]:
    return [f"{name:15} {_text(value)}" for name, value in event.items() if value is not None]


def _text(value: Any) -> str:
    return json.dumps(value, indent=2, default=str, ensure_ascii=False) if isinstance(value, dict) else str(value)


def _retry(asked: argparse.Namespace) -> int:
    mend = _mend(asked)
    done = asyncio.run(Retry(asked.service, asked.actor, asked.because).run(asked.target, mend))
    left = [f"left: {target}: {rule}" for target, rule in done.left]
    answer(
        asked,
        {"handled": done.handled, "left": [{"target": target, "rule": rule} for target, rule in done.left]},
        [f"handled {done.handled}", *left],
    )
    return 1 if done.left else 0


def _mend(asked: argparse.Namespace) -> dict[str, Any]:
    """The fields of a parked event to put other values in."""
    mend: dict[str, Any] = {}
    if asked.body:
        mend["body"] = asked.body.read_bytes()
    if asked.headers:
        mend["headers"] = _headers(asked.headers.read_bytes())
    if mend and (asked.target is None or "/" in asked.target):
        raise MendNeedsOneEvent
    return mend


def _headers(text: bytes) -> list[tuple[str, bytes]]:
    try:
        given = json.loads(text)
    except ValueError:
        raise HeadersUnreadable from None
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise HeadersUnreadable
    return [(name, value.encode()) for name, value in given.items()]


def _discard(asked: argparse.Namespace) -> int:
    discarded = asyncio.run(_give_up(asked))
    answer(asked, {"discarded": [_about(one) for one in discarded]}, [f"discarded {len(discarded)}"])
    return 0


async def _give_up(asked: argparse.Namespace) -> Sequence[Kept]:
    """All of them with their record in one transaction, or none."""
    async with database_of(asked.service) as db, db.transaction():
        found: dict[str, Kept] = {}
        for target in asked.target:
            of = await parked_list.listed(db, target=target)
            if not of:
                raise NothingParked(target=target)
            found |= {one.record: one for one in of}
        act = await operator_acts.begin_act(
            db, asked.actor, "discard", [one.name for one in found.values()], asked.because
        )
        gone = [one for one in found.values() if await parked_list.discard(db, one)]
        await operator_acts.end_act(db, act, len(gone))
        return gone
