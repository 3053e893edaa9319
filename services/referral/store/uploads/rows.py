"""The rows of uploads: checked in batches, referred in batches, each with what is wrong with it, or its result."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import orjson

from carebus.contracts.event import Stream
from carebus.storage.database import Connection
from services.referral.store.columns import Columns
from services.referral.store.uploads.files import Upload

_CHECKED = Columns(
    number="integer",
    starts="bigint",
    length="integer",
    stated="text",
    withdraws="boolean",
    problems="text",
    notes="text",
    outcome="text",
    row_hash="text",
    reference="text",
    member_id="text",
    if_none_exist="text",
)

_KEEP = f"""
insert into upload_row (upload_id, {_CHECKED.names})
select $1, number, starts, length, stated, withdraws, problems::jsonb, notes::jsonb, outcome, row_hash, reference,
       member_id, if_none_exist
from {_CHECKED.rows(first=2)}
"""

_MOVE = """
update upload set rows = rows + $3, wrong = wrong + $4, checked_to = $5, numbered = $6, unclosed = $7
where upload_id = $1 and stage = 'checking' and checked_to = $2 returning upload_id
"""

_WAITING = """
select number, stated, withdraws, row_hash, if_none_exist from upload_row
where upload_id = $1 and stated is not null and number > $2 order by number limit $3
"""

_SETTLED = Columns(
    number="integer",
    outcome="text",
    referral_id="uuid",
    eligible="boolean",
    reason="text",
    because="text",
    waits="text",
)

_SETTLE = f"""
update upload_row as r
set stated = null, outcome = row.outcome, referral_id = row.referral_id, eligible = row.eligible, reason = row.reason,
    because = row.because, waits = coalesce(string_to_array(row.waits, ' '), array[]::text[])
from {_SETTLED.rows(first=2)}
where r.upload_id = $1 and r.number = row.number and r.stated is not null
"""

_COUNT_DONE = """
update upload set done = done + $2, refused = refused + $3 where upload_id = $1 and stage = 'performing'
returning upload_id
"""

_ARRIVED = Columns(
    referral_id="uuid", hash="text", row_number="integer", placer_assigner="text", placer_id="text", row_hash="text"
)

_ARRIVED_AS = f"""
insert into arrived_as ({_ARRIVED.names})
select * from {_ARRIVED.rows()} on conflict do nothing
"""

_SAME_ROWS = """
select wanted.n, known.referral_id, known.stream from unnest($2::integer[], $3::text[], $4::boolean[])
    as wanted (n, hash, numbered)
cross join lateral (
    (select r.referral_id, r.stream from arrived_as as a join referral as r using (referral_id)
     where a.row_hash = wanted.hash and a.row_hash is not null and (a.hash = $1 or not wanted.numbered)
     order by r.received_at desc limit 1)
    union all
    (select referral_id, stream from referral
     where (raw_hash = wanted.hash or first_hash = wanted.hash) and not wanted.numbered limit 1)
    limit 1
) as known
"""

_ROW_OF = """
select u.upload_id, u.kind, r.starts, r.length,
       (select min(starts) from upload_row as first where first.upload_id = u.upload_id) as header
from arrived_as as a
join upload as u on u.hash = a.hash and (u.stage in ('performing', 'done') or u.done > 0)
join upload_row as r on r.upload_id = u.upload_id and r.number = a.row_number
where a.referral_id = $1 and a.row_number is not null
order by u.confirmed_at desc nulls last limit 1
"""


class RowsTaken(Exception):
    """Another process has already settled some of these rows."""


SKIPPED = "skipped"
"""The outcome of a row that is none, such as the header once more."""

Told = tuple[str, str]
"""A column and what is said of it."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A row of the file, read: what it states as JSON, or what is wrong with it, and what was mended in it."""

    number: int
    starts: int
    length: int
    stated: str | None = None
    problems: Sequence[Told] = ()
    notes: Sequence[Told] = ()
    withdraws: bool = False
    outcome: str | None = None
    row_hash: str = ""
    reference: str = ""
    member_id: str = ""
    if_none_exist: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a file was looked at: up to which byte and row, and how many quotation marks were not closed."""

    checked_to: int
    numbered: int
    unclosed: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row that waits to be referred."""

    number: int
    stated: str
    withdraws: bool
    row_hash: str
    if_none_exist: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """The result of a row. `led_to_it`: whether its referral was read from it, or it changed nothing of that."""

    number: int
    outcome: str
    referral_id: UUID | None = None
    eligible: bool | None = None
    reason: str = ""
    because: str | None = None
    waits: tuple[str, ...] = ()
    placer: tuple[str, str] = ("", "")
    row_hash: str = ""
    led_to_it: bool = True


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands in its file, and where the file's rows begin."""

    upload_id: UUID
    kind: str
    starts: int
    length: int
    header: int


