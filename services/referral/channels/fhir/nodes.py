"""Places in what arrived: a value with its FHIRPath, so that a broken rule can name where it was broken."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from services.referral.channels.fhir.codes import system_url


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


def codings(concept: Node) -> Iterator[tuple[str, str, Node]]:
    """System, code and place of every coding of a concept; a system has one name here, whatever it was called by."""
    for coding in concept.each("coding"):
        yield system_url(coding.at("system").text), coding.at("code").text, coding


def code_in(concept: Node, system: str) -> str:
    """A concept's code in one system, or nothing."""
    return next((code for of, code, _ in codings(concept) if of == system and code), "")


def known_codes(concept: Node, *systems: str) -> list[Node]:
    """Where a concept's codes of these systems are, with their words: what is known by its code is known by both."""
    known = [coding for system, code, coding in codings(concept) if code and (not systems or system in systems)]
    return [coding.at(name) for coding in known for name in ("code", "display")]


def said(concept: Node) -> Node:
    """Where a concept is said in words: its own, or those of a coding."""
    displays = (coding.at("display") for _, _, coding in codings(concept))
    return concept.at("text") if concept.at("text").text else next((each for each in displays if each.text), NOWHERE)


def words(concept: Node) -> str:
    """A concept in words: its own, or those of a coding."""
    return said(concept).text


def first(nodes: Iterable[Node], otherwise: Node = NOWHERE) -> Node:
    """The first node that is there."""
    return next((node for node in nodes if node), otherwise)
