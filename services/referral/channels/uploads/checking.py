"""Checks an upload, a slice at a time: reads its next rows and keeps what each states, or what is wrong with it."""

import asyncio
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import orjson
import structlog

from carebus.contracts.people import PayerKind
from carebus.contracts.referral import Channel
from carebus.web.fhir.refusing import NotReadable
from carebus.web.http import Parts
from services.referral.channels.fhir.conditional import query_of
from services.referral.channels.fhir.reading import read
from services.referral.channels.uploads.files import CR, LF, FileUnreadable, Lines, Record, Rows, encoding_of
from services.referral.channels.uploads.heading import heading_of
from services.referral.channels.uploads.rows import Problem, RowRead, Terms, read_row
from services.referral.domain.referring.requests import DirectReferral, Withdrawal
from services.referral.domain.uploads import (
    MOST_ROWS,
    TOO_MANY_ROWS,
    HeaderUnreadable,
    Stage,
    document_of,
    stated_at,
)
from services.referral.store.uploads import files as uploads
from services.referral.store.uploads import rows as upload_rows
from services.referral.store.uploads.files import CHUNK, Upload
from services.referral.store.uploads.rows import SKIPPED, Checked, Progress

log = structlog.get_logger()

CSV, NDJSON = "csv", "ndjson"
AT_ONCE = 500
"""So many rows are checked in one turn: others wait no longer than that takes."""
MOST_BLANK = 20_000
"""So many blank lines are passed over in one turn."""
MOST_LINES = 1_100_000
"""A few more than a spreadsheet has, blank ones counted."""
STRETCH = 256 * 1024
"""So many bytes are read for a turn; more where a record is longer."""
UNFORESEEN = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    csv.Error,
)
"""What a fault of ours fails with on something that nobody foresaw: never a database or a broker that is away."""
CANT_BE_READ = "This line can't be read."
HEADER_AGAIN = "The header once more: this row was skipped."
ONE_A_LINE = "it holds one Bundle over many lines. Write one Bundle a line."
_OPENS = {b"{", b"["}
ENDS = {"lf": LF, "cr": CR}
_END_NAMES = {end: name for name, end in ENDS.items()}


async def check(parts: Parts, upload: Upload) -> Upload:
    """Check the next rows of an upload; gives it as it stands then."""
    try:
        if upload.checked_to == 0:
            upload = await _begun(parts, upload)
        return await _check_some(parts, upload) if upload.checked_to < upload.bytes else upload
    except (FileUnreadable, HeaderUnreadable) as why:
        async with parts.database.connection() as db:
            await uploads.move_to(db, upload, Stage.UNREADABLE, str(why))
        return replace(upload, stage=Stage.UNREADABLE)


async def _begun(parts: Parts, upload: Upload) -> Upload:
    """The upload as it is written: with its columns, and where its rows begin. Raises what its heading does."""
    async with parts.database.connection() as db:
        first = await uploads.part(db, upload.upload_id, 0, CHUNK)
    known = begun(upload, first)
    async with parts.database.connection() as db:
        await uploads.header_is(db, known)
    return known


def begun(upload: Upload, first: bytes) -> Upload:
    """The upload as its first bytes say that it is written. Raises FileUnreadable, HeaderUnreadable."""
    if upload.kind == NDJSON:
        encoding, mark = encoding_of(first, "utf-8")
        _require_one_a_line(first[mark:])
        return replace(upload, encoding=encoding, checked_to=mark)
    found = heading_of(first, upload.encoding or None, last=len(first) < CHUNK)
    return replace(
        upload,
        columns=found.columns,
        encoding=found.encoding,
        delimiter=found.delimiter,
        line_end=_END_NAMES[found.line_end],
        checked_to=found.after,
        numbered=found.number,
    )


def _require_one_a_line(first: bytes) -> None:
    """Say once that a Bundle stands over many lines, and not of each line. Raises FileUnreadable."""
    lines = [line.strip() for line in first[:STRETCH].splitlines() if line.strip()]
    opens = len(lines) > 1 and (lines[0] in _OPENS or not lines[1].startswith(b"{"))
    if opens and not _is_json(lines[0]):
        raise FileUnreadable(what=ONE_A_LINE)


