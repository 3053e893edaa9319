"""What a caller is advised: held against the patient's wishes before it is kept, and told on the patient's stream."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from carebus.contracts.line import CallTriaged, Disposition, HandedOver, HospitalAdvice, Nurse
from carebus.contracts.phi import Phi
from carebus.decisions import Cause, Command, Decision, changed
from carebus.errors import CarebusError
from services.line.domain.calls.call import Call, Triage, require_own
from services.line.domain.sheet import LastCall, PatientUnknown, Sheet
from services.line.domain.sheet.handing_over import noted
from services.line.domain.sheet.sheet import CALLS_KEPT

OTHER = "other"
"""The subject of a call for which there is no protocol."""
_HOSPITAL = {
    Disposition.CALL_911: HospitalAdvice.AMBULANCE,
    Disposition.EMERGENCY_DEPARTMENT: HospitalAdvice.EMERGENCY_DEPARTMENT,
}
_URGENCY = list(Disposition)


class LinkFirst(CarebusError):
    """Say first whom the call is about."""

    status = 409


class ReasonWanted(CarebusError):
    """{why} Say why you advise it all the same."""

    status = 422
    field = "because"


class TriageCall(Command):
    """The caller is advised so. proposed: what the protocol came to, by the answers given."""

    nurse: Nurse
    call_id: UUID
    patient_id: UUID
    subject: Annotated[str, Field(max_length=60)] = OTHER
    protocol_version: int | None = None
    protocol_digest: Annotated[str, Field(max_length=64)] = ""
    proposed: Disposition | None = None
    disposition: Disposition
    because: Annotated[str, Phi.TEXT, Field(max_length=1000)] = ""


def triage_call(call: Call, advice: TriageCall, cause: Cause) -> Decision:
    """The call keeps what was advised; advised again, the last word stands."""
    require_own(call, advice.nurse)
    if call.patient_id is None or call.patient_id != advice.patient_id:
        raise LinkFirst
    kept = Triage(
        patient_id=advice.patient_id,
        subject=advice.subject,
        disposition=advice.disposition,
        triaged_at=cause.now,
    )
    return changed(call.but(triage=kept))


def advise(sheet: Sheet, advice: TriageCall, cause: Cause) -> Decision:
    """Less than the protocol proposes, or against the wish to stay at home, needs a reason; nothing is blocked."""
    if sheet.person is None:
        raise PatientUnknown
    against = goes_against(sheet, advice.disposition)
    if not advice.because.strip():
        if against:
            raise ReasonWanted(why="The patient wishes to stay at home.")
        if is_less(advice.disposition, advice.proposed):
            raise ReasonWanted(why="The protocol proposes something more urgent.")
    kept = LastCall(
        call_id=advice.call_id, disposition=advice.disposition, subject=advice.subject, triaged_at=cause.now
    )
    others = tuple(one for one in sheet.calls if one.call_id != advice.call_id)
    told = CallTriaged(
        call_id=advice.call_id,
        nurse=advice.nurse,
        subject=advice.subject,
        protocol_version=advice.protocol_version,
        protocol_digest=advice.protocol_digest,
        proposed=advice.proposed,
        disposition=advice.disposition,
        hospital=hospital_of(advice.disposition),
        against_wishes=bool(against),
        because=advice.because.strip(),
        triaged_at=cause.now,
    )
    now = sheet.but(calls=(kept, *others)[:CALLS_KEPT])
    for_team = HandedOver(
        call_id=advice.call_id,
        nurse=advice.nurse.name,
        subject=advice.subject,
        disposition=advice.disposition,
        at=cause.now,
    )
    return noted(changed(now).tells(told), now, for_team, cause)


def goes_against(sheet: Sheet, disposition: Disposition) -> tuple[str, ...]:
    """The goals, in the patient's words, that a way to hospital goes against. Wishes join them once they are told."""
    if hospital_of(disposition) is HospitalAdvice.NONE or sheet.plan is None or sheet.plan.says is None:
        return ()
    return tuple(goal.words for goal in sheet.plan.says.goals if goal.at_home)


def hospital_of(disposition: Disposition) -> HospitalAdvice:
    """Whether this advice is a way to hospital."""
    return _HOSPITAL.get(disposition, HospitalAdvice.NONE)


def is_less(disposition: Disposition, proposed: Disposition | None) -> bool:
    """Whether this is less urgent than what was proposed."""
    return proposed is not None and _URGENCY.index(disposition) > _URGENCY.index(proposed)
