"""What a hospital's facts about one stay come to. The set of facts decides, never the order they arrive in."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from carebus.contracts.event import Event, Value
from carebus.contracts.line import (
    AdmissionNotified,
    AdmissionWithdrawn,
    DeathReported,
    DeathReportWithdrawn,
    DischargedTo,
    DischargeNotified,
    DischargeWithdrawn,
    EdVisitNotified,
    EdVisitWithdrawn,
    HospitalSource,
    TransferNotified,
)
from carebus.contracts.phi import Phi
from services.line.domain.hospital.notice import Fact, PatientClass, Trigger

CONTACT_WITHIN = timedelta(days=2)
"""So soon after a discharge somebody speaks with the patient."""
MOST_FACTS = 200
"""Of one stay, the latest count: a stay of many months has fewer that say anything new."""
CANCELS = {Trigger.CANCEL_ADMIT, Trigger.CANCEL_TRANSFER, Trigger.CANCEL_DISCHARGE}
RANKS = {trigger: rank for rank, trigger in enumerate(Trigger)}
"""Facts of one moment: what takes something back comes after it."""


class Standing(Value):
    """How a stay stands: what has been, and not been taken back."""

    came_at: Annotated[datetime | None, Phi.DATE] = None
    admitted_at: Annotated[datetime | None, Phi.DATE] = None
    planned: bool | None = None
    units: tuple[str, ...] = ()
    discharged_at: Annotated[datetime | None, Phi.DATE] = None
    discharged_to: DischargedTo = DischargedTo.NOT_STATED
    died: bool = False
    died_on: Annotated[date | None, Phi.DATE] = None

    @property
    def unit(self) -> str:
        """Where the patient lies, or lay last."""
        return self.units[-1] if self.units else ""

    @property
    def has_been(self) -> bool:
        """Whether anything of the stay stands."""
        return bool(self.came_at or self.admitted_at or self.discharged_at)

    @property
    def current(self) -> bool:
        """Whether the patient is there now."""
        return bool(self.came_at or self.admitted_at) and self.discharged_at is None and not self.died


class Stay(Value):
    """One stay. told: how it stood when it was last told of, so that only what changed is told."""

    stay_id: UUID
    source: HospitalSource
    hospital: str
    facts: tuple[Fact, ...] = ()
    told: Standing = Standing()

    def with_fact(self, fact: Fact) -> "Stay":
        """The same, and this fact once; of updates that say the same the latest is enough."""
        kept = {fact, *self.facts}
        updates: dict[str, Fact] = {}
        for one in sorted((one for one in kept if one.trigger is Trigger.UPDATE), key=_order):
            updates[_says(one)] = one
        others = {one for one in kept if one.trigger is not Trigger.UPDATE}
        facts = sorted({*others, *updates.values()}, key=_order)
        return self.model_copy(update={"facts": tuple(facts[-MOST_FACTS:])})

    @property
    def standing(self) -> Standing:
        """What the facts come to."""
        found = Standing()
        for fact in self.facts:
            found = _after(found, fact)
        return found


def news(stay: Stay, at: datetime) -> tuple[Event, ...]:
    """What is to be told of a stay, as it stood when it was last told of and as it stands now."""
    before, now = stay.told, stay.standing
    return (*_of_coming(stay, before, now, at), *_of_leaving(stay, before, now, at), *_of_death(stay, before, now, at))


def report_id(stay: Stay) -> UUID:
    """A report of a death is known by the stay that it came with."""
    return stay.stay_id


def _of_coming(stay: Stay, before: Standing, now: Standing, at: datetime) -> Iterable[Event]:
    said: dict[str, Any] = {"stay_id": stay.stay_id, "source": stay.source, "hospital": stay.hospital}
    if now.came_at and now.came_at != before.came_at:
        yield EdVisitNotified(**said, came_at=now.came_at)
    if before.came_at and not now.came_at:
        yield EdVisitWithdrawn(stay_id=stay.stay_id, withdrawn_at=at)
    if before.admitted_at and not now.admitted_at:
        yield AdmissionWithdrawn(stay_id=stay.stay_id, withdrawn_at=at)
    if now.admitted_at and (now.admitted_at, now.planned) != (before.admitted_at, before.planned):
        yield AdmissionNotified(**said, planned=now.planned, unit=now.unit, admitted_at=now.admitted_at)
    elif now.admitted_at and now.unit != before.unit:
        yield TransferNotified(**said, unit=now.unit, notified_at=at)


def _of_leaving(stay: Stay, before: Standing, now: Standing, at: datetime) -> Iterable[Event]:
    left = (now.discharged_at, now.discharged_to)
    if now.discharged_at and left != (before.discharged_at, before.discharged_to):
        yield DischargeNotified(
            stay_id=stay.stay_id,
            source=stay.source,
            hospital=stay.hospital,
            admitted_at=now.admitted_at,
            discharged_at=now.discharged_at,
            discharged_to=now.discharged_to,
            contact_due_at=contact_due_at(now),
        )
    if before.discharged_at and not now.discharged_at:
        yield DischargeWithdrawn(stay_id=stay.stay_id, withdrawn_at=at)


def _of_death(stay: Stay, before: Standing, now: Standing, at: datetime) -> Iterable[Event]:
    if now.died and (not before.died or now.died_on != before.died_on):
        yield DeathReported(
            report_id=report_id(stay),
            reported_by="hospital",
            hospital=stay.hospital,
            died_on=now.died_on,
            reported_at=at,
        )
    if before.died and not now.died:
        yield DeathReportWithdrawn(report_id=report_id(stay), withdrawn_at=at)


def contact_due_at(standing: Standing) -> datetime | None:
    """By when somebody speaks with the patient: not where a hospital says that they died, or keeps them elsewhere."""
    elsewhere = standing.discharged_to in {DischargedTo.DIED, DischargedTo.HOSPITAL}
    if standing.discharged_at is None or standing.died or elsewhere or not (standing.admitted_at or standing.came_at):
        return None
    return standing.discharged_at + CONTACT_WITHIN


def _order(fact: Fact) -> tuple[datetime, int, str]:
    return fact.recorded_at, RANKS[fact.trigger], fact.model_dump_json()


def _says(fact: Fact) -> str:
    return fact.model_dump_json(exclude={"recorded_at", "happened_at"})


def _after(now: Standing, fact: Fact) -> Standing:
    """How it stands after one more fact, in the order that they were recorded in."""
    if fact.trigger in CANCELS:
        return _taken_back(now, fact)
    match fact.trigger:
        case Trigger.ADMIT | Trigger.REGISTER | Trigger.TO_INPATIENT:
            now = _come(now, fact)
        case Trigger.TO_OUTPATIENT:
            now = _but(now, admitted_at=None, planned=None)
        case Trigger.TRANSFER:
            now = _lying(_there(now, fact), fact)
        case Trigger.DISCHARGE:
            now = _but(_there(now, fact), discharged_at=fact.happened_at, discharged_to=fact.discharged_to)
        case _:
            pass
    return _with_death(_planned(now, fact), fact)


def _taken_back(now: Standing, fact: Fact) -> Standing:
    if fact.trigger is Trigger.CANCEL_ADMIT:
        return Standing()
    if fact.trigger is Trigger.CANCEL_TRANSFER:
        return _but(now, units=now.units[:-1] if len(now.units) > 1 else now.units)
    died = {} if fact.died else {"died": False, "died_on": None}
    return _but(now, discharged_at=None, discharged_to=DischargedTo.NOT_STATED, **died)


def _come(now: Standing, fact: Fact) -> Standing:
    """Somebody came: to the emergency department, to a ward, or to a clinic, which is nobody's news."""
    at = fact.admitted_at or fact.happened_at
    if now.discharged_at and at > now.discharged_at:
        now = Standing()  # the hospital uses the number of the visit again
    if fact.trigger is Trigger.TO_INPATIENT:
        return _lying(_but(now, admitted_at=now.admitted_at or fact.happened_at), fact)
    if fact.patient_class is PatientClass.EMERGENCY:
        return _but(now, came_at=at)
    if fact.patient_class is PatientClass.INPATIENT:
        return _lying(_but(now, admitted_at=at), fact)
    return now


def _there(now: Standing, fact: Fact) -> Standing:
    """Who is moved or leaves was there: since when, the message says itself, where what came before is missing."""
    if now.came_at or now.admitted_at or fact.admitted_at is None:
        return now
    if fact.patient_class is PatientClass.EMERGENCY:
        return _but(now, came_at=fact.admitted_at)
    return _but(now, admitted_at=fact.admitted_at) if fact.patient_class is PatientClass.INPATIENT else now


def _lying(now: Standing, fact: Fact) -> Standing:
    return _but(now, units=(*now.units, fact.unit)) if fact.unit and fact.unit != now.unit else now


def _planned(now: Standing, fact: Fact) -> Standing:
    return now if fact.planned is None or not now.admitted_at else _but(now, planned=fact.planned)


def _with_death(now: Standing, fact: Fact) -> Standing:
    died = fact.died if fact.discharged_to is not DischargedTo.DIED else True
    if died is None:
        return now
    return _but(now, died=died, died_on=(fact.died_on or now.died_on) if died else None)


def _but(now: Standing, **changes: object) -> Standing:
    return now.model_copy(update=changes)
