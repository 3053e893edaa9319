"""`carebus replay`: reads topics again with side effects off, to see what comes of it or to fill a new database."""

import argparse
import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg

from carebus.cli import asking
from carebus.cli.asking import Commands, answer, table
from carebus.credentials import password_of
from carebus.errors import CarebusError, WrongUsage
from carebus.kafka.reading import Reading
from carebus.operating import refilling
from carebus.operating.projections import require_loadable
from carebus.operating.services import database_of
from carebus.records import Partition
from carebus.storage import copies, offsets, operator_acts
from carebus.storage.database import Connection, schema_of
from carebus.subscribing.arrivals import Arrival

Where = datetime | tuple[Partition, int]


class NotNew(CarebusError):
    """The service works on the database at DATABASE_URL, or did: give replay a new one, made with `migrate`."""


class LoadIsWhole(WrongUsage):
    """--load takes everything from the first event: --from, --to, --topic, --stream and --keep are for looking only."""


class OnlyWithLoad(WrongUsage):
    """--to-offsets-of says where a load ends: say --load too."""


def add(commands: Commands) -> None:
    """Add this command."""
    one = asking.command(
        commands,
        "replay",
        "read topics again with side effects off: to look, or to fill a new subscriber's database",
        "DATABASE_URL must be a new database, made with `carebus migrate`, never the one that the service works on."
        " The service's own handlers decide, as of the times of the events; nothing is published, no timer fires, no"
        " worker runs. Without --load it tells what this release decides, and what fails, and forgets the result; exit"
        " code 1 if anything fails. With --load the result stays, and the service started on that database handles"
        " later events as usual.",
        "carebus replay notifications --from 2026-03-01T00:00Z --to 2026-03-08T00:00Z",
        "carebus replay notifications --load --to-offsets-of postgresql://ops@db.example/old_notifications",
        parents=[asking.shared()],
    )
    one.add_argument("service", help="the service's name, such as notifications; DATABASE_URL is a new database")
    where = "a time (2026-03-01T00:00Z), or TOPIC:PARTITION:OFFSET, again and again; then only these partitions"
    one.add_argument("--from", dest="since", type=_where, action="append", default=[], metavar="WHERE", help=where)
    one.add_argument(
        "--to", dest="until", type=_where, action="append", default=[], metavar="WHERE", help="the first not to be read"
    )
    one.add_argument("--topic", action="append", help="only this topic, of those that the service hears")
    one.add_argument("--stream", help="only the events of this stream, such as patient/ID")
    one.add_argument(
        "--keep", action="store_true", help=f"leave the result in the schema {refilling.SCHEMA}, to be queried"
    )
    one.add_argument("--load", action="store_true", help="put the result in place: the service goes on from it")
    one.add_argument(
        "--to-offsets-of",
        metavar="DATABASE",
        help="with --load: read as far as the (stopped) service with this postgresql:// address had read",
    )
    refilling.options(one)
    asking.acting(one)
    one.set_defaults(run=_replay)


def _where(text: str) -> Where:
    match text.rsplit(":", 2):
        case [topic, partition, offset] if topic and partition.isdecimal() and offset.isdecimal() and "T" not in topic:
            return (topic, int(partition)), int(offset)
        case _:
            pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a time such as 2026-03-01T00:00Z, or TOPIC:PARTITION:OFFSET") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _replay(asked: argparse.Namespace) -> int:
    asked.plan, asked.afresh = ("load", asked.afresh) if asked.load else ("look", True)
    if asked.load and (asked.since or asked.until or asked.topic or asked.stream or asked.keep):
        raise LoadIsWhole
    if asked.to_offsets_of and not asked.load:
        raise OnlyWithLoad
    done = asyncio.run(_loaded(asked) if asked.load else _looked(asked))
    answer(asked, done, _lines(done))
    return 1 if done["failed"] else 0


