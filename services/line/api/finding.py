"""What a caller says of somebody, brought into the form in which people are kept."""

import re
from calendar import month_name
from datetime import date

from carebus import folding
from services.line.store.sheets import READINGS, Sought

MOST_WORDS = READINGS + 1
"""Of a name: more than these narrow nothing."""

FEWEST_DIGITS = 7
"""Of a phone number."""
_DAYS = (
    re.compile(r"\b(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})\b"),
    re.compile(r"\b(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})\b"),
    re.compile(r"\b(?P<day>\d{1,2})\.? (?P<month>[A-Za-z]{3})[a-z]*\.? (?P<year>\d{4})\b"),
)
"""A birth date as it is typed, and as the pages show it: 13 Nov 1949."""
_MONTHS = {month[:3].lower(): n for n, month in enumerate(month_name) if n}


def readings(text: str) -> list[Sought]:
    """What was typed into one field, in each way it can be meant: digits may be a name's, or a number."""
    born, rest = _born(text)
    if not rest.strip():
        return [Sought(born=born)] if born else []
    number = Sought(born=born, number=folding.number(rest))
    if re.search(r"[^\W\d_]", rest):
        found = [sought(name=rest, born=born), number]
    else:
        phone = folding.phone(rest) if len(re.findall(r"\d", rest)) >= FEWEST_DIGITS else ""
        found = [Sought(born=born, phone=phone), number]
    return [one for one in found if one.phone or one.number or one.names]


def _born(text: str) -> tuple[date | None, str]:
    """The first day in it, and the rest."""
    for pattern in _DAYS:
        if said := pattern.search(text):
            month = _MONTHS.get(said["month"].lower()) or said["month"]
            try:
                day = date(int(said["year"]), int(month), int(said["day"]))
            except ValueError:
                continue
            return day, pattern.sub(" ", text, count=1)
    return None, text


def sought(phone: str = "", name: str = "", born: date | None = None, number: str = "") -> Sought:
    """What to look for; what can't be read as a phone, name or number is not looked for."""
    return Sought(phone=folding.phone(phone), born=born, number=folding.number(number), names=_parted(name))


def _parted(name: str) -> tuple[tuple[str, str], ...]:
    """Every way to part these words into two names; a single word may be either."""
    words = folding.words(name)[:MOST_WORDS]
    if len(words) == 1:
        return ((words[0], ""),)
    return tuple((" ".join(words[:n]), " ".join(words[n:])) for n in range(1, len(words)))
