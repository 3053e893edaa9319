"""Who is bereaved, what they want, the contacts that were made, and the letter of condolence."""

from datetime import date
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from carebus.contracts.care_plan import (
    BereavedPersonWithdrawn,
    BereavementConsent,
    BereavementContactMade,
    BereavementContactWithdrawn,
    BereavementRisk,
    CondolenceLetterWithdrawn,
    CondolenceLetterWritten,
    ContactOutcome,
    ContactWay,
)
from carebus.contracts.event import Value
from carebus.contracts.phi import Phi
from carebus.decisions import Cause, Command, Decision, changed, ignore
from carebus.errors import CarebusError
from services.care_plan.domain.bereavement.planning import stated, timer
from services.care_plan.domain.bereavement.schedule import Schedule
from services.care_plan.domain.bereavement.state import (
    Bereaved,
    BereavedUnknown,
    Bereavement,
    Contacted,
    HospiceDoesIt,
    Letter,
    LetterIsOut,
    WantsNoMore,
)
from services.care_plan.domain.care import Care
from services.care_plan.domain.care.zones import day_of

MOST = 30
Text = Annotated[str, Phi.TEXT, StringConstraints(strip_whitespace=True, max_length=200)]
Because = Annotated[str, Phi.TEXT, StringConstraints(strip_whitespace=True, min_length=3, max_length=1000)]


class TooMany(CarebusError):
    """There are thirty people on this list already. Take out whom nobody contacts."""


class ContactNotPlanned(CarebusError):
    """This contact is not to be made, or was made already. Leave it empty for one beside the schedule."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "code"


class ContactedInTheFuture(CarebusError):
    """This day is still to come. Give the day of the contact."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "contacted_on"


class ContactedBeforeTheDeath(CarebusError):
    """The person died after that day. Look at the day once more."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "contacted_on"


class Said(Value):
    """What is said of somebody who is bereaved."""

    full_name: Annotated[str, Phi.NAME, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    relationship: Text = ""
    language: Annotated[str, Field(max_length=35, pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")] = "en"
    phone: Annotated[str, Phi.PHONE, StringConstraints(strip_whitespace=True, max_length=40)] = ""
    email: Annotated[str, Phi.EMAIL, Field(max_length=254, pattern=r"^(\S+@\S+\.\S+)?$")] = ""
    consent: BereavementConsent = BereavementConsent.NOT_ASKED
    risk: BereavementRisk = BereavementRisk.NOT_ASSESSED


class AddBereaved(Said, Command):
    """Somebody else is bereaved."""


class ChangeBereaved(Said, Command):
    """What is said of somebody changes: all of it is said again. Whoever wanted no more may want it again."""

    person_id: UUID
    stopped: bool = False


class StopBereavement(Value, Command):
    """They want no more."""

    person_id: UUID


class TakeOutBereaved(Value, Command):
    """They are not of this family after all."""

    person_id: UUID
    because: Because


class RecordContact(Value, Command):
    """Somebody was contacted. `code`: which of the schedule; empty for one beside it."""

    person_id: UUID
    code: Annotated[str, Field(max_length=40)] = ""
    way: ContactWay
    outcome: ContactOutcome
    contacted_on: Annotated[date, Phi.DATE]
    said: Annotated[str, Phi.TEXT, StringConstraints(strip_whitespace=True, max_length=2000)] = ""


class WithdrawContact(Value, Command):
    """A contact was recorded wrongly."""

    person_id: UUID
    contact_id: UUID
    because: Because


class WriteLetter(Value, Command):
    """The letter of condolence goes out on paper, in this language."""

    person_id: UUID
    language: Annotated[str, Field(pattern=r"^(en|es)$")] = "en"


class WithdrawLetter(Value, Command):
    """The letter did not go out after all."""

    person_id: UUID


class Contacting:
    """The decisions about those who stay, by this schedule."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule

    def add(self, care: Care, bereavement: Bereavement, asked: AddBereaved, cause: Cause) -> Decision:
        """Raises NoBereavement, TooMany."""
        if len(bereavement.require_begun().people) >= MOST:
            raise TooMany
        person = Bereaved(person_id=cause.derive("bereaved"), **asked.model_dump())
        return self._stated(care, bereavement, person, cause)

    def change(self, care: Care, bereavement: Bereavement, asked: ChangeBereaved, cause: Cause) -> Decision:
        """Raises NoBereavement, BereavedUnknown."""
        was = bereavement.person(asked.person_id)
        now = was.model_copy(update=asked.model_dump())
        return ignore("nothing_changed") if now == was else self._stated(care, bereavement, now, cause)

    def stop(self, care: Care, bereavement: Bereavement, asked: StopBereavement, cause: Cause) -> Decision:
        """Raises NoBereavement, BereavedUnknown."""
        was = bereavement.person(asked.person_id)
        if was.stopped:
            return ignore("stopped_already")
        return self._stated(care, bereavement, was.model_copy(update={"stopped": True}), cause)

    def record_contact(self, care: Care, bereavement: Bereavement, asked: RecordContact, cause: Cause) -> Decision:
        """Raises NoBereavement, BereavedUnknown, HospiceDoesIt, WantsNoMore, ContactNotPlanned, ContactedInTheFuture,
        ContactedBeforeTheDeath."""
        was = bereavement.person(asked.person_id)
        _require_contact(care, bereavement, was, asked, cause)
        made = Contacted(
            contact_id=cause.derive("bereavement_contact"),
            on=asked.contacted_on,
            by=cause.by,
            **asked.model_dump(include={"code", "way", "outcome", "said"}),
        )
        stops = asked.outcome is ContactOutcome.NO_CONTACT_WANTED
        now = was.model_copy(update={"made": (*was.made, made), "stopped": was.stopped or stops})
        assert bereavement.bereavement_id is not None, "what has begun has an id"
        told = BereavementContactMade(
            bereavement_id=bereavement.bereavement_id,
            contact_id=made.contact_id,
            recorded_at=cause.now,
            **asked.model_dump(),
        )
        return self._stated(care, bereavement, now, cause, changed().tells(told))

    def withdraw_contact(self, care: Care, bereavement: Bereavement, asked: WithdrawContact, cause: Cause) -> Decision:
        """It is to be made still. Raises NoBereavement, BereavedUnknown."""
        was = bereavement.person(asked.person_id)
        gone = next((one for one in was.made if one.contact_id == asked.contact_id), None)
        if gone is None:
            raise BereavedUnknown(field="contact_id")
        left = tuple(one for one in was.made if one is not gone)
        stopped = was.stopped and gone.outcome is not ContactOutcome.NO_CONTACT_WANTED
        assert bereavement.bereavement_id is not None, "what has begun has an id"
        told = BereavementContactWithdrawn(
            bereavement_id=bereavement.bereavement_id,
            corrects=gone.contact_id,
            person_id=was.person_id,
            because=asked.because,
            withdrawn_at=cause.now,
        )
        now = was.model_copy(update={"made": left, "stopped": stopped})
        return self._stated(care, bereavement, now, cause, changed().tells(told))

    def _stated(
        self, care: Care, bereavement: Bereavement, now: Bereaved, cause: Cause, before: Decision | None = None
    ) -> Decision:
        decision = before or changed()
        return stated(decision, care, bereavement, now, self.schedule, cause).part_of(care.journey_id)


