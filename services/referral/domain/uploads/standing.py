"""How an upload stands, and what names a row of it: the file's content and the row's number, for any sender."""

from enum import StrEnum
from uuid import NAMESPACE_OID, UUID, uuid5

_ROOT = uuid5(NAMESPACE_OID, "org.carebus.upload")


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


def row_id(file_hash: str, number: int) -> UUID:
    """The id of the command that a row is: the same for the same row of the same file."""
    return uuid5(_ROOT, f"{file_hash}/{number}")
