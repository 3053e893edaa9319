"""A document as it stands, and what it can become."""

from collections.abc import Mapping
from datetime import date, datetime
from http import HTTPStatus
from uuid import UUID

from carebus.contracts.event import Value
from carebus.contracts.wishes import IN_FORCE, ORDERS, DocumentKind, DocumentStatus, Statement
from carebus.errors import CarebusError

S = DocumentStatus
BECOMES: Mapping[DocumentStatus, frozenset[DocumentStatus]] = {
    S.PRELIMINARY: frozenset({S.FINAL, S.REVOKED, S.SUPERSEDED, S.ENTERED_IN_ERROR}),
    S.FINAL: frozenset({S.AMENDED, S.REVOKED, S.SUPERSEDED, S.ENTERED_IN_ERROR}),
    S.AMENDED: frozenset({S.AMENDED, S.REVOKED, S.SUPERSEDED, S.ENTERED_IN_ERROR}),
    S.REVOKED: frozenset({S.ENTERED_IN_ERROR}),
    S.SUPERSEDED: frozenset({S.ENTERED_IN_ERROR}),
    S.ENTERED_IN_ERROR: frozenset(),
}
"""What a document can become: PACIO ADI's statuses, with its revoke states cancelled, deprecated and entered in error
as revoked, superseded and entered in error."""


class DocumentUnknown(CarebusError):
    """There is no such document, or it does not count any more."""

    status = HTTPStatus.NOT_FOUND


class NotFromThere(CarebusError):
    """A document that is {now} can't become {then}."""

    status = HTTPStatus.CONFLICT


class DocumentChangedMeanwhile(CarebusError):
    """Somebody changed this document meanwhile. Look at it again."""

    status = HTTPStatus.CONFLICT


class Document(Value):
    """One document. `version` counts its changes; `file_id` names its bytes, None where only its words are known.

    verified_at: when a clinician checked it with the patient or agent; None since it was changed.
    may_miss_pages: the file was damaged, and repaired to be shown.
    """

    document_id: UUID
    version: int = 1
    kind: DocumentKind
    status: DocumentStatus
    statements: tuple[Statement, ...] = ()
    verified_by: str = ""
    verified_at: datetime | None = None
    signed_on: date | None = None
    effective_on: date | None = None
    replaces: UUID | None = None
    file_id: UUID | None = None
    pages: int | None = None
    may_miss_pages: bool = False
    filed_by: str = ""
    filed_at: datetime

    @property
    def counts(self) -> bool:
        """Whether it says what somebody wants."""
        return self.status in IN_FORCE

    @property
    def orders(self) -> bool:
        """Whether others must follow it."""
        return self.kind in ORDERS

    @property
    def stated_on(self) -> date:
        """Since when it says so: as signed, else as it takes effect, else as it was filed."""
        return self.signed_on or self.effective_on or self.filed_at.date()

    def become(self, then: DocumentStatus) -> "Document":
        """The same in another status. Raises NotFromThere."""
        if then not in BECOMES[self.status]:
            raise NotFromThere(now=self.status.value.replace("_", " "), then=then.value.replace("_", " "))
        return self.model_copy(update={"status": then, "version": self.version + 1})
