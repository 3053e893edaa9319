"""The rows of uploads: checked in batches, referred in batches, each with what is wrong with it, or its result."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import orjson

from carebus.storage.database import Connection
from services.referral.store.columns import Columns
from services.referral.store.uploads.files import Upload

_PAGE = 2000

_CHECKED = Columns(number="integer", starts="bigint", length="integer", stated="text", problems="text")

_KEEP = f"""
insert into upload_row (upload_id, {_CHECKED.names})
select $1, number, starts, length, stated, problems::jsonb
from {_CHECKED.rows(first=2)}
"""

_MOVE = """
update upload set rows = rows + $3, wrong = wrong + $4, checked_to = $5
where upload_id = $1 and stage = 'checking' and checked_to = $2 returning upload_id
"""

_WAITING = """
select number, stated from upload_row where upload_id = $1 and stated is not null order by number limit $2
"""

_SETTLED = Columns(number="integer", outcome="text", referral_id="uuid", eligible="boolean", reason="text")

_SETTLE = f"""
update upload_row as r
set stated = null, outcome = row.outcome, referral_id = row.referral_id, eligible = row.eligible, reason = row.reason
from {_SETTLED.rows(first=2)}
where r.upload_id = $1 and r.number = row.number and r.stated is not null
"""

_COUNT_DONE = """
update upload set done = done + $2, refused = refused + $3 where upload_id = $1 and stage = 'performing'
returning upload_id
"""

_ARRIVED = Columns(referral_id="uuid", hash="text", row_number="integer", placer_assigner="text", placer_id="text")

_ARRIVED_AS = f"""
insert into arrived_as ({_ARRIVED.names})
select * from {_ARRIVED.rows()} on conflict do nothing
"""

_PROBLEMS = """
select number, problems::text from upload_row
where upload_id = $1 and problems is not null and number > $2 order by number limit $3
"""

_PROBLEM_COUNTS = """
select problem ->> 'column' as heading, problem ->> 'rule' as rule, count(*) as rows, min(number) as first
from upload_row cross join lateral jsonb_array_elements(problems) as problem
where upload_id = $1 and problems is not null group by 1, 2 order by rows desc, first limit 50
"""

_RESULTS = """
select number, outcome, referral_id, eligible, reason, problems::text from upload_row
where upload_id = $1 and number > $2 order by number limit $3
"""

_ROW_OF = """
select u.upload_id, u.kind, r.starts, r.length,
       (select min(starts) from upload_row as first where first.upload_id = u.upload_id) as header
from arrived_as as a
join upload as u on u.hash = a.hash and (u.stage in ('performing', 'done') or u.done > 0)
join upload_row as r on r.upload_id = u.upload_id and r.number = a.row_number
where a.referral_id = $1 and a.row_number is not null
"""


class RowsTaken(Exception):
    """Another process has already settled some of these rows."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A row of the file, read: what it states as JSON, or what is wrong with it."""

    number: int
    starts: int
    length: int
    stated: str | None
    problems: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Settled:
    """The result of a row."""

    number: int
    outcome: str
    referral_id: UUID | None = None
    eligible: bool | None = None
    reason: str = ""
    placer: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Said:
    """A rule that rows break in a column: one row, or how many and the first of them."""

    number: int
    heading: str
    rule: str
    rows: int = 1


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands in its file, and where the file's rows begin."""

    upload_id: UUID
    kind: str
    starts: int
    length: int
    header: int


@dataclass(frozen=True, slots=True)
class Result:
    """What is known of a row in the end."""

    number: int
    outcome: str | None
    referral_id: UUID | None
    eligible: bool | None
    reason: str
    problems: Sequence[tuple[str, str]]


async def keep_checked(db: Connection, upload: Upload, rows: Sequence[Checked], checked_to: int) -> None:
    """Keep rows that were checked, and how far in the file that was. Raises RowsTaken."""
    wrong = sum(1 for row in rows if row.stated is None)
    if await db.fetchval(_MOVE, upload.upload_id, upload.checked_to, len(rows), wrong, checked_to) is None:
        raise RowsTaken
    if rows:
        await db.execute(_KEEP, upload.upload_id, *_CHECKED.values([_checked(row) for row in rows]))


def _checked(row: Checked) -> dict[str, Any]:
    said = orjson.dumps([{"column": column, "rule": rule} for column, rule in row.problems]).decode()
    return {
        "number": row.number,
        "starts": row.starts,
        "length": row.length,
        "stated": row.stated,
        "problems": None if row.stated else said,
    }


async def waiting(db: Connection, upload_id: UUID, limit: int) -> list[tuple[int, str]]:
    """The next rows to be referred: number and what each states."""
    return [(row["number"], row["stated"]) for row in await db.fetch(_WAITING, upload_id, limit)]


async def settle(db: Connection, upload: Upload, rows: Sequence[Settled]) -> None:
    """Keep what became of these rows, once. Raises RowsTaken when any was settled before."""
    done = [row for row in rows if row.referral_id is not None]
    if await db.fetchval(_COUNT_DONE, upload.upload_id, len(done), len(rows) - len(done)) is None:
        raise RowsTaken
    settled = await db.execute(_SETTLE, upload.upload_id, *_SETTLED.values([asdict(row) for row in rows]))
    if settled != f"UPDATE {len(rows)}":
        raise RowsTaken
    await db.execute(_ARRIVED_AS, *_ARRIVED.values([_arrived(upload, row) for row in done]))


def _arrived(upload: Upload, row: Settled) -> dict[str, Any]:
    assigner, number = row.placer
    return {
        "referral_id": row.referral_id,
        "hash": upload.hash,
        "row_number": row.number,
        "placer_assigner": assigner,
        "placer_id": number,
    }


async def problems(db: Connection, upload_id: UUID, limit: int = _PAGE, after: int = 0) -> list[Said]:
    """What is wrong with the next rows that are wrong, after this one."""
    rows = await db.fetch(_PROBLEMS, upload_id, after, limit)
    return [Said(r["number"], one["column"], one["rule"]) for r in rows for one in orjson.loads(r["problems"])]


async def problem_counts(db: Connection, upload_id: UUID) -> list[Said]:
    """What is wrong most often, with the first row of each."""
    rows = await db.fetch(_PROBLEM_COUNTS, upload_id)
    return [Said(row["first"], row["heading"], row["rule"], row["rows"]) for row in rows]


async def results(db: Connection, upload_id: UUID, after: int = 0, limit: int = _PAGE) -> list[Result]:
    """What is known of the rows after this one."""
    return [_result(row) for row in await db.fetch(_RESULTS, upload_id, after, limit)]


async def row_of(db: Connection, referral_id: UUID) -> Place | None:
    """Where in an upload a referral was read from, if it was."""
    row = await db.fetchrow(_ROW_OF, referral_id)
    return Place(**dict(row)) if row else None


def _result(row: Any) -> Result:
    kept = dict(row)
    said = orjson.loads(kept["problems"]) if kept["problems"] else []
    return Result(**{**kept, "problems": [(each["column"], each["rule"]) for each in said]})
