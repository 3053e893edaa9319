"""How a caller stands to a subject: rows that a service makes from events, each with a beginning and an end."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from carebus.contracts.event import Event, Stream


class Relation(StrEnum):
    """The ways in which somebody may stand to a patient or a referral."""

    PANEL = "panel"
    """They are on the patient's care team."""
    REFERRAL = "referral"
    """Their organization referred the person."""
    MEMBER = "member"
    """The patient is a member of their health plan."""
    RELATIVE = "relative"
    """They are family, or somebody whom the patient named."""


class Holds(NamedTuple):
    """This account stands so to this subject from now on."""

    relation: Relation
    account: UUID
    subject: UUID
    since: datetime


class Ends(NamedTuple):
    """Nobody (or, if named, this account alone) stands so to this subject any more."""

    relation: Relation
    subject: UUID
    at: datetime
    account: UUID | None = None


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
