"""`carebus audit verify`: whether the record of who did and saw what is whole, and what the topic knows of it."""

import argparse
import asyncio
import dataclasses
import os

from carebus.cli import asking
from carebus.cli.asking import Commands, answer
from carebus.operating.auditing import Verified, verify
from carebus.operating.services import brokers, database_of

_WORDS = {
    "row_changed": "row {at} is not what was sealed",
    "rows_missing": "row {at} is missing",
    "not_the_next_row": "row {at} does not follow from the row before it",
    "rewritten": "batch {at} is not what was told on the topic",
    "batch_missing": "batch {at} is on the topic, but not in the database",
    "batch_not_witnessed": "batch {at} is in the database, but not on the topic, which has later ones",
    "told_with_another_head": "batch {at} on the topic is not whole",
    "told_twice_in_two_ways": "batch {at} is on the topic twice, in two ways",
}
_SHOWN = 20


def add(commands: Commands) -> None:
    """Add these commands."""
    group = asking.command(
        commands,
        "audit",
        "check the record of who did and saw what",
        "DATABASE_URL is the service's database; KAFKA_BOOTSTRAP_SERVERS and CAREBUS_TOPIC_PREFIX name the topic.",
        "carebus audit verify care_plan",
    )
    does = group.add_subparsers(required=True, metavar="verify")
    one = does.add_parser(
        "verify",
        parents=[asking.shared()],
        help="walk a service's chain and compare it with the topic; exit code 1 if a row was changed or removed",
    )
    asking.one_service(one)
    one.add_argument(
        "--without-topic",
        action="store_true",
        help="look at the database only: a chain that was written anew as a whole is then not found",
    )
    one.set_defaults(run=_verify)


def _verify(asked: argparse.Namespace) -> int:
    found = asyncio.run(_verified(asked))
    faults = [_WORDS[fault.what].format(at=fault.at) for fault in found.faults]
    more = [f"and {len(faults) - _SHOWN} more"] if len(faults) > _SHOWN else []
    told = dataclasses.asdict(found) | {"faults": [fault._asdict() for fault in found.faults]}
    answer(asked, told, [*_stands(found), *faults[:_SHOWN], *more, f"faults {len(faults)}"])
    return 1 if faults else 0


def _stands(found: Verified) -> list[str]:
    on_topic = "not compared with the topic" if found.witnessed is None else f"{found.witnessed} of them on the topic"
    return [
        f"{found.rows} rows in {found.batches} batches, {on_topic}; {found.pending} rows wait to be sealed",
        f"head {found.head}",
    ]


async def _verified(asked: argparse.Namespace) -> Verified:
    source = asked.source or asked.service.rpartition(".")[2]
    where = None if asked.without_topic else brokers()
    async with database_of(asked.service) as db:
        return await verify(db, source, where, os.environ.get("CAREBUS_TOPIC_PREFIX", ""))
