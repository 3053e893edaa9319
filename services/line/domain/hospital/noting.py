"""A message that is somebody's changes their stays, what their sheet shows, and the numbers they are known by."""

from uuid import UUID, uuid5

from carebus.decisions import Cause, Command, Decision, changed, ignore
from services.line.domain.hospital.contacts import follow_discharge
from services.line.domain.hospital.keys import numbers_of
from services.line.domain.hospital.notice import Notice, Trigger
from services.line.domain.hospital.record import HospitalRecord, Identity
from services.line.domain.hospital.stay import Stay, news
from services.line.domain.sheet import HospitalStay, Sheet

STAYS_SHOWN = 5
MOST_NUMBERS = 50
"""Hospital numbers that are learned of one person."""


class ReceiveNotice(Command):
    """A hospital's message came."""

    notice: Notice


class NoteNotice(Command):
    """This message is about this patient: somebody said so, or they were stated since."""

    notice: Notice


def note_notice(
    record: HospitalRecord, sheet: Sheet, identity: Identity, note: ReceiveNotice | NoteNotice, cause: Cause
) -> Decision:
    """Keep what it says, and tell what is new in it. Said before, nothing changes."""
    notice, patient_id = note.notice, cause.subject_id
    known = _learning(identity, notice)
    stay_id = stay_of(patient_id, notice)
    before = record.stay(stay_id) or Stay(stay_id=stay_id, source=notice.source, hospital=notice.hospital)
    stay = before if notice.fact.trigger is Trigger.MERGE else before.with_fact(notice.fact)
    if stay == before:
        return ignore("told_before") if known == identity else changed(known)
    told = stay.model_copy(update={"told": stay.standing})
    kept = follow_discharge(record.with_stay(told), sheet, told, cause)
    (after,) = kept.states
    return kept._replace(states=(after, showing(sheet, told), known)).tells(*news(stay, cause.now))


def stay_of(patient_id: UUID, notice: Notice) -> UUID:
    """The id of a stay: nothing can be read from it, as that of the patient is random."""
    return uuid5(patient_id, f"{notice.hospital}/{notice.visit_number}")


def showing(sheet: Sheet, stay: Stay) -> Sheet:
    """The sheet with this stay: those that are now, and the last ones."""
    now = stay.standing
    others = [one for one in sheet.stays if one.stay_id != stay.stay_id]
    if now.has_been:
        others.append(_shown(stay))
    others.sort(key=lambda one: (one.discharged_at is None, one.since, str(one.stay_id)), reverse=True)
    return sheet.but(stays=tuple(others[:STAYS_SHOWN]))


def _shown(stay: Stay) -> HospitalStay:
    now = stay.standing
    since = now.admitted_at or now.came_at or now.discharged_at
    assert since is not None, "something of it has been"
    return HospitalStay(
        stay_id=stay.stay_id,
        hospital=stay.hospital,
        emergency=now.admitted_at is None and now.came_at is not None,
        planned=now.planned,
        unit=now.unit,
        since=since,
        discharged_at=now.discharged_at,
        discharged_to=now.discharged_to,
        death_reported=now.died,
    )


def _learning(identity: Identity, notice: Notice) -> Identity:
    """The hospital's numbers lead here from now on: the next message is certain."""
    numbers = numbers_of((*notice.person.hospital_numbers, *notice.retired_numbers))
    new = [one for one in numbers if one not in identity.all_keys.hospital_numbers]
    return identity.but(learned=(*identity.learned, *new)[-MOST_NUMBERS:]) if new else identity