def take_out(care: Care, bereavement: Bereavement, asked: TakeOutBereaved, cause: Cause) -> Decision:
    """Raises NoBereavement, BereavedUnknown."""
    was = bereavement.person(asked.person_id)
    assert bereavement.bereavement_id is not None, "what has begun has an id"
    told = BereavedPersonWithdrawn(
        bereavement_id=bereavement.bereavement_id,
        corrects=was.person_id,
        because=asked.because,
        withdrawn_at=cause.now,
    )
    after = bereavement.but(people=tuple(one for one in bereavement.people if one.person_id != was.person_id))
    decision = changed(after).tells(told).cancels(*(timer(was.person_id, one.code) for one in was.planned))
    return decision.part_of(care.journey_id)


def write_letter(care: Care, bereavement: Bereavement, asked: WriteLetter, cause: Cause) -> Decision:
    """One letter, also where the hospice does the rest.

    Raises NoBereavement, BereavedUnknown, LetterIsOut, WantsNoMore.
    """
    was = bereavement.person(asked.person_id)
    if was.letter is not None:
        raise LetterIsOut
    if was.wants_none:
        raise WantsNoMore
    assert bereavement.bereavement_id is not None, "what has begun has an id"
    letter = Letter(letter_id=cause.derive("condolence_letter"), language=asked.language, at=cause.now)
    told = CondolenceLetterWritten(
        bereavement_id=bereavement.bereavement_id,
        letter_id=letter.letter_id,
        person_id=was.person_id,
        language=letter.language,
        written_at=cause.now,
    )
    after = bereavement.with_person(was.model_copy(update={"letter": letter}))
    return changed(after).tells(told).part_of(care.journey_id)


def withdraw_letter(care: Care, bereavement: Bereavement, asked: WithdrawLetter, cause: Cause) -> Decision:
    """Raises NoBereavement, BereavedUnknown."""
    was = bereavement.person(asked.person_id)
    if was.letter is None:
        return ignore("no_letter")
    assert bereavement.bereavement_id is not None, "what has begun has an id"
    told = CondolenceLetterWithdrawn(
        bereavement_id=bereavement.bereavement_id,
        corrects=was.letter.letter_id,
        person_id=was.person_id,
        withdrawn_at=cause.now,
    )
    after = bereavement.with_person(was.model_copy(update={"letter": None}))
    return changed(after).tells(told).part_of(care.journey_id)


def _require_contact(
    care: Care, bereavement: Bereavement, person: Bereaved, asked: RecordContact, cause: Cause
) -> None:
    if bereavement.by_hospice:
        raise HospiceDoesIt
    if person.wants_none:
        raise WantsNoMore
    if asked.code and asked.code not in {one.code for one in person.planned}:
        raise ContactNotPlanned
    if asked.contacted_on > day_of(care, cause.now):
        raise ContactedInTheFuture
    if bereavement.died_on is not None and asked.contacted_on < bereavement.died_on:
        raise ContactedBeforeTheDeath
