"""A page for families in two languages, and to whom it is suggested by illness, phase and strain."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field

from carebus.contracts.care_plan import Phase
from carebus.contracts.event import Value
from carebus.contracts.people import Condition

Line = Annotated[str, Field(min_length=1, max_length=300)]


class Spoken(StrEnum):
    """A language that the pages are written in."""

    ENGLISH = "en"
    SPANISH = "es"


class Text(Value):
    """What a page says: in short, what to do, what is good to know, and when to call."""

    model_config = ConfigDict(extra="forbid")
    title: Line
    in_short: Line
    do: Annotated[tuple[Line, ...], Field(min_length=1, max_length=8)]
    know: Annotated[tuple[Line, ...], Field(max_length=6)]
    call_us: Annotated[tuple[Line, ...], Field(min_length=1, max_length=6)]

    @property
    def sentences(self) -> str:
        """All of it, as it is read."""
        return " ".join((self.title + ".", self.in_short, *self.do, *self.know, *self.call_us))


class Suggested(Value):
    """Whom a page is for: everybody, those with one of these illnesses, in one of these phases, or under strain."""

    model_config = ConfigDict(extra="forbid")
    always: bool = False
    strain: bool = False
    conditions: tuple[Condition, ...] = ()
    phases: tuple[Phase, ...] = ()


class Resource(Value):
    """One topic."""

    model_config = ConfigDict(extra="forbid")
    topic: Annotated[str, Field(pattern=r"^[a-z_]+$", max_length=40)]
    suggested: Suggested
    texts: Mapping[Spoken, Text]


def suggest(
    resources: Iterable[Resource], conditions: Iterable[Condition], phase: Phase | None, *, strained: bool
) -> list[Resource]:
    """The pages for somebody: what the strain and the phase ask for first, then the illness, then what is for all."""
    has = frozenset(conditions)

    def rank(one: Resource) -> int | None:
        of = one.suggested
        reasons = (of.strain and strained, phase in of.phases, bool(has & set(of.conditions)), of.always)
        return next((n for n, reason in enumerate(reasons) if reason), None)

    ranked = [(n, one) for one in resources if (n := rank(one)) is not None]
    return [one for _, one in sorted(ranked, key=lambda each: each[0])]
