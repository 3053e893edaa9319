"""The number of a referral that people read out over the telephone: ten characters made from its id."""

from uuid import UUID

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O and U, which are misread or misheard."""

_MISREAD = str.maketrans("ILO", "110", "- ")


def reference(referral_id: UUID) -> str:
    """The reference number, such as 7F3KQ-9Q2MB. Two referrals may share one, though hardly ever do (2^50)."""
    bits = referral_id.int & (1 << 50) - 1
    letters = "".join(ALPHABET[bits >> shift & 31] for shift in range(45, -1, -5))
    return f"{letters[:5]}-{letters[5:]}"


def read_reference(typed: str) -> str | None:
    """The reference number that somebody typed, or None if it can't be one."""
    letters = typed.strip().upper().translate(_MISREAD)
    if len(letters) != 10 or any(letter not in ALPHABET for letter in letters):
        return None
    return f"{letters[:5]}-{letters[5:]}"
