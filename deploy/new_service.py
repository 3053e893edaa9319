"""`make new-service NAME=... HEARS=...`: makes a service from the template. Writes new folders only."""

from __future__ import annotations

import re
import subprocess
import sys
from keyword import iskeyword
from pathlib import Path

from copier import run_copy

from carebus.contracts import EVENTS, Event
from carebus.errors import CarebusError

ROOT = Path(__file__).parents[1]
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST = 30


class Usage(CarebusError):
    """Say `make new-service NAME=bereavement HEARS=ReferralAccepted`."""


class NameNotFit(CarebusError):
    """{name} cannot be a service's name: use lower-case words joined by underscores, at most {longest} characters."""


class NameTaken(CarebusError):
    """{folder} exists already: choose another name, or remove it first."""


class EventUnknown(CarebusError):
    """There is no event {hears} in carebus.contracts. There are: {events}."""


def new_service(name: str, hears: str, root: Path = ROOT) -> list[Path]:
    """Make services/<name> and tests/<name> below `root`; gives the files made. Raises what the classes above say."""
    if not NAME.fullmatch(name) or len(name) > LONGEST or iskeyword(name):
        raise NameNotFit(name=name, longest=LONGEST)
    places = [root / "services" / name, root / "tests" / name]
    for place in places:
        if place.exists():
            raise NameTaken(folder=place.relative_to(root))
    kind = _event(hears)
    module = kind.__module__.split(".")[2]
    data = {"name": name, "hears": hears, "module": module, "own_time": kind.own_time() or ""}
    run_copy(str(root / "templates" / "service"), root, data=data, defaults=True, quiet=True)
    # A short or a long name may change where lines break.
    subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--quiet", "--no-cache", *map(str, places)], cwd=root, check=True
    )
    return sorted(file for place in places for file in place.rglob("*") if file.is_file())


def _event(hears: str) -> type[Event]:
    by_name = {kind.__name__: kind for kind in EVENTS.values()}
    if hears not in by_name:
        raise EventUnknown(hears=hears or "''", events=", ".join(sorted(by_name)))
    return by_name[hears]


def main(words: list[str]) -> int:
    """Make the service that the two words name; returns the exit code and says what was made, or why not."""
    try:
        match words:
            case [name, hears] if name and hears:
                made = new_service(name, hears)
            case _:
                raise Usage
    except CarebusError as refused:
        print(refused, file=sys.stderr)
        return 1
    print("\n".join(str(file.relative_to(ROOT)) for file in made))
    print(f"\nTry it: make test ARGS=tests/{words[0]}    Run it beside `make run`: make beside NAME={words[0]}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
