"""Finds what a command is about: settings of the environment, a service by its name, its database, its program text."""

import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from difflib import get_close_matches
from importlib import import_module
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import asyncpg
from pydantic import ValidationError

from carebus.credentials import brokers_in, password_of
from carebus.errors import CarebusError, WrongUsage, broken_rules
from carebus.reasoning.proving import RuleProofs
from carebus.service import Service
from carebus.storage import migrate
from carebus.storage.database import Connection


class SettingMissing(WrongUsage):
    """Set the environment variable {name} first."""


class SettingsWrong(WrongUsage):
    """The service's settings are not whole, give this command the service's own environment: {rules}."""


class ServiceUnknown(WrongUsage):
    """There is no service called {name}: no package services.{name} can be found.{hint}"""


class NoProtocols(WrongUsage):
    """The service {name} follows no protocols."""


class WrongDatabase(CarebusError):
    """DATABASE_URL is not the database of {name}, or `migrate` has not been run: {migration} is not applied there."""


def setting(name: str) -> str:
    """A variable of the environment. Raises SettingMissing."""
    value = os.environ.get(name)
    if not value:
        raise SettingMissing(name=name)
    return value


def brokers() -> Sequence[str]:
    """The brokers of the environment. Raises SettingMissing, BrokersUnnamed."""
    return brokers_in(setting("KAFKA_BOOTSTRAP_SERVERS"))


def migrations_of(name: str) -> Path:
    """The folder of a service's migrations, by its short name or its package's full one. Raises ServiceUnknown."""
    try:
        spec = find_spec(_package(name))
    except ModuleNotFoundError:
        spec = None
    if spec is None or not spec.submodule_search_locations:
        raise ServiceUnknown(name=name, hint=_hint(name))
    return Path(spec.submodule_search_locations[0]) / "migrations"


def service_called(name: str, **instead: str) -> Service:
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


def proofs_of(name: str) -> RuleProofs:
    """How a service proves its protocols. Raises ServiceUnknown, NoProtocols."""
    migrations_of(name)
    found = getattr(import_module(f"{_package(name)}.app"), "PROTOCOLS", None)
    if not isinstance(found, RuleProofs):
        raise NoProtocols(name=name)
    return found


def sources_of(name: str) -> Sequence[Path]:
    """The program text of a service and of the kit, in order: what decides how events are handled."""
    folders = (migrations_of(name).parent, Path(str(files("carebus"))))
    return [file for folder in folders for file in sorted(folder.rglob("*.py"))]


def _hint(name: str) -> str:
    """The nearest service there is."""
    spec = find_spec("services")
    folders = [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []
    near = get_close_matches(name, [one.name for folder in folders for one in folder.iterdir() if one.is_dir()], n=1)
    return f" Did you mean {near[0]}?" if near else ""


def _package(name: str) -> str:
    return name if "." in name else f"services.{name}"


@asynccontextmanager
async def database_of(name: str) -> AsyncIterator[Connection]:
    """A connection to DATABASE_URL, once it is sure to be this service's database. Raises WrongDatabase."""
    wanted = [one for one in migrate.migrations(migrations_of(name)) if one.phase is migrate.MigrationPhase.PRE]
    address = setting("DATABASE_URL")
    db = await asyncpg.connect(address, password=password_of(address), timeout=10, command_timeout=None)
    try:
        applied = await migrate.applied(db)
        for migration in wanted:
            if applied.get(migration.name) != migration.checksum:
                raise WrongDatabase(name=name, migration=migration.name)
        yield db
    finally:
        await db.close()


def say(text: str) -> None:
    """Progress, for the person who waits."""
    print(text, file=sys.stderr, flush=True)
