"""What a caller is advised: held against the patient's wishes before it is kept, and told on the patient's stream."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from carebus.contracts.line import CallTriaged, Disposition, HandedOver, HospitalAdvice, Nurse
from carebus.contracts.phi import Phi
from carebus.contracts.wishes import NOT_TO_HOSPITAL, Statement
from carebus.decisions import Cause, Command, Decision, changed
from carebus.errors import CarebusError
from services.line.domain.calls.call import Call, Triage, require_own
from services.line.domain.calls.runs import ProtocolRun, leading, still_possible
from services.line.domain.protocols.judging import is_less
from services.line.domain.sheet import LastCall, Sheet
from services.line.domain.sheet.handing_over import noted
from services.line.domain.sheet.sheet import CALLS_KEPT

OTHER = "other"
"""The subject of a call for which there is no protocol."""
_HOSPITAL = {
    Disposition.CALL_911: HospitalAdvice.AMBULANCE,
    Disposition.EMERGENCY_DEPARTMENT: HospitalAdvice.EMERGENCY_DEPARTMENT,
}


class LinkFirst(CarebusError):
    """Say first whom the call is about."""

    status = 409


class ReasonWanted(CarebusError):
    """{why} Say why you advise it all the same."""

    status = 422
    field = "because"


class AnswersChanged(CarebusError):
    """The answers came to something else meanwhile. Look at what is proposed now."""

    status = 409


class TriageCall(Command):
    """The caller is advised so. proposed: what the nurse saw proposed, if they looked at it.

    runs: the protocols that were followed, which the service adds from the call.
    """

    nurse: Nurse
    call_id: UUID
    patient_id: UUID
    proposed: Disposition | None = None
    disposition: Disposition
    because: Annotated[str, Phi.TEXT, Field(max_length=1000)] = ""
    runs: Annotated[tuple[ProtocolRun, ...], Field(exclude=True)] = ()

    @property
    def run(self) -> ProtocolRun | None:
        """The protocol whose proposal counts."""
        return leading(self.runs)

    @property
    def subject(self) -> str:
        """The protocol, or that none was followed."""
        return self.run.protocol if self.run else OTHER


def triage_call(call: Call, advice: TriageCall, cause: Cause) -> Decision:
    """The call keeps what was advised; advised again, the last word stands."""
    require_own(call, advice.nurse)
    if call.patient_id is None or call.patient_id != advice.patient_id:
        raise LinkFirst
    proposed = advice.run.proposed if advice.run else None
    if advice.runs != call.runs or advice.proposed not in {None, proposed}:
        raise AnswersChanged
    kept = Triage(
        patient_id=advice.patient_id,
        subject=advice.subject,
        proposed=proposed,
        disposition=advice.disposition,
        triaged_at=cause.now,
    )
    return changed(call.but(triage=kept))


def advise(sheet: Sheet, advice: TriageCall, cause: Cause) -> Decision:
    """Less than is proposed or possible, or against the wish to stay at home, needs a reason; nothing is blocked."""
    sheet.require_goes_on()
    against = goes_against(sheet, advice.disposition)
    if not advice.because.strip() and (why := _wants_reason(advice, against)):
        raise ReasonWanted(why=why)
    kept = LastCall(
        call_id=advice.call_id, disposition=advice.disposition, subject=advice.subject, triaged_at=cause.now
    )
    others = tuple(one for one in sheet.calls if one.call_id != advice.call_id)
    told = _told(advice, cause, against=bool(against))
    now = sheet.but(calls=(kept, *others)[:CALLS_KEPT])
    return noted(changed(now).tells(told), now, _for_team(advice, cause), cause)


def _for_team(advice: TriageCall, cause: Cause) -> HandedOver:
    return HandedOver(
        call_id=advice.call_id,
        nurse=advice.nurse.name,
        subject=advice.subject,
        disposition=advice.disposition,
        called_at=cause.now,
    )


def _wants_reason(advice: TriageCall, against: tuple[str, ...]) -> str:
    if against:
        return "It goes against what the patient wants."
    if advice.run and is_less(advice.disposition, advice.run.proposed):
        return "The protocol proposes something more urgent."
    if is_less(advice.disposition, still_possible(advice.runs)):
        return "Questions are open whose answers could call for something more urgent."
    return ""


def _told(advice: TriageCall, cause: Cause, *, against: bool) -> CallTriaged:
    run = advice.run
    return CallTriaged(
        call_id=advice.call_id,
        nurse=advice.nurse,
        subject=advice.subject,
        protocol_version=run.version if run else None,
        protocol_digest=run.digest if run else "",
        proposed=run.proposed if run else None,
        proposed_by=run.step if run else "",
        questions_open=sum(len(one.open) for one in advice.runs),
        disposition=advice.disposition,
        hospital=hospital_of(advice.disposition),
        against_wishes=against,
        because=advice.because.strip(),
        triaged_at=cause.now,
    )


def goes_against(sheet: Sheet, disposition: Disposition) -> tuple[str, ...]:
    """What a way to hospital goes against: goals in the patient's words, and wishes that stand, contested or not."""
    if hospital_of(disposition) is HospitalAdvice.NONE:
        return ()
    goals = sheet.plan.says.goals if sheet.plan and sheet.plan.says else ()
    return (*(goal.words for goal in goals if goal.at_home), *map(_in_words, not_to_hospital(sheet)))


def not_to_hospital(sheet: Sheet) -> tuple[Statement, ...]:
    """Every wish that stands and says that they are not to be sent to hospital for treatment."""
    known = (one for topic in sheet.wishes.topics for one in topic.known) if sheet.wishes else ()
    return tuple(one.statement for one in known if one.statement.choice in NOT_TO_HOSPITAL)


def _in_words(statement: Statement) -> str:
    return statement.words or statement.choice.replace("_", " ").capitalize()


def hospital_of(disposition: Disposition) -> HospitalAdvice:
    """Whether this advice is a way to hospital."""
    return _HOSPITAL.get(disposition, HospitalAdvice.NONE)
