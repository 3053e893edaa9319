"""A conversation as it stands: its answers so far, kept step by step, until it is held or given up."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from carebus.contracts.event import Value
from carebus.contracts.phi import Phi
from carebus.contracts.wishes import Choice, Present
from carebus.decisions import State
from carebus.errors import CarebusError


class ConversationStatus(StrEnum):
    """Where a conversation is."""

    UNDER_WAY = "under_way"
    STOPPED = "stopped"
    HELD = "held"
    GIVEN_UP = "given_up"


class ConversationUnknown(CarebusError):
    """There is no such conversation."""

    status = HTTPStatus.NOT_FOUND


class ConversationOver(CarebusError):
    """This conversation has ended. Begin another."""

    status = HTTPStatus.CONFLICT


class Answer(Value):
    """What was said to one question. choice: of a question about a topic.  ask_by: not known yet, to be asked again."""

    question: str
    words: Annotated[str, Phi.TEXT, Field(max_length=4000)] = ""
    choice: Choice | None = None
    ask_by: date | None = None

    @property
    def says_nothing(self) -> bool:
        """Whether it was passed over."""
        return not self.words and self.choice is None and self.ask_by is None


class Conversation(State):
    """One conversation of a patient. step: where it goes on. guide_version is kept: a newer guide changes nothing."""

    PART: ClassVar[str | None] = "conversation_id"

    conversation_id: UUID | None = None
    status: ConversationStatus = ConversationStatus.UNDER_WAY
    guide: str = ""
    guide_version: int = 0
    language: str = "en"
    led_by: str = ""
    present: tuple[Present, ...] = ()
    by_agent: bool = False
    step: str = ""
    answers: tuple[Answer, ...] = ()
    begun_at: datetime | None = None
    ended_at: datetime | None = None
    ended_because: Annotated[str, Phi.TEXT] = ""

    def require_open(self) -> "Conversation":
        """Raises ConversationUnknown, ConversationOver."""
        if self.conversation_id is None:
            raise ConversationUnknown
        if self.status in (ConversationStatus.HELD, ConversationStatus.GIVEN_UP):
            raise ConversationOver
        return self

    def answered(self) -> Mapping[str, Answer]:
        """By question."""
        return {one.question: one for one in self.answers}
