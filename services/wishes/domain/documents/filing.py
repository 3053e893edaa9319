"""A document comes in: with what it says in codes, when it was signed, and what it replaces."""

from collections.abc import Sequence
from datetime import date, timedelta
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from pydantic import Field

from carebus.contracts.wishes import AcpDocumentFiled, DocumentKind, DocumentStatus, MovedBecause, Statement
from carebus.decisions import Cause, Command, Decision
from carebus.errors import CarebusError
from services.wishes.domain.concluding import concluded
from services.wishes.domain.documents.document import Document, DocumentUnknown
from services.wishes.domain.wishes import Wishes

MOST = 100
"""Documents of one patient that count or are about to."""
LONGEST_AHEAD = timedelta(days=1)
"""It may be tomorrow elsewhere."""


class SignedInFuture(CarebusError):
    """A document can't have been signed in the future."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class SignedBeforeBirth(CarebusError):
    """That is before the patient was born."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class NotSigned(CarebusError):
    """A document that is final was signed: say on which day, or file it as preliminary."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class SaidTwice(CarebusError):
    """Two answers on one topic: choose the one that the document says."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class TooManyDocuments(CarebusError):
    """There are {most} documents already. Say first which of them do not count any more."""

    status = HTTPStatus.CONFLICT


class FiledAlready(CarebusError):
    """This document is filed already."""

    status = HTTPStatus.CONFLICT


class FileDocument(Command):
    """A document of a patient. file_id: its bytes, as they were received just before."""

    document_id: UUID
    by: str
    kind: DocumentKind
    status: DocumentStatus = DocumentStatus.FINAL
    statements: Annotated[tuple[Statement, ...], Field(max_length=20)] = ()
    signed_on: date | None = None
    effective_on: date | None = None
    replaces: UUID | None = None
    file_id: UUID | None = None
    pages: int | None = None
    may_miss_pages: bool = False
    moved: MovedBecause = MovedBecause.NOT_MOVED


def file_document(wishes: Wishes, filed: FileDocument, cause: Cause) -> Decision:
    """It stands from now on, and what it replaces does not. Nothing else is put aside: a person is asked."""
    wishes.require_open()
    _require_room(wishes, filed)
    require_sound(wishes, filed.status, filed.signed_on, filed.statements, cause)
    document = Document(
        document_id=filed.document_id,
        kind=filed.kind,
        status=_first(filed.status),
        statements=filed.statements,
        signed_on=filed.signed_on,
        effective_on=filed.effective_on,
        replaces=filed.replaces,
        file_id=filed.file_id,
        pages=filed.pages,
        may_miss_pages=filed.may_miss_pages,
        filed_by=filed.by,
        filed_at=cause.now,
    )
    replaced = tuple(one.become(DocumentStatus.SUPERSEDED) for one in _replaced(wishes, filed.replaces))
    gone = {one.document_id for one in replaced}
    kept = tuple(one for one in wishes.documents if one.document_id not in gone)
    events = [told(one, cause, by=filed.by) for one in replaced]
    return concluded(
        wishes,
        wishes.but(documents=(*kept, document), left=replaced),
        cause,
        *events,
        told(document, cause, by=filed.by, moved=filed.moved),
    )


def require_sound(
    wishes: Wishes, status: DocumentStatus, signed_on: date | None, statements: Sequence[Statement], cause: Cause
) -> None:
    """Raises SignedInFuture, SignedBeforeBirth, NotSigned, SaidTwice, each at its field."""
    if signed_on and signed_on > (cause.now + LONGEST_AHEAD).date():
        raise SignedInFuture(field="signed_on")
    if signed_on and wishes.patient and signed_on < wishes.patient.birth_date:
        raise SignedBeforeBirth(field="signed_on")
    if status is DocumentStatus.FINAL and signed_on is None:
        raise NotSigned(field="signed_on")
    topics = [one.topic for one in statements]
    if twice := next((one for one in topics if topics.count(one) > 1), None):
        raise SaidTwice(field=twice.value)


def told(
    document: Document, cause: Cause, *, by: str, moved: MovedBecause = MovedBecause.NOT_MOVED
) -> AcpDocumentFiled:
    """The document as others hear of it."""
    return AcpDocumentFiled(
        document_id=document.document_id,
        version=document.version,
        kind=document.kind,
        status=document.status,
        statements=document.statements,
        verified_by=document.verified_by,
        signed_on=document.signed_on,
        effective_on=document.effective_on,
        replaces=document.replaces,
        pages=document.pages,
        filed_by=by,
        moved=moved,
        filed_at=cause.now,
    )


def document_of(wishes: Wishes, document_id: UUID) -> Document:
    """Raises DocumentUnknown."""
    found = next((one for one in wishes.documents if one.document_id == document_id), None)
    if found is None:
        raise DocumentUnknown
    return found


def _first(status: DocumentStatus) -> DocumentStatus:
    """What nobody has seen before can't be amended or revoked here."""
    return DocumentStatus.PRELIMINARY if status is DocumentStatus.PRELIMINARY else DocumentStatus.FINAL


def _replaced(wishes: Wishes, document_id: UUID | None) -> tuple[Document, ...]:
    return (document_of(wishes, document_id),) if document_id else ()


def _require_room(wishes: Wishes, filed: FileDocument) -> None:
    if any(one.document_id == filed.document_id for one in wishes.documents):
        raise FiledAlready
    if len(wishes.documents) >= MOST:
        raise TooManyDocuments(most=MOST)
