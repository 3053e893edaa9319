"""A health plan's list by the JSON API: sent as one file, looked at, confirmed, and its result downloaded."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import ValidationError

from carebus.errors import CarebusError
from carebus.web import LimitedRoute
from carebus.web.http import Parts, PartsOf, asked_by
from carebus.web.limits import StreamedRoute
from services.referral.api.uploads.results import as_file, find, find_own, written
from services.referral.api.uploads.views import (
    Again,
    Confirmed,
    RuleBroken,
    UploadDetail,
    UploadList,
    UploadTerms,
    UploadView,
)
from services.referral.channels.uploads.checking import CSV, NDJSON
from services.referral.channels.uploads.taking import UPLOADS, take_again, take_in
from services.referral.domain.referring.senders import Kind
from services.referral.domain.uploads import COLUMNS, Stage
from services.referral.store.uploads import files as uploads
from services.referral.store.uploads import telling
from services.referral.store.uploads.files import Upload
from services.referral.store.uploads.telling import Said

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


class NotAFile(CarebusError):
    """Send the list as text/csv, or as application/fhir+ndjson with one Bundle a line."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class NotToBeDone(CarebusError):
    """This upload can't be confirmed now: it is {stage}. Only one that was checked and has a right row can be."""


class NotToBeDiscarded(CarebusError):
    """This upload can't be discarded: it is {stage}. What is under way or done stays."""


class NotToBeTakenAgain(CarebusError):
    """This upload can't be taken again: it is {stage}, so its file is not here."""


class UploadRoute(StreamedRoute):
    """A list of referrals is read as it comes."""

    MOST = 256 * 1024 * 1024


files = APIRouter(prefix="/api/uploads", route_class=UploadRoute, tags=["Uploads"])
router = APIRouter(prefix="/api/uploads", route_class=LimitedRoute, tags=["Uploads"])


@files.post("", status_code=HTTPStatus.CREATED, response_model=UploadView, openapi_extra=ONE_FILE)
async def post_upload(request: Request, parts: PartsOf, terms: Annotated[UploadTerms, Query()]) -> JSONResponse:
    """Send a list of at most 100,000 rows. Nobody is referred before it is confirmed.

    The same file with the same terms is the same upload (200, `again`); with others it is another try.
    """
    kind = KINDS.get(request.headers.get("content-type", "").partition(";")[0].strip().lower())
    if kind is None:
        raise NotAFile
    now = parts.clock.now()
    made = _dated(terms, now).upload(kind, asked_by(request, None).caller.by, now)
    upload_id, again = await take_in(parts, made, request.stream())
    return _taken(await find(parts, upload_id), again=again)


@router.get("")
async def list_uploads(parts: PartsOf, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> UploadList:
    """The newest uploads."""
    async with parts.database.connection() as db:
        return UploadList(items=[UploadView.of(each) for each in await uploads.uploads(db, limit)])


@router.get("/template", response_class=Response)
async def template() -> Response:
    """An empty list: the header with all columns, as CSV in UTF-8."""
    lines = written([[column.name for column in COLUMNS]])
    return Response("\ufeff" + lines, media_type="text/csv", headers=as_file("referrals-template.csv"))


@router.get("/{upload_id}")
async def one(request: Request, parts: PartsOf, upload_id: UUID) -> UploadDetail:
    """How an upload stands."""
    upload = await find_own(request, parts, upload_id)
    async with parts.database.connection() as db:
        broken = await telling.problem_counts(db, upload_id)
        noted = await telling.note_counts(db, upload_id)
    return UploadDetail(**UploadView.of(upload).model_dump(), rules_broken=_rules(broken), mended=_rules(noted))


def _rules(said: Sequence[Said]) -> list[RuleBroken]:
    return [RuleBroken(column=s.heading, rule=s.rule, rows=s.rows, first_row=s.number) for s in said[:_FIRST_RULES]]


@router.post("/{upload_id}/confirm")
async def post_confirm(
    request: Request, parts: PartsOf, upload_id: UUID, confirmed: Confirmed | None = None
) -> UploadView:
    """Refer everybody whose row is right. Confirmed again, it stays as it is.

    `ticked`: the kinds of changes to people who are known here that count at once; all others wait for the office.
    """
    ticked = confirmed.ticked if confirmed else ()
    return UploadView.of(await confirm(parts, upload_id, asked_by(request, None).caller.by, ticked))


@router.post("/{upload_id}/again", status_code=HTTPStatus.CREATED, response_model=UploadView)
async def post_again(request: Request, parts: PartsOf, upload_id: UUID, again: Again) -> JSONResponse:
    """Take a list once more, as of another day: what was stated since then goes back to what it says."""
    taken, before = await take_once_more(parts, upload_id, again.as_of, asked_by(request, None).caller.by)
    return _taken(taken, again=before)


@router.post("/{upload_id}/discard")
async def post_discard(parts: PartsOf, upload_id: UUID) -> UploadView:
    """Give an upload up before anybody was referred, also while it is checked; nothing of its file is kept."""
    return UploadView.of(await discard(parts, upload_id))


async def confirm(parts: Parts, upload_id: UUID, by: str, ticked: Sequence[Kind] = ()) -> Upload:
    """Let the worker refer what is right. Raises UploadUnknown, NotToBeDone."""
    async with parts.database.connection() as db:
        confirmed = await uploads.confirm(db, upload_id, by, parts.clock.now(), sorted({each.value for each in ticked}))
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


async def take_once_more(parts: Parts, upload_id: UUID, as_of: date, by: str) -> tuple[Upload, bool]:
    """The list as of another day, and whether it had come as of that. Raises UploadUnknown, NotToBeTakenAgain."""
    before, now = await find(parts, upload_id), parts.clock.now()
    if before.stage in {Stage.RECEIVING, Stage.DISCARDED}:
        raise NotToBeTakenAgain(stage=before.stage.value)
    terms = with_rules(lambda: UploadTerms.of(before, as_of, now))
    taken_as, again = await take_again(parts, before, terms.upload(before.kind, by, now))
    return await find(parts, taken_as), again


def _dated(terms: UploadTerms, now: datetime) -> UploadTerms:
    return with_rules(lambda: UploadTerms.said(terms.model_dump(exclude_unset=True), now))


def with_rules(made: Callable[[], UploadTerms]) -> UploadTerms:
    """The terms; the rules that they break are told as those of a request. Raises RequestValidationError."""
    try:
        return made()
    except ValidationError as why:
        raise RequestValidationError(why.errors()) from None


def _taken(upload: Upload, *, again: bool) -> JSONResponse:
    view = UploadView.of(upload, again=again)
    return JSONResponse(view.model_dump(mode="json"), HTTPStatus.OK if again else HTTPStatus.CREATED)
