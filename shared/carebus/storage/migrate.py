"""Migrations: SQL files applied once and in order, the kit's first; `pre` before new code runs and `post` after."""

import asyncio
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from pathlib import Path

import asyncpg
import structlog

from carebus.credentials import password_of
from carebus.errors import CarebusError
from carebus.observing.loops import backoff
from carebus.storage import outbox
from carebus.storage.database import Connection

log = structlog.get_logger()

_NAME = re.compile(r"\d{4}_(pre|post)_[a-z0-9_]+\.sql")
_LOCK = 0x0CA2EB05
_PATIENCE = "set local lock_timeout = '2s'"
_TRIES = 100
_KEPT = """
create table if not exists schema_migration (
    name text primary key,
    checksum bytea not null,
    applied_at timestamptz not null default clock_timestamp()
)
"""


class MigrationPhase(StrEnum):
    """When a migration may run: `pre` while the old code still runs, `post` when only the new code does."""

    PRE = "pre"
    POST = "post"
    ALL = "all"


class MigrationChanged(CarebusError):
    """The migration {name} was changed after it was applied. Add a new one instead."""


class MigrationMisnamed(CarebusError):
    """The migration {name} must be called NNNN_pre_what.sql or NNNN_post_what.sql."""


class ReleaseTooOld(CarebusError):
    """The database has had {name} of a later release, after which this one can't use it. Start the later release."""


FOR_GOOD = (MigrationChanged, MigrationMisnamed, ReleaseTooOld)
"""Refusals that trying again does not change."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file. The name under which it is kept says whose it is: `kit/0001_pre_kit.sql`."""

    name: str
    sql: str
    phase: MigrationPhase

    @classmethod
    def read(cls, owner: str, file: Path) -> "Migration":
        """The migration in a file. Raises MigrationMisnamed."""
        found = _NAME.fullmatch(file.name)
        if found is None:
            raise MigrationMisnamed(name=f"{owner}/{file.name}")
        return cls(f"{owner}/{file.name}", file.read_text(), MigrationPhase(found[1]))

    @staticmethod
    def phase_of(name: str) -> MigrationPhase | None:
        """The phase of a migration that is kept under this name, whichever release had it."""
        found = _NAME.fullmatch(name.rpartition("/")[2])
        return MigrationPhase(found[1]) if found else None

    @property
    def checksum(self) -> bytes:
        """What must not change once it is applied."""
        return hashlib.sha256(self.sql.encode()).digest()


def migrations(folder: Path) -> list[Migration]:
    """The kit's migrations and then those of a service's folder, in order. Raises MigrationMisnamed."""
    kit = Path(str(files("carebus.storage") / "migrations"))
    return [
        Migration.read(owner, file)
        for owner, of in (("kit", kit), ("service", folder))
        for file in sorted(of.glob("*.sql"))
    ]


async def migrate(dsn: str, folder: Path, phase: MigrationPhase = MigrationPhase.ALL) -> Sequence[str]:
    """Apply what is not applied yet, each in its own transaction; gives their names. Safe to run twice, or at once.

    Raises MigrationChanged if an applied file is not what it was, ReleaseTooOld after the `post` of a later release.
    """
    wanted = migrations(folder)
    db = await asyncpg.connect(dsn, password=password_of(dsn), timeout=10, command_timeout=None)
    try:
        await db.execute("select pg_advisory_lock($1)", _LOCK)
        await db.execute(_KEPT)
        done = await _apply(db, wanted, phase)
        if phase is not MigrationPhase.POST:
            await outbox.prepare_partitions(db)
        return done
    finally:
        await db.close()


async def _apply(db: Connection, wanted: Sequence[Migration], phase: MigrationPhase) -> list[str]:
    kept = await applied(db)
    for name in sorted(kept.keys() - {migration.name for migration in wanted}):
        if Migration.phase_of(name) is MigrationPhase.POST:
            raise ReleaseTooOld(name=name)
    done = []
    for migration in wanted:
        if migration.name in kept:
            if kept[migration.name] != migration.checksum:
                raise MigrationChanged(name=migration.name)
        elif phase in {MigrationPhase.ALL, migration.phase}:
            await _apply_one(db, migration)
            done.append(migration.name)
    return done


async def _apply_one(db: Connection, migration: Migration) -> None:
    """Apply one, giving way every two seconds: others that want a table have to wait behind it."""
    for attempt in range(_TRIES):
        try:
            async with db.transaction():
                await db.execute(_PATIENCE)
                await db.execute(migration.sql)
                await db.execute(
                    "insert into schema_migration (name, checksum) values ($1, $2)", migration.name, migration.checksum
                )
        except asyncpg.LockNotAvailableError:
            if attempt == _TRIES - 1:
                raise
            log.warning("migration_gives_way", migration=migration.name, attempt=attempt)
            await asyncio.sleep(backoff(attempt, most=3.0))
        else:
            log.info("migration_applied", migration=migration.name)
            return


async def applied(db: Connection) -> dict[str, bytes]:
    """The migrations that this database has had, with their checksums."""
    rows = await db.fetch("select name, checksum from schema_migration")
    return {row["name"]: bytes(row["checksum"]) for row in rows}
