"""What all commands share: their options, who acts, and how answers are shown."""

import argparse
import getpass
import json
import os
import textwrap
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from carebus.errors import WrongUsage

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  # what `add_subparsers` gives has no other name
else:
    Commands = Any

COLUMNS = 80
"""Of a terminal, and of a line in a ticket."""
LONGEST_REASON = 500
LONGEST_SPAN = 100_000
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class ReasonMissing(WrongUsage):
    """Say why with --because: it is kept with the act."""


def acting(parser: argparse.ArgumentParser, *, because_required: bool = False) -> None:
    """The options of an act that is recorded: who and why."""
    parser.add_argument("--actor", type=_short, default=_user(), help="who acts, for the record (default: you)")
    parser.add_argument(
        "--because", type=_short, required=because_required, help="why, for the record; no patient's name"
    )


def span(text: str) -> timedelta:
    """A span of time as an option gives it: 30m, 2h, 3d."""
    number, unit = text[:-1], text[-1:]
    if not number.isdecimal() or unit not in _UNITS or int(number) > LONGEST_SPAN:
        raise argparse.ArgumentTypeError(f"{text} is no span: give minutes, hours or days, such as 30m, 2h or 3d")
    return timedelta(**{_UNITS[unit]: int(number)})


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
        description="\n".join(textwrap.wrap(about, COLUMNS - 2)),
        epilog=f"example{'s' if len(examples) > 1 else ''}:\n{lines}" if examples else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def shared(*, with_json: bool = True) -> argparse.ArgumentParser:
    """The options that every command has."""
    parser = argparse.ArgumentParser(add_help=False)
    if with_json:
        parser.add_argument("--json", action="store_true", help="answer as one JSON document")
    return parser


def one_service(parser: argparse.ArgumentParser) -> None:
    """Let a command be about one service, whose events may be called otherwise."""
    parser.add_argument("service", help="the service's name, such as care_plan; DATABASE_URL is its database")
    parser.add_argument("--source", help="what its events call it, if that is not the name of its package")


def answer(asked: argparse.Namespace, as_json: Any, lines: Iterable[str]) -> None:
    """Give the answer in the form that was asked for."""
    print(json.dumps(as_json, indent=2, default=str, ensure_ascii=False) if asked.json else "\n".join(lines))


def require_reason(asked: argparse.Namespace) -> None:
    """Raise `ReasonMissing` unless it is said why patients' data are looked at."""
    if not asked.because:
        raise ReasonMissing


def table(head: Sequence[str], rows: Iterable[Sequence[object]], *, last_may_stick_out: bool = False) -> list[str]:
    """Lines with aligned columns; if these are wider than a terminal, a line for each cell, row after row."""
    cells = [list(head), *([("" if cell is None else str(cell)) for cell in row] for row in rows)]
    widths = [max(len(row[n]) for row in cells) for n in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    counted = widths[:-1] if last_may_stick_out else widths
    fits = sum(counted) + 2 * (len(head) - 1) <= COLUMNS
    return lines if fits else _one_by_one(head, cells[1:])


def _one_by_one(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """What is in them can then still be copied whole."""
    width = max(map(len, head))
    blocks = [[f"{name.ljust(width)}  {cell}" for name, cell in zip(head, row, strict=True) if cell] for row in rows]
    return [line for block in blocks for line in ("", *block)][1:]
