"""Documents as rows: every one that was ever filed, as it stands, and who looked at it."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from carebus.storage.database import Connection
from carebus.storage.states import read_document
from services.wishes.domain.documents.document import Document

MOST = 200
_ONE = "select patient_id, doc::text as doc from document_row where document_id = $1"
_OF_PATIENTS = f"""
select patient_id, doc::text as doc from document_row where patient_id = any($1::uuid[])
order by doc ->> 'filed_at' desc limit {MOST}
"""
_USED = "insert into document_use (document_id, patient_id, used_at, used_by, how) values ($1, $2, $3, $4, $5)"
_USES = "select used_at, used_by, how from document_use where document_id = $1 order by used_at desc limit 50"


class Filed(NamedTuple):
    """A document, and whose it is."""

    patient_id: UUID
    document: Document


class Use(NamedTuple):
    """Somebody opened, printed or took away a document."""

    used_at: datetime
    used_by: str
    how: str


async def document_of(db: Connection, document_id: UUID) -> Filed | None:
    """One document, whether it counts or not."""
    row = await db.fetchrow(_ONE, document_id)
    return Filed(row["patient_id"], read_document(Document, row["doc"])) if row else None


async def documents_of(db: Connection, patient_ids: list[UUID]) -> list[Filed]:
    """All documents of these records of one person, the last filed first."""
    rows = await db.fetch(_OF_PATIENTS, patient_ids)
    return [Filed(row["patient_id"], read_document(Document, row["doc"])) for row in rows]


async def used(db: Connection, filed: Filed, at: datetime, by: str, how: str) -> None:
    """Somebody has seen it, or taken it along."""
    await db.execute(_USED, filed.document.document_id, filed.patient_id, at, by, how)


async def uses(db: Connection, document_id: UUID) -> list[Use]:
    """Who has, the last first."""
    return [Use(**row) for row in await db.fetch(_USES, document_id)]
