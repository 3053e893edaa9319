"""A filed document is checked with the patient, changed, or stops to count; each time it has one version more."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from carebus.contracts.phi import Phi
from carebus.contracts.wishes import DocumentStatus, MovedBecause, Statement
from carebus.decisions import Cause, Command, Decision
from services.wishes.domain.concluding import concluded
from services.wishes.domain.documents.document import Document, DocumentChangedMeanwhile, NotFromThere
from services.wishes.domain.documents.filing import document_of, require_sound, told
from services.wishes.domain.wishes import Wishes

Because = Annotated[str, Phi.TEXT, Field(min_length=1, max_length=1000)]


class With(StrEnum):
    """With whom a document was gone through."""

    PATIENT = "patient"
    AGENT = "agent"


class _OfDocument(Command):
    document_id: UUID
    by: str
    version: int
    """The one that was looked at."""


class VerifyDocument(_OfDocument):
    """A clinician went through the document with the patient or agent: it says what they want."""

    gone_through_with: With


class AmendDocument(_OfDocument):
    """The document says something else, as an amendment to it or as it should have been read."""

    statements: Annotated[tuple[Statement, ...], Field(max_length=20)] = ()
    signed_on: date | None = None
    effective_on: date | None = None


class FinaliseDocument(_OfDocument):
    """A draft was signed."""

    signed_on: date


class RevokeDocument(_OfDocument):
    """The patient, or whoever may, takes the document back."""

    because: Because


class MarkInError(_OfDocument):
    """The document should never have stood here."""

    because: Because


class TakeOut(_OfDocument):
    """The document is another patient's: an authorised person moves it there."""

    because: Because


def verify_document(wishes: Wishes, verify: VerifyDocument, cause: Cause) -> Decision:
    """From now on it counts as checked. Raises NotFromThere for what nobody has signed."""
    document = _looked_at(wishes, verify)
    if not document.counts:
        raise NotFromThere(now=document.status.value, then="verified")
    checked = {"verified_by": verify.by, "verified_at": cause.now, "version": document.version + 1}
    return _changed(wishes, document.model_copy(update=checked), cause, verify.by)


def amend_document(wishes: Wishes, amend: AmendDocument, cause: Cause) -> Decision:
    """It has to be checked again."""
    document = _looked_at(wishes, amend)
    signed_on = amend.signed_on or document.signed_on
    require_sound(wishes, document.status, signed_on, amend.statements, cause)
    preliminary = document.status is DocumentStatus.PRELIMINARY
    then = document.model_copy(update={"version": document.version + 1}) if preliminary else None
    amended = (then or document.become(DocumentStatus.AMENDED)).model_copy(
        update={
            "statements": amend.statements,
            "signed_on": signed_on,
            "effective_on": amend.effective_on or document.effective_on,
            "verified_by": "",
            "verified_at": None,
        }
    )
    return _changed(wishes, amended, cause, amend.by)


def finalise_document(wishes: Wishes, finalise: FinaliseDocument, cause: Cause) -> Decision:
    """From now on it says what somebody wants."""
    document = _looked_at(wishes, finalise)
    require_sound(wishes, DocumentStatus.FINAL, finalise.signed_on, document.statements, cause)
    signed = document.become(DocumentStatus.FINAL).model_copy(update={"signed_on": finalise.signed_on})
    return _changed(wishes, signed, cause, finalise.by)


def revoke_document(wishes: Wishes, revoke: RevokeDocument, cause: Cause) -> Decision:
    """It does not count any more."""
    return _gone(wishes, _looked_at(wishes, revoke).become(DocumentStatus.REVOKED), cause, revoke.by)


def mark_in_error(wishes: Wishes, mark: MarkInError, cause: Cause) -> Decision:
    """It never counted."""
    return _gone(wishes, _looked_at(wishes, mark).become(DocumentStatus.ENTERED_IN_ERROR), cause, mark.by)


def take_out(wishes: Wishes, take: TakeOut, cause: Cause) -> Decision:
    """It leaves this patient; whoever it is about gets it by the same command."""
    document = _looked_at(wishes, take).become(DocumentStatus.ENTERED_IN_ERROR)
    return _gone(wishes, document, cause, take.by, moved=MovedBecause.WRONG_PATIENT)


def _looked_at(wishes: Wishes, of: _OfDocument) -> Document:
    document = document_of(wishes.require_open(), of.document_id)
    if document.version != of.version:
        raise DocumentChangedMeanwhile
    return document


def _changed(wishes: Wishes, document: Document, cause: Cause, by: str) -> Decision:
    others = (one if one.document_id != document.document_id else document for one in wishes.documents)
    return concluded(wishes, wishes.but(documents=tuple(others)), cause, told(document, cause, by=by))


def _gone(
    wishes: Wishes, document: Document, cause: Cause, by: str, moved: MovedBecause = MovedBecause.NOT_MOVED
) -> Decision:
    still = tuple(one for one in wishes.documents if one.document_id != document.document_id)
    return concluded(
        wishes, wishes.but(documents=still, left=(document,)), cause, told(document, cause, by=by, moved=moved)
    )