def _is_json(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True


@dataclass(slots=True)
class Slice:
    """The rows that were read in a turn, and how far that is."""

    to: Progress
    rows: list[Checked] = field(default_factory=list)


async def _check_some(parts: Parts, upload: Upload) -> Upload:
    length = STRETCH
    while True:
        async with parts.database.connection() as db:
            stretch = await uploads.part(db, upload.upload_id, upload.checked_to, length)
        last = upload.checked_to + len(stretch) >= upload.bytes
        found = await asyncio.to_thread(next_rows, upload, stretch, parts.clock.now(), last=last)
        if last or found.to.checked_to > upload.checked_to:
            break
        length *= 2
    if upload.rows + len(found.rows) > MOST_ROWS or found.to.numbered > MOST_LINES:
        raise FileUnreadable(what=TOO_MANY_ROWS)
    async with parts.database.transaction() as db:
        await upload_rows.keep_checked(db, upload, found.rows, found.to)
    return replace(upload, checked_to=found.to.checked_to)


def next_rows(upload: Upload, stretch: bytes, now: datetime, *, last: bool) -> Slice:
    """The next rows of an upload, read from the bytes where it stands; none where their end is not among these."""
    reading = _Reading(upload)
    rows: list[Checked] = []
    number, to, blank = max(upload.numbered, upload.rows), upload.checked_to, 0
    for record in reading.records(stretch, last=last):
        number, to = number + 1, record.after
        if record.is_blank:
            blank += 1
        else:
            rows.append(reading.checked(number, record, now))
        if len(rows) >= AT_ONCE or blank >= MOST_BLANK:
            break
    return Slice(Progress(to, number, reading.unclosed), rows)


class _Reading:
    """Reads rows of one upload."""

    def __init__(self, upload: Upload) -> None:
        self._upload = upload
        self._terms = terms_of(upload)
        self._stated = self._terms.stated(upload.upload_id)
        end = ENDS[upload.line_end]
        self._rows = Rows(upload.encoding or "utf-8", upload.delimiter, upload.checked_to, end, upload.unclosed)
        self._lines = Lines(upload.checked_to)

    @property
    def unclosed(self) -> int:
        """How many quotation marks without an end there were up to here."""
        return self._rows.unclosed

    def records(self, more: bytes, *, last: bool) -> Iterator[Record]:
        """The records that are whole."""
        if self._upload.kind == CSV:
            yield from self._rows.of(more, last=last)
            return
        for starts, line, ends in self._lines.of(more, last=last):
            yield Record(starts, line, ends, ("line",) if line.strip() else ())

    def checked(self, number: int, record: Record, now: datetime) -> Checked:
        """A row, read."""
        place = (number, record.starts, record.length)
        if record.cells is None:
            return Checked(*place, problems=[("", record.broken)])
        if self._upload.columns and tuple(cell.strip() for cell in record.cells) == self._upload.columns.header:
            return Checked(*place, notes=[("", HEADER_AGAIN)], outcome=SKIPPED)
        try:
            found = self._of_cells(record, now) if self._upload.columns else self._of_bundle(record, now)
        except UNFORESEEN as why:
            log.error("upload_row_unread", upload_id=str(self._upload.upload_id), row=number, exc_info=why)
            return Checked(*place, problems=[("", CANT_BE_READ)])
        return Checked(
            *place,
            stated=found.stated.model_dump_json(exclude_unset=True) if found.stated else None,
            problems=_told(found.problems),
            notes=_told(found.notes),
            withdraws=isinstance(found.stated, Withdrawal),
            row_hash=record.hash,
            reference=found.reference[:LONGEST_NAME],
            member_id=found.member_id[:LONGEST_NAME],
            if_none_exist=found.if_none_exist,
        )

    def _of_cells(self, record: Record, now: datetime) -> RowRead:
        assert self._upload.columns
        stated = {**self._stated, "raw_hash": document_of(record.hash, self._upload.settings)}
        return read_row(record.cells or (), self._upload.columns, stated, self._terms, now)

    def _of_bundle(self, record: Record, now: datetime) -> RowRead:
        try:
            stated, found = read(record.raw, now)
            query = query_of(found)
        except NotReadable as why:
            return RowRead(problems=[Problem(issue.expression, issue.rule) for issue in why.issues])
        came = {
            "channel": Channel.PLAN_BATCH,
            "batch_id": self._upload.upload_id,
            "raw_hash": document_of(record.hash, self._upload.settings),
            "stated_at": stated.stated_at or self._terms.stated_at,
        }
        return RowRead(
            stated.model_copy(update=came),
            reference=stated.placer_id,
            member_id=_member_of(stated),
            if_none_exist=query,
        )


LONGEST_NAME = 60
"""So much of a number is shown beside a row."""


def terms_of(upload: Upload) -> Terms:
    """What holds for the rows of an upload."""
    at = stated_at(upload.as_of, upload.received_at)
    return Terms(upload.plan, PayerKind(upload.coverage), upload.email, upload.phone, at)


def _member_of(stated: DirectReferral | Withdrawal) -> str:
    payer = None if isinstance(stated, Withdrawal) else stated.payer
    return (payer.member_id if payer else None) or ""


def _told(problems: Sequence[Problem]) -> list[tuple[str, str]]:
    return [(each.column, each.rule) for each in problems]
