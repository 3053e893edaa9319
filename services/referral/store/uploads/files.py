"""Uploads: the file in pieces, what holds for its rows, and how far it has come."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from asyncpg import UniqueViolationError

from carebus.storage.database import Connection
from services.referral.domain.uploads import Columns, Stage

CHUNK = 1024 * 1024

_FIELDS = (
    "upload_id, stage, hash, kind, encoding, plan, coverage, email, phone, sent_by, received_at, bytes, header::text,"
    " delimiter, checked_to, rows, wrong, done, refused, unreadable, confirmed_by, confirmed_at, finished_at,"
    " settings, as_of, line_end, numbered, unclosed, compared_to, changes::text, known::text,"
    " ticked"
)

_TERMS = (
    "upload_id",
    "kind",
    "encoding",
    "plan",
    "coverage",
    "email",
    "phone",
    "sent_by",
    "received_at",
    "settings",
    "as_of",
)

_BEGIN = f"""
insert into upload (stage, {", ".join(_TERMS)})
values ('receiving', {", ".join(f"${n}" for n in range(1, len(_TERMS) + 1))})
"""

_ARRIVED = "update upload set stage = 'checking', hash = $2, bytes = $3 where upload_id = $1 and stage = 'receiving'"

_SAME = """
select upload_id from upload
where hash = $1 and settings = $2 and stage not in ('receiving', 'unreadable', 'discarded')
"""

_WAITING = f"select {_FIELDS} from upload where stage in ('checking', 'performing') order by received_at"

_FORGET_LOST = "delete from upload where stage = 'receiving' and received_at < $1"

_CONFIRM = """
update upload set stage = 'performing', confirmed_by = $2, confirmed_at = $3, ticked = $4
where upload_id = $1 and stage = 'checked' and rows > wrong returning upload_id
"""

_DISCARD = """
update upload set stage = 'discarded'
where upload_id = $1 and stage in ('checking', 'checked', 'unreadable') and done = 0
returning upload_id
"""

_READ_HEADER = """
update upload set header = $2::jsonb, delimiter = $3, encoding = $4, checked_to = $5, line_end = $6, numbered = $7
where upload_id = $1 and stage = 'checking'
"""

_STRETCH = f"""
select substr(body, (greatest($2, n::bigint * {CHUNK}) - n::bigint * {CHUNK})::integer + 1,
              (least($3, (n + 1)::bigint * {CHUNK}) - greatest($2, n::bigint * {CHUNK}))::integer) as body
from upload_chunk where upload_id = $1 and n between $2 / {CHUNK} and ($3 - 1) / {CHUNK} order by n
"""

_COPY = "insert into upload_chunk (upload_id, n, body) select $2, n, body from upload_chunk where upload_id = $1"

_COMPARED = """
update upload set compared_to = $3, changes = $4::jsonb, known = $5::jsonb
where upload_id = $1 and stage = 'checking' and compared_to = $2 returning upload_id
"""


@dataclass(frozen=True, slots=True)
class Upload:
    """A health plan's list, and how it stands.

    settings: a digest of its terms.  numbered: the number of the last row that was looked at, blank ones counted.
    compared_to: up to which row it was held against what is known; changes: how many rows change what, by kind.
    known: how many rows do what to what is known here.
    ticked: the kinds of changes to people known here that were let in when it was confirmed.
    """

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
    settings: str = ""
    as_of: date | None = None
    line_end: str = "lf"
    numbered: int = 0
    unclosed: int = 0
    compared_to: int = 0
    changes: dict[str, int] = field(default_factory=dict)
    known: dict[str, int] = field(default_factory=dict)
    ticked: tuple[str, ...] = ()

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


async def has_arrived(db: Connection, upload: Upload, file_hash: str, size: int) -> UUID:
    """All of it is here; gives the upload that it came as before, with the same settings, and forgets this one then."""
    same = await db.fetchval(_SAME, file_hash, upload.settings)
    if same is None:
        try:
            await db.execute(_ARRIVED, upload.upload_id, file_hash, size)
        except UniqueViolationError:  # the same file came at the same time
            same = await db.fetchval(_SAME, file_hash, upload.settings)
        else:
            return upload.upload_id
    await forget(db, upload.upload_id)
    return UUID(str(same))


async def copy_chunks(db: Connection, upload_id: UUID, to: UUID) -> None:
    """The pieces of one upload as those of another."""
    await db.execute(_COPY, upload_id, to)


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


async def waiting_uploads(db: Connection) -> list[Upload]:
    """The uploads that wait for the worker, in the order in which they came."""
    return [_read(row) for row in await db.fetch(_WAITING)]


async def part(db: Connection, upload_id: UUID, starts: int, length: int) -> bytes:
    """Some bytes of the file, as they arrived; fewer where it ends."""
    rows = await db.fetch(_STRETCH, upload_id, starts, starts + max(length, 0)) if length else []
    return b"".join(bytes(row["body"]) for row in rows)


async def header_is(db: Connection, upload: Upload) -> None:
    """How the file is read: its columns, its encoding, what stands between its cells, where its rows begin."""
    columns = upload.columns
    header = orjson.dumps({"header": columns.header, "read": columns.read}).decode() if columns else None
    how = (upload.delimiter, upload.encoding, upload.checked_to, upload.line_end, upload.numbered)
    await db.execute(_READ_HEADER, upload.upload_id, header, *how)


async def compared(db: Connection, upload: Upload, to: int, changes: dict[str, int], known: dict[str, int]) -> bool:
    """Up to this row it was held against what is known; tells whether that could be kept."""
    said = [orjson.dumps(each).decode() for each in (changes, known)]
    return await db.fetchval(_COMPARED, upload.upload_id, upload.compared_to, to, *said) is not None


async def move_to(db: Connection, upload: Upload, stage: Stage, unreadable: str = "") -> None:
    """This upload stands so now, unless somebody has moved it meanwhile."""
    moved = "update upload set stage = $2, unreadable = $3 where upload_id = $1 and stage = $4"
    await db.execute(moved, upload.upload_id, stage, unreadable, upload.stage)


async def confirm(db: Connection, upload_id: UUID, by: str, now: datetime, ticked: Sequence[str] = ()) -> bool:
    """Let the worker refer what is right, with these kinds of changes; tells whether it was waiting for that."""
    return await db.fetchval(_CONFIRM, upload_id, by, now, [*ticked]) is not None


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
    counted = {name: orjson.loads(kept[name]) for name in ("changes", "known")}
    lists = {**counted, "ticked": tuple(kept["ticked"])}
    return Upload(**{**kept, **lists, "stage": Stage(kept["stage"]), "columns": columns})
