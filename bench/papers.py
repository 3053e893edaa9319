"""Wishes of as many invented patients as a large practice has, each with six documents of a fax's size."""

from __future__ import annotations

import io
import os
from datetime import UTC, datetime
from uuid import UUID, uuid5

import asyncpg
from PIL import Image

from bench import sheets
from bench.saying import Say
from carebus.contracts.event import patient_stream
from carebus.contracts.people import Person
from carebus.contracts.wishes import DocumentKind, DocumentStatus, Statement, WishTopic
from carebus.storage.database import Connection
from services.wishes.channels.files.drawing import draw
from services.wishes.domain.documents.document import Document
from services.wishes.domain.documents.files import MediaType
from services.wishes.domain.wishes import Wishes
from services.wishes.store import files
from services.wishes.store.files import Received
from services.wishes.store.people import WISHES
from services.wishes.store.sealing import Seal

EACH, AT_ONCE = 6, 250
SCAN_BYTES, PAGE_BYTES = 600_000, 100_000
INCHES = 8.5
DOTS_PER_BYTE = 1.79
"""Of noise as JPEG, which is the worst there is to draw."""
_MOMENT = datetime(2026, 3, 2, 13, 30, tzinfo=UTC)
_CHOICES = ("no_cpr", "comfort_only", "no_feeding_tube", "no_hospital", "at_home", "at_home")
_FILL = """
insert into file (file_id, document_id, patient_id, media_type, size, key_id, content, scan, scanned_at, received_at)
select file_id, document_id, patient_id, 'application/pdf', length($1::bytea), 'k1', $1, 'clean', $3, $3
from document_row where patient_id = any($2::uuid[])
"""
_FILL_PAGES = """
insert into file_page (file_id, page, key_id, content)
select file_id, 1, 'k1', $1::bytea from document_row where patient_id = any($2::uuid[])
"""
_FORGET = "delete from file where file_id = $1"


def scan(size: int, pages: int = 4) -> bytes:
    """A scanned paper of about this size in bytes: a picture on each page, as a fax machine or a phone makes it."""
    dots = int((size / pages * DOTS_PER_BYTE) ** 0.5)
    pictures = [Image.frombytes("L", (dots, dots), os.urandom(dots * dots)) for _ in range(pages)]
    out = io.BytesIO()
    pictures[0].save(out, "PDF", save_all=True, append_images=pictures[1:], resolution=dots / INCHES)
    return out.getvalue()


def document_of(n: int, k: int) -> UUID:
    """The id of the nth patient's kth document."""
    return uuid5(sheets.patient_of(n), f"document {k}")


def wishes_of(n: int) -> Wishes:
    """The nth patient's: five documents in force, and one that is about to be."""
    person = sheets.person_of(n)
    patient = Person.model_validate({name: person[name] for name in ("given_name", "family_name", "birth_date")})
    return Wishes(patient=patient, in_care=True, documents=tuple(_document(n, k) for k in range(EACH)))


def _document(n: int, k: int) -> Document:
    return Document(
        document_id=document_of(n, k),
        kind=DocumentKind.PORTABLE_ORDER if k == 0 else DocumentKind.LIVING_WILL,
        status=DocumentStatus.PRELIMINARY if k == EACH - 1 else DocumentStatus.FINAL,
        statements=(Statement.model_validate({"topic": [*WishTopic][k], "choice": _CHOICES[k]}),),
        file_id=uuid5(document_of(n, k), "file"),
        pages=4,
        filed_at=_MOMENT,
    )


async def fill(db: asyncpg.Connection[asyncpg.Record], patients: int, seal: Seal, asked: range, say: Say) -> None:
    """All by the service's own store; the files of `asked` open, those of others have bytes of the same size."""
    paper = scan(SCAN_BYTES)
    drawn = await draw(paper, MediaType.PDF, 1, 3)
    sealed, page = os.urandom(len(paper)), os.urandom(PAGE_BYTES)
    for first in range(0, patients, AT_ONCE):
        some = range(first, min(first + AT_ONCE, patients))
        ids = [sheets.patient_of(n) for n in some]
        await WISHES.save(db, {patient_stream(one): wishes_of(n) for one, n in zip(ids, some, strict=True)})
        await db.execute(_FILL, sealed, ids, _MOMENT)
        await db.execute(_FILL_PAGES, page, ids)
    for n in asked:
        await _real(db, seal, n, paper, drawn.images)
    await db.execute("vacuum (analyze) file, file_page, document_row, wishes")
    size = await db.fetchval("select pg_database_size(current_database())")
    say(f"  {patients * EACH} documents of {len(paper) // 1000} kB, pages of {len(page) // 1000} kB: {size >> 30} GiB")


async def _real(db: Connection, seal: Seal, n: int, paper: bytes, images: tuple[bytes, ...]) -> None:
    for k in range(EACH):
        document_id, patient_id = document_of(n, k), sheets.patient_of(n)
        file_id = uuid5(document_id, "file")
        await db.execute(_FORGET, file_id)
        await files.keep(db, seal, Received(file_id, document_id, patient_id, MediaType.PDF, paper), images, _MOMENT)
