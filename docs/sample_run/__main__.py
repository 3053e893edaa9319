"""Writes one event of each type from the sample run: `python -m docs.sample_run`, or with `--check` only compares."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from carebus.contracts.event import subject_id, topic_of
from carebus.contracts.examples import SAMPLE
from carebus.contracts.packages import own
from carebus.storage.outbox import Told
from docs.sample_run.scenes import play


def records(told: Sequence[Told]) -> dict[str, dict[str, Any]]:
    """The first event of each type as a record of its topic, by the name of the type."""
    first = {one.envelope.type: one for one in reversed(told)}
    return {name.rpartition(".")[2]: _record(first[name]) for name in sorted(first)}


def _record(one: Told) -> dict[str, Any]:
    return {
        "topic": topic_of(one.envelope.subject),
        "key": subject_id(one.envelope.subject),
        "headers": {name: value.decode() for name, value in one.envelope.headers()},
        "body": json.loads(one.body),
    }


def text() -> str:
    """The file as it should be."""
    return json.dumps(records(play().company.told), indent=1, ensure_ascii=False) + "\n"


def main(words: Sequence[str] | None = None, file: Path = SAMPLE) -> int:
    """Write or check; returns the exit code."""
    parser = argparse.ArgumentParser("docs.sample_run", description="Write an example of each event from a sample run.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the examples are not up to date")
    wanted, checks = text(), parser.parse_args(words).check
    for name in sorted({kind.__name__ for kind in own().events} - json.loads(wanted).keys()):
        print(f"no scene tells {name}: its example is made up until docs/sample_run/scenes.py has one")
    if file.exists() and file.read_text() == wanted:
        print("sample up to date")
        return 0
    if checks:
        print(f"not up to date: {file.name} (run `make generate`)")
        return 1
    file.write_text(wanted)
    print(file.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
