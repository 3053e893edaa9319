"""ZIP codes that a spreadsheet took zeros from: made whole where the state says which, else refused."""

import re

from carebus.errors import BrokenRule
from services.referral.domain.referring.places import state_code

ZERO_LOST = "A spreadsheet took the zero in front away; it was put back."
DASH_LOST = "The dash was put in."

_ZEROS = {**dict.fromkeys(("CT", "MA", "ME", "NH", "NJ", "RI", "VT"), 1), **dict.fromkeys(("PR", "VI"), 2)}
"""With how many zeros ZIP codes begin, where they do."""
_SHORT, _LONG = 5, 9
_CODE = re.compile(r"([0-9]+)(?:-([0-9]{4}))?")


def zip_code(said: str, state: str) -> tuple[str, str]:
    """A ZIP code of five or nine digits, and what had to be mended in it; what is none stays. Raises BrokenRule."""
    found = _CODE.fullmatch(said)
    if found is None:
        return said, ""
    first, last = found[1], found[2] or ""
    if not last and len(first) > _SHORT:
        code, mended = _whole(first, _LONG, state)
        return f"{code[:_SHORT]}-{code[_SHORT:]}", mended or DASH_LOST
    code, mended = _whole(first, _SHORT, state)
    return (f"{code}-{last}" if last else code), mended


def _whole(digits: str, length: int, state: str) -> tuple[str, str]:
    if len(digits) == length:
        return digits, ""
    code, zeros = digits.zfill(length), _ZEROS.get(state_code(state) or "", 0)
    lost = length - len(digits)
    if 0 < lost <= zeros and code.startswith("0" * zeros) and code[zeros] != "0":
        return code, ZERO_LOST
    raise BrokenRule("Write a ZIP code of five or nine digits; where it begins with a zero, write that too.")
