"""Whom a call is about: known at once, later, or never; and taken back without a trace where it was somebody else."""

from http import HTTPStatus
from uuid import UUID

from carebus.contracts.line import CallTriageWithdrawn, Nurse
from carebus.decisions import Cause, Command, Decision, changed, ignore
from carebus.errors import CarebusError
from services.line.domain.calls.call import Call, require_own
from services.line.domain.sheet import Sheet
from services.line.domain.sheet.handing_over import without


class LinkedOtherwise(CarebusError):
    """This call is about somebody else by now. Look at it again."""

    status = HTTPStatus.CONFLICT


class LinkPatient(Command):
    """The call is about this patient. instead_of: about whom it was thought to be."""

    nurse: Nurse
    patient_id: UUID
    instead_of: UUID | None = None


class UnlinkPatient(Command):
    """The call is not about that patient."""

    nurse: Nurse
    patient_id: UUID


class ForgetCall(Command):
    """What was told on this patient's stream of a call was about somebody else."""

    call_id: UUID


def link_patient(call: Call, link: LinkPatient, _: Cause) -> Decision:
    """The screen shows their sheet; what was advised for somebody else is not theirs."""
    require_own(call, link.nurse)
    if call.patient_id == link.patient_id:
        return ignore("linked")
    if call.patient_id != link.instead_of:
        raise LinkedOtherwise
    return changed(call.but(patient_id=link.patient_id, triage=None))


def unlink_patient(call: Call, unlink: UnlinkPatient, _: Cause) -> Decision:
    """Nothing of the call is theirs any more."""
    require_own(call, unlink.nurse)
    if call.patient_id != unlink.patient_id:
        raise LinkedOtherwise
    return changed(call.but(patient_id=None, triage=None))


def require_known(sheet: Sheet, _: LinkPatient, __: Cause) -> Decision:
    """Raises PatientUnknown and RecordMerged."""
    sheet.require_goes_on()
    return ignore("known")


def forget_call(sheet: Sheet, forget: ForgetCall, cause: Cause) -> Decision:
    """The advice was never given to them."""
    left = without(sheet, forget.call_id)
    if all(one.call_id != forget.call_id for one in sheet.calls):
        return ignore("not_told") if left == sheet else changed(left)
    calls = tuple(one for one in sheet.calls if one.call_id != forget.call_id)
    return changed(left.but(calls=calls)).tells(CallTriageWithdrawn(call_id=forget.call_id, withdrawn_at=cause.now))
