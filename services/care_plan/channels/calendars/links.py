"""Private links to calendars: 256 random bits each, of which the database keeps no more than their SHA-256."""

import hashlib
import secrets

TOKEN_BYTES = 32


def new_token() -> str:
    """The last part of a new link, which is shown once."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest_of(token: str) -> bytes:
    """What is kept of it, and looked for."""
    return hashlib.sha256(token.encode()).digest()
