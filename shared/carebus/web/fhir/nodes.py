"""Places in what arrived: a value with its FHIRPath, so that a broken rule can name where it was broken."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Node:
    """A place in a resource; one that isn't there has no value."""

    value: Any
    path: str

    def __bool__(self) -> bool:
        return self.value is not None

    def at(self, *names: str) -> "Node":
        """The element with this name, or inside the first of each that is repeated."""
        found = self
        for name in names:
            value = found.value[0] if isinstance(found.value, list) and found.value else found.value
            inside = value.get(name) if isinstance(value, dict) else None
            found = Node(inside, f"{found.path}.{name}")
        return found

    def each(self, name: str) -> list["Node"]:
        """Every repetition of an element."""
        value = self.at(name).value
        return [Node(one, f"{self.path}.{name}[{n}]") for n, one in enumerate(value if isinstance(value, list) else [])]

    @property
    def text(self) -> str:
        """The words at this place, without blanks at the ends; none if there are none."""
        return self.value.strip() if isinstance(self.value, str) else ""

    @property
    def kind(self) -> str:
        """The resource's type."""
        return self.at("resourceType").text


NOWHERE = Node(None, "Bundle")


def first(nodes: Iterable[Node], otherwise: Node = NOWHERE) -> Node:
    """The first node that is there."""
    return next((node for node in nodes if node), otherwise)
