"""`carebus topics`: create the topics that the contracts name, find those that drifted, and mend their settings."""

import argparse
import asyncio
import dataclasses
import os
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from carebus.cli import asking
from carebus.cli.asking import Commands, answer, table
from carebus.kafka import topics
from carebus.operating.services import brokers

T = TypeVar("T")


def add(commands: Commands) -> None:
    """Add these commands."""
    group = asking.command(
        commands,
        "topics",
        "create, check or mend the topics of the contracts",
        "Reads KAFKA_BOOTSTRAP_SERVERS and CAREBUS_TOPIC_PREFIX. Give the same numbers to check as to create.",
        "carebus topics create --partitions 12 --replication 3",
        "carebus topics check --partitions 12 --replication 3",
        "carebus topics mend",
    )
    does = group.add_subparsers(required=True, metavar="create|check|mend")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--partitions", type=int, default=6, help="chosen once for ever (default 6)")
    common.add_argument("--replication", type=int, default=1, help="replicas of each partition (default 1)")

    one = does.add_parser(
        "create", parents=[common, asking.shared()], help="create those that do not exist; never changes one"
    )
    one.set_defaults(run=_create)

    one = does.add_parser(
        "check", parents=[common, asking.shared()], help="exit code 1 if one is missing or not as it was to be made"
    )
    one.set_defaults(run=_check)

    one = does.add_parser(
        "mend",
        parents=[asking.shared()],
        help="set the settings that drifted; partitions and replicas stay as they are",
    )
    one.set_defaults(run=_mend)


def _create(asked: argparse.Namespace) -> int:
    created = _do(topics.create, asked)
    answer(asked, {"created": list(created)}, created or ["nothing to create"])
    return 0


def _check(asked: argparse.Namespace) -> int:
    drift = _do(topics.drift, asked)
    lines = table(("TOPIC", "WHAT", "WANTED", "FOUND"), [dataclasses.astuple(one) for one in drift])
    answer(asked, [dataclasses.asdict(one) for one in drift], lines if drift else ["every topic is as it should be"])
    return 1 if drift else 0


def _mend(asked: argparse.Namespace) -> int:
    mended = asyncio.run(topics.mend(brokers(), prefix=_prefix()))
    lines = table(("TOPIC", "WHAT", "IS", "WAS"), [dataclasses.astuple(one) for one in mended])
    answer(asked, [dataclasses.asdict(one) for one in mended], lines if mended else ["nothing to mend"])
    return 0


def _do(what: Callable[..., Coroutine[Any, Any, T]], asked: argparse.Namespace) -> T:
    return asyncio.run(what(brokers(), prefix=_prefix(), partitions=asked.partitions, replication=asked.replication))


def _prefix() -> str:
    return os.environ.get("CAREBUS_TOPIC_PREFIX", "")
