"""A database and a role of its own for each service, made through the administrator's address."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from deploy.local.failures import LocalServerError

CONNECT_TIMEOUT_S = 10.0
PREFIX = "carebus_"


class DatabaseUnreachable(LocalServerError):
    """Cannot reach PostgreSQL at {0}, which DATABASE_URL names: {1}. Start it, or leave DATABASE_URL unset to use the
    one that comes along."""


class MayNotCreate(LocalServerError):
    """The role of DATABASE_URL may not create roles and databases on {0}: {1}."""


async def create_databases(admin_url: str, services: Iterable[str], passwords: Path) -> dict[str, str]:
    """Make sure that each service has its database and role; returns the address each service connects to.

    Passwords are made once and kept in the file `passwords`, which nobody else may read. Existing databases stay as
    they are. Raises `DatabaseUnreachable` or `MayNotCreate`.
    """
    kept = _passwords(passwords, services)
    try:
        connection = await asyncpg.connect(admin_url, timeout=CONNECT_TIMEOUT_S)
    except (OSError, ValueError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as failed:
        raise DatabaseUnreachable(_place(admin_url), _words(failed)) from failed
    try:
        for service, password in kept.items():
            await _create(connection, PREFIX + service, password)
    except asyncpg.InsufficientPrivilegeError as refused:
        raise MayNotCreate(_place(admin_url), _words(refused)) from refused
    finally:
        await connection.close()
    return {service: service_url(admin_url, PREFIX + service, password) for service, password in kept.items()}


def service_url(admin_url: str, role: str, password: str) -> str:
    """The address of the database `role` on the server of `admin_url`, for the role of the same name."""
    parts = urlsplit(admin_url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, f"{role}:{quote(password, safe='')}@{host}", f"/{role}", parts.query, ""))


async def _create(connection: asyncpg.Connection, role: str, password: str) -> None:
    """Make the role and its database; the names are our own, the password has no quote in it."""
    if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
        await connection.execute(f"CREATE ROLE {role} LOGIN")
    await connection.execute(f"ALTER ROLE {role} PASSWORD '{password}'")
    if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", role):
        if not await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
            await connection.execute(f"GRANT {role} TO current_user")  # without this it may not give the database away
        await connection.execute(f"CREATE DATABASE {role} OWNER {role}")
    await connection.execute(f"REVOKE CONNECT ON DATABASE {role} FROM PUBLIC")


def _passwords(file: Path, services: Iterable[str]) -> dict[str, str]:
    kept: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    wanted = {service: kept.get(service) or secrets.token_urlsafe(24) for service in services}
    if kept != wanted:
        _write_private(file, json.dumps(wanted))
    return wanted


def _write_private(file: Path, text: str) -> None:
    draft = file.with_name(f"{file.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    draft.replace(file)


def _place(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2] or "its socket"


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    return str(error).strip().rstrip(".").splitlines()[0] if str(error).strip() else type(error).__name__
