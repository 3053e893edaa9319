"""What a run is told: its environment variables, read once, with one clear sentence for a wrong one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.clock import DAY
from deploy.local.failures import LocalServerError

ROOT = Path(__file__).parents[2]
SHORTEST_S, LONGEST_S = 0.01, 86_400
"""Of a day of the clinic's in real time."""

LAST_PORT = 65_535
SERVICES = ("referral", "care_plan", "notifications", "outcomes", "audit", "line", "wishes", "equipment")
"""Those that the simulated clinic needs. Every other one that is found beside them runs too."""
FIRST_PORT_OF_OTHERS = 8110
FIRST_OPERATORS_PORT_OF_OTHERS = 8210
PORTS = {
    "portal": 8100,
    "referral": 8101,
    "care_plan": 8102,
    "notifications": 8103,
    "outcomes": 8104,
    "audit": 8105,
    "line": 8106,
    "wishes": 8107,
    "equipment": 8108,
    "referral_operators": 8201,
    "care_plan_operators": 8202,
    "notifications_operators": 8203,
    "outcomes_operators": 8204,
    "audit_operators": 8205,
    "line_operators": 8206,
    "wishes_operators": 8207,
    "equipment_operators": 8208,
    "provider": 8120,
    "mail": 8125,
    "hospital": 8157,
    "postgres": 8154,
    "kafka": 8192,
}
PURPOSE = {
    "portal": "The start page",
    "provider": "The sign-in",
    "mail": "The mail inbox",
    "hospital": "The line, for hospitals' messages,",
    "postgres": "PostgreSQL",
    "kafka": "Kafka",
}
FEEDS = ("sample", "none")
PROVIDERS = ("local", "keycloak")
"""Whom people sign in with: a list to choose from, or a real Keycloak (see deploy.local.providers)."""
_OPERATORS = "_operators"


class UnknownChoice(LocalServerError):
    """{0}={1} is not known; it may be {2}."""


class NotANumber(LocalServerError):
    """{0}={1} is not {2}."""


class NoSuchService(LocalServerError):
    """{0}={1} is none of the services here, which are {2}."""


def found_services(folder: Path = ROOT / "services") -> tuple[str, ...]:
    """The services that can be started: those of the clinic first, then those that somebody has added, by name."""
    others = {main.parent.name for main in folder.glob("*/__main__.py")} - set(SERVICES)
    return (*SERVICES, *sorted(others))


@dataclass(frozen=True)
class Options:
    """How to run: what to feed, when to end, how fast days pass, where everything is.

    split: a process per role. services: those that run.
    edited: the service that is started again whenever its code is saved.
    """

    feed: str = "sample"
    until_done: bool = False
    day_s: float = DAY
    summary: Path | None = None
    data: Path = ROOT / ".carebus"
    ports: Mapping[str, int] = field(default_factory=lambda: dict(PORTS))
    bootstrap: str | None = None
    database_url: str | None = None
    split: bool = False
    services: tuple[str, ...] = SERVICES
    edited: str | None = None
    provider: str = PROVIDERS[0]

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> Options:
        """The options in `environment`; raises `UnknownChoice`, `NoSuchService` or `NotANumber`."""
        summary, services = environment.get("SUMMARY"), found_services()
        chosen, ports = _chosen(environment.get("SERVICES", ""), services), dict(PORTS)
        for n, name in enumerate(services[len(SERVICES) :]):
            ports |= {name: FIRST_PORT_OF_OTHERS + n, operators_of(name): FIRST_OPERATORS_PORT_OF_OTHERS + n}
        return cls(
            feed=_one_of(environment, "FEED", FEEDS),
            until_done=_one_of(environment, "UNTIL", ("", "done")) == "done",
            day_s=_seconds(environment, "DAY", DAY),
            summary=Path(summary).absolute() if summary else None,
            data=Path(environment.get("CAREBUS_DATA") or ROOT / ".carebus").absolute(),
            ports={name: _port(environment, name, port) for name, port in ports.items()},
            bootstrap=environment.get("KAFKA_BOOTSTRAP_SERVERS") or None,
            database_url=environment.get("DATABASE_URL") or None,
            split=_one_of(environment, "ROLES", ("", "split")) == "split",
            services=chosen,
            edited=_service("SERVICE", environment.get("SERVICE", ""), chosen),
            provider=_one_of(environment, "PROVIDER", PROVIDERS),
        )

    @property
    def logs(self) -> Path:
        """The folder of all logs."""
        return self.data / "logs"

    @property
    def clock_file(self) -> Path:
        """The clinic's clock, which every service reads."""
        return self.data / "clock.json"

    @property
    def links_file(self) -> Path:
        """The menu of all pages of this run, which whoever joins it adds to."""
        return self.data / "links"

    @property
    def operators_file(self) -> Path:
        """Where operators reach each service of this run, written as the menu is."""
        return self.data / "operators"

    @property
    def inbox(self) -> Path:
        """The Maildir of the mail inbox."""
        return self.data / "inbox"


def variable(name: str) -> str:
    """The environment variable that sets the port of `name`."""
    return f"CAREBUS_{name.upper()}_PORT"


def operators_of(service: str) -> str:
    """What the port is called that a service serves operators on."""
    return f"{service}{_OPERATORS}"


def purpose(name: str) -> str:
    """What `name` is, in words that begin a sentence."""
    if name.endswith(_OPERATORS):
        return f"The {name.removesuffix(_OPERATORS)} service, for operators,"
    return PURPOSE.get(name, f"The {name} service")


def _one_of(environment: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    chosen = environment.get(name) or choices[0]
    if chosen not in choices:
        raise UnknownChoice(name, chosen, " or ".join(choice for choice in choices if choice))
    return chosen


def _chosen(names: str, services: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the services that are named, in the order in which they are shown; all, where none is."""
    wanted = {name.strip() for name in names.split(",")} - {""}
    for name in sorted(wanted):
        _service("SERVICES", name, services)
    return tuple(name for name in services if not wanted or name in wanted)


def _service(variable: str, name: str, services: tuple[str, ...]) -> str | None:
    if name and name not in services:
        raise NoSuchService(variable, name, ", ".join(services))
    return name or None


def _seconds(environment: Mapping[str, str], name: str, otherwise: float) -> float:
    given = environment.get(name) or str(otherwise)
    try:
        seconds = float(given)
    except ValueError:
        seconds = 0.0
    if not SHORTEST_S <= seconds <= LONGEST_S:
        raise NotANumber(name, given, f"a number of seconds between {SHORTEST_S} and {LONGEST_S}")
    return seconds


def _port(environment: Mapping[str, str], name: str, otherwise: int) -> int:
    given = environment.get(variable(name)) or str(otherwise)
    if not given.isdigit() or not 0 < int(given) <= LAST_PORT:
        raise NotANumber(variable(name), given, f"a port between 1 and {LAST_PORT}")
    return int(given)
