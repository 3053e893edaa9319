"""A door: one form by which a referral comes in, with its fields, what stands in them first and what only it asks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Body = dict[str, Any]
Shape = Callable[[Body], dict[str, str]]


@dataclass(frozen=True, slots=True)
class Door:
    """One form. `shape` brings what was typed into the shape of a referral and gives the rules that only the form has.

    `labels` are all fields in the order of the form: errors are listed in this order too, and what is typed into other
    fields is left out. `public` doors show nothing of the coordinators' pages. `places` maps a referral's fields to
    the form's, where they differ.
    """

    path: str
    template: str
    labels: Mapping[str, str]
    first: Mapping[str, str]
    shape: Shape
    next_steps: str
    public: bool = True
    places: Mapping[str, str] | None = None
    sentences: Mapping[str, str] | None = None

    def place(self, field: str) -> str:
        """The form's field for a referral's field."""
        return (self.places or {}).get(field, field)

    def sentence(self, rule: str) -> str:
        """A rule in the words of this door."""
        return (self.sentences or {}).get(rule, rule)
