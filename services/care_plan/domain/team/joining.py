"""What becomes of a clinician's place at the clinic: they join, change, take leave and resign."""

from datetime import date, timedelta
from http import HTTPStatus
from typing import Self
from uuid import UUID

from pydantic import model_validator

from carebus.contracts.care_plan import (
    ClinicianChanged,
    ClinicianJoined,
    ClinicianLeaveCancelled,
    ClinicianLeaveTaken,
    ClinicianLeft,
)
from carebus.contracts.event import Value
from carebus.contracts.people import Role
from carebus.decisions import Cause, Command, Decision, changed, ignore
from carebus.errors import BrokenRule, CarebusError
from services.care_plan.domain.team import stated
from services.care_plan.domain.team.clinicians import Clinician, Leave

STATED = ("name", "role", "capacity", "account", "licences", "languages", "skills", "area", "hours", "holidays")
"""What is told of a clinician."""


DAY = timedelta(days=1)
LATEST_ENTERED = timedelta(days=31)
"""A last day that is over may be entered so much later."""


class ClinicianUnknown(CarebusError):
    """There is no such clinician on the roster."""

    status = HTTPStatus.NOT_FOUND
    field = "clinician_id"


class ClinicianAlreadyJoined(CarebusError):
    """This clinician is already on the roster."""

    field = "clinician_id"


class ClinicianAlreadyAway(CarebusError):
    """This clinician is already on leave on some of these days. Cancel that leave first, or give other days."""

    field = "first_day"


class LeaveIsOver(CarebusError):
    """These days are over. Give a last day that is still to come."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "last_day"


class LeftTooLongAgo(CarebusError):
    """This day is more than a month ago. Look at it once more."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "last_day"


class LeaveUnknown(CarebusError):
    """This clinician has no such leave."""

    status = HTTPStatus.NOT_FOUND
    field = "leave_id"


class JoinRoster(Value, Command):
    """A clinician is ready to be assigned."""

    clinician_id: UUID | None = None
    name: stated.Name
    role: Role
    capacity: stated.Capacity
    account: UUID | None = None
    licences: stated.Licences
    languages: stated.Languages = ()
    skills: stated.Skills = ()
    area: stated.StatedArea | None = None
    hours: stated.Week = ()
    holidays: stated.Holidays | None = None


class ChangeClinician(Value, Command):
    """Something about a clinician is otherwise now; what is left out stays as it is. The profession never changes."""

    clinician_id: UUID
    name: stated.Name | None = None
    capacity: stated.Capacity | None = None
    account: UUID | None = None
    licences: stated.Licences | None = None
    languages: stated.Languages | None = None
    skills: stated.Skills | None = None
    area: stated.StatedArea | None = None
    hours: stated.Week | None = None
    holidays: stated.Holidays | None = None


class TakeLeave(Value, Command):
    """A clinician will be away from the first to the last day, both included."""

    clinician_id: UUID
    first_day: date
    last_day: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_day < self.first_day:
            raise BrokenRule("Give a last day that is not before the first.")
        return self


class CancelLeave(Value, Command):
    """A clinician is not away after all."""

    clinician_id: UUID
    leave_id: UUID


class LeaveRoster(Value, Command):
    """A clinician resigns; said again, the last day is moved."""

    clinician_id: UUID
    last_day: date


def join_roster(clinician: Clinician, joins: JoinRoster, cause: Cause) -> Decision:
    """A clinician can be assigned from now on; who has left may come back. Raises ClinicianAlreadyJoined."""
    if clinician.clinician_id is not None and clinician.left_on is None:
        raise ClinicianAlreadyJoined
    told = ClinicianJoined.model_validate({"clinician_id": cause.subject_id, **_stated(joins)})
    return changed(Clinician.model_validate(told.model_dump())).tells(told)


def change_clinician(clinician: Clinician, changes: ChangeClinician, _: Cause) -> Decision:
    """Something is otherwise from now on; all of it is told, so that nobody must put parts together.

    Raises ClinicianUnknown.
    """
    _joined(clinician)
    given = changes.model_dump(exclude={"clinician_id"}, exclude_none=True)
    after = Clinician.model_validate({**clinician.model_dump(), **given})
    if after == clinician:
        return ignore("nothing_changed")
    told = ClinicianChanged.model_validate({"clinician_id": after.clinician_id, **_stated(after)})
    return changed(after).tells(told)


def take_leave(clinician: Clinician, takes: TakeLeave, cause: Cause) -> Decision:
    """Somebody will be away. Raises ClinicianUnknown, LeaveIsOver, ClinicianAlreadyAway."""
    clinician_id = _joined(clinician)
    if takes.last_day < cause.now.date() - DAY:  # where they are it may still be yesterday
        raise LeaveIsOver
    leave = Leave(leave_id=cause.derive("leave"), first_day=takes.first_day, last_day=takes.last_day)
    if any(leave.meets(other) for other in clinician.leave):
        raise ClinicianAlreadyAway
    taken = tuple(sorted((*clinician.leave, leave), key=lambda each: each.first_day))
    told = ClinicianLeaveTaken(clinician_id=clinician_id, **leave.model_dump())
    return changed(clinician.but(leave=taken)).tells(told)


def cancel_leave(clinician: Clinician, cancels: CancelLeave, _: Cause) -> Decision:
    """Somebody is not away after all. Raises ClinicianUnknown, LeaveUnknown."""
    clinician_id = _joined(clinician)
    kept = tuple(leave for leave in clinician.leave if leave.leave_id != cancels.leave_id)
    if len(kept) == len(clinician.leave):
        raise LeaveUnknown
    told = ClinicianLeaveCancelled(clinician_id=clinician_id, leave_id=cancels.leave_id)
    return changed(clinician.but(leave=kept)).tells(told)


def leave_roster(clinician: Clinician, leaves: LeaveRoster, cause: Cause) -> Decision:
    """Somebody resigns: after the last day they look after nobody. Raises ClinicianUnknown, LeftTooLongAgo."""
    clinician_id = _joined(clinician)
    if leaves.last_day < cause.now.date() - LATEST_ENTERED:
        raise LeftTooLongAgo
    if clinician.left_on == leaves.last_day:
        return ignore("nothing_changed")
    told = ClinicianLeft(clinician_id=clinician_id, last_day=leaves.last_day)
    return changed(clinician.but(left_on=leaves.last_day)).tells(told)


def _joined(clinician: Clinician) -> UUID:
    if clinician.clinician_id is None:
        raise ClinicianUnknown
    return clinician.clinician_id


def _stated(of: Clinician | JoinRoster) -> dict[str, object]:
    return of.model_dump(include=set(STATED))
