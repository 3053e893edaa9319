"""The book of all protocols: which version of each is in force on a day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Self

from carebus.errors import BrokenRule
from services.line.domain.protocols.model import Protocol


@dataclass(frozen=True)
class ProtocolBook:
    """Every protocol in every version."""

    protocols: tuple[Protocol, ...]

    @classmethod
    def of(cls, protocols: Iterable[Protocol]) -> Self:
        """The book of these. Raises BrokenRule."""
        ordered = sorted(protocols, key=lambda one: (one.title.en, one.id, -one.version))
        for name, alike in groupby(sorted(one.name for one in ordered)):
            if len(list(alike)) > 1:
                raise BrokenRule(f"there are two protocols {name}: raise the version of one")
        return cls(tuple(ordered))

    def in_force(self, today: date) -> list[Protocol]:
        """The newest version of each that is in force on this day."""
        newest = dict[str, Protocol]()
        for one in sorted(self.protocols, key=lambda one: one.version):
            if one.is_in_force(today):
                newest[one.id] = one
        return [one for one in self.protocols if newest.get(one.id) is one]

    def current(self, name: str, today: date) -> Protocol | None:
        """The version of this protocol that is in force."""
        return next((one for one in self.in_force(today) if one.id == name), None)

    def version(self, name: str, version: int) -> Protocol | None:
        """A version of this protocol, in force or not."""
        return next((one for one in self.protocols if (one.id, one.version) == (name, version)), None)
