"""Somebody who died in memory, with a daughter who stays, and what is done for her."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from carebus.contracts.people import FamilyContact
from services.care_plan.domain.bereavement.state import Bereaved
from tests.care_plan.hospice.ways import Way
from tests.care_plan.people import accepted

DAUGHTER = FamilyContact(
    contact_id=UUID(int=7),
    full_name="Inés Almeida",
    relationship="daughter",
    language="es",
    phone="+1 413 555 0142",
    consented=True,
)


def in_care_with(contact: FamilyContact | None) -> Way:
    """Somebody in care for three days."""
    found = Way()
    found.cares("end", reason="moved")
    found.clinic.hears(1, accepted().model_copy(update={"contact": contact, "accepted_at": found.clinic.now}))
    found.passes(days=3)
    found.clinic.told.clear()
    return found


def dies(way: Way, days_ago: int = 0) -> date:
    """A death is reported and confirmed."""
    way.cares("report-death", source="family")
    died_on = way.day(-days_ago)
    way.cares("confirm-death", died_on=died_on)
    return died_on


def first(way: Way) -> Bereaved:
    """The one who is bereaved."""
    return way.bereavement.people[0]


def codes(person: Bereaved) -> list[str]:
    """The contacts that are to be made."""
    return [one.code for one in person.planned]


ALL = ["two_weeks", "one_month", "three_months", "six_months", "nine_months", "twelve_months", "thirteen_months"]


def said_of(person: Bereaved) -> dict[str, Any]:
    """What a form would send of somebody."""
    names = {"person_id", "full_name", "relationship", "language", "phone", "email"}
    return person.model_dump(include=names)


def consenting(way: Way) -> Bereaved:
    """The daughter wants to hear from us."""
    way.mourns("change", **said_of(first(way)), consent="given")
    return first(way)


def contact(way: Way, code: str = "two_weeks", outcome: str = "reached", days: int = 0) -> str | None:
    """She is called."""
    said = {"code": code, "way": "phone", "outcome": outcome, "contacted_on": way.day(days)}
    return way.mourns("contact", person_id=first(way).person_id, **said)
