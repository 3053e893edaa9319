"""Collects what a referral states, field by field, with the place that each was read from and what was warned of."""

from typing import Any

from carebus.web.fhir.nodes import NOWHERE, Node
from carebus.web.fhir.refusing import Issue


class Stating:
    """A referral's body in the making. `used` are the places whose words are in it; `warnings` refuse nothing."""

    def __init__(self) -> None:
        self.body: dict[str, Any] = {}
        self.used: set[str] = set()
        self.warnings: list[Issue] = []
        self._places: dict[str, str] = {}
        self._read_at: dict[str, str] = {}

    def put(self, field: str, value: Any, at: Node) -> None:
        """Say that this field was read at this place; nothing read leaves it out."""
        self._places[field] = at.path
        if value in (None, "", []):
            return
        self.used.discard(self._read_at.pop(field, ""))
        self.use(at)
        self._read_at[field] = at.path
        *outer, last = field.split(".")
        part: Any = self.body
        for name in outer:
            part = part.setdefault(name, {})
        part[last] = value

    def begin(self, field: str, at: Node) -> None:
        """Say that this part of the body was read from this resource, whatever was in it."""
        self._places[field] = at.path
        self.body.setdefault(field, {})

    def place(self, field: str, at: Node) -> None:
        """Say where a rule about this field is to be told."""
        self._places[field] = at.path

    def use(self, *nodes: Node) -> None:
        """Say that the words at these places are in the body, or that they led to something that is."""
        self.used.update(node.path for node in nodes if node)

    def follow(self, *references: Node) -> None:
        """Say that these references were followed; what they say in words is not read by that."""
        for each in references:
            names = (("reference",), ("type",), ("identifier", "system"), ("identifier", "value"))
            self.use(*(each.at(*name) for name in names))

    def warn(self, at: Node, rule: str, code: str = "informational") -> None:
        """Say that something could not be taken over, and why."""
        self.warnings.append(Issue(code, rule, at.path, "warning"))

    @property
    def stated(self) -> frozenset[str]:
        """The fields for which something was read."""
        return frozenset(self._read_at)

    def place_of(self, field: str) -> str:
        """The FHIRPath that a field was read at, or that of the part it belongs to."""
        while field not in self._places and "." in field:
            field = field.rpartition(".")[0]
        return self._places.get(field, NOWHERE.path)
