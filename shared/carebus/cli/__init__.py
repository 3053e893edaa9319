"""The command `python -m carebus`: what operators and build scripts do to databases, topics, events and schemas."""

import argparse
import os
import re
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib.metadata import version
from typing import NoReturn
from urllib.parse import urlsplit

import asyncpg
from aiokafka.errors import AuthenticationFailedError, KafkaError

from carebus.cli import (
    adopt,
    audit,
    emit,
    holes,
    parked,
    protocols,
    rebuild,
    reconcile,
    replay,
    schema,
    status,
    tail,
    timers,
    topics,
    trace,
)
from carebus.errors import CarebusError, WrongUsage, rule_of
from carebus.storage.migrate import FOR_GOOD

_ABOUT = """Operate a Carebus installation. Commands about one service take that service's own environment
(DATABASE_URL, KAFKA_BOOTSTRAP_SERVERS, CAREBUS_TOPIC_PREFIX ...)."""
_END = """Exit codes: 0 all is as it should be, 1 something needs a person, 2 wrong usage, 3 a migration
is refused and would be again, 130 stopped by Ctrl-C. Answers go to standard output (as JSON with --json),
progress and errors to standard error. `carebus COMMAND --help` has examples."""


_GROUPS = (
    status,
    parked,
    timers,
    holes,
    tail,
    trace,
    emit,
    reconcile,
    adopt,
    rebuild,
    replay,
    audit,
    topics,
    protocols,
    schema,
)
"""In the order in which `--help` lists them."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit code: 0 done, 1 not as it should be, 2 wrong usage, 3 refused for good."""
    asked = _parser().parse_args(arguments)
    try:
        return int(asked.run(asked))
    except CarebusError as exc:
        print(f"carebus: {exc}", file=sys.stderr)
        return 3 if isinstance(exc, FOR_GOOD) else 2 if isinstance(exc, WrongUsage) else 1
    except KeyboardInterrupt:
        print("carebus: stopped; nothing is half done, run it again to go on", file=sys.stderr)
        return 130
    except (asyncpg.PostgresError, asyncpg.InterfaceError, KafkaError, OSError) as exc:
        print(f"carebus: {_trouble(exc)}", file=sys.stderr)
    return 1


def _trouble(exc: Exception) -> str:
    """Foreign errors by their type: their texts quote values."""
    if isinstance(exc, asyncpg.InvalidAuthorizationSpecificationError):
        parts = urlsplit(os.environ.get("DATABASE_URL", ""))
        return (
            f"the database at {parts.hostname}:{parts.port or 5432} refuses the login of {parts.username or 'nobody'}"
        )
    if isinstance(exc, AuthenticationFailedError):
        where, role = os.environ.get("KAFKA_BOOTSTRAP_SERVERS"), os.environ.get("KAFKA_SASL_USERNAME")
        return f"the broker at {where} refuses the login of {role or 'nobody'}"
    if isinstance(exc, asyncpg.UndefinedTableError):
        return "the database has not all the kit's tables; run `python -m carebus migrate` first"
    return f"the database, the broker or a file can't be used just now: {rule_of(exc)}"


class _Parser(argparse.ArgumentParser):
    """Says what somebody may have meant who mistyped a word."""

    def error(self, message: str) -> NoReturn:
        mistyped = re.search(r"invalid choice: '([^']*)' \(choose from (.*)\)", message)
        near = get_close_matches(mistyped[1], re.findall(r"[\w-]+", mistyped[2]), n=1) if mistyped else []
        super().error(f"there is no {mistyped[1]!r}: did you mean {near[0]!r}?" if mistyped and near else message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser("carebus", description=_ABOUT, epilog=_END)
    parser.add_argument("--version", action="version", version=f"carebus {version('carebus')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for group in _GROUPS:
        group.add(commands)
    return parser
