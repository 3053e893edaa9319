"""What became of a list's rows, to download: as CSV, and as JSON in parts."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from http import HTTPStatus
from typing import Annotated, Any, Protocol, TypeVar
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from carebus.contracts.audit import AuditKind
from carebus.errors import CarebusError
from carebus.web import LimitedRoute
from carebus.web.http import Parts, PartsOf, caller_of, saw
from services.referral.access import office
from services.referral.api.referring.senders import shown_as
from services.referral.api.uploads.views import RowResult, RowResults
from services.referral.store.uploads import files as uploads
from services.referral.store.uploads import telling
from services.referral.store.uploads.files import Upload
from services.referral.store.uploads.telling import Result, Said

router = APIRouter(prefix="/api/uploads", route_class=LimitedRoute, tags=["Uploads"])

PROBLEMS = ("row", "column", "rule", "reference", "member_id")
RESULT = (
    "row",
    "verdict",
    "reference_number",
    "referral_id",
    "eligible",
    "reason",
    "waits",
    "settled_by",
    "reference",
    "member_id",
)
MOST_AT_ONCE = 2000
_FORMULA = ("=", "+", "-", "@")


class UploadUnknown(CarebusError):
    """There is no upload with this id."""

    status = HTTPStatus.NOT_FOUND


@router.get("/{upload_id}/problems", response_class=StreamingResponse)
async def problems(request: Request, parts: PartsOf, upload_id: UUID) -> StreamingResponse:
    """All that is wrong, as CSV: row, column, rule, your reference, member. Rows are numbered as in the spreadsheet."""
    await find_own(request, parts, upload_id)

    async def after(number: int) -> Sequence[Said]:
        async with parts.database.connection() as db:
            return await telling.problems(db, upload_id, after=number)

    def told(said: Said) -> Sequence[object]:
        return said.number, harmless(said.heading), said.rule, harmless(said.reference), harmless(said.member_id)

    return _streamed(f"problems-{upload_id}.csv", PROBLEMS, after, told)


@router.get("/{upload_id}/result", response_class=StreamingResponse)
async def result(request: Request, parts: PartsOf, upload_id: UUID) -> StreamingResponse:
    """What became of every row, as CSV, with what would settle it, your reference and the member's number."""
    await find_own(request, parts, upload_id)
    await _shown(request, parts, upload_id, AuditKind.EXPORT)

    async def after(number: int) -> Sequence[Result]:
        async with parts.database.connection() as db:
            return await telling.results(db, upload_id, number)

    return _streamed(f"result-{upload_id}.csv", RESULT, after, _told)


@router.get("/{upload_id}/rows")
async def rows(
    request: Request,
    parts: PartsOf,
    upload_id: UUID,
    after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_AT_ONCE)] = 500,
) -> RowResults:
    """What became of the rows after this one."""
    await find_own(request, parts, upload_id)
    async with parts.database.connection() as db:
        found = await telling.results(db, upload_id, after, limit)
    if found:
        await _shown(request, parts, upload_id, AuditKind.READ, after, found[-1].number)
    return RowResults(
        items=[RowResult.of(each) for each in found], next_after=found[-1].number if len(found) == limit else None
    )


async def _shown(
    request: Request, parts: Parts, upload_id: UUID, kind: AuditKind, after: int = 0, until: int | None = None
) -> None:
    """The office takes a file away, or looks at rows; to the plan whose list it was it is disclosed."""
    async with parts.database.connection() as db:
        patients = await telling.patients(db, upload_id, after, until)
    saw(request, patients, kind if shown_as(request) is AuditKind.READ else AuditKind.DISCLOSURE)


async def find_own(request: Request, parts: Parts, upload_id: UUID) -> Upload:
    """An upload that the caller may see: the office any, a program what it sent itself. Raises UploadUnknown."""
    found, caller = await find(parts, upload_id), caller_of(request)
    if not office.standing(caller).open and found.sent_by != caller.by:
        raise UploadUnknown
    return found


async def find(parts: Parts, upload_id: UUID) -> Upload:
    """An upload. Raises UploadUnknown."""
    async with parts.database.connection() as db:
        found = await uploads.upload(db, upload_id)
    if found is None:
        raise UploadUnknown
    return found


def written(rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV."""
    lines = io.StringIO(newline="")
    csv.writer(lines).writerows(rows)
    return lines.getvalue()


def harmless(said: str) -> str:
    """What a sender wrote, so that no spreadsheet takes it for a formula."""
    return f"'{said}" if said.startswith(_FORMULA) else said


def as_file(name: str) -> dict[str, str]:
    """What makes an answer a file of this name."""
    return {"Content-Disposition": f'attachment; filename="{name}"'}


class _Numbered(Protocol):
    @property
    def number(self) -> int: ...


T = TypeVar("T", bound=_Numbered)


def _streamed(
    name: str,
    header: Sequence[str],
    after: Callable[[int], Coroutine[Any, Any, Sequence[T]]],
    told: Callable[[T], Sequence[object]],
) -> StreamingResponse:
    async def lines() -> AsyncIterator[str]:
        yield written([header])
        number = 0
        while found := await after(number):
            yield written(map(told, found))
            number = found[-1].number

    return StreamingResponse(lines(), media_type="text/csv", headers=as_file(name))


def _told(row: Result) -> Sequence[object]:
    view = RowResult.of(row)
    eligible = {True: "yes", False: "no", None: ""}[view.eligible]
    of_us = (view.reference_number, view.referral_id or "", eligible)
    of_them = (harmless(view.reference), harmless(view.member_id))
    return view.row, view.outcome, *of_us, harmless(view.reason), "; ".join(view.waits), view.settled_by, *of_them
