"""What a caller says of somebody, brought into the form in which people are kept."""

from datetime import date

from carebus import folding
from services.line.store.sheets import Sought

MOST_NAMES = 2
"""A beginning of the family name and one of the given name: more words than these narrow nothing."""


def sought(phone: str = "", name: str = "", born: date | None = None, number: str = "") -> Sought:
    """What to look for; what can't be read as a phone, name or number is not looked for."""
    words = tuple(folding.words(name))[:MOST_NAMES]
    return Sought(phone=folding.phone(phone), born=born, number=folding.number(number), names=words)
