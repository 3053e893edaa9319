"""Checks an upload: reads its rows one after the other and keeps what each states, or what is wrong with it."""

import asyncio
import csv
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from carebus.contracts.people import PayerKind
from carebus.contracts.referral import Channel
from carebus.web.http import Parts
from services.referral.channels.fhir.reading import read
from services.referral.channels.fhir.refusing import NotReadable
from services.referral.channels.uploads.files import FileUnreadable, Lines, Record, Rows, delimiter_of, encoding_of
from services.referral.channels.uploads.rows import Terms, referral_of
from services.referral.domain import DirectReferral
from services.referral.domain.referring.requests import Withdrawal
from services.referral.domain.uploads import HeaderUnreadable, Stage, columns_of
from services.referral.store.uploads import files as uploads
from services.referral.store.uploads import rows as upload_rows
from services.referral.store.uploads.files import CHUNK, Upload
from services.referral.store.uploads.rows import Checked

log = structlog.get_logger()

CSV, NDJSON = "csv", "ndjson"
AT_ONCE = 500
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
WITHDRAWN = "This order was withdrawn by its sender."


async def check(parts: Parts, upload: Upload, stop: asyncio.Event) -> None:
    """Check an upload from where it stands; goes on there another time when it is stopped."""
    try:
        if upload.checked_to == 0 and upload.kind == CSV:
            upload = await _with_header(parts, upload)
        await _check_rows(parts, upload, stop)
    except (FileUnreadable, HeaderUnreadable) as why:
        async with parts.database.connection() as db:
            await uploads.move_to(db, upload.upload_id, Stage.UNREADABLE, str(why))


async def _with_header(parts: Parts, upload: Upload) -> Upload:
    """The upload with its columns, from its first row. Raises FileUnreadable, HeaderUnreadable."""
    async with parts.database.connection() as db:
        first = await uploads.chunk(db, upload.upload_id, 0) or b""
    encoding, mark = encoding_of(first, upload.encoding or None)
    line = first[mark:].partition(b"\n")[0]
    delimiter = delimiter_of(line.decode("latin-1"))
    rows = Rows(encoding, delimiter, mark)
    header = next(rows.of(first[mark:], last=len(first) < CHUNK), None)
    if header is None or header.cells is None:
        raise HeaderUnreadable(what=header.broken if header else "it is empty")
    columns = columns_of(header.cells)
    starts_at = header.starts + header.length + 1
    known = replace(upload, columns=columns, encoding=encoding, delimiter=delimiter, checked_to=starts_at)
    async with parts.database.connection() as db:
        await uploads.header_is(db, known, columns, starts_at)
    return known


async def _check_rows(parts: Parts, upload: Upload, stop: asyncio.Event) -> None:
    reading = _Reading(upload)
    n, skip = upload.checked_to // CHUNK, upload.checked_to % CHUNK
    while not stop.is_set():
        async with parts.database.connection() as db:
            body = await uploads.chunk(db, upload.upload_id, n)
        more, last = (body or b"")[skip:], body is None or len(body) < CHUNK
        records = reading.records(more, last=last)
        while batch := await asyncio.to_thread(reading.next_batch, records, parts.clock.now()):
            upload = await _keep(parts, upload, batch)
            if stop.is_set():
                return
        if last:
            async with parts.database.connection() as db:
                await uploads.move_to(db, upload.upload_id, Stage.CHECKED)
            return
        n, skip = n + 1, 0


async def _keep(parts: Parts, upload: Upload, batch: Sequence[Checked]) -> Upload:
    """The upload as it stands when these rows are kept."""
    checked_to = batch[-1].starts + batch[-1].length + 1
    async with parts.database.transaction() as db:
        await upload_rows.keep_checked(db, upload, batch, checked_to)
    return replace(upload, checked_to=checked_to)


class _Reading:
    """Reads the rows of one upload."""

    def __init__(self, upload: Upload) -> None:
        self._upload = upload
        self._number = upload.rows
        self._terms = Terms(upload.plan, PayerKind(upload.coverage), upload.email, upload.phone)
        self._stated = self._terms.stated(upload.upload_id)
        self._rows = Rows(upload.encoding or "utf-8", upload.delimiter, upload.checked_to)
        self._lines = Lines(upload.checked_to)

    def records(self, more: bytes, *, last: bool) -> Iterator[Record]:
        """The records that are whole now."""
        if self._upload.kind == CSV:
            yield from self._rows.of(more, last=last)
            return
        for starts, line in self._lines.of(more, last=last):
            if line.strip():
                yield Record(starts, line, ())

    def next_batch(self, records: Iterator[Record], now: datetime) -> list[Checked]:
        """The next few hundred rows, checked."""
        found: list[Checked] = []
        for record in records:
            self._number += 1
            found.append(self._checked(record, now))
            if len(found) == AT_ONCE:
                break
        return found

    def _checked(self, record: Record, now: datetime) -> Checked:
        place = (self._number, record.starts, record.length)
        if record.cells is None:
            return Checked(*place, None, [("", record.broken)])
        try:
            read_as = self._of_cells(record, now) if self._upload.columns else self._of_bundle(record, now)
        except UNFORESEEN as why:
            log.error("upload_row_unread", upload_id=str(self._upload.upload_id), row=self._number, exc_info=why)
            return Checked(*place, None, [("", CANT_BE_READ)])
        if isinstance(read_as, DirectReferral):
            return Checked(*place, read_as.model_dump_json(exclude_unset=True))
        return Checked(*place, None, read_as)

    def _of_cells(self, record: Record, now: datetime) -> DirectReferral | list[tuple[str, str]]:
        assert self._upload.columns
        stated = {**self._stated, "raw_hash": record.hash}
        read_as = referral_of(record.cells or (), self._upload.columns, stated, self._terms, now)
        if isinstance(read_as, DirectReferral):
            return read_as
        return [(problem.column, problem.rule) for problem in read_as]

    def _of_bundle(self, record: Record, now: datetime) -> DirectReferral | list[tuple[str, str]]:
        try:
            referral, _ = read(record.raw, now)
        except NotReadable as why:
            return [(issue.expression, issue.rule) for issue in why.issues]
        if isinstance(referral, Withdrawal):
            return [("", WITHDRAWN)]
        came = {"channel": Channel.PLAN_BATCH, "batch_id": self._upload.upload_id, "raw_hash": record.hash}
        return referral.model_copy(update=came)
