"""Advance directives and medical orders: what kinds there are, how they stand, and what one says."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from carebus.contracts.event import PatientEvent
from carebus.contracts.phi import Phi
from carebus.contracts.wishes.choices import Statement


class DocumentKind(StrEnum):
    """Kinds of documents, as PACIO's Advance Directive Interoperability guide codes them in LOINC."""

    PORTABLE_ORDER = "portable_order"
    DNR_ORDER = "dnr_order"
    LIVING_WILL = "living_will"
    POWER_OF_ATTORNEY = "power_of_attorney"
    POWER_OF_ATTORNEY_AND_WILL = "power_of_attorney_and_will"
    PERSONAL_PLAN = "personal_plan"
    OTHER_DIRECTIVE = "other_directive"


class DocumentStatus(StrEnum):
    """How a document stands. Only the first three say what somebody wants."""

    PRELIMINARY = "preliminary"
    FINAL = "final"
    AMENDED = "amended"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    ENTERED_IN_ERROR = "entered_in_error"


IN_FORCE = frozenset({DocumentStatus.FINAL, DocumentStatus.AMENDED})
"""Documents that say what somebody wants; a preliminary one says what they are about to."""
ORDERS = frozenset({DocumentKind.PORTABLE_ORDER, DocumentKind.DNR_ORDER})
"""What a clinician signs and others must follow."""


class MovedBecause(StrEnum):
    """Why a document left a patient's file."""

    NOT_MOVED = "not_moved"
    WRONG_PATIENT = "wrong_patient"


class AcpDocumentFiled(PatientEvent):
    """A document was filed, or stands otherwise than before: each time its version is one higher.

    statements: what it orders or wishes, in codes.  verified_by: the clinician who checked it with the patient or
    agent; empty while nobody has.  replaces: the document that it takes the place of.  moved: why it is of this
    patient, or no more of them; its bytes and pages are in the service that tells, and never here.
    """

    document_id: UUID
    version: int
    kind: DocumentKind
    status: DocumentStatus
    statements: tuple[Statement, ...] = ()
    verified_by: str = ""
    signed_on: Annotated[date | None, Phi.DATE] = None
    effective_on: Annotated[date | None, Phi.DATE] = None
    replaces: UUID | None = None
    pages: int | None = None
    filed_by: str = ""
    moved: MovedBecause = MovedBecause.NOT_MOVED
    filed_at: Annotated[datetime, Phi.DATE]
