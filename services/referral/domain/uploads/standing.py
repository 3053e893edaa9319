"""How an upload stands, as of when, and what names a row of it: the file's content, its settings, the row's number."""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from hashlib import sha256
from uuid import NAMESPACE_OID, UUID, uuid5

from services.referral.domain.deadlines.business_time import EASTERN

_ROOT = uuid5(NAMESPACE_OID, "org.carebus.upload")
_DIGITS = 32

MOST_ROWS = 100_000
"""So many rows a list may have; blank ones are not counted."""
TOO_MANY_ROWS = f"it has more than {MOST_ROWS:,} rows. Send it in parts."


class Stage(StrEnum):
    """How far an upload has come."""

    RECEIVING = "receiving"
    CHECKING = "checking"
    UNREADABLE = "unreadable"
    CHECKED = "checked"
    PERFORMING = "performing"
    DONE = "done"
    DISCARDED = "discarded"

    @property
    def going(self) -> bool:
        """Whether it is on its way to another stage by itself."""
        return self in {Stage.RECEIVING, Stage.CHECKING, Stage.PERFORMING}


def row_id(file_hash: str, number: int, settings: str = "") -> UUID:
    """The id of the command that a row is: the same for the same row of the same file with the same settings."""
    return uuid5(_ROOT, f"{file_hash}/{settings}/{number}" if settings else f"{file_hash}/{number}")


def digest_of_settings(*settings: str | None) -> str:
    """All that is said of a file beside its content, in a few characters."""
    return sha256("\0".join(each or "" for each in settings).encode()).hexdigest()[:_DIGITS]


def document_of(row_hash: str, settings: str) -> str:
    """The SHA-256 of a row as a document: of its bytes with the settings under which they are read."""
    return sha256(f"{row_hash}/{settings}".encode()).hexdigest() if settings else row_hash


def stated_at(as_of: date | None, sent_at: datetime) -> datetime:
    """As of when the rows of a list are stated: the end of the day that it is of, but not later than it was sent."""
    if as_of is None:
        return sent_at
    return min(datetime.combine(as_of + timedelta(days=1), time(), EASTERN).astimezone(UTC), sent_at)
