"""What is known of those whom one patient leaves behind."""

from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from carebus.contracts.care_plan import BereavementConsent, BereavementRisk, ContactOutcome, ContactWay, PlannedContact
from carebus.contracts.event import Value
from carebus.contracts.people import Name
from carebus.contracts.phi import Phi
from carebus.decisions import State
from carebus.errors import CarebusError

Day = Annotated[date, Phi.DATE]
Moment = Annotated[datetime, Phi.DATE]


class NoBereavement(CarebusError):
    """Nobody is bereaved here: no death was confirmed, or it was taken back."""

    status = HTTPStatus.CONFLICT


class BereavedUnknown(CarebusError):
    """There is no such person among those who are bereaved."""

    status = HTTPStatus.NOT_FOUND


class WantsNoMore(CarebusError):
    """They want no more contact. Ask them first, and record that they want it again."""


class HospiceDoesIt(CarebusError):
    """The hospice looks after those who stay. From us they get one letter of condolence, and nothing more."""


class LetterIsOut(CarebusError):
    """A letter of condolence to this person is on record. Withdraw that first if it did not go out."""


class Contacted(Value):
    """A contact that was made, or tried. code: of the schedule, empty for one beside it."""

    contact_id: UUID
    code: str = ""
    way: ContactWay
    outcome: ContactOutcome
    on: Day
    said: Annotated[str, Phi.TEXT] = ""
    by: str = ""


class Letter(Value):
    """A letter of condolence that went out."""

    letter_id: UUID
    language: str
    at: Moment


class Bereaved(Value):
    """One person. missed: contacts whose time was over before anybody made them.  planned: still to be made."""

    person_id: UUID
    version: int = 0
    full_name: Name
    relationship: Annotated[str, Phi.TEXT] = ""
    language: str = "en"
    phone: Annotated[str, Phi.PHONE] = ""
    email: Annotated[str, Phi.EMAIL] = ""
    consent: BereavementConsent = BereavementConsent.NOT_ASKED
    risk: BereavementRisk = BereavementRisk.NOT_ASSESSED
    stopped: bool = False
    made: tuple[Contacted, ...] = ()
    missed: tuple[str, ...] = ()
    letter: Letter | None = None
    planned: tuple[PlannedContact, ...] = ()

    @property
    def wants_none(self) -> bool:
        """Whether nobody is to contact them."""
        return self.stopped or self.consent is BereavementConsent.REFUSED


class Bereavement(State):
    """Those whom a patient leaves behind. by_hospice: the hospice looks after them.

    withdrawn: the death was not true. Who was named stays, and nobody is contacted.
    """

    bereavement_id: UUID | None = None
    episode_id: UUID | None = None
    died_on: Annotated[date | None, Phi.DATE] = None
    by_hospice: bool = False
    withdrawn: bool = False
    people: tuple[Bereaved, ...] = ()

    @property
    def stands(self) -> bool:
        """Whether somebody died, and that was not taken back."""
        return self.bereavement_id is not None and not self.withdrawn

    def require_begun(self) -> "Bereavement":
        """Raises NoBereavement."""
        if not self.stands:
            raise NoBereavement
        return self

    def person(self, person_id: UUID) -> Bereaved:
        """One of them. Raises NoBereavement, BereavedUnknown."""
        found = next((one for one in self.require_begun().people if one.person_id == person_id), None)
        if found is None:
            raise BereavedUnknown
        return found

    def with_person(self, person: Bereaved) -> "Bereavement":
        """The same with this person as they are now, or with one more."""
        known = any(one.person_id == person.person_id for one in self.people)
        people = tuple(person if one.person_id == person.person_id else one for one in self.people)
        return self.but(people=people if known else (*people, person))
