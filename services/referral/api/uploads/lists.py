"""A health plan's list by the JSON API: sent as one file, looked at, confirmed, and its result downloaded."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from fastapi.routing import APIRoute
from starlette.types import Message, Receive

from carebus.errors import CarebusError
from carebus.web import LimitedRoute
from carebus.web.http import Parts, PartsOf, asked_by
from carebus.web.limits import BodyTooLarge
from services.referral.api.uploads.views import RuleBroken, UploadDetail, UploadList, UploadTerms, UploadView
from services.referral.channels.uploads.checking import CSV, NDJSON
from services.referral.channels.uploads.taking import UPLOADS, take_in
from services.referral.domain.uploads import COLUMNS, Stage
from services.referral.domain.workflow.reference import reference
from services.referral.store.uploads import files as uploads
from services.referral.store.uploads import rows as upload_rows
from services.referral.store.uploads.files import Upload
from services.referral.store.uploads.rows import Result

KINDS = {
    "text/csv": CSV,
    "application/csv": CSV,
    "application/vnd.ms-excel": CSV,
    "application/fhir+ndjson": NDJSON,
    "application/x-ndjson": NDJSON,
    "application/ndjson": NDJSON,
}
ONE_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "string"}} for kind in ("text/csv", "application/fhir+ndjson")},
    }
}
_FIRST_RULES = 50


class UploadUnknown(CarebusError):
    """There is no upload with this id."""

    status = HTTPStatus.NOT_FOUND


class NotAFile(CarebusError):
    """Send the list as text/csv, or as application/fhir+ndjson with one Bundle a line."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class NotToBeDone(CarebusError):
    """This upload can't be confirmed now: it is {stage}. Only one that was checked and has a right row can be."""


class NotToBeDiscarded(CarebusError):
    """This upload can't be discarded: it is {stage}. What is under way or done stays."""


