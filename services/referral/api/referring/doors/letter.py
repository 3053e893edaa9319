"""The form of somebody who got a letter, or of the family: a few questions that they can answer, in plain words."""

from typing import Any

from carebus.contracts.people import ReferrerKind
from carebus.contracts.referral import Channel
from services.referral.api.referring.doors import shaping
from services.referral.api.referring.doors.door import Body, Door
from services.referral.domain.referring.zones import zone_of

SELF, FAMILY = "self", "family"
_NAMES = {SELF: "The person themself", FAMILY: "Family or a friend"}
_YEAR_DIGITS = 4
_FULL_DATE = "Write the month, the day and the year, such as 3 27 1941."


def _shape(body: Body) -> dict[str, str]:
    body["channel"] = Channel.LETTER if "letter_code" in body else Channel.SELF
    patient = shaping.part(body, "patient")
    who, you, phone = body.pop("who", None), shaping.part(body, "you"), body.pop("phone", None)
    del body["you"]
    _zone(patient)
    broken = birth_date(body, patient)
    if who not in _NAMES:
        broken["who"] = shaping.CHOOSE
    if phone is None:
        broken["phone"] = shaping.REQUIRED
    if who == FAMILY:
        return broken | _family(body, you, phone)
    patient["phone"] = phone
    name = f"{patient.get('given_name', '')} {patient.get('family_name', '')}".strip()
    body["referrer"] = {"organization": _NAMES[SELF], "kind": ReferrerKind.PERSON, "name": name, "phone": phone}
    return broken


def _family(body: Body, you: dict[str, Any], phone: str | None) -> dict[str, str]:
    """Somebody else asks: we call them, and tell them nothing of the person before the person has agreed."""
    name, relationship = you.get("name"), you.get("relationship")
    body["referrer"] = {"organization": _NAMES[FAMILY], "kind": ReferrerKind.FAMILY, "name": name or "", "phone": phone}
    patient = body["patient"]
    also = {key: patient[key] for key in ("language", "time_zone") if key in patient}
    body["contact"] = {"full_name": name, "relationship": relationship, "phone": phone, **also}
    return ({} if name else {"you.name": shaping.REQUIRED}) | (
        {} if relationship else {"you.relationship": shaping.CHOOSE}
    )


def birth_date(body: Body, patient: dict[str, Any]) -> dict[str, str]:
    """Put the three parts of a date of birth together."""
    born = shaping.part(body, "born")
    del body["born"]
    year, month, day = (str(born.get(name, "")) for name in ("year", "month", "day"))
    if not (len(year) == _YEAR_DIGITS and all(text.isascii() and text.isdigit() for text in (year, month, day))):
        return {"born": _FULL_DATE}
    patient["birth_date"] = f"{year}-{month:0>2}-{day:0>2}"
    return {}


def _zone(patient: dict[str, Any]) -> None:
    address = patient.get("address")
    zone = zone_of(str(address.get("state", ""))) if isinstance(address, dict) else None
    if zone:
        patient["time_zone"] = zone


LETTER = Door(
    path="/refer/letter",
    template="refer_letter.html",
    labels={
        "who": "Who are you?",
        "phone": "Phone number",
        "best_call_time": "When is the best time to call?",
        "patient.language": "Which language do you like to speak?",
        "you.name": "Your name",
        "you.relationship": "Who are you to them?",
        "patient.given_name": "First name",
        "patient.family_name": "Last name",
        "born": "Date of birth",
        "born.month": "Month",
        "born.day": "Day",
        "born.year": "Year",
        "patient.address.state": "State",
        "patient.address.postal_code": "ZIP code",
        "illness_in_own_words": "What is the illness?",
        "letter_code": "Code in the letter",
    },
    first={"patient.language": "en"},
    shape=_shape,
    next_steps="next/family.html",
    places={
        "patient.birth_date": "born",
        "patient.phone": "phone",
        "referrer.phone": "phone",
        "contact.phone": "phone",
        "referrer.name": "you.name",
        "contact.full_name": "you.name",
        "contact.relationship": "you.relationship",
    },
    sentences={
        shaping.REQUIRED: "Please fill this in.",
        shaping.CHOOSE: "Please choose one.",
        "Give a real date, such as 2026-03-27.": _FULL_DATE,
        "Give a date that is not in the future.": "This date has not come yet. Please check it.",
    },
)
