"""`make beside NAME=...`: runs one more service beside a local run, on its servers, with a database of its own."""

from __future__ import annotations

import asyncio
import os
import sys
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

from carebus.storage.migrate import migrate
from deploy.local.databases import create_databases
from deploy.local.failures import LocalServerError
from deploy.local.fleet import Fleet
from deploy.local.kafka import Kafka
from deploy.local.menu import add_link, label_of, link_to, links_of
from deploy.local.options import FIRST_OPERATORS_PORT_OF_OTHERS, FIRST_PORT_OF_OTHERS, SERVICES, Options
from deploy.local.postgres import Postgres
from deploy.local.preflight import is_free
from deploy.local.programs import address


class NotAService(LocalServerError):
    """There is no service {0}: say `make beside NAME=bereavement` for one that `make new-service` has made."""


class OneOfTheRun(LocalServerError):
    """`make run` runs {0} itself."""


def environment_of(name: str, options: Options) -> dict[str, str]:
    """What the service finds in its environment; makes and migrates its database. Raises a `LocalServerError`."""
    if name in SERVICES or _answers(links_of(options.links_file).get(label_of(name), "")):
        raise OneOfTheRun(name)
    spec = find_spec(f"services.{name}") if name.isidentifier() else None
    if spec is None or spec.origin is None:
        raise NotAService(name or "without a name")
    admin = options.database_url or Postgres(options.data / "postgres", options.ports["postgres"]).url
    urls = asyncio.run(create_databases(admin, [name], options.data / f"password-of-{name}.json"))
    asyncio.run(migrate(urls[name], Path(spec.origin).parent / "migrations"))
    broker = options.bootstrap or Kafka(options.data / "kafka", options.ports["kafka"], options.data).bootstrap
    told = {"DATABASE_URL": urls[name], "KAFKA_BOOTSTRAP_SERVERS": broker}
    port = _port("CAREBUS_PORT", FIRST_PORT_OF_OTHERS)
    operators = _port("CAREBUS_OPERATORS_PORT", FIRST_OPERATORS_PORT_OF_OTHERS)
    fleet = Fleet(options)
    own = os.environ.get("CAREBUS_OIDC_ISSUER")
    signs_in = {"CAREBUS_OIDC_ISSUER": own} if own else fleet.signing_in
    signs_in["CAREBUS_PUBLIC_URL"] = address(int(port))
    return fleet.environment({"CAREBUS_PORT": port, "CAREBUS_OPERATORS_PORT": operators, **signs_in, **told})


def _port(setting: str, first: int) -> str:
    return os.environ.get(setting) or str(next(filter(is_free, count(first))))


def join_menu(name: str, where: str, operators: str, options: Options) -> None:
    """Let the start page and all menus of the run have the service too."""
    add_link(options.links_file, link_to(name, where))
    add_link(options.operators_file, link_to(name, operators))


def _answers(where: str) -> bool:
    return bool(where) and not is_free(urlsplit(where).port or 0)


def main(words: list[str]) -> None:
    """Become the service that the one word names; whatever stands in the way is one sentence and the exit code 1."""
    name = words[0] if words else ""
    try:
        options = Options.read()
        environment = environment_of(name, options)
    except LocalServerError as failed:
        sys.exit(str(failed).replace("\n    ", " "))
    where = address(int(environment["CAREBUS_PORT"]))
    operators = address(int(environment["CAREBUS_OPERATORS_PORT"]))
    join_menu(name, where, operators, options)
    print(f"{name} is at {where}, for operators at {operators}; Ctrl-C stops it.", flush=True)
    # Ctrl-C and every other signal then reach the service and it alone.
    os.execve(sys.executable, [sys.executable, "-m", f"services.{name}"], environment)  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
