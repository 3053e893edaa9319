"""Bereavement begins with a death, and is withdrawn if that was not true.

`begin_bereavement` is the one call for it, wherever the word comes from: today the team that confirms a death, or that
hears of one in hospice; the line's `PatientDied` can take the same call.
"""

from datetime import date
from http import HTTPStatus
from typing import Annotated

from carebus.contracts.care_plan import BereavementBegan, BereavementWithdrawn, EndReason
from carebus.contracts.event import Value
from carebus.contracts.people import FamilyContact
from carebus.contracts.phi import Phi
from carebus.decisions import Cause, Command, Decision, changed, ignore
from carebus.errors import CarebusError
from services.care_plan.domain.bereavement.planning import stated
from services.care_plan.domain.bereavement.schedule import Schedule
from services.care_plan.domain.bereavement.state import Bereaved, Bereavement
from services.care_plan.domain.care import Care
from services.care_plan.domain.care.zones import day_of
from services.care_plan.domain.episode.ending import confirm_death
from services.care_plan.domain.episode.holding import ConfirmDeath, DiesInTheFuture
from services.care_plan.domain.hospice.state import Hospice


class NotInHospice(CarebusError):
    """Care did not end by hospice. A death in our care is reported, and confirmed, on the patient's page."""


class DiedBeforeHospice(CarebusError):
    """Hospice began after that day. Look at the day once more."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "died_on"


class RecordDeathInHospice(Value, Command):
    """Somebody whom we had in care died in hospice; the hospice looks after those who stay."""

    died_on: Annotated[date, Phi.DATE]


class WithdrawBereavement(Value, Command):
    """The death was not true: nobody is to be contacted."""


def by_hospice(hospice: Hospice, died_on: date) -> bool:
    """Whether they died in hospice, which looks after those who stay."""
    elected = hospice.enrolment
    return elected is not None and hospice.left is None and elected.effective_on <= died_on


def begin_bereavement(
    care: Care, hospice: Hospice, bereavement: Bereavement, died_on: date, schedule: Schedule, cause: Cause
) -> Decision:
    """Those who stay are looked after from now on; the loved one whom the referral named is the first of them.

    Repeated or late words change nothing. After it was withdrawn it begins anew, with those who were named.
    """
    if bereavement.stands and bereavement.episode_id == care.episode_id:
        return ignore("bereavement_begun")
    if care.episode_id is None:
        return ignore("not_in_care")
    known = bereavement.people if bereavement.episode_id == care.episode_id else ()
    begun = bereavement.but(
        bereavement_id=cause.derive("bereavement"),
        episode_id=care.episode_id,
        died_on=died_on,
        by_hospice=by_hospice(hospice, died_on),
        withdrawn=False,
        people=(),
    )
    decision = changed(begun).tells(_began(begun, schedule, cause)).part_of(care.journey_id)
    for person in known or _named(care, cause):
        decision = stated(decision, care, _of(decision), person, schedule, cause)
    return decision


def withdraw_bereavement(care: Care, bereavement: Bereavement, _: WithdrawBereavement, cause: Cause) -> Decision:
    """Nothing of it happens any more. Raises NoBereavement."""
    was = bereavement.require_begun()
    assert was.bereavement_id is not None, "what has begun has an id"
    people = tuple(one.model_copy(update={"planned": ()}) for one in was.people)
    names = (f"bereavement/{one.person_id}/{each.code}" for one in was.people for each in one.planned)
    told = BereavementWithdrawn(bereavement_id=was.bereavement_id, withdrawn_at=cause.now)
    decision = changed(was.but(withdrawn=True, people=people)).tells(told).cancels(*names)
    return decision.part_of(care.journey_id)


class Beginning:
    """The decisions that begin it, by this schedule."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule

    def confirm_death(
        self, care: Care, hospice: Hospice, bereavement: Bereavement, confirms: ConfirmDeath, cause: Cause
    ) -> Decision:
        """The death is confirmed: care ends, and bereavement begins. Raises what `ending.confirm_death` raises."""
        over = confirm_death(care, confirms, cause)
        begun = begin_bereavement(care, hospice, bereavement, confirms.died_on, self.schedule, cause)
        return _both(over, begun)

    def record_death(
        self, care: Care, hospice: Hospice, bereavement: Bereavement, died: RecordDeathInHospice, cause: Cause
    ) -> Decision:
        """They died in hospice. Raises NotInHospice, DiesInTheFuture, DiedBeforeHospice."""
        if care.ended is None or care.ended.reason is not EndReason.HOSPICE:
            raise NotInHospice
        if died.died_on > day_of(care, cause.now):
            raise DiesInTheFuture
        if died.died_on < care.ended.on:
            raise DiedBeforeHospice
        begun = begin_bereavement(care, hospice, bereavement, died.died_on, self.schedule, cause)
        if hospice.death_news is None or begun.ignored:
            return begun
        return _both(begun, changed(hospice.but(death_news=None)))


def _both(first: Decision, then: Decision) -> Decision:
    return first._replace(
        states=(*first.states, *then.states),
        events=(*first.events, *then.events),
        wakes_at=(*first.wakes_at, *then.wakes_at),
        cancelled=(*first.cancelled, *then.cancelled),
    )


def _of(decision: Decision) -> Bereavement:
    return next(one for one in decision.states if isinstance(one, Bereavement))


def _named(care: Care, cause: Cause) -> tuple[Bereaved, ...]:
    contact = care.contact
    return (_bereaved(contact, cause),) if contact is not None else ()


def _bereaved(contact: FamilyContact, cause: Cause) -> Bereaved:
    """Consent to be told of visits is none to be called in grief: that is asked at the first contact."""
    return Bereaved(
        person_id=cause.derive("bereaved", contact.contact_id),
        full_name=contact.full_name,
        relationship=contact.relationship,
        language=contact.language,
        phone=contact.phone or "",
        email=contact.email or "",
    )


def _began(begun: Bereavement, schedule: Schedule, cause: Cause) -> BereavementBegan:
    assert begun.bereavement_id is not None, "what begins has an id"
    assert begun.episode_id is not None, "it is of an episode"
    assert begun.died_on is not None, "somebody died"
    return BereavementBegan(
        bereavement_id=begun.bereavement_id,
        episode_id=begun.episode_id,
        died_on=begun.died_on,
        by_hospice=begun.by_hospice,
        schedule=schedule.name,
        began_at=cause.now,
    )
