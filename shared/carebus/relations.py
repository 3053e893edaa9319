"""How a caller stands to a subject: rows that a service makes from events, each with a beginning and an end.

Whoever holds a relation is an account, an organization or a mailbox, by its id (see `Caller.holders`).
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from carebus.contracts.event import Event, Stream


class Relation(StrEnum):
    """The ways in which somebody may stand to a patient.

    Whose organization referred somebody, the referral service keeps with the referral itself (its table `followed`).
    """

    PANEL = "panel"
    """They are on the patient's care team."""
    MEMBER = "member"
    """The patient is a member of their health plan."""
    RELATIVE = "relative"
    """They are family, or somebody whom the patient named."""


OUTSIDE = frozenset({Relation.MEMBER, Relation.RELATIVE})
"""How those stand who are not of the care team: they see who comes and when, but not what was found and noted."""


class Holds(NamedTuple):
    """This holder stands so to this subject from now on, or until a time that is known already."""

    relation: Relation
    holder: UUID
    subject: UUID
    since: datetime
    until: datetime | None = None


class Ends(NamedTuple):
    """Nobody (or, if named, this holder alone) stands so to this subject any more."""

    relation: Relation
    subject: UUID
    at: datetime
    holder: UUID | None = None


class Follows(NamedTuple):
    """Whoever stands to one subject stands the same way to another, on which its story goes on; None: no more."""

    subject: UUID
    goes_on_as: UUID | None


RelationChange = Holds | Ends | Follows

RelationsOf = Callable[[Event, Stream, datetime], tuple[RelationChange, ...]]
"""What an event, told or heard on a stream at a time, changes in relations. Pure."""


def no_relations(_: Event, __: Stream, ___: datetime) -> tuple[RelationChange, ...]:
    """A service whose rules ask for roles only."""
    return ()
