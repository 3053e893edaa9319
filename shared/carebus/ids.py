"""Where new random ids come from: UUID version 7 (RFC 9562), which sorts by time and says nothing of a person."""

from uuid import UUID

import uuid6


def new_id() -> UUID:
    """A new id for a command, a patient or another thing that has no cause to derive it from."""
    return UUID(int=uuid6.uuid7().int)