async def _looked(asked: argparse.Namespace) -> dict[str, Any]:
    service = refilling.service_for_copy(asked.service)
    async with (
        database_of(asked.service) as db,
        refilling.alone(db),
        refilling.reading_of(service, asked.topic) as reading,
    ):
        await _require_new(db)
        since, until = await _bounds(reading, asked.since, asked.until)
        act = await operator_acts.begin_act(db, asked.actor, "replay", [service.core.name], asked.because)
        async with refilling.work(db, asked, service, reading, (since, until), _of_stream(asked.stream)) as work:
            await work.replay.read(reading, until)
        await operator_acts.end_act(db, act, work.replay.counts.read)
        failed = await copies.failed_in(db, refilling.SCHEMA)
        if not asked.keep:
            await copies.drop(db, refilling.SCHEMA)
    return _told(work, failed) | {"loaded": False, "kept_in": refilling.SCHEMA if asked.keep else None}


async def _loaded(asked: argparse.Namespace) -> dict[str, Any]:
    service = refilling.service_for_copy(asked.service)
    async with database_of(asked.service) as db, refilling.alone(db), refilling.reading_of(service) as reading:
        await _require_new(db)
        await require_loadable(service, db)
        refilling.require_whole(reading)
        until = await _offsets_of(asked.to_offsets_of) if asked.to_offsets_of else None
        act = await operator_acts.begin_act(db, asked.actor, "replay --load", [service.core.name], asked.because)
        async with refilling.work(db, asked, service, reading, (reading.starts, until or reading.ends)) as work:
            if until is None:
                await work.catch_up()
            else:
                await work.replay.read(reading, until)
            await _require_new(db)
            await work.put_in_place(act, accept_parked=asked.accept_parked)
        live = await schema_of(db)
        return _told(work, await copies.failed_in(db, live)) | {"loaded": True, "kept_in": None}


def _of_stream(stream: str | None) -> Callable[[Arrival], bool] | None:
    if stream is None:
        return None
    return lambda arrival: arrival.envelope is not None and arrival.envelope.subject == stream


async def _require_new(db: Connection) -> None:
    if await copies.was_used(db):
        raise NotNew


async def _bounds(
    reading: Reading, since: Sequence[Where], until: Sequence[Where]
) -> tuple[dict[Partition, int], dict[Partition, int]]:
    """From where, and to where; partitions that are named by offset are read alone."""
    begins, ends = dict(reading.starts), dict(reading.ends)
    named = {part for one in (*since, *until) if not isinstance(one, datetime) for part in [one[0]]}
    for bounds, given in ((begins, since), (ends, until)):
        for one in given:
            bounds.update(await reading.at(one) if isinstance(one, datetime) else dict([one]))
    if named:
        ends = {part: end for part, end in ends.items() if part in named}
    return begins, ends


async def _offsets_of(address: str) -> dict[Partition, int]:
    db = await asyncpg.connect(address, password=password_of(address), timeout=10)
    try:
        return await offsets.stored(db)
    finally:
        await db.close()


def _told(work: refilling.Work, failed: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "service": work.service.core.name,
        "went_on_after": work.before,
        **work.replay.counts.told(),
        "failed": failed,
        "seconds": round(work.progress.seconds, 1),
        "rate": round(work.progress.rate),
    }


def _lines(done: dict[str, Any]) -> list[str]:
    rows = [
        *(("decided", kind, count) for kind, count in sorted(done["decided"].items())),
        *(("ignored", why, count) for why, count in sorted(done["ignored"].items())),
        *(("not heard", kind, count) for kind, count in sorted(done["passed_over"].items())),
        *(("would tell", kind, count) for kind, count in sorted(done["would_tell"].items())),
        *(("repeated", "", count) for count in [done["repeats"]] if count),
        *(
            (f"parked: {one['reason']}", f"{one['type'].rpartition('.')[2]} {one['rule']}".strip(), one["events"])
            for one in done["failed"]
        ),
    ]
    end = "loaded: start the service on this database" if done["loaded"] else "nothing was published, nothing is kept"
    if done["kept_in"]:
        end = f"nothing was published; the result is in the schema {done['kept_in']}"
    return [*table(("WHAT", "WHICH", "EVENTS"), rows), "", f"{done['read']} records read, {done['rate']}/s; {end}"]
