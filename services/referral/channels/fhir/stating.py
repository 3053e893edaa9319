"""Collects what a referral states, field by field, with the place that each was read from."""

from typing import Any

from services.referral.channels.fhir.nodes import NOWHERE, Node


class Stating:
    """A referral's body in the making."""

    def __init__(self) -> None:
        self.body: dict[str, Any] = {}
        self._places: dict[str, str] = {}

    def put(self, field: str, value: Any, at: Node) -> None:
        """Say that this field was read at this place; nothing read leaves it out."""
        self._places[field] = at.path
        if value in (None, "", []):
            return
        *outer, last = field.split(".")
        part: Any = self.body
        for name in outer:
            part = part.setdefault(name, {})
        part[last] = value

    def begin(self, field: str, at: Node) -> None:
        """Say that this part of the body was read from this resource, whatever was in it."""
        self._places[field] = at.path
        self.body.setdefault(field, {})

    def place_of(self, field: str) -> str:
        """The FHIRPath that a field was read at, or that of the part it belongs to."""
        while field not in self._places and "." in field:
            field = field.rpartition(".")[0]
        return self._places.get(field, NOWHERE.path)
