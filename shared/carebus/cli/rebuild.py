"""`carebus rebuild`: makes a projection again from the first event, beside the old one, and puts it in its place."""

import argparse
import asyncio
from typing import Any

from carebus.cli import asking
from carebus.cli.asking import Commands, answer
from carebus.operating import refilling
from carebus.operating.projections import require_projection
from carebus.operating.services import database_of
from carebus.storage import operator_acts, parked


def add(commands: Commands) -> None:
    """Add this command."""
    one = asking.command(
        commands,
        "rebuild",
        "make a projection again from the first event of its topics",
        "Reads everything into a copy beside the tables of the service, then puts the copy in their place in one"
        " transaction. The service may run meanwhile: its pages show the old figures until the new ones are ready."
        " Broken off, it goes on where it was when it is run again. Only for a service that hears and tells nothing,"
        " such as outcomes; others are restored from backup.",
        "carebus rebuild outcomes --because 'journeys count readmissions since 0.2'",
        parents=[asking.shared()],
    )
    one.add_argument("service", help="the service's name, such as outcomes; DATABASE_URL is its database")
    refilling.options(one)
    asking.acting(one)
    one.set_defaults(run=_rebuild, plan="rebuild")


def _rebuild(asked: argparse.Namespace) -> int:
    done = asyncio.run(_rebuilt(asked))
    words = f"rebuilt {asked.service} from {done['events']} events in {done['seconds']} s, {done['rate']}/s"
    answer(asked, done, [words, *([f"parked: {done['parked']}"] if done["parked"] else [])])
    return 1 if done["parked"] else 0


async def _rebuilt(asked: argparse.Namespace) -> dict[str, Any]:
    service = refilling.service_for_copy(asked.service)
    async with database_of(asked.service) as db, refilling.alone(db):
        await require_projection(service, db)
        async with refilling.reading_of(service) as reading:
            refilling.require_whole(reading)
            act = await operator_acts.begin_act(db, asked.actor, "rebuild", [service.core.name], asked.because)
            async with refilling.work(db, asked, service, reading, (reading.starts, reading.ends)) as work:
                await work.catch_up()
                events = await work.put_in_place(act, accept_parked=asked.accept_parked)
        return {
            "service": service.core.name,
            "events": events,
            "went_on_after": work.before,
            "parked": (await parked.count(db))[0],
            "seconds": round(work.progress.seconds, 1),
            "rate": round(work.progress.rate),
        }
