"""What commands bring and come to: who asks under which key, what is answered, and what the audit keeps of it."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel

from carebus.access import Caller
from carebus.contracts.audit import DONE
from carebus.contracts.event import Stream
from carebus.deciding.auditing import Asking
from carebus.deciding.transaction import Deciding, Item
from carebus.decisions import Cause, Reaction, State, place_of
from carebus.errors import CarebusError
from carebus.storage.database import Connection

S = TypeVar("S", bound=State)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, under which key, and as part of what: the outside of a command.

    `address` says what the command is about beside its body, such as the path it was sent to; `from_address` is where
    it came from in the network. `emergency_reason`: why somebody acts who had to say so.
    """

    key: str | None
    caller: Caller
    correlation_id: UUID
    traceparent: str | None = None
    address: str = ""
    from_address: str = ""
    emergency_reason: str = ""

    @property
    def actor(self) -> str:
        """What the envelope says of who acts."""
        return self.caller.actor

    @property
    def asking(self) -> Asking:
        """What the audit keeps of it."""
        return Asking(self.caller, self.correlation_id, self.from_address, self.emergency_reason)


@dataclass(frozen=True, slots=True)
class Done:
    """What a command came to: its states as they are now, for the answer."""

    cause: Cause
    deciding: Deciding

    def state(self, kind: type[S], names_part: BaseModel | None = None) -> S:
        """A state after the decision; of a state that is kept in parts, the one that this message names."""
        stream = self.cause.stream
        place = place_of(kind, stream, names_part) if names_part is not None else kind.LIVES_ON or stream
        found = self.deciding.state(kind, place)
        assert isinstance(found, kind)
        return found


@dataclass(frozen=True, slots=True)
class Answer:
    """What the client is told; `repeated` when it was told so before. `correlation_id` is the matter it was part of."""

    status: int
    body: Any
    repeated: bool = False
    correlation_id: UUID | None = None


Reply = Callable[[Done], BaseModel]

Step = tuple[Reaction, Stream, BaseModel]
"""A decision on one stream, as part of a command."""

Also = Callable[[Connection, Answer], Awaitable[None]]
"""What else is kept in a command's transaction; not asked again when the command is repeated."""

Became = Done | CarebusError
"""What one of many commands came to: done, or refused by the domain."""

Settle = Callable[[Connection, Sequence[Became]], Awaitable[None]]
"""Keeps what became of many commands in their transaction; raising undoes them all."""


def audited(item: Item, became: Became | None) -> tuple[str, Stream, str]:
    """What the audit keeps of a command."""
    return type(item.message).__name__, item.cause.stream, became.code if isinstance(became, CarebusError) else DONE


def is_told(became: Became) -> bool:
    """Whether it was done, or denied; what the domain refuses changes nothing and shows nothing."""
    return became.denied if isinstance(became, CarebusError) else True


def part_of(asked: Asked, answer: Answer) -> dict[str, str]:
    """The request's own correlation id, and that of the earlier matter it turned out to be part of."""
    matter = answer.correlation_id or asked.correlation_id
    return {"correlation_id": str(matter), "request_id": str(asked.correlation_id)}


def key_of(asked: Asked) -> str | None:
    """Keys are each caller's own: another's key opens no answer, and stands in nobody's way."""
    if asked.key is None or asked.caller.account is None:
        return asked.key
    return f"{asked.caller.account}:{asked.key}"


def fingerprint_of(address: str, command: BaseModel) -> bytes:
    """What a command says and not what it leaves out: so it is the same to a release that knows more fields."""
    text = f"{address}\n{type(command).__name__}\n{command.model_dump_json(exclude_defaults=True)}"
    return hashlib.sha256(text.encode()).digest()
