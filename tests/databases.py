"""Databases for tests: one migrated template per service and worker, copied for every test."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from carebus.storage.migrate import migrate

_templates: dict[tuple[str, str], str] = {}


def migrations_of(service: str) -> Path:
    """The migrations folder of a service."""
    spec = find_spec(f"services.{service}")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "migrations"


def at(admin_url: str, database: str) -> str:
    """The address of another database on the same server."""
    return urlunsplit(urlsplit(admin_url)._replace(path=f"/{database}"))


async def _template(admin_url: str, label: str, folder: Path) -> str:
    if (admin_url, label) not in _templates:
        name = f"tmpl_{label}_{secrets.token_hex(4)}"
        await _run(admin_url, f"create database {name}")
        await migrate(at(admin_url, name), folder)
        _templates[admin_url, label] = name
    return _templates[admin_url, label]


@asynccontextmanager
async def fresh_database(admin_url: str, label: str, folder: Path) -> AsyncIterator[str]:
    """The address of an empty, migrated database that nobody else uses."""
    template = await _template(admin_url, label, folder)
    name = f"t_{label}_{secrets.token_hex(6)}"
    for attempt in range(20):
        try:
            await _run(admin_url, f"create database {name} template {template} strategy file_copy")
            break
        except asyncpg.ObjectInUseError:  # the template's last connection is still closing
            await asyncio.sleep(0.05 * (attempt + 1))
    try:
        yield at(admin_url, name)
    finally:
        await _run(admin_url, f"drop database if exists {name} with (force)")


@asynccontextmanager
async def copy_of(admin_url: str, url: str) -> AsyncIterator[str]:
    """The address of a copy of a database as it stands; nobody may be at work on it."""
    name = url.rpartition("/")[2]
    for attempt in range(20):
        try:
            await _run(admin_url, f"create database {name}_copy template {name} strategy file_copy")
            break
        except asyncpg.ObjectInUseError:  # a last connection is still closing
            await asyncio.sleep(0.05 * (attempt + 1))
    try:
        yield at(admin_url, f"{name}_copy")
    finally:
        await _run(admin_url, f"drop database if exists {name}_copy with (force)")


async def _run(url: str, statement: str) -> None:
    db = await asyncpg.connect(url)
    try:
        await db.execute(statement)
    finally:
        await db.close()
