"""`carebus migrate` and `carebus schemas`: bring databases, and the published schemas, to the present state."""

import argparse
import asyncio
from pathlib import Path

from carebus.cli import asking
from carebus.cli.asking import Commands, answer
from carebus.observing import schemas
from carebus.observing.releases import breaking
from carebus.operating.services import migrations_of, setting
from carebus.storage import migrate
from carebus.storage.migrate import MigrationPhase


def add(commands: Commands) -> None:
    """Add these commands."""
    one = asking.command(
        commands,
        "migrate",
        "bring a service's database (DATABASE_URL) to the present schema",
        "Applies what is not applied yet, and makes the outbox's partitions of the coming days. May run twice, or at"
        " once. In a rolling deployment: --phase pre before the first new process, --phase post after the last old.",
        "carebus migrate care_plan --phase pre",
        parents=[asking.shared()],
    )
    one.add_argument("service", help="the service's package name, such as care_plan")
    one.add_argument(
        "--phase",
        type=MigrationPhase,
        choices=list(MigrationPhase),
        default=MigrationPhase.ALL,
        help="pre, post or all (default)",
    )
    one.set_defaults(run=_migrate)

    one = asking.command(
        commands,
        "schemas",
        "write the JSON Schemas and the AsyncAPI document of all events",
        "For those who build: writes what the contracts say, or checks that what is written is up to date.",
        "carebus schemas --check",
        parents=[asking.shared()],
    )
    one.add_argument("--check", action="store_true", help="write nothing; fail if what is there is not up to date")
    one.add_argument("--folder", type=Path, default=Path("shared/schemas"))
    one.add_argument(
        "--released",
        type=Path,
        metavar="FOLDER",
        help="with --check: also hold the contracts against every release there, and name what breaks for whom",
    )
    one.set_defaults(run=_schemas)


def _migrate(asked: argparse.Namespace) -> int:
    folder = migrations_of(asked.service)
    applied = asyncio.run(migrate.migrate(setting("DATABASE_URL"), folder, asked.phase))
    answer(asked, {"applied": list(applied)}, applied or ["nothing to apply"])
    return 0


def _schemas(asked: argparse.Namespace) -> int:
    stale = schemas.stale(asked.folder)
    if asked.check:
        broken = [one.told(release) for release, one in breaking(asked.released)] if asked.released else []
        lines = [f"not up to date: {name} (run `make generate`)" for name in stale]
        told = {"not_up_to_date": list(stale), "breaking": broken}
        answer(asked, told, [*broken, *lines] or ["up to date"])
        return 1 if stale or broken else 0
    schemas.write(asked.folder)
    answer(asked, {"written": list(stale)}, stale or ["nothing to write"])
    return 0
