"""Uploads: the file in pieces, what holds for its rows, and how far it has come."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from asyncpg import UniqueViolationError

from carebus.storage.database import Connection
from services.referral.domain.uploads import Columns, Stage

CHUNK = 1024 * 1024

_FIELDS = (
    "upload_id, stage, hash, kind, encoding, plan, coverage, email, phone, sent_by, received_at, bytes, header::text,"
    " delimiter, checked_to, rows, wrong, done, refused, unreadable, confirmed_by, confirmed_at, finished_at"
)

_TERMS = ("upload_id", "kind", "encoding", "plan", "coverage", "email", "phone", "sent_by", "received_at")

_BEGIN = f"""
insert into upload (stage, {", ".join(_TERMS)})
values ('receiving', {", ".join(f"${n}" for n in range(1, len(_TERMS) + 1))})
"""

_ARRIVED = "update upload set stage = 'checking', hash = $2, bytes = $3 where upload_id = $1 and stage = 'receiving'"

_SAME = "select upload_id from upload where hash = $1 and stage not in ('receiving', 'unreadable', 'discarded')"

_NEXT = f"select {_FIELDS} from upload where stage in ('checking', 'performing') order by received_at limit 1"

_FORGET_LOST = "delete from upload where stage = 'receiving' and received_at < $1"

_CONFIRM = """
update upload set stage = 'performing', confirmed_by = $2, confirmed_at = $3
where upload_id = $1 and stage = 'checked' and rows > wrong returning upload_id
"""

_DISCARD = """
update upload set stage = 'discarded' where upload_id = $1 and stage in ('checked', 'unreadable') and done = 0
returning upload_id
"""

_READ_HEADER = (
    "update upload set header = $2::jsonb, delimiter = $3, encoding = $4, checked_to = $5 where upload_id = $1"
)


@dataclass(frozen=True, slots=True)
class Upload:
    """A health plan's list, and how it stands."""

    upload_id: UUID
    kind: str
    encoding: str
    plan: str
    coverage: str
    email: str | None
    phone: str | None
    sent_by: str
    received_at: datetime
    stage: Stage = Stage.RECEIVING
    hash: str | None = None
    bytes: int = 0
    columns: Columns | None = None
    delimiter: str = ","
    checked_to: int = 0
    rows: int = 0
    wrong: int = 0
    done: int = 0
    refused: int = 0
    unreadable: str = ""
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def right(self) -> int:
        """How many rows can be referred."""
        return self.rows - self.wrong


async def begin(db: Connection, upload: Upload) -> None:
    """An upload whose first bytes are about to come."""
    await db.execute(_BEGIN, *(getattr(upload, name) for name in _TERMS))


async def add_chunk(db: Connection, upload_id: UUID, n: int, body: bytes) -> None:
    """The next piece; all but the last have the size of CHUNK."""
    await db.execute("insert into upload_chunk (upload_id, n, body) values ($1, $2, $3)", upload_id, n, body)


async def has_arrived(db: Connection, upload_id: UUID, file_hash: str, size: int) -> UUID:
    """All of it is here; gives the upload that the same file came with before, if it did, and forgets this one then."""
    same = await db.fetchval(_SAME, file_hash)
    if same is None:
        try:
            await db.execute(_ARRIVED, upload_id, file_hash, size)
        except UniqueViolationError:  # the same file came at the same time
            same = await db.fetchval(_SAME, file_hash)
        else:
            return upload_id
    await forget(db, upload_id)
    return UUID(str(same))


async def forget(db: Connection, upload_id: UUID) -> None:
    """Delete an upload with its pieces and rows."""
    await db.execute("delete from upload where upload_id = $1", upload_id)


async def forget_lost(db: Connection, begun_before: datetime) -> None:
    """Delete what began to arrive long ago and never ended."""
    await db.execute(_FORGET_LOST, begun_before)


async def upload(db: Connection, upload_id: UUID) -> Upload | None:
    """One upload."""
    row = await db.fetchrow(f"select {_FIELDS} from upload where upload_id = $1", upload_id)
    return _read(row) if row else None


async def uploads(db: Connection, limit: int) -> list[Upload]:
    """The newest uploads."""
    wanted = f"select {_FIELDS} from upload where stage <> 'discarded' order by received_at desc limit $1"
    return [_read(row) for row in await db.fetch(wanted, limit)]


async def next_upload(db: Connection) -> Upload | None:
    """The upload that has waited longest for the worker."""
    row = await db.fetchrow(_NEXT)
    return _read(row) if row else None


async def chunk(db: Connection, upload_id: UUID, n: int) -> bytes | None:
    """A piece of the file."""
    body = await db.fetchval("select body from upload_chunk where upload_id = $1 and n = $2", upload_id, n)
    return bytes(body) if body is not None else None


async def part(db: Connection, upload_id: UUID, starts: int, length: int) -> bytes:
    """Some bytes of the file, as they arrived."""
    first, last = starts // CHUNK, (starts + max(length, 1) - 1) // CHUNK
    wanted = "select body from upload_chunk where upload_id = $1 and n between $2 and $3 order by n"
    body = b"".join(bytes(row["body"]) for row in await db.fetch(wanted, upload_id, first, last))
    return body[starts - first * CHUNK :][:length]


async def header_is(db: Connection, upload: Upload, columns: Columns | None, starts_at: int) -> None:
    """How the file is read: its columns, its encoding, what stands between its cells, where its rows begin."""
    header = orjson.dumps({"header": columns.header, "read": columns.read}).decode() if columns else None
    await db.execute(_READ_HEADER, upload.upload_id, header, upload.delimiter, upload.encoding, starts_at)


async def move_to(db: Connection, upload_id: UUID, stage: Stage, unreadable: str = "") -> None:
    """This upload stands so now."""
    await db.execute("update upload set stage = $2, unreadable = $3 where upload_id = $1", upload_id, stage, unreadable)


async def confirm(db: Connection, upload_id: UUID, by: str, now: datetime) -> bool:
    """Let the worker refer what is right; tells whether it was waiting for that."""
    return await db.fetchval(_CONFIRM, upload_id, by, now) is not None


async def discard(db: Connection, upload_id: UUID) -> bool:
    """Give an upload up before anything was done, and keep nothing of its file; tells whether that could be."""
    if await db.fetchval(_DISCARD, upload_id) is None:
        return False
    for table in ("upload_row", "upload_chunk"):
        await db.execute(f"delete from {table} where upload_id = $1", upload_id)
    return True


async def finish(db: Connection, upload_id: UUID, now: datetime) -> None:
    """Every row that was right is done."""
    await db.execute("update upload set stage = 'done', finished_at = $2 where upload_id = $1", upload_id, now)


def _read(row: Any) -> Upload:
    kept = dict(row)
    header = orjson.loads(kept.pop("header")) if kept["header"] else kept.pop("header")
    columns = Columns(tuple(header["header"]), tuple(header["read"])) if header else None
    return Upload(**{**kept, "stage": Stage(kept["stage"]), "columns": columns})
