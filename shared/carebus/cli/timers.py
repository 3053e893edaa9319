"""`carebus timers`: the timers that failed, and the command that lets them be tried again."""

import argparse
import asyncio
import dataclasses
from collections.abc import Sequence

from carebus.cli import asking
from carebus.cli.asking import Commands, answer, table
from carebus.operating.services import database_of
from carebus.storage import operator_acts, timers
from carebus.storage.timers import FailedTimer


def add(commands: Commands) -> None:
    """Add these commands."""
    group = asking.command(
        commands,
        "timers",
        "timers that failed: list them, let them be tried again",
        "A timer fails when its decision is refused or breaks, or its data break a rule of the database. It is kept"
        " with the reason and tried again only when somebody says so; the running service then does it.",
        "carebus timers failed care_plan",
        "carebus timers retry care_plan --because 'mended in 0.2.1'",
        "carebus timers retry care_plan patient/0190f7d0-1111-7000-8000-000000000001 --because 'looked at it'",
    )
    does = group.add_subparsers(required=True, metavar="failed|retry")
    one = does.add_parser("failed", parents=[asking.shared()], help="exit code 1 if there are any")
    one.add_argument("service", help="the service's name, such as care_plan; DATABASE_URL is its database")
    one.set_defaults(run=_failed)

    one = does.add_parser("retry", parents=[asking.shared()], help="of one stream, or all of the service")
    one.add_argument("service", help="the service's name, such as care_plan; DATABASE_URL is its database")
    one.add_argument("stream", nargs="?", help="only this stream, such as patient/ID")
    asking.acting(one, because_required=True)
    one.set_defaults(run=_retry)


def _failed(asked: argparse.Namespace) -> int:
    found = asyncio.run(_listed(asked.service))
    rows = [(one.stream, one.name, one.kind, one.due_at.isoformat("T", "seconds"), one.rule) for one in found]
    lines = table(("STREAM", "NAME", "TYPE", "DUE", "RULE"), rows) if found else ["no timer failed"]
    answer(asked, [dataclasses.asdict(one) for one in found], lines)
    return 1 if found else 0


async def _listed(service: str) -> Sequence[FailedTimer]:
    async with database_of(service) as db:
        return await timers.failed(db)


def _retry(asked: argparse.Namespace) -> int:
    again = asyncio.run(_retried(asked))
    answer(asked, {"again": again}, [f"to be tried again: {again}"])
    return 0


async def _retried(asked: argparse.Namespace) -> int:
    async with database_of(asked.service) as db:
        act = await operator_acts.begin_act(
            db, asked.actor, "retry timers", [asked.stream or "everything"], asked.because
        )
        again = await timers.retry(db, asked.stream)
        await operator_acts.end_act(db, act, again)
    return again
