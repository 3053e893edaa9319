"""What is known of the rows of an upload: what is wrong with them, what was mended, and what became of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from carebus.storage.database import Connection
from services.referral.store.uploads.rows import Told

_PAGE = 2000

_PROBLEMS = """
select number, reference, member_id, problems::text from upload_row
where upload_id = $1 and problems is not null and number > $2 order by number limit $3
"""


def _counted(what: str) -> str:
    return f"""
    select said ->> 'column' as heading, said ->> 'rule' as rule, count(*) as rows, min(number) as first
    from upload_row cross join lateral jsonb_array_elements({what}) as said
    where upload_id = $1 and {what} is not null group by 1, 2 order by rows desc, first limit 50
    """


_PROBLEM_COUNTS, _NOTE_COUNTS = _counted("problems"), _counted("notes")

_OUTCOMES = """
select outcome, count(*) as rows from upload_row
where upload_id = $1 and outcome is not null and outcome <> 'skipped' group by 1 order by rows desc, outcome
"""

_RESULTS = """
select number, outcome, referral_id, eligible, reason, because, waits, reference, member_id, problems::text, notes::text
from upload_row where upload_id = $1 and number > $2 order by number limit $3
"""


_PATIENTS = """
select distinct referral.patient_id from upload_row join referral using (referral_id)
where upload_id = $1 and number > $2 and ($3::integer is null or number <= $3)
"""


@dataclass(frozen=True, slots=True)
class Said:
    """A rule that rows break in a column, or what was mended there: one row, or how many and the first of them."""

    number: int
    heading: str
    rule: str
    rows: int = 1
    reference: str = ""
    member_id: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What is known of a row in the end."""

    number: int
    outcome: str | None
    referral_id: UUID | None
    eligible: bool | None
    reason: str
    because: str | None
    waits: Sequence[str]
    reference: str
    member_id: str
    problems: Sequence[Told]
    notes: Sequence[Told]


async def problems(db: Connection, upload_id: UUID, limit: int = _PAGE, after: int = 0) -> list[Said]:
    """What is wrong with the next rows that are wrong, after this one."""
    rows = await db.fetch(_PROBLEMS, upload_id, after, limit)
    return [
        Said(row["number"], *told, reference=row["reference"], member_id=row["member_id"])
        for row in rows
        for told in _told(row["problems"])
    ]


async def problem_counts(db: Connection, upload_id: UUID) -> list[Said]:
    """What is wrong most often, with the first row of each."""
    return await _counts(db, _PROBLEM_COUNTS, upload_id)


async def note_counts(db: Connection, upload_id: UUID) -> list[Said]:
    """What was mended or left out most often, with the first row of each."""
    return await _counts(db, _NOTE_COUNTS, upload_id)


async def outcome_counts(db: Connection, upload_id: UUID) -> list[tuple[str, int]]:
    """How many rows became what."""
    return [(row["outcome"], row["rows"]) for row in await db.fetch(_OUTCOMES, upload_id)]


async def _counts(db: Connection, query: str, upload_id: UUID) -> list[Said]:
    rows = await db.fetch(query, upload_id)
    return [Said(row["first"], row["heading"], row["rule"], row["rows"]) for row in rows]


async def results(db: Connection, upload_id: UUID, after: int = 0, limit: int = _PAGE) -> list[Result]:
    """What is known of the rows after this one."""
    return [_result(row) for row in await db.fetch(_RESULTS, upload_id, after, limit)]


async def patients(db: Connection, upload_id: UUID, after: int = 0, until: int | None = None) -> list[UUID]:
    """Whom the rows after this one (and up to that one) are about, as far as they were taken on as referrals."""
    return [row["patient_id"] for row in await db.fetch(_PATIENTS, upload_id, after, until)]


def _result(row: Any) -> Result:
    kept = dict(row)
    return Result(**{**kept, "problems": _told(kept["problems"]), "notes": _told(kept["notes"])})


def _told(text: str | None) -> list[Told]:
    return [(each["column"], each["rule"]) for each in orjson.loads(text)] if text else []
