"""Serious-illness conversations: that one was held, with whom, and what came of it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from carebus.contracts.event import PatientEvent, Value
from carebus.contracts.phi import Phi
from carebus.contracts.wishes.choices import Statement, WishTopic


class Present(StrEnum):
    """Who took part, beside whoever led it."""

    PATIENT = "patient"
    AGENT = "agent"
    FAMILY = "family"
    INTERPRETER = "interpreter"


class NotKnownYet(Value):
    """A topic nobody has spoken of, or that is undecided: a task until then, and never a no."""

    topic: WishTopic
    ask_by: Annotated[date, Phi.DATE]


class AcpConversationHeld(PatientEvent):
    """A serious-illness conversation came to its end.

    guide, guide_version: by which guide it was led.  by_agent: the agent spoke for the patient, who could not.
    not_known: what is to be asked again, and by when.
    """

    conversation_id: UUID
    guide: str
    guide_version: int
    language: str
    led_by: str
    present: tuple[Present, ...]
    by_agent: bool = False
    statements: tuple[Statement, ...] = ()
    matters_most: Annotated[str, Phi.TEXT] = ""
    worries: Annotated[str, Phi.TEXT] = ""
    not_known: tuple[NotKnownYet, ...] = ()
    held_at: Annotated[datetime, Phi.DATE]
