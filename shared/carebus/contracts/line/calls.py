"""Calls: how they come in and are answered, what callers are promised, and whom the nurse has paged.

Nothing here names a patient: a caller may be unknown, and what comes of a call is told on the patient's stream.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from carebus.contracts.event import CallEvent, Value
from carebus.contracts.phi import Phi


class CallOutcome(StrEnum):
    """How a call was closed."""

    ADVISED = "advised"
    INFORMATION_GIVEN = "information_given"
    PASSED_ON = "passed_on"
    NOT_REACHED = "not_reached"
    WRONG_NUMBER = "wrong_number"


class Nurse(Value):
    """Who answers a call: staff, known by the account they act with."""

    account: str
    name: str


class CallReceived(CallEvent):
    """Somebody called. `by_hand`: a nurse wrote it down, as no telephone system told of it."""

    from_number: Annotated[str, Phi.PHONE] = ""
    to_number: str = ""
    by_hand: bool = False
    received_at: Annotated[datetime, Phi.DATE]


class CallAnswered(CallEvent):
    """A person speaks with the caller. waited_seconds: from the first ring.

    Told again where word of an earlier answer, or of the ring, came later: the earliest after the longest ring counts.
    """

    nurse: Nurse
    waited_seconds: float
    answered_at: Annotated[datetime, Phi.DATE]


class CallAbandoned(CallEvent):
    """The caller hung up before anybody answered."""

    waited_seconds: float
    abandoned_at: Annotated[datetime, Phi.DATE]


class CallbackPromised(CallEvent):
    """The caller was told that somebody calls back by then."""

    promise_id: UUID
    due_at: Annotated[datetime, Phi.DATE]
    promised_at: Annotated[datetime, Phi.DATE]


class CallbackMade(CallEvent):
    """Somebody called back. late: after it was due."""

    promise_id: UUID
    late: bool
    made_at: Annotated[datetime, Phi.DATE]


class CallbackMissed(CallEvent):
    """A promise came due and nobody had called back. It stays open."""

    promise_id: UUID
    missed_at: Annotated[datetime, Phi.DATE]


class ClinicianPaged(CallEvent):
    """Somebody is asked to take a page. step: which of the page's steps, 1 at first; the last one repeats.

    link_id: makes the one-time link by which they take it, with a secret that no event holds.
    """

    page_id: UUID
    link_id: UUID
    step: int
    repeated: int = 0
    name: str
    phone: Annotated[str, Phi.PHONE] = ""
    email: Annotated[str, Phi.EMAIL] = ""
    paged_at: Annotated[datetime, Phi.DATE]


class PageTaken(CallEvent):
    """Whoever was paged has it: they call the nurse or the patient."""

    page_id: UUID
    step: int
    by: Nurse
    taken_at: Annotated[datetime, Phi.DATE]


class PageUnanswered(CallEvent):
    """Nobody took the page within the time of this step. last: there is no further step; the last is tried again."""

    page_id: UUID
    step: int
    last: bool
    unanswered_at: Annotated[datetime, Phi.DATE]


class CallClosed(CallEvent):
    """Nothing more is to be done for this call."""

    outcome: CallOutcome
    closed_at: Annotated[datetime, Phi.DATE]
