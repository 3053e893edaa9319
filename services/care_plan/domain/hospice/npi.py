"""A National Provider Identifier: ten digits, of which the last is a check digit (Luhn, over 80840 and the number)."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from carebus.errors import BrokenRule

DIGITS = 10
PREFIX = "80840"
"""The prefix of United States health applications, by which the check digit is reckoned."""


def _npi(text: str) -> str:
    if not (text.isascii() and text.isdigit() and len(text) == DIGITS and _luhn(PREFIX + text)):
        raise BrokenRule("Write the ten digits of the hospice's National Provider Identifier; one seems mistyped.")
    return text


def _luhn(digits: str) -> bool:
    doubled = [int(d) * (2 if n % 2 else 1) for n, d in enumerate(reversed(digits))]
    return sum(sum(divmod(d, 10)) for d in doubled) % 10 == 0


Npi = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), AfterValidator(_npi)]
