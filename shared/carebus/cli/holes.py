"""`carebus holes`: records that were deleted before a service had read them, and how an operator closes them."""

import argparse
import asyncio
import dataclasses
import os
from collections.abc import Iterable, Sequence

from carebus.cli import asking
from carebus.cli.asking import Commands, answer, table
from carebus.contracts import PUBLISHED_BY
from carebus.errors import CarebusError
from carebus.operating.services import database_of
from carebus.operating.standing import Compared, comparison_at
from carebus.storage import holes, operator_acts, watermarks
from carebus.storage.database import Connection
from carebus.storage.holes import Hole


class NotCompared(CarebusError):
    """Still open: {source} has not been compared with the topics since the hole was found. Run `carebus reconcile
    {source} --republish` with that service's environment, then close it again."""


class StillMissing(CarebusError):
    """Still open: when {source} was compared last, {missing} of its events were not on the topics. Run `carebus
    reconcile {source} --republish` with that service's environment, then close it again."""


class NothingToBegin(CarebusError):
    """This service waits on no shortened log: there is nothing to begin with what is left."""


def add(commands: Commands) -> None:
    """Add these commands."""
    group = asking.command(
        commands,
        "holes",
        "records deleted before a service had read them: list, close, or begin with what is left",
        "A hole is shown until it is closed, since a patient's last event leaves no gap. First let every service that"
        " publishes put back what is missing: `carebus reconcile SERVICE --republish`.",
        "carebus holes list care_plan",
        "carebus holes close care_plan http://127.0.0.1:8201 http://127.0.0.1:8203 --because 'republished'",
        "carebus holes begin-with-what-is-left outcomes --because 'counts from this year on'",
    )
    does = group.add_subparsers(required=True, metavar="list|close|begin-with-what-is-left")
    one = does.add_parser("list", parents=[asking.shared()], help="the open ones; exit code 1 if there are any")
    _of_service(one)
    one.set_defaults(run=_list)

    one = does.add_parser(
        "close",
        parents=[asking.shared()],
        help="refused until every source's comparison since then found nothing missing",
    )
    _of_service(one)
    one.add_argument(
        "sources",
        nargs="*",
        help="where each service that publishes answers (http://HOST:PORT or its database, postgresql://...);"
        " without any, those in CAREBUS_SERVICES",
    )
    one.add_argument("--without", action="append", default=[], metavar="SOURCE", help="has never run here")
    asking.acting(one, because_required=True)
    one.set_defaults(run=_close)

    one = does.add_parser(
        "begin-with-what-is-left",
        parents=[asking.shared()],
        help="a new service takes the first event left of each stream for its first",
    )
    _of_service(one)
    asking.acting(one, because_required=True)
    one.set_defaults(run=_begin)


def _of_service(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("service", help="the service's name, such as care_plan; DATABASE_URL is its database")


def _list(asked: argparse.Namespace) -> int:
    found = asyncio.run(_open(asked.service))
    rows = [(f"{h.topic}:{h.partition}", h.start, h.end, _kind(h), h.found_at.isoformat("T", "seconds")) for h in found]
    lines = table(("WHERE", "FROM", "TO", "WHAT", "FOUND"), rows) if found else ["no hole is open"]
    answer(asked, [dataclasses.asdict(hole) for hole in found], lines)
    return 1 if found else 0


def _kind(hole: Hole) -> str:
    return "new service, waits" if hole.at_start else "deleted unread"


async def _open(service: str) -> Sequence[Hole]:
    async with database_of(service) as db:
        return await holes.still_open(db)


def _close(asked: argparse.Namespace) -> int:
    where = asked.sources or os.environ.get("CAREBUS_SERVICES", "").split()
    compared = [comparison_at(place) for place in where]
    closed = asyncio.run(_closed(asked, compared))
    answer(asked, {"closed": len(closed)}, [f"closed: {len(closed)}"])
    return 0


async def _closed(asked: argparse.Namespace, compared: Iterable[Compared]) -> Sequence[Hole]:
    by_source = {one.source: one for one in compared}
    async with database_of(asked.service) as db:
        found = await holes.still_open(db)
        known = PUBLISHED_BY.keys() | await watermarks.sources(db)
        for source in sorted(known - set(asked.without)) if found else ():
            _require_compared(source, by_source.get(source), found)
        await _recorded(db, asked, "close holes", found)
        async with db.transaction():
            await holes.close(db, found, "closed")
    return found


def _require_compared(source: str, compared: Compared | None, found: Sequence[Hole]) -> None:
    """Raise NotCompared or StillMissing unless this source, after the last hole was found, had all on the topics."""
    if compared is None or compared.began_at is None or compared.began_at <= max(hole.found_at for hole in found):
        raise NotCompared(source=source)
    if compared.missing:
        raise StillMissing(source=source, missing=compared.missing)


def _begin(asked: argparse.Namespace) -> int:
    begun = asyncio.run(_begun(asked))
    answer(asked, {"partitions": len(begun)}, [f"begins with what is left of {len(begun)} partitions"])
    return 0


async def _begun(asked: argparse.Namespace) -> Sequence[Hole]:
    async with database_of(asked.service) as db:
        found = [hole for hole in await holes.still_open(db) if hole.at_start]
        if not found:
            raise NothingToBegin
        await _recorded(db, asked, "begin with what is left", found)
        async with db.transaction():
            await holes.begin_with_what_is_left(db, found)
    return found


async def _recorded(db: Connection, asked: argparse.Namespace, act: str, found: Sequence[Hole]) -> None:
    targets = [f"{hole.topic}:{hole.partition}:{hole.start}" for hole in found]
    kept = await operator_acts.begin_act(db, asked.actor, act, targets, asked.because)
    await operator_acts.end_act(db, kept, len(found))
