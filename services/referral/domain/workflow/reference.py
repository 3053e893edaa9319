"""The number of a referral that people read out over the telephone: ten characters made from its id."""

from uuid import UUID

LENGTH, _HALF = 10, 5
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O and U, which are misread or misheard."""

_BITS = 5
"""That one letter stands for."""

_MISREAD = str.maketrans("ILO", "110", "- ")


def reference(referral_id: UUID) -> str:
    """The reference number, such as 7F3KQ-9Q2MB. Two referrals may share one, though hardly ever do (2^50)."""
    bits = referral_id.int & (1 << LENGTH * _BITS) - 1
    shifts = reversed(range(0, LENGTH * _BITS, _BITS))
    return _written("".join(ALPHABET[bits >> shift & len(ALPHABET) - 1] for shift in shifts))


def read_reference(typed: str) -> str | None:
    """The reference number that somebody typed, or None if it can't be one."""
    letters = typed.strip().upper().translate(_MISREAD)
    if len(letters) != LENGTH or any(letter not in ALPHABET for letter in letters):
        return None
    return _written(letters)


def _written(letters: str) -> str:
    return f"{letters[:_HALF]}-{letters[_HALF:]}"
