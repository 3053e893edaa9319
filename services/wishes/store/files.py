"""Files in PostgreSQL, sealed, behind four functions: keep, read, move, erase. An object store may take their place."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from carebus.storage.database import Connection
from services.wishes.domain.documents.files import MediaType
from services.wishes.store.sealing import Bound, Seal, Sealed

_KEEP = """
insert into file (file_id, document_id, patient_id, media_type, size, key_id, content, scan, received_at)
values ($1, $2, $3, $4, $5, $6, $7, 'waiting', $8) on conflict (file_id) do nothing
"""
_KEEP_PAGE = """
insert into file_page (file_id, page, key_id, content) values ($1, $2, $3, $4) on conflict (file_id, page) do nothing
"""
_ABOUT = """
select file_id, document_id, patient_id, media_type, size, scan, scanned_at, received_at from file where file_id = $1
"""
_READ = "select key_id, content, document_id, patient_id from file where file_id = $1"
_READ_PAGE = """
select p.key_id, p.content, f.document_id, f.patient_id from file_page as p join file as f using (file_id)
where p.file_id = $1 and p.page = $2
"""
_MOVED = """
insert into file (file_id, document_id, patient_id, media_type, size, key_id, content, scan, scanned_at, received_at)
select $2, $3, $4, media_type, size, $5, $6, scan, scanned_at, received_at from file where file_id = $1
on conflict (file_id) do nothing
"""
_ERASE = "delete from file where file_id = any($1::uuid[])"
_WAITING = """
select file_id from file where scan = 'waiting' order by scanned_at nulls first, received_at limit $1
"""
_SCANNED = "update file set scan = $2, scanned_at = $3 where file_id = $1"
WAITING = "waiting"


class About(NamedTuple):
    """A file without its content. scan: waiting, clean, infected or too_large."""

    file_id: UUID
    document_id: UUID
    patient_id: UUID
    media_type: MediaType
    size: int
    scan: str
    scanned_at: datetime | None
    received_at: datetime

    @property
    def is_clean(self) -> bool:
        """Whether a scanner found nothing in it."""
        return self.scan == "clean"


class Received(NamedTuple):
    """A file as it came, of which document of whom."""

    file_id: UUID
    document_id: UUID
    patient_id: UUID
    media_type: MediaType
    content: bytes


async def keep(db: Connection, seal: Seal, received: Received, pages: Sequence[bytes], now: datetime) -> None:
    """The file as it came and its first pages; a file that is there already stays."""
    document_id, patient_id = received.document_id, received.patient_id
    sealed = seal.close(received.content, Bound(document_id, patient_id))
    size, kind = len(received.content), received.media_type.value
    await db.execute(_KEEP, received.file_id, document_id, patient_id, kind, size, *sealed, now)
    await keep_pages(db, seal, received.file_id, Bound(document_id, patient_id), 1, pages)


async def keep_pages(
    db: Connection, seal: Seal, file_id: UUID, bound: Bound, first: int, pages: Sequence[bytes]
) -> None:
    """Pages as drawn, from this number on."""
    sealed = [(number, seal.close(page, bound._replace(page=number))) for number, page in enumerate(pages, start=first)]
    await db.executemany(_KEEP_PAGE, [(file_id, number, *one) for number, one in sealed])


async def about(db: Connection, file_id: UUID) -> About | None:
    """What is known of a file."""
    row = await db.fetchrow(_ABOUT, file_id)
    return About(**{**row, "media_type": MediaType(row["media_type"])}) if row else None


async def read(db: Connection, seal: Seal, file_id: UUID) -> bytes | None:
    """The file as it came. Raises NotReadable."""
    row = await db.fetchrow(_READ, file_id)
    if row is None:
        return None
    return seal.open(Sealed(row["key_id"], row["content"]), Bound(row["document_id"], row["patient_id"]))


async def read_page(db: Connection, seal: Seal, file_id: UUID, page: int) -> bytes | None:
    """A page as drawn; None where it has not been drawn yet. Raises NotReadable."""
    row = await db.fetchrow(_READ_PAGE, file_id, page)
    if row is None:
        return None
    return seal.open(Sealed(row["key_id"], row["content"]), Bound(row["document_id"], row["patient_id"], page))


async def move(db: Connection, seal: Seal, file_id: UUID, new_id: UUID, bound: Bound) -> None:
    """The file becomes another document's of another patient: sealed anew, and erased where it was."""
    content = await read(db, seal, file_id)
    if content is not None:
        sealed = seal.close(content, bound)
        await db.execute(_MOVED, file_id, new_id, bound.document_id, bound.patient_id, *sealed)
        await erase(db, [file_id])


async def erase(db: Connection, file_ids: Sequence[UUID]) -> None:
    """These files and their pages are no more."""
    await db.execute(_ERASE, list(file_ids))


async def waiting(db: Connection, limit: int) -> list[UUID]:
    """Files that no scanner has said anything of: those tried longest ago first, so that none holds up another."""
    return [row["file_id"] for row in await db.fetch(_WAITING, limit)]


async def scanned(db: Connection, file_id: UUID, found: str, now: datetime) -> None:
    """What the scanner said."""
    await db.execute(_SCANNED, file_id, found, now)
