"""The rules of single fields: what a name, a phone number or a code may look like. A sentence never repeats a value."""

import re
import unicodedata
from datetime import date, datetime, timedelta
from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, AwareDatetime, StringConstraints, ValidationInfo

from carebus.contracts.phi import Phi
from carebus.errors import BrokenRule

OLDEST = 125
"""Years. Nobody on record has lived longer than 122."""

CLOCKS_DIFFER = timedelta(minutes=10)
"""How far a sender's clock may be ahead of ours."""

FEWEST_PHONE_DIGITS = 7
"""A subscriber number of North America, without its area code."""

NPI_DIGITS, NPI_PREFIX = 10, "80840"
"""A National Provider Identifier, and what its check digit counts in front of it (45 CFR 162.406, ISO/IEC 7812)."""

LONGEST_EMAIL = 254
"""RFC 5321, 4.5.3.1.3, with its erratum 1690."""

_ODD = {"Cc", "Cs", "Zl", "Zp"}
_LINES = {"\n", "\r", "\t"}
_TURNS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # they make text look like another text
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.\-]*")


def _odd(text: str, allowed: set[str]) -> bool:
    return any(c in _TURNS or (unicodedata.category(c) in _ODD and c not in allowed) for c in text)


def _line(text: str) -> str:
    if _odd(text, set()):
        raise BrokenRule("Write this in one line, without control characters.")
    return _normal(text)


def _normal(text: str) -> str:
    """NFC, but the text as it was typed where that is longer (U+0958 becomes two): its length was allowed."""
    normal = unicodedata.normalize("NFC", text)
    return normal if len(normal) <= len(text) else text


def lines(text: str) -> str:
    """Text of several lines, without control characters."""
    if _odd(text, _LINES):
        raise BrokenRule("Leave out control characters.")
    return _normal(text.replace("\r\n", "\n"))


def _named(text: str) -> str:
    if not any(c.isalpha() for c in text):
        raise BrokenRule("Write a name with at least one letter.")
    return text


def _email(text: str) -> str:
    local = text.partition("@")[0]
    if not _EMAIL.fullmatch(text) or ".." in local or local.startswith(".") or local.endswith("."):
        raise BrokenRule("Write an e-mail address, such as name@example.org.")
    return text


def _phone(text: str) -> str:
    if sum(c.isdigit() for c in text) < FEWEST_PHONE_DIGITS:
        raise BrokenRule("Write a phone number with its area code, such as 555-010-0123.")
    return text


def _npi(text: str) -> str:
    if not (text.isascii() and text.isdigit() and len(text) == NPI_DIGITS and _luhn(NPI_PREFIX + text)):
        raise BrokenRule("Write the ten digits of a National Provider Identifier; one of them seems mistyped.")
    return text


def _luhn(digits: str) -> bool:
    doubled = [int(d) * (2 if n % 2 else 1) for n, d in enumerate(reversed(digits))]
    return sum(sum(divmod(d, 10)) for d in doubled) % 10 == 0


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone(text: str) -> str:
    if text not in _zones():
        raise BrokenRule("Choose a time zone by its name, such as America/New_York.")
    return text


def _language(text: str) -> str:
    if not _LANGUAGE.fullmatch(text):
        raise BrokenRule("Give a language by its tag, such as en or es-MX.")
    return text


def _code(text: str) -> str:
    if not _CODE.fullmatch(text):
        raise BrokenRule("Write a code of letters, digits and dots, such as I50.22.")
    return text


def _hash(text: str) -> str:
    if not all(c in "0123456789abcdef" for c in text):
        raise BrokenRule("Write a hash in lower-case hexadecimal digits.")
    return text


def _state(text: str) -> str:
    if not all(c.isalpha() or c in " .-'" for c in text):
        raise BrokenRule("Write a state by its name or its two letters.")
    return text


def _today(info: ValidationInfo) -> date | None:
    today = (info.context or {}).get("today")
    return today if isinstance(today, date) else None


def _past(day: date, info: ValidationInfo) -> date:
    today = _today(info)
    if today and day > today:
        raise BrokenRule("Give a date that is not in the future.")
    return day


def _lifetime(day: date, info: ValidationInfo) -> date:
    today = _today(info)
    if today and _past(day, info).year < today.year - OLDEST:
        raise BrokenRule(f"Give a date within the last {OLDEST} years.")
    return day


def _happened(at: datetime, info: ValidationInfo) -> datetime:
    now = (info.context or {}).get("now")
    if isinstance(now, datetime) and at > now + CLOCKS_DIFFER:
        raise BrokenRule("Give a time that is not in the future.")
    return at


def _letter_code(text: str) -> str:
    if text and not (text.isascii() and text.replace("-", "").isalnum()):
        raise BrokenRule("Write the letters and numbers of the code, as they stand in the letter.")
    return text


_code_text = StringConstraints(strip_whitespace=True, min_length=1, max_length=40)
_number_text = StringConstraints(strip_whitespace=True, min_length=1, max_length=60)
_short_text = StringConstraints(strip_whitespace=True, max_length=200)
_named_text = StringConstraints(strip_whitespace=True, min_length=1, max_length=200)
_on_a_line = AfterValidator(_line)

Line = Annotated[str, _short_text, _on_a_line]
Name = Annotated[str, _named_text, _on_a_line, AfterValidator(_named), Phi.NAME]
Organization = Annotated[str, _named_text, _on_a_line]
Relationship = Annotated[str, _number_text, _on_a_line]
Place = Annotated[str, _short_text, _on_a_line, Phi.PLACE]
State = Annotated[str, StringConstraints(strip_whitespace=True, max_length=40), _on_a_line, AfterValidator(_state)]
PostalCode = Annotated[str, StringConstraints(strip_whitespace=True, max_length=12), _on_a_line, Phi.PLACE]
Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=LONGEST_EMAIL),
    _on_a_line,
    AfterValidator(_email),
    Phi.EMAIL,
]
Phone = Annotated[str, _number_text, _on_a_line, AfterValidator(_phone), Phi.PHONE]
MemberId = Annotated[str, _number_text, _on_a_line, Phi.NUMBER]
PlacerId = Annotated[str, _short_text, _on_a_line, Phi.NUMBER]
Hash = Annotated[str, StringConstraints(strip_whitespace=True, max_length=128), AfterValidator(_hash)]
Service = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), _on_a_line]
Suffix = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20), _on_a_line, Phi.NAME]
Npi = Annotated[str, _number_text, AfterValidator(_npi)]
Zone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_zone)]
Language = Annotated[str, StringConstraints(max_length=35), AfterValidator(_language)]
Code = Annotated[str, _code_text, _on_a_line, AfterValidator(_code)]
System = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), _on_a_line]
Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300), _on_a_line]
Notes = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000), AfterValidator(lines), Phi.TEXT]
Why = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000), AfterValidator(lines), Phi.TEXT]
LetterCode = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=40, to_upper=True),
    AfterValidator(_letter_code),
    Phi.NUMBER,
]
PastMoment = Annotated[AwareDatetime, Phi.DATE, AfterValidator(_happened)]
PastDay = Annotated[date, Phi.DATE, AfterValidator(_past)]
BirthDay = Annotated[date, Phi.DATE, AfterValidator(_lifetime)]
