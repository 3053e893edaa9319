"""A contact within two days of a discharge: due by a timer, made by a person or by a visit that took place."""

from http import HTTPStatus
from uuid import UUID

from carebus.contracts.care_plan import VisitCompleted
from carebus.contracts.line import DischargeContactMade, DischargeContactMissed
from carebus.decisions import Cause, Command, Decision, Timer, changed, ignore
from carebus.errors import CarebusError
from services.line.domain.hospital.record import Contact, HospitalRecord
from services.line.domain.hospital.stay import Stay, contact_due_at
from services.line.domain.sheet import Sheet, hearing


class ContactUnknown(CarebusError):
    """No contact is open after this stay: it was made, or the hospital took the discharge back."""

    status = HTTPStatus.CONFLICT


class MakeDischargeContact(Command):
    """Somebody spoke with the patient after this stay."""

    stay_id: UUID


class ContactDue(Timer):
    """Two days have passed since a discharge."""

    stay_id: UUID


def follow_discharge(record: HospitalRecord, sheet: Sheet, stay: Stay, cause: Cause) -> Decision:
    """A discharge starts a contact, one that was taken back ends it; a visit since then was one."""
    standing, known = stay.standing, record.contact(stay.stay_id)
    due_at = contact_due_at(standing)
    if due_at is None or standing.discharged_at is None:
        return changed(record.without_contact(stay.stay_id)).cancels(_name(stay.stay_id))
    if known and (known.made_at or known.due_at == due_at):
        return changed(record)
    contact = Contact(stay_id=stay.stay_id, hospital=stay.hospital, discharged_at=standing.discharged_at, due_at=due_at)
    if sheet.last_visit and sheet.last_visit.ended_at >= standing.discharged_at:
        return _made(record, contact, cause, by_visit=True)
    return changed(record.with_contact(contact)).wakes(_name(stay.stay_id), due_at, ContactDue(stay_id=stay.stay_id))


def make_contact(record: HospitalRecord, made: MakeDischargeContact, cause: Cause) -> Decision:
    """Somebody spoke with them. Raises ContactUnknown."""
    contact = record.contact(made.stay_id)
    if contact is None or contact.made_at:
        raise ContactUnknown
    return _made(record, contact, cause, by_visit=False)


def note_visit(sheet: Sheet, record: HospitalRecord, event: VisitCompleted, cause: Cause) -> Decision:
    """The sheet shows the visit; one that ended after a discharge was the contact."""
    met = [one for one in record.contacts if not one.made_at and one.discharged_at <= event.completed_at]
    decision = hearing.note_visit(sheet, event, cause)
    for contact in met:
        record, told, timer = _met(record, contact, cause)
        decision = decision.tells(told).cancels(timer)
    return decision._replace(states=(*decision.states, record)) if met else decision


def note_missed(record: HospitalRecord, due: ContactDue, cause: Cause) -> Decision:
    """Nobody has spoken with them: the contact stays on the board until somebody has."""
    contact = record.contact(due.stay_id)
    if contact is None or contact.made_at or contact.missed:
        return ignore("made")
    missed = contact.model_copy(update={"missed": True})
    told = DischargeContactMissed(stay_id=due.stay_id, missed_at=cause.occurred_at)
    return changed(record.with_contact(missed)).tells(told)


def _made(record: HospitalRecord, contact: Contact, cause: Cause, *, by_visit: bool) -> Decision:
    after, told, timer = _met(record, contact, cause, by_visit=by_visit)
    return changed(after).tells(told).cancels(timer)


def _met(
    record: HospitalRecord, contact: Contact, cause: Cause, *, by_visit: bool = True
) -> tuple[HospitalRecord, DischargeContactMade, str]:
    made = contact.model_copy(update={"made_at": cause.now})
    told = DischargeContactMade(
        stay_id=contact.stay_id, by_visit=by_visit, late=cause.now > contact.due_at, made_at=cause.now
    )
    return record.with_contact(made), told, _name(contact.stay_id)


def _name(stay_id: UUID) -> str:
    return f"contact/{stay_id}"
