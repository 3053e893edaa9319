"""What is kept of a patient for hospital messages: by what they are known, their stays, and contacts that come due."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from carebus.contracts.event import Value
from carebus.contracts.phi import Phi
from carebus.decisions import State
from services.line.domain.hospital.keys import Keys
from services.line.domain.hospital.stay import Stay

MOST_STAYS = 30
"""Of one patient; of older ones no hospital sends anything any more."""


class Identity(State):
    """By what a patient is known. learned: hospital numbers that messages and people have told since.

    merged_into: the record that goes on, where this one is one person's with it.
    """

    keys: Keys | None = None
    learned: tuple[Annotated[str, Phi.NUMBER], ...] = ()
    merged_into: UUID | None = None

    @property
    def all_keys(self) -> Keys:
        """What was stated, and the numbers that were learned."""
        keys = self.keys or Keys()
        return keys.model_copy(
            update={"hospital_numbers": tuple(dict.fromkeys((*keys.hospital_numbers, *self.learned)))}
        )


class Contact(Value):
    """Somebody is to speak with the patient after a discharge. missed: it came due and nobody had."""

    stay_id: UUID
    hospital: str
    discharged_at: Annotated[datetime, Phi.DATE]
    due_at: Annotated[datetime, Phi.DATE]
    missed: bool = False
    made_at: Annotated[datetime | None, Phi.DATE] = None


class HospitalRecord(State):
    """The stays of one patient that hospitals have told of, and the contacts after them."""

    stays: tuple[Stay, ...] = ()
    contacts: tuple[Contact, ...] = ()

    def stay(self, stay_id: UUID) -> Stay | None:
        """One of them."""
        return next((one for one in self.stays if one.stay_id == stay_id), None)

    def contact(self, stay_id: UUID) -> Contact | None:
        """What follows, or followed, one of them."""
        return next((one for one in self.contacts if one.stay_id == stay_id), None)

    def with_stay(self, stay: Stay) -> "HospitalRecord":
        """The same with this stay as it is now."""
        others = [one for one in self.stays if one.stay_id != stay.stay_id]
        return self.but(stays=(*others, stay)[-MOST_STAYS:])

    def with_contact(self, contact: Contact) -> "HospitalRecord":
        """The same with this contact as it is now."""
        others = self.without_contact(contact.stay_id).contacts
        return self.but(contacts=(*others, contact)[-MOST_STAYS:])

    def without_contact(self, stay_id: UUID) -> "HospitalRecord":
        """The same, where nothing follows this stay."""
        return self.but(contacts=tuple(one for one in self.contacts if one.stay_id != stay_id))