async def keep_checked(db: Connection, upload: Upload, rows: Sequence[Checked], to: Progress) -> None:
    """Keep rows that were checked, and how far in the file that was. Raises RowsTaken."""
    counted = [row for row in rows if row.outcome != SKIPPED]
    wrong = sum(1 for row in counted if row.stated is None)
    moved = (len(counted), wrong, to.checked_to, to.numbered, to.unclosed)
    if await db.fetchval(_MOVE, upload.upload_id, upload.checked_to, *moved) is None:
        raise RowsTaken
    if rows:
        await db.execute(_KEEP, upload.upload_id, *_CHECKED.values([_checked(row) for row in rows]))


def _checked(row: Checked) -> dict[str, Any]:
    wrong = row.stated is None and row.outcome is None
    said = {"problems": _as_json(row.problems) if wrong else None, "notes": _as_json(row.notes) if row.notes else None}
    return {**asdict(row), **said}


def _as_json(told: Sequence[Told]) -> str:
    return orjson.dumps([{"column": column, "rule": rule} for column, rule in told]).decode()


async def waiting(db: Connection, upload_id: UUID, limit: int, after: int = 0) -> list[Waiting]:
    """The next rows to be referred, after this one."""
    return [Waiting(**dict(row)) for row in await db.fetch(_WAITING, upload_id, after, limit)]


async def same_rows(db: Connection, file_hash: str, rows: Sequence[tuple[str, bool]]) -> dict[int, tuple[UUID, Stream]]:
    """By their place, the referrals to which rows of these bytes led before, with their streams.

    Of rows that have a number of their own only those of the same file: another list may be another sender's.
    """
    hashes, numbered = [row_hash for row_hash, _ in rows], [has_number for _, has_number in rows]
    found = await db.fetch(_SAME_ROWS, file_hash, list(range(len(rows))), hashes, numbered)
    return {row["n"]: (row["referral_id"], Stream(row["stream"])) for row in found}


async def settle(db: Connection, upload: Upload, rows: Sequence[Settled]) -> None:
    """Keep what became of these rows, once. Raises RowsTaken when any was settled before."""
    done = [row for row in rows if row.referral_id is not None]
    if await db.fetchval(_COUNT_DONE, upload.upload_id, len(done), len(rows) - len(done)) is None:
        raise RowsTaken
    settled = await db.execute(_SETTLE, upload.upload_id, *_SETTLED.values([_settled(row) for row in rows]))
    if settled != f"UPDATE {len(rows)}":
        raise RowsTaken
    await db.execute(_ARRIVED_AS, *_ARRIVED.values([_arrived(upload, row) for row in done if row.led_to_it]))


def _settled(row: Settled) -> dict[str, Any]:
    return {**asdict(row), "waits": " ".join(row.waits) or None}  # a list of lists of texts can't be sent


def _arrived(upload: Upload, row: Settled) -> dict[str, Any]:
    assigner, number = row.placer
    return {
        "referral_id": row.referral_id,
        "hash": upload.hash,
        "row_number": row.number,
        "placer_assigner": assigner,
        "placer_id": number,
        "row_hash": row.row_hash or None,
    }


async def row_of(db: Connection, referral_id: UUID) -> Place | None:
    """Where in an upload a referral was read from, if it was."""
    row = await db.fetchrow(_ROW_OF, referral_id)
    return Place(**dict(row)) if row else None
