"""`carebus adopt`: lets a database that went back in time catch up with what was published in its service's name."""

import argparse
import asyncio
import dataclasses
import os

from carebus.cli import asking
from carebus.cli.asking import Commands, answer, table
from carebus.kafka import topics
from carebus.kafka.reading import Reading
from carebus.operating.services import brokers, database_of, say
from carebus.relaying.adopting import Adoption, adopt, look
from carebus.storage import operator_acts

_SHOWN = 50


def add(commands: Commands) -> None:
    """Add this command."""
    one = asking.command(
        commands,
        "adopt",
        "after a failover or a restored backup: take what was published and the database does not know",
        "Lists by stream what the topics know of this service and its database does not. Puts those events into the"
        " outbox as published, lets the streams go on after them, and gives what still waits to be published its"
        " sequences anew. What the events had done to this service's own states stays lost: look at the streams named.",
        "carebus adopt referral --list",
        "carebus adopt referral --because 'standby promoted at 14:05, four seconds behind'",
        parents=[asking.shared()],
    )
    one.add_argument("service", help="the service's name, such as referral; DATABASE_URL is its database")
    one.add_argument("--source", help="what its events call it, if that is not the name of its package")
    one.add_argument("--list", action="store_true", help="only look; exit code 1 if anything is unknown")
    asking.acting(one)
    one.set_defaults(run=_adopt)


def _adopt(asked: argparse.Namespace) -> int:
    found = asyncio.run(_adopted(asked))
    rows = [(one.stream, one.events, one.first, one.last, ", ".join(one.types)) for one in found.lost]
    lines = table(("STREAM", "EVENTS", "FROM", "TO", "TYPES"), rows[:_SHOWN]) if rows else []
    lines += [f"and {len(rows) - _SHOWN} more streams (--json names them all)"] if len(rows) > _SHOWN else []
    verb = "unknown" if asked.list else "adopted"
    lines.append(f"{verb}: {found.events} events of {len(rows)} streams; renumbered: {found.renumbered}")
    answer(asked, dataclasses.asdict(found) | {"events": found.events}, lines)
    return 1 if asked.list and found.events else 0


async def _adopted(asked: argparse.Namespace) -> Adoption:
    source = asked.source or asked.service.rpartition(".")[2]
    names = topics.names(os.environ.get("CAREBUS_TOPIC_PREFIX", ""))
    async with database_of(asked.service) as db, Reading(brokers(), names) as reading:
        if asked.list:
            return await look(db, source, reading)
        act = await operator_acts.begin_act(db, asked.actor, "adopt", [source], asked.because)
        async with db.transaction():
            await reading.look_again()
            found = await adopt(db, source, reading, say)
            await operator_acts.end_act(db, act, found.events)
        return found
