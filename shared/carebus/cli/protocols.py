"""`carebus protocols`: prove protocols before anybody follows them, and see what a new version changes."""

import argparse
from dataclasses import asdict
from pathlib import Path

from carebus.cli import asking
from carebus.cli.asking import Commands, answer, table
from carebus.operating.services import proofs_of
from carebus.reasoning.proving import Proved, RuleChange


def add(commands: Commands) -> None:
    """Add these commands."""
    group = asking.command(
        commands,
        "protocols",
        "prove the protocols of the 24/7 line, or tell two versions apart",
        "Reads files only, no database. A proof looks at every combination of answers, each question also left open:"
        " each disposition can be reached, no question is dead, yes to a red flag never lowers what is proposed, and"
        " what is not answered is never taken for no. The cases that a file shows are run too.",
        "carebus protocols check",
        "carebus protocols check /etc/carebus/protocols",
        "carebus protocols diff pain-1.yaml pain-2.yaml",
    )
    does = group.add_subparsers(required=True, metavar="check|diff")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--service", default="line", help="the service that follows them (default: line)")

    one = does.add_parser("check", parents=[common, asking.shared()], help="exit code 1 if one is not shown to be safe")
    one.add_argument("places", nargs="*", type=Path, metavar="PLACE", help="files or folders (default: the service's)")
    one.set_defaults(run=_check)

    one = does.add_parser(
        "diff", parents=[common, asking.shared()], help="list the outcomes that a new version changes"
    )
    one.add_argument("old", type=Path)
    one.add_argument("new", type=Path)
    one.set_defaults(run=_diff)


def _check(asked: argparse.Namespace) -> int:
    found = proofs_of(asked.service).prove(asked.places)
    answer(asked, {"protocols": [asdict(one) for one in found]}, [line for one in found for line in _told(one)])
    return 1 if any(one.faults for one in found) else 0


def _told(one: Proved) -> list[str]:
    if not one.faults:
        return [f"{one.file}: proved for all {one.combinations:,} combinations of answers"]
    return [f"{one.file}: {fault}" for fault in one.faults]


def _diff(asked: argparse.Namespace) -> int:
    found = proofs_of(asked.service).compare(asked.old, asked.new)
    answer(asked, asdict(found), _changes(found))
    return 0


def _changes(found: RuleChange) -> list[str]:
    rows = [(one.before, one.after, f"{one.combinations:,}", one.example) for one in found.outcomes]
    return [
        *(f"asked no more: {name}" for name in found.dropped),
        *(f"newly asked: {name}" for name in found.added),
        *(table(("BEFORE", "NOW", "TIMES", "SUCH AS"), rows, last_may_stick_out=True) if rows else []),
        f"{len(rows)} changes of outcome, of {found.combinations:,} combinations of answers",
    ]
