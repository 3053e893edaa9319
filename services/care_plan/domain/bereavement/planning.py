"""Which contacts of the schedule are still to be made with somebody, and the timers that notice a missed one."""

from datetime import date, timedelta
from uuid import UUID

from carebus.contracts.care_plan import (
    BereavedPersonStated,
    BereavementConsent,
    BereavementContactMissed,
    ContactOutcome,
    PlannedContact,
)
from carebus.decisions import Cause, Decision, Timer, changed, ignore
from services.care_plan.domain.bereavement.schedule import Schedule
from services.care_plan.domain.bereavement.state import Bereaved, Bereavement
from services.care_plan.domain.care import Care
from services.care_plan.domain.care.zones import end_of


class BereavementContactDue(Timer):
    """The time of a contact is over."""

    person_id: UUID
    code: str
    due_on: date


def timer(person_id: UUID, code: str) -> str:
    """The name of a contact's timer."""
    return f"bereavement/{person_id}/{code}"


def planned(bereavement: Bereavement, person: Bereaved, schedule: Schedule) -> tuple[PlannedContact, ...]:
    """What is still to be made: nothing where it is not wanted, the first alone until they were asked."""
    if not bereavement.stands or bereavement.by_hospice or person.wants_none or bereavement.died_on is None:
        return ()
    reached = {one.code for one in person.made if one.outcome is not ContactOutcome.NOT_REACHED}
    asked = person.consent is BereavementConsent.GIVEN
    wanted = (one for one in schedule.contacts if (asked or one.first) and one.code not in reached)
    return tuple(PlannedContact(code=one.code, due_on=one.due_on(bereavement.died_on)) for one in wanted)


def stated(
    decision: Decision, care: Care, bereavement: Bereavement, person: Bereaved, schedule: Schedule, cause: Cause
) -> Decision:
    """The decision with somebody as they are now: planned anew, told, and with their timers."""
    was = next((one for one in bereavement.people if one.person_id == person.person_id), None)
    now = person.model_copy(
        update={
            "version": person.version + 1,
            "planned": planned(bereavement, person, schedule),
        }
    )
    after = bereavement.with_person(now)
    states = (*(one for one in decision.states if not isinstance(one, Bereavement)), after)
    return _timed(decision._replace(states=states).tells(_told(after, now, cause)), care, was, now, schedule)


def note_missed(care: Care, bereavement: Bereavement, due: BereavementContactDue, cause: Cause) -> Decision:
    """Nobody has made a contact in time: it stays on the list, and counts as missed."""
    person = next((one for one in bereavement.people if one.person_id == due.person_id), None)
    if person is None or bereavement.bereavement_id is None or not bereavement.stands:
        return ignore("not_bereaved_any_more")
    if due.code in person.missed or PlannedContact(code=due.code, due_on=due.due_on) not in person.planned:
        return ignore("contact_settled")
    told = BereavementContactMissed(
        bereavement_id=bereavement.bereavement_id,
        person_id=person.person_id,
        code=due.code,
        due_on=due.due_on,
        missed_at=cause.occurred_at,
    )
    now = person.model_copy(update={"missed": (*person.missed, due.code)})
    return changed(bereavement.with_person(now)).tells(told).part_of(care.journey_id)


def _timed(decision: Decision, care: Care, was: Bereaved | None, now: Bereaved, schedule: Schedule) -> Decision:
    """A timer for each contact still to come; those of contacts that are no more are forgotten."""
    gone = {one.code for one in was.planned} - {one.code for one in now.planned} if was else set()
    decision = decision.cancels(*(timer(now.person_id, code) for code in sorted(gone)))
    known = set(was.planned) if was else set()
    for one in now.planned:
        found = schedule.contact(one.code)
        if one in known or found is None or one.code in now.missed:
            continue
        at = end_of(care, one.due_on + timedelta(days=found.within_days))
        due = BereavementContactDue(person_id=now.person_id, code=one.code, due_on=one.due_on)
        decision = decision.wakes(timer(now.person_id, one.code), at, due)
    return decision


def _told(bereavement: Bereavement, person: Bereaved, cause: Cause) -> BereavedPersonStated:
    assert bereavement.bereavement_id is not None, "only where somebody died"
    names = ("person_id", "version", "full_name", "relationship", "language", "phone", "email", "consent", "risk")
    return BereavedPersonStated(
        bereavement_id=bereavement.bereavement_id,
        stopped=person.stopped,
        contacts=person.planned,
        stated_at=cause.now,
        **{name: getattr(person, name) for name in names},
    )