class StreamedRoute(APIRoute):
    """A route whose body is read as it comes, up to `MOST` bytes. Raises BodyTooLarge."""

    MOST = 256 * 1024 * 1024

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, which gets a request that counts."""
        handle = super().get_route_handler()

        async def limited(request: Request) -> Response:
            return await handle(Request(request.scope, counted(request.receive, self.MOST)))

        return limited


def counted(receive: Receive, most: int) -> Receive:
    """Receives the same, until it is more than `most` bytes."""
    seen = 0

    async def more() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise BodyTooLarge(limit=most)
        return message

    return more


files = APIRouter(prefix="/api/uploads", route_class=StreamedRoute, tags=["Uploads"])
router = APIRouter(prefix="/api/uploads", route_class=LimitedRoute, tags=["Uploads"])


@files.post("", status_code=HTTPStatus.CREATED, response_model=UploadView, openapi_extra=ONE_FILE)
async def post_upload(request: Request, parts: PartsOf, terms: Annotated[UploadTerms, Query()]) -> JSONResponse:
    """Send a list. The same file again is the same upload (200, `again`); nobody is referred before it is confirmed."""
    kind = KINDS.get(request.headers.get("content-type", "").partition(";")[0].strip().lower())
    if kind is None:
        raise NotAFile
    made = terms.upload(kind, asked_by(request, None).actor, parts.clock.now())
    upload_id, again = await take_in(parts, made, request.stream())
    view = UploadView.of(await find(parts, upload_id), again=again)
    return JSONResponse(view.model_dump(mode="json"), HTTPStatus.OK if again else HTTPStatus.CREATED)


@router.get("")
async def list_uploads(parts: PartsOf, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> UploadList:
    """The newest uploads."""
    async with parts.database.connection() as db:
        return UploadList(items=[UploadView.of(each) for each in await uploads.uploads(db, limit)])


@router.get("/template", response_class=Response)
async def template() -> Response:
    """An empty list: the header with all columns, as CSV in UTF-8."""
    lines = written([[column.name for column in COLUMNS]])
    return Response("\ufeff" + lines, media_type="text/csv", headers=_as_file("referrals-template.csv"))


@router.get("/{upload_id}")
async def one(parts: PartsOf, upload_id: UUID) -> UploadDetail:
    """How an upload stands."""
    upload = await find(parts, upload_id)
    async with parts.database.connection() as db:
        broken = await upload_rows.problem_counts(db, upload_id)
    rules = [RuleBroken(column=s.heading, rule=s.rule, rows=s.rows, first_row=s.number) for s in broken[:_FIRST_RULES]]
    return UploadDetail(**UploadView.of(upload).model_dump(), rules_broken=rules)


@router.post("/{upload_id}/confirm")
async def post_confirm(request: Request, parts: PartsOf, upload_id: UUID) -> UploadView:
    """Refer everybody whose row is right. Confirmed again, it stays as it is."""
    return UploadView.of(await confirm(parts, upload_id, asked_by(request, None).actor))


@router.post("/{upload_id}/discard")
async def post_discard(parts: PartsOf, upload_id: UUID) -> UploadView:
    """Give an upload up before anybody was referred; nothing of its file is kept."""
    return UploadView.of(await discard(parts, upload_id))


@router.get("/{upload_id}/problems", response_class=StreamingResponse)
async def problems(parts: PartsOf, upload_id: UUID) -> StreamingResponse:
    """All that is wrong, as CSV: row, column, rule. The first row after the header is row 1."""
    await find(parts, upload_id)

    async def lines() -> AsyncIterator[str]:
        yield written([("row", "column", "rule")])
        after = 0
        while True:
            async with parts.database.connection() as db:
                found = await upload_rows.problems(db, upload_id, after=after)
            if not found:
                return
            yield written((each.number, each.heading, each.rule) for each in found)
            after = found[-1].number

    return StreamingResponse(lines(), media_type="text/csv", headers=_as_file(f"problems-{upload_id}.csv"))


@router.get("/{upload_id}/result", response_class=StreamingResponse)
async def result(parts: PartsOf, upload_id: UUID) -> StreamingResponse:
    """What became of every row, as CSV: row, verdict, reference number, referral, eligible, reason."""
    await find(parts, upload_id)

    async def lines() -> AsyncIterator[str]:
        yield written([("row", "verdict", "reference_number", "referral_id", "eligible", "reason")])
        after = 0
        while True:
            async with parts.database.connection() as db:
                found = await upload_rows.results(db, upload_id, after)
            if not found:
                return
            yield written(map(_told, found))
            after = found[-1].number

    return StreamingResponse(lines(), media_type="text/csv", headers=_as_file(f"result-{upload_id}.csv"))


async def find(parts: Parts, upload_id: UUID) -> Upload:
    """An upload. Raises UploadUnknown."""
    async with parts.database.connection() as db:
        found = await uploads.upload(db, upload_id)
    if found is None:
        raise UploadUnknown
    return found


async def confirm(parts: Parts, upload_id: UUID, by: str) -> Upload:
    """Let the worker refer what is right. Raises UploadUnknown, NotToBeDone."""
    async with parts.database.connection() as db:
        confirmed = await uploads.confirm(db, upload_id, by, parts.clock.now())
    parts.notices.work(UPLOADS).give()
    found = await find(parts, upload_id)
    if not confirmed and found.stage not in {Stage.PERFORMING, Stage.DONE}:
        raise NotToBeDone(stage=found.stage.value)
    return found


async def discard(parts: Parts, upload_id: UUID) -> Upload:
    """Give an upload up. Raises UploadUnknown, NotToBeDiscarded."""
    async with parts.database.transaction() as db:
        discarded = await uploads.discard(db, upload_id)
    found = await find(parts, upload_id)
    if not discarded and found.stage is not Stage.DISCARDED:
        raise NotToBeDiscarded(stage=found.stage.value)
    return found


def written(rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV."""
    lines = io.StringIO(newline="")
    csv.writer(lines).writerows(rows)
    return lines.getvalue()


def _told(row: Result) -> Sequence[object]:
    if row.referral_id is not None:
        eligible = "yes" if row.eligible else "no"
        return row.number, row.outcome, reference(row.referral_id), row.referral_id, eligible, row.reason
    if row.problems:
        said = " ".join(f"{column}: {rule}" if column else rule for column, rule in row.problems)
        return row.number, "wrong", "", "", "", said
    return row.number, row.outcome or "waiting", "", "", "", row.reason


def _as_file(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
