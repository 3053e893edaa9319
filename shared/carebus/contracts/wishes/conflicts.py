"""Where what somebody wants is contradicted by another wish, a document, a goal, an order, equipment or advice."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from carebus.contracts.event import PatientEvent, Value
from carebus.contracts.phi import Phi
from carebus.contracts.wishes.choices import Choice, WishTopic


class SideKind(StrEnum):
    """What stands on one side of a conflict."""

    DOCUMENT = "document"
    CONVERSATION = "conversation"
    GOAL = "goal"
    ORDER = "order"
    EQUIPMENT = "equipment"
    ADVICE = "advice"


class Side(Value):
    """One side: what it is, and what it means for a topic. of: the document's, conversation's, goal's, order's or
    call's id."""

    kind: SideKind
    of: UUID
    topic: WishTopic
    choice: Choice
    words: Annotated[str, Phi.TEXT] = ""
    stated_on: Annotated[date, Phi.DATE]
    verified: bool = False


class ConflictOutcome(StrEnum):
    """How a clinician settled a conflict, once patient or agent was asked."""

    FIRST_STANDS = "first_stands"
    SECOND_STANDS = "second_stands"
    BOTH_STAND = "both_stand"
    NEITHER_STANDS = "neither_stands"


class PreferenceConflictDetected(PatientEvent):
    """Two things about one patient can't both be followed. Told once per pair; the later side stands first."""

    conflict_id: UUID
    first: Side
    second: Side
    detected_at: Annotated[datetime, Phi.DATE]


class PreferenceConflictSettled(PatientEvent):
    """A clinician asked, and says which stands and why.

    gone: nobody had to ask, since one side is no more.
    """

    conflict_id: UUID
    outcome: ConflictOutcome | None = None
    gone: bool = False
    settled_by: str = ""
    asked: Annotated[str, Phi.TEXT] = ""
    because: Annotated[str, Phi.TEXT] = ""
    settled_at: Annotated[datetime, Phi.DATE]
