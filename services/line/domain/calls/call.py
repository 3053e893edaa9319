"""A call as the line knows it, and the rules that hold for everything that is done with one."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from pydantic import Field

from carebus.contracts.event import Value
from carebus.contracts.line import CallOutcome, Disposition, Nurse
from carebus.contracts.phi import Phi
from carebus.decisions import State
from carebus.errors import CarebusError
from services.line.domain.calls.runs import ProtocolRun


class CallUnknown(CarebusError):
    """There is no such call."""

    status = HTTPStatus.NOT_FOUND


class CallClosedAlready(CarebusError):
    """This call is closed. Write down a new one."""

    status = HTTPStatus.CONFLICT


class HasAnotherNurse(CarebusError):
    """{name} has this call. Ask for it, or take the next one."""

    status = HTTPStatus.CONFLICT


class NotTaken(CarebusError):
    """Take the call first, so that everybody sees whose it is."""

    status = HTTPStatus.CONFLICT


class Promise(Value):
    """What a caller was told: somebody calls back by `due_at`. nurse: who keeps it now."""

    promise_id: UUID
    nurse: Nurse
    due_at: datetime
    promised_at: datetime
    missed_at: datetime | None = None
    made_at: datetime | None = None


class PageStep(Value):
    """Who is asked, and how long it is waited for."""

    name: Annotated[str, Field(max_length=200)]
    phone: Annotated[str, Phi.PHONE, Field(max_length=40)] = ""
    email: Annotated[str, Phi.EMAIL, Field(max_length=200)] = ""
    minutes: Annotated[int, Field(ge=1, le=60)] = 5

    @property
    def is_reachable(self) -> bool:
        """Whether there is any way to ask them."""
        return bool(self.phone or self.email)


class Page(Value):
    """A clinician is asked for: step by step until somebody has taken it.

    step: 1 at first.  repeated: how often the last step was tried again.  since: when this step was asked.
    link_id: of the link by which whoever is asked now takes it.  handed_over_at: when that went out.
    dial: nothing confirms that it went out, so the nurse dials.
    """

    page_id: UUID
    link_id: UUID
    steps: tuple[PageStep, ...]
    step: int = 1
    repeated: int = 0
    since: datetime
    handed_over_at: datetime | None = None
    dial: bool = False
    taken_by: Nurse | None = None
    taken_at: datetime | None = None

    @property
    def asked(self) -> PageStep:
        """Who is asked now."""
        return self.steps[self.step - 1]

    @property
    def is_last(self) -> bool:
        """Whether there is nobody after them."""
        return self.step == len(self.steps)


class Triage(Value):
    """What was advised, and to whom it was told."""

    patient_id: UUID
    subject: str
    proposed: Disposition | None = None
    disposition: Disposition
    triaged_at: datetime


class Call(State):
    """One call. A blank one stands for one never heard of.

    ringing_at, answered_at and ended_at are the telephone system's; taken_at is when a nurse took it on the screen.
    The numbers are those of its earliest word, `agent` is whom its latest names.  told: facts that were told as events.
    phone: where to call back, if not at the number that they called from.
    answer_told: when, and after how many seconds, an answer was told last.
    runs: the protocols that it follows, the one that is asked now last.
    """

    ringing_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    from_number: Annotated[str, Phi.PHONE] = ""
    to_number: str = ""
    numbers_at: datetime | None = None
    agent: str = ""
    agent_at: datetime | None = None
    by_hand: bool = False
    told: tuple[str, ...] = ()
    answer_told: tuple[datetime, float] | None = None
    nurse: Nurse | None = None
    taken_at: datetime | None = None
    patient_id: UUID | None = None
    caller_name: Annotated[str, Phi.NAME] = ""
    relationship: Annotated[str, Phi.TEXT] = ""
    phone: Annotated[str, Phi.PHONE] = ""
    note: Annotated[str, Phi.TEXT] = ""
    promises: tuple[Promise, ...] = ()
    page: Page | None = None
    runs: tuple[ProtocolRun, ...] = ()
    triage: Triage | None = None
    closed_at: datetime | None = None
    outcome: CallOutcome | None = None

    @property
    def is_known(self) -> bool:
        """Whether anything was ever said of it."""
        return self.ringing_at is not None or self.answered_at is not None or self.ended_at is not None

    @property
    def came_at(self) -> datetime | None:
        """The first that was heard of it."""
        return min((at for at in (self.ringing_at, self.answered_at, self.ended_at) if at), default=None)

    @property
    def number(self) -> str:
        """Where the caller is reached; empty while nobody knows."""
        return self.phone or self.from_number

    @property
    def open_promises(self) -> tuple[Promise, ...]:
        """Promises that nobody has kept yet, also those that are missed."""
        return tuple(one for one in self.promises if one.made_at is None)

    @property
    def waits_for_page(self) -> bool:
        """Whether a page goes on that nobody has taken."""
        return self.page is not None and self.page.taken_at is None

    def run(self, protocol: str) -> ProtocolRun | None:
        """How the call follows this protocol, if it does."""
        return next((one for one in self.runs if one.protocol == protocol), None)


def require_own(call: Call, nurse: Nurse) -> None:
    """Raises CallUnknown, CallClosedAlready, HasAnotherNurse or NotTaken unless this nurse may go on with the call."""
    require_open(call)
    if call.nurse is None:
        raise NotTaken
    if call.nurse.account != nurse.account:
        raise HasAnotherNurse(name=call.nurse.name)


def require_open(call: Call) -> None:
    """Raises CallUnknown or CallClosedAlready."""
    if not call.is_known:
        raise CallUnknown
    if call.closed_at is not None:
        raise CallClosedAlready
