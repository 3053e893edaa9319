"""A message that is nobody's yet: it waits for a nurse who knows, or is sealed until somebody is stated, or erased."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from carebus.contracts.phi import Phi
from carebus.decisions import Cause, Command, Decision, State, Timer, changed, ignore
from carebus.errors import CarebusError
from services.line.domain.hospital.notice import Notice
from services.line.domain.hospital.noting import ReceiveNotice

ERASE = "erase"


class NoticeUnknown(CarebusError):
    """There is no such message to decide upon: somebody has decided, or it was erased."""

    status = HTTPStatus.NOT_FOUND


class NotACandidate(CarebusError):
    """This message may not be this person's. Choose one of those it may be about, or nobody."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "patient_id"


class Unclaimed(State):
    """A message and who it may be about. Without a notice there is nothing left of it: the store erases it.

    Without candidates it is sealed: no page shows it, and it is erased at `erased_at` unless somebody is stated.
    """

    notice: Notice | None = None
    candidates: tuple[UUID, ...] = ()
    came_at: Annotated[datetime | None, Phi.DATE] = None
    erased_at: Annotated[datetime | None, Phi.DATE] = None


class ClaimNotice(Command):
    """The message is about this patient."""

    patient_id: UUID


class DisclaimNotice(Command):
    """The message is about none of our patients."""


class OfferNotice(Command):
    """These may be whom it is about, as known by now."""

    candidates: tuple[UUID, ...]


class EraseDue(Timer):
    """Nobody was stated whom the message could be about."""


def keep_unclaimed(
    _: Unclaimed, received: ReceiveNotice, cause: Cause, *, candidates: tuple[UUID, ...], erased_at: datetime
) -> Decision:
    """Nobody certain: somebody decides among those it may be about; where there are none it is sealed."""
    kept = Unclaimed(notice=received.notice, candidates=candidates, came_at=cause.now, erased_at=erased_at)
    return changed(kept).wakes(ERASE, erased_at, EraseDue()) if not candidates else changed(kept)


def claim(unclaimed: Unclaimed, _: ClaimNotice, __: Cause) -> Decision:
    """It is somebody's, and told on their stream beside this. Raises NoticeUnknown."""
    return _erased(unclaimed)


def claim_as_candidate(unclaimed: Unclaimed, said: ClaimNotice, _: Cause) -> Decision:
    """A nurse says whose it is. Raises NoticeUnknown and NotACandidate."""
    if unclaimed.notice is not None and said.patient_id not in unclaimed.candidates:
        raise NotACandidate
    return _erased(unclaimed)


def disclaim(unclaimed: Unclaimed, _: DisclaimNotice, __: Cause) -> Decision:
    """It is about a stranger, of whom nothing is kept. Raises NoticeUnknown."""
    return _erased(unclaimed)


def offer(unclaimed: Unclaimed, said: OfferNotice, cause: Cause) -> Decision:
    """Somebody is known by now who it may be about; or nobody any more, and it is sealed again."""
    if unclaimed.notice is None:
        return ignore("decided")
    kept = changed(unclaimed.but(candidates=said.candidates))
    if said.candidates:
        return kept.cancels(ERASE)
    return kept.wakes(ERASE, max(unclaimed.erased_at or cause.now, cause.now), EraseDue())


def erase(unclaimed: Unclaimed, _: EraseDue, __: Cause) -> Decision:
    """It was nobody's."""
    if unclaimed.notice is None or unclaimed.candidates:
        return ignore("decided")
    return changed(Unclaimed())


def _erased(unclaimed: Unclaimed) -> Decision:
    if unclaimed.notice is None:
        raise NoticeUnknown
    return changed(Unclaimed()).cancels(ERASE)
