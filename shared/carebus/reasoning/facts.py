"""Facts: what rules may ask for, of which kind each is, and what it says as evidence."""

from collections.abc import Mapping
from dataclasses import dataclass, field

FactValue = bool | float | str


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact: its kind of value, what it is called, and the field that it is asked for by.

    `one_of` are the only words it may be, where that is known. `codes` are the codes of single values as evidence.
    What could identify a person is not `shown` there.
    """

    kind: type[bool] | type[float] | type[str]
    words: str
    asked_by: str = ""
    unit: str = ""
    codes: Mapping[FactValue, str] = field(default_factory=dict)
    shown: bool = True
    one_of: tuple[str, ...] = ()


Vocabulary = Mapping[str, Fact]
"""Every fact that a rule set may ask for, by its name."""


def evidence(name: str, fact: Fact, value: FactValue, *, holds: bool) -> str:
    """What a fact says for or against a rule."""
    if not fact.shown:
        return f"{name}:{'fits' if holds else 'differs'}"
    said = {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
    return fact.codes.get(value) or f"{name}={said if isinstance(said, str) else format(said, 'g')}"


def kind_of(value: FactValue) -> type[bool] | type[float] | type[str]:
    """Of which kind a value is: every number is one."""
    return bool if isinstance(value, bool) else str if isinstance(value, str) else float


def plain(value: FactValue) -> FactValue:
    """A value as it is compared: words without regard to case and spaces."""
    return " ".join(value.split()).casefold() if isinstance(value, str) else value
