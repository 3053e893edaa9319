"""The command `python -m carebus`: what operators and build scripts do to databases, topics and schemas."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from carebus import migrate, schemas, topics
from carebus.errors import CarebusError
from carebus.migrate import Phase


class SettingMissing(CarebusError):
    """Set the environment variable {name} first."""


class ServiceUnknown(CarebusError):
    """There is no service called {name}: no package services.{name} can be found."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit code: 0 done, 1 not as it should be, 2 wrong usage."""
    asked = _parser().parse_args(arguments)
    try:
        return int(asked.run(asked))
    except CarebusError as exc:
        print(f"carebus: {exc}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("carebus", description="Operate a Carebus installation.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    one = commands.add_parser("migrate", help="bring a service's database (DATABASE_URL) to the present schema")
    one.add_argument("service", help="the service's package name, such as care_plan")
    one.add_argument("--phase", type=Phase, choices=list(Phase), default=Phase.ALL, help="pre, post or all (default)")
    one.set_defaults(run=_migrate)

    one = commands.add_parser("topics", help="create the topics that the contracts name (KAFKA_BOOTSTRAP_SERVERS)")
    one.add_argument("do", choices=["create"])
    one.add_argument("--partitions", type=int, default=6)
    one.add_argument("--replication", type=int, default=1)
    one.set_defaults(run=_topics)

    one = commands.add_parser("schemas", help="write the JSON Schemas and the AsyncAPI document of all events")
    one.add_argument("--check", action="store_true", help="write nothing; fail if what is there is not up to date")
    one.add_argument("--folder", type=Path, default=Path("shared/schemas"))
    one.set_defaults(run=_schemas)
    return parser


def _migrate(asked: argparse.Namespace) -> int:
    try:
        spec = find_spec(f"services.{asked.service}")
    except ModuleNotFoundError:
        spec = None
    if spec is None or not spec.submodule_search_locations:
        raise ServiceUnknown(name=asked.service)
    folder = Path(spec.submodule_search_locations[0]) / "migrations"
    applied = asyncio.run(migrate.migrate(_setting("DATABASE_URL"), folder, asked.phase))
    print("\n".join(applied) or "nothing to apply")
    return 0


def _topics(asked: argparse.Namespace) -> int:
    created = asyncio.run(
        topics.create(
            _setting("KAFKA_BOOTSTRAP_SERVERS"),
            prefix=os.environ.get("CAREBUS_TOPIC_PREFIX", ""),
            partitions=asked.partitions,
            replication=asked.replication,
        )
    )
    print("\n".join(created) or "nothing to create")
    return 0


def _schemas(asked: argparse.Namespace) -> int:
    stale = schemas.stale(asked.folder)
    if asked.check:
        print("\n".join(f"not up to date: {name} (run `make schemas`)" for name in stale) or "up to date")
        return 1 if stale else 0
    schemas.write(asked.folder)
    print("\n".join(stale) or "nothing to write")
    return 0


def _setting(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise SettingMissing(name=name)
    return value
