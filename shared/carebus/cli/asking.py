"""What all commands share: settings, services by their names, their databases, who acts, and how answers are shown."""

import argparse
import getpass
import json
import os
import sys
import textwrap
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
from pydantic import ValidationError

from carebus import migrate
from carebus.access import password_of
from carebus.arrivals import broken_rules
from carebus.errors import CarebusError

if TYPE_CHECKING:
    from carebus.db import Connection
    from carebus.service import Service

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  # what `add_subparsers` gives has no other name
else:
    Commands = Any

LONGEST_REASON = 500


class SettingMissing(CarebusError):
    """Set the environment variable {name} first."""


class SettingsWrong(CarebusError):
    """The service's settings are not whole, give this command the service's own environment: {rules}."""


class ServiceUnknown(CarebusError):
    """There is no service called {name}: no package services.{name} can be found."""


class WrongDatabase(CarebusError):
    """DATABASE_URL is not the database of {name}, or `migrate` has not been run: {migration} is not applied there."""


def setting(name: str) -> str:
    """A variable of the environment. Raises SettingMissing."""
    value = os.environ.get(name)
    if not value:
        raise SettingMissing(name=name)
    return value


def migrations_of(name: str) -> Path:
    """The folder of a service's migrations, by its short name or its package's full one. Raises ServiceUnknown."""
    try:
        spec = find_spec(_package(name))
    except ModuleNotFoundError:
        spec = None
    if spec is None or not spec.submodule_search_locations:
        raise ServiceUnknown(name=name)
    return Path(spec.submodule_search_locations[0]) / "migrations"


def service_called(name: str, **instead: str) -> "Service":
    """The service with the settings of the environment, or these `instead`. Raises ServiceUnknown, SettingsWrong."""
    migrations_of(name)
    kept = dict(os.environ)
    os.environ.update(instead)
    try:
        made: Service = import_module(f"{_package(name)}.app").service()
    except ValidationError as exc:
        raise SettingsWrong(rules=broken_rules(exc)) from None
    finally:
        os.environ.clear()
        os.environ.update(kept)
    return made


def sources_of(name: str) -> Sequence[Path]:
    """The program text of a service and of the kit, in order: what decides how events are handled."""
    folders = (migrations_of(name).parent, Path(str(files("carebus"))))
    return [file for folder in folders for file in sorted(folder.rglob("*.py"))]


def _package(name: str) -> str:
    return name if "." in name else f"services.{name}"


@asynccontextmanager
async def database_of(name: str) -> AsyncIterator["Connection"]:
    """A connection to DATABASE_URL, once it is sure to be this service's database. Raises WrongDatabase."""
    wanted = [one for one in migrate.migrations(migrations_of(name)) if one.phase is migrate.Phase.PRE]
    address = setting("DATABASE_URL")
    db = await asyncpg.connect(address, password=password_of(address), timeout=10, command_timeout=None)
    try:
        applied = {row["name"]: bytes(row["checksum"]) for row in await db.fetch("select * from schema_migration")}
        for migration in wanted:
            if applied.get(migration.name) != migration.checksum:
                raise WrongDatabase(name=name, migration=migration.name)
        yield db
    finally:
        await db.close()


def acting(parser: argparse.ArgumentParser, *, because_required: bool = False) -> None:
    """The options of an act that is recorded: who and why."""
    parser.add_argument("--actor", type=_short, default=_user(), help="who acts, for the record (default: you)")
    parser.add_argument(
        "--because", type=_short, required=because_required, help="why, for the record; no patient's name"
    )


def _short(text: str) -> str:
    if len(text) > LONGEST_REASON or "\x00" in text or not text.strip():
        raise argparse.ArgumentTypeError(f"1 to {LONGEST_REASON} characters")
    return text.strip()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def command(
    commands: Commands,
    name: str,
    help_line: str,
    about: str,
    *examples: str,
    parents: Sequence[argparse.ArgumentParser] = (),
) -> argparse.ArgumentParser:
    """Add a command whose `--help` says what it does, with examples."""
    lines = "\n".join(f"  {one}" for one in examples)
    return commands.add_parser(
        name,
        parents=list(parents),
        help=help_line,
        description="\n".join(textwrap.wrap(about, 100)),
        epilog=f"example{'s' if len(examples) > 1 else ''}:\n{lines}" if examples else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def shared(*, with_json: bool = True) -> argparse.ArgumentParser:
    """The options that every command has."""
    parser = argparse.ArgumentParser(add_help=False)
    if with_json:
        parser.add_argument("--json", action="store_true", help="answer as one JSON document")
    return parser


def say(text: str) -> None:
    """Progress, for the person who waits."""
    print(text, file=sys.stderr, flush=True)


def answer(asked: argparse.Namespace, as_json: Any, lines: Iterable[str]) -> None:
    """Give the answer in the form that was asked for."""
    print(json.dumps(as_json, indent=2, default=str, ensure_ascii=False) if asked.json else "\n".join(lines))


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Lines with aligned columns."""
    cells = [list(head), *([("" if cell is None else str(cell)) for cell in row] for row in rows)]
    widths = [max(len(row[n]) for row in cells) for n in range(len(head))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
