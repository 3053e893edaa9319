"""`make new-service NAME=... HEARS=...`: makes a service from the template. Writes new folders only."""

from __future__ import annotations

import re
import subprocess
import sys
from difflib import get_close_matches
from keyword import iskeyword
from pathlib import Path
from pkgutil import iter_modules

from copier import run_copy

import carebus.contracts
from carebus.contracts import EVENTS, PUBLISHED_BY, Event, Subject
from carebus.errors import CarebusError

ROOT = Path(__file__).parents[1]
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST = 30
NOT_OF_SERVICES = {one.name for one in iter_modules(carebus.contracts.__path__)} - PUBLISHED_BY.keys()
"""Modules of the contracts that are no service's: what a service of such a name told would have to stand there."""


class Usage(CarebusError):
    """Say `make new-service NAME=bereavement HEARS=ReferralAccepted`, or HEARS="ReferralAccepted VisitCompleted"."""


class NameNotFit(CarebusError):
    """{name} cannot be a service's name: use lower-case words joined by underscores, at most {longest} characters, and
    no name of a module of carebus.contracts that is no service's."""


class NameTaken(CarebusError):
    """{folder} exists already: choose another name, or remove it first."""


class EventUnknown(CarebusError):
    """There is no event {hears} in carebus.contracts{near} There are: {events}."""


class SubjectsDiffer(CarebusError):
    """What a new service keeps is about one subject, and these are about {subjects}: begin with those of one."""


def new_service(name: str, hears: str, root: Path = ROOT) -> list[Path]:
    """Make services/<name> and tests/<name> below `root`; gives the files made. Raises what the classes above say."""
    if not NAME.fullmatch(name) or len(name) > LONGEST or iskeyword(name) or name in NOT_OF_SERVICES:
        raise NameNotFit(name=name, longest=LONGEST)
    places = [root / "services" / name, root / "tests" / name]
    for place in places:
        if place.exists():
            raise NameTaken(folder=place.relative_to(root))
    events = _events(hears)
    data = {"name": name, "events": events, "of_patients": events[0]["about"] == Subject.PATIENT.label}
    run_copy(str(root / "templates" / "service"), root, data=data, defaults=True, quiet=True)
    for words in (("check", "--select", "I", "--fix"), ("format",)):  # names may change where lines stand and break
        ruff = [sys.executable, "-m", "ruff", *words, "--quiet", "--no-cache", *map(str, places)]
        subprocess.run(ruff, cwd=root, check=True)
    return sorted(file for place in places for file in place.rglob("*") if file.is_file())


def _events(hears: str) -> list[dict[str, str]]:
    """What the template is told of the events of these names."""
    kinds = [_event(name) for name in dict.fromkeys(re.split(r"[\s,]+", hears.strip()))]
    subjects = {kind.SUBJECT.label for kind in kinds}
    if len(subjects) > 1:
        raise SubjectsDiffer(subjects=" and ".join(sorted(subjects)))
    return [
        {
            "name": kind.__name__,
            "module": kind.__module__.split(".")[2],
            "decision": "note" + re.sub("([A-Z])", r"_\1", kind.__name__).lower(),
            "meaning": (kind.__doc__ or "").splitlines()[0],
            "own_time": kind.own_time() or "",
            "about": kind.SUBJECT.label,
        }
        for kind in kinds
    ]


def _event(name: str) -> type[Event]:
    by_name = {kind.__name__: kind for kind in EVENTS.values()}
    if name not in by_name:
        near = get_close_matches(name, by_name, n=1)
        said = f": did you mean {near[0]}?" if near else "."
        raise EventUnknown(hears=name or "''", near=said, events=", ".join(sorted(by_name)))
    return by_name[name]


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
