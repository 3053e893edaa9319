"""What a caller says of somebody, brought into the form in which people are kept."""

from datetime import date

from carebus import folding
from services.line.store.sheets import READINGS, Sought

MOST_WORDS = READINGS + 1
"""Of a name: more than these narrow nothing."""


def sought(phone: str = "", name: str = "", born: date | None = None, number: str = "") -> Sought:
    """What to look for; what can't be read as a phone, name or number is not looked for."""
    return Sought(phone=folding.phone(phone), born=born, number=folding.number(number), names=_parted(name))


def _parted(name: str) -> tuple[tuple[str, str], ...]:
    """Every way to part these words into two names; a single word may be either."""
    words = folding.words(name)[:MOST_WORDS]
    if len(words) == 1:
        return ((words[0], ""),)
    return tuple((" ".join(words[:n]), " ".join(words[n:])) for n in range(1, len(words)))
