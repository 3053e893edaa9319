"""What letters to people outside have in common: to whom they go, what becomes of them, and how long they are kept."""

from datetime import datetime
from typing import Annotated, Generic, Self, TypeVar
from uuid import UUID

from carebus.contracts.event import Value
from carebus.contracts.notifications import FailureReason
from carebus.contracts.phi import Phi
from carebus.decisions import Cause, State
from services.notifications.domain.messages import Status


class Correspondent(Value):
    """Somebody outside, as a letter is addressed to them."""

    name: str
    address: Annotated[str, Phi.EMAIL]


class Letter(Value):
    """One letter, and its result."""

    notification_id: UUID
    recipient: Correspondent
    correlation_id: UUID
    traceparent: str | None = None
    requested_at: Annotated[datetime, Phi.DATE]
    status: Status = Status.QUEUED
    settled_at: Annotated[datetime | None, Phi.DATE] = None
    attempts: int = 0
    failure: FailureReason | None = None


L = TypeVar("L", bound=Letter)


class Letters(State, Generic[L]):
    """The letters about one patient: those that wait, and those settled since the last was asked for."""

    letters: tuple[L, ...] = ()

    def as_history(self) -> Self:
        """What was to be sent was sent at its time, or is not to be sent so late."""
        past = {"status": Status.WITHDRAWN}
        return self.but(
            letters=tuple(one.model_copy(update=past) if one.status is Status.QUEUED else one for one in self.letters)
        )

    def letter(self, notification_id: UUID) -> L | None:
        """One of them."""
        return next((one for one in self.letters if one.notification_id == notification_id), None)

    def unsent(self, notification_id: UUID) -> L | None:
        """One that nobody has told as sent or failed: it may have left even if it was withdrawn on its way."""
        letter = self.letter(notification_id)
        return None if letter is None or letter.status in {Status.SENT, Status.FAILED} else letter

    def queued(self, notification_id: UUID) -> L | None:
        """One that waits."""
        letter = self.letter(notification_id)
        return letter if letter is not None and letter.status is Status.QUEUED else None

    def unsettled(self, now: datetime) -> tuple[L, ...]:
        """Those that wait, and those settled in this transaction, whose rows are still to be saved."""
        return tuple(one for one in self.letters if one.settled_at is None or one.settled_at == now)

    def settled(self, letter: L, cause: Cause, status: Status, **result: object) -> Self:
        """The same with this letter settled."""
        done = letter.model_copy(update={"status": status, "settled_at": cause.now, **result})
        same = letter.notification_id
        return self.but(letters=tuple(done if one.notification_id == same else one for one in self.letters))
