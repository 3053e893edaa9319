"""A request as it stands: the steps of its authorisation, and what each may become."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from carebus.contracts.equipment import DenialReason
from carebus.contracts.event import Value
from carebus.contracts.phi import Phi
from carebus.errors import CarebusError
from services.equipment.domain.catalogue import Item


class AuthorisationStatus(StrEnum):
    """How the authorisation of a request stands."""

    NOT_ASKED = "not_asked"
    NOT_REQUIRED = "not_required"
    REQUESTED = "requested"
    PENDED = "pended"
    APPROVED = "approved"
    PARTLY_APPROVED = "partly_approved"
    DENIED = "denied"
    APPEALED = "appealed"
    EXPIRED = "expired"
    LAPSED = "lapsed"


S = AuthorisationStatus
_ANSWERS = frozenset({S.APPROVED, S.PARTLY_APPROVED, S.DENIED})
BECOMES: Mapping[AuthorisationStatus, frozenset[AuthorisationStatus]] = {
    S.NOT_ASKED: frozenset({S.NOT_REQUIRED, S.REQUESTED}),
    S.NOT_REQUIRED: frozenset({S.REQUESTED}),
    S.REQUESTED: _ANSWERS | {S.PENDED, S.NOT_REQUIRED},
    S.PENDED: _ANSWERS | {S.PENDED, S.NOT_REQUIRED},
    S.APPROVED: frozenset({S.EXPIRED, S.REQUESTED}),
    S.PARTLY_APPROVED: frozenset({S.APPEALED, S.EXPIRED, S.REQUESTED}),
    S.DENIED: frozenset({S.APPEALED, S.LAPSED, S.REQUESTED}),
    S.APPEALED: _ANSWERS | {S.PENDED},
    S.EXPIRED: frozenset({S.REQUESTED}),
    S.LAPSED: frozenset({S.REQUESTED}),
}
"""What an authorisation can become. It may be asked for again once it is answered, or over."""
PERMITS = frozenset({S.NOT_REQUIRED, S.APPROVED, S.PARTLY_APPROVED})
"""In which something may be ordered."""
WAITS = frozenset({S.REQUESTED, S.PENDED, S.APPEALED})
"""In which the payer is to answer."""


class RequestUnknown(CarebusError):
    """There is no such request, or it was withdrawn."""

    status = HTTPStatus.NOT_FOUND


class NotFromHere(CarebusError):
    """An authorisation that is {now} can't become {then}."""

    status = HTTPStatus.CONFLICT


class Step(Value):
    """One step of an authorisation, at its own time. A step without units limits nothing."""

    record_id: UUID
    status: AuthorisationStatus
    at: datetime
    by: str
    units: int | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    number: Annotated[str, Phi.NUMBER] = ""
    reason: DenialReason | None = None
    because: Annotated[str, Phi.TEXT] = ""
    appeal_until: date | None = None


class Request(Value):
    """One item that is needed. withdrawn_at: since when it is not any more."""

    request_id: UUID
    item: Item
    units: int
    justification: Annotated[str, Phi.TEXT]
    requested_by: str
    requested_at: datetime
    steps: tuple[Step, ...] = ()
    withdrawn_at: datetime | None = None

    @property
    def step(self) -> Step | None:
        """The last one, which stands."""
        return self.steps[-1] if self.steps else None

    @property
    def status(self) -> AuthorisationStatus:
        """How the authorisation stands."""
        return self.step.status if self.step else S.NOT_ASKED

    @property
    def permitted(self) -> int:
        """How many units may be ordered; none where the authorisation does not stand."""
        if self.step is None or self.status not in PERMITS:
            return 0
        return self.units if self.step.units is None else self.step.units

    def stands_on(self, day: date) -> bool:
        """Whether something may be ordered on this day."""
        step = self.step
        if step is None or step.status not in PERMITS:
            return False
        return (step.starts_on is None or step.starts_on <= day) and (step.ends_on is None or day <= step.ends_on)

    def with_step(self, step: Step) -> "Request":
        """The same with one step more. Raises NotFromHere."""
        if step.status not in BECOMES[self.status]:
            raise NotFromHere(now=self.status.value.replace("_", " "), then=step.status.value.replace("_", " "))
        return self.model_copy(update={"steps": (*self.steps, step)})
