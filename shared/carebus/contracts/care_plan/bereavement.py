"""Those who stay: who is bereaved, when somebody speaks with them again, and what they want of it."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from carebus.contracts.care_plan.hospice import StatedDay, ToldAt
from carebus.contracts.care_plan.plan import Text
from carebus.contracts.event import PatientEvent, Value
from carebus.contracts.people import Name
from carebus.contracts.phi import Phi


class BereavementConsent(StrEnum):
    """Whether somebody wants to hear from us. Not asked: they are asked at the first contact."""

    NOT_ASKED = "not_asked"
    GIVEN = "given"
    REFUSED = "refused"


class BereavementRisk(StrEnum):
    """How likely it is that grief goes on to harm, as a clinician judges it."""

    NOT_ASSESSED = "not_assessed"
    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"


class ContactWay(StrEnum):
    """How somebody was reached."""

    PHONE = "phone"
    VISIT = "visit"
    VIDEO = "video"
    LETTER = "letter"


class ContactOutcome(StrEnum):
    """What came of it."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    NO_CONTACT_WANTED = "no_contact_wanted"


class PlannedContact(Value):
    """One contact by the schedule. code: which, such as `two_weeks`.  due_on: by when."""

    code: str
    due_on: StatedDay


class BereavementBegan(PatientEvent):
    """Somebody died, and those who stay are looked after.

    by_hospice: the hospice does it, and they get one letter of condolence from us.  schedule: by which data.
    """

    bereavement_id: UUID
    episode_id: UUID
    died_on: StatedDay
    by_hospice: bool
    schedule: str
    began_at: ToldAt


class BereavementWithdrawn(PatientEvent):
    """The death was not true: nothing of it is to happen any more. Contacts that were made stay made."""

    bereavement_id: UUID
    withdrawn_at: ToldAt


class BereavedPersonStated(PatientEvent):
    """Somebody is bereaved; told again, one version higher, when anything said of them changes.

    stopped: they want no more.  contacts: those that are still to be made.
    """

    bereavement_id: UUID
    person_id: UUID
    version: int
    full_name: Name
    relationship: Text = ""
    language: str = "en"
    phone: Annotated[str, Phi.PHONE] = ""
    email: Annotated[str, Phi.EMAIL] = ""
    consent: BereavementConsent = BereavementConsent.NOT_ASKED
    risk: BereavementRisk = BereavementRisk.NOT_ASSESSED
    stopped: bool = False
    contacts: tuple[PlannedContact, ...] = ()
    stated_at: ToldAt


class BereavedPersonWithdrawn(PatientEvent):
    """They are not of this family after all. corrects: the person's id."""

    bereavement_id: UUID
    corrects: UUID
    because: Text
    withdrawn_at: ToldAt


class BereavementContactMade(PatientEvent):
    """Somebody was contacted. code: of the schedule; empty for one beside it."""

    OWN_TIME = "recorded_at"
    bereavement_id: UUID
    contact_id: UUID
    person_id: UUID
    code: str = ""
    way: ContactWay
    outcome: ContactOutcome
    contacted_on: StatedDay
    said: Text = ""
    recorded_at: ToldAt


class BereavementContactWithdrawn(PatientEvent):
    """A contact was recorded wrongly, and is to be made still. corrects: the contact's id."""

    bereavement_id: UUID
    corrects: UUID
    person_id: UUID
    because: Text
    withdrawn_at: ToldAt


class BereavementContactMissed(PatientEvent):
    """A contact's time is over, and nobody has made it. It stays to be made."""

    bereavement_id: UUID
    person_id: UUID
    code: str
    due_on: StatedDay
    missed_at: ToldAt


class CondolenceLetterWritten(PatientEvent):
    """A letter of condolence went out on paper. language: in which it is."""

    bereavement_id: UUID
    letter_id: UUID
    person_id: UUID
    language: str
    written_at: ToldAt


class CondolenceLetterWithdrawn(PatientEvent):
    """The letter did not go out after all. corrects: its id."""

    bereavement_id: UUID
    corrects: UUID
    person_id: UUID
    withdrawn_at: ToldAt
