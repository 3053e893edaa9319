"""Contracts packages: Carebus' own and those of other teams, found by themselves, and none in another's way."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules
from types import ModuleType

from carebus.contracts.event import TOPICS, Event
from carebus.errors import CarebusError

GROUP = "carebus.contracts"
"""The entry points of other teams: `source = "their_contracts"`, a module or package with their events."""
OWN = "carebus"


class ContractsClash(CarebusError):
    """The contracts package {one} can't be used together with {other}: both have the {what} {name}. One of the teams
    must choose another; see docs/how-to/tell-from-outside.md."""


class ContractsMisnamed(CarebusError):
    """The contracts package {package} declares {event} with the type {type}: give its events a TYPE_PREFIX that is the
    team's own and ends with a dot, such as com.example., and not org.carebus."""


@dataclass(frozen=True, slots=True)
class Package:
    """The contracts of one distribution: which source tells which events."""

    name: str
    tells: Mapping[str, tuple[type[Event], ...]]

    @property
    def events(self) -> Iterator[type[Event]]:
        """All of them."""
        for kinds in self.tells.values():
            yield from kinds


def own() -> Package:
    """Carebus' own: every module or folder beside this one that declares events is the service that tells them."""
    here = import_module("carebus.contracts")
    modules = [import_module(f"{here.__name__}.{found.name}") for found in iter_modules(here.__path__)]
    found = {module.__name__.rpartition(".")[2]: events_of(module) for module in modules}
    return Package(OWN, {source: kinds for source, kinds in found.items() if kinds})


def others() -> list[Package]:
    """Those of other teams that are installed here."""
    found = sorted(entry_points(group=GROUP), key=lambda entry: entry.name)
    return [Package(entry.module, {entry.name: events_of(entry.load())}) for entry in found]


def events_of(module: ModuleType) -> tuple[type[Event], ...]:
    """The events that a module, or a package's modules, declare: those with a subject, in the order of declaration."""
    return tuple(
        kind
        for kind in vars(module).values()
        if isinstance(kind, type)
        and issubclass(kind, Event)
        and f"{kind.__module__}.".startswith(f"{module.__name__}.")
        and not kind.__subclasses__()
        and hasattr(kind, "SUBJECT")
    )


def joined(packages: list[Package]) -> list[Package]:
    """The same, once it is sure that none is in another's way. Raises ContractsClash, ContractsMisnamed."""
    names: dict[tuple[str, str], Package] = {}
    for package in packages:
        for what, name in _claims(package):
            other = names.setdefault((what, name), package)
            if other is not package:
                raise ContractsClash(one=package.name, other=other.name, what=what, name=name)
        _join_subjects(package)
    return packages


def _claims(package: Package) -> Iterator[tuple[str, str]]:
    """What nobody else may have."""
    for source in package.tells:
        yield "source", source
    for kind in package.events:
        prefix = kind.TYPE_PREFIX
        if package.name != OWN and (prefix == Event.TYPE_PREFIX or not prefix.endswith(".")):
            raise ContractsMisnamed(package=package.name, event=kind.__name__, type=kind.type_name())
        yield "type", kind.type_name()


def _join_subjects(package: Package) -> None:
    """A subject has one topic, and a topic one subject; whoever tells of patients tells on the patient journal."""
    labels = {topic: label for label, topic in TOPICS.items()}
    for subject in {kind.SUBJECT for kind in package.events}:
        topic, label = TOPICS.setdefault(subject.label, subject.topic), labels.setdefault(subject.topic, subject.label)
        if topic != subject.topic:
            raise ContractsClash(one=package.name, other=OWN, what="subject", name=subject.label)
        if label != subject.label:
            raise ContractsClash(one=package.name, other=OWN, what="topic", name=subject.topic)
