"""What stands at the head of every page about a person, and how sexes and languages are called there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from carebus.contracts.people import Person

SEXES = {"female": "Female", "male": "Male", "other": "Other", "unknown": "Not known"}
LANGUAGES = {
    "en": "English",
    "es": "Spanish",
    "pt": "Portuguese",
    "zh": "Chinese",
    "ht": "Haitian Creole",
    "vi": "Vietnamese",
    "fr": "French",
    "ru": "Russian",
    "ar": "Arabic",
    "ko": "Korean",
}
MERGED = ("Recorded twice", "info")
ENTERED_IN_ERROR = ("Entered in error", "bad")


@dataclass(frozen=True, slots=True)
class Banner:
    """What a service knows of a person, in words; what it does not know is left out.

    here: the label of the links to this page itself.  states: each in words, with the tone to say it in.
    """

    patient_id: UUID
    here: str
    name: str
    facts: tuple[tuple[str, str], ...] = ()
    birth_date: date | None = None
    age: int | None = None
    states: tuple[tuple[str, str], ...] = ()


def banner_of(
    person: Person, patient_id: UUID, here: str, now: datetime, *states: tuple[str, str], died_on: date | None = None
) -> Banner:
    """The banner of somebody whose identity is known, with these states beside it."""
    today = died_on or _today(now, person.time_zone)
    told = {
        "Sex": SEXES.get(person.sex, person.sex) if person.sex else None,
        "Language": LANGUAGES.get(person.language, person.language),
        "Phone": person.phone,
    }
    return Banner(
        patient_id,
        here,
        person.full_name,
        tuple((name, said) for name, said in told.items() if said),
        person.birth_date,
        age(person.birth_date, today),
        (*([(f"Died {died_on:%-d %b %Y}", "neutral")] if died_on else []), *states),
    )


def _today(now: datetime, zone: str) -> date:
    try:
        return now.astimezone(ZoneInfo(zone)).date()
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return now.date()


def age(born: date, today: date) -> int:
    """Whole years."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
