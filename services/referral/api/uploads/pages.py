"""The pages of uploads: send a list, see what is wrong with it, confirm it, watch it, download the result."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError
from starlette.datastructures import UploadFile

from carebus.errors import CarebusError
from carebus.web import Form, LimitedRoute, body_of
from carebus.web.http import Parts, PartsOf, asked_by
from services.referral.api import words
from services.referral.api.uploads.lists import StreamedRoute, confirm, discard, find
from services.referral.api.uploads.views import UploadTerms
from services.referral.channels.uploads.checking import CSV, NDJSON
from services.referral.channels.uploads.files import FileUnreadable
from services.referral.channels.uploads.taking import take_in
from services.referral.domain.uploads import COLUMNS
from services.referral.store.uploads import files as uploads
from services.referral.store.uploads import rows as upload_rows
from services.referral.store.uploads.rows import Said

files = APIRouter(include_in_schema=False, route_class=StreamedRoute)
router = APIRouter(include_in_schema=False, route_class=LimitedRoute)

PIECE = 256 * 1024
FIRST_ROWS = 20
LABELS = {
    "plan": "Health plan",
    "coverage": "Coverage of these members",
    "email": "E-mail for questions",
    "phone": "Phone for questions",
    "encoding": "How the file is written",
    "file": "The list",
}
ENCODINGS = [("", "UTF-8, as most programs write it"), ("windows-1252", "Windows-1252, as older versions of Excel do")]


@router.get("/uploads")
async def blank(request: Request, parts: PartsOf) -> HTMLResponse:
    """The form, and the lists that came before."""
    return await _page(request, parts, Form.blank(LABELS, coverage="medicare"))


@files.post("/uploads")
async def send(request: Request, parts: PartsOf) -> Response:
    """Take a list in, and go to what was found in it."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await _page(
            request,
            parts,
            Form.blank(LABELS).refused({"file": "Choose a file that is not empty."}),
            HTTPStatus.UNPROCESSABLE_ENTITY,
        )
    async with request.form(max_files=1, max_fields=10) as sent:
        form, file = Form.typed(sent, LABELS), sent.get("file")
        if not isinstance(file, UploadFile) or not file.size:
            return await _page(
                request,
                parts,
                form.refused({"file": "Choose a file that is not empty."}),
                HTTPStatus.UNPROCESSABLE_ENTITY,
            )
        try:
            terms = UploadTerms.model_validate(body_of(sent))
            first = await file.read(64)
            await file.seek(0)
            kind = NDJSON if first.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{" else CSV
            made = terms.upload(kind, asked_by(request, None).actor, parts.clock.now())
            upload_id, again = await take_in(parts, made, _pieces(file))
        except ValidationError as why:
            return await _page(request, parts, form.refused(why), HTTPStatus.UNPROCESSABLE_ENTITY)
        except FileUnreadable as why:
            return await _page(request, parts, form.refused({"file": str(why)}), why.status)
    return RedirectResponse(f"/uploads/{upload_id}{'?again=1' if again else ''}", HTTPStatus.SEE_OTHER)


@router.get("/uploads/{upload_id}")
async def one(request: Request, parts: PartsOf, upload_id: UUID, *, again: bool = False) -> HTMLResponse:
    """An upload: what is wrong with it, how far it is, and its result."""
    return await _one(request, parts, upload_id, again=again)


@router.post("/uploads/{upload_id}/confirm")
async def post_confirm(request: Request, parts: PartsOf, upload_id: UUID) -> Response:
    """Refer everybody whose row is right."""
    try:
        await confirm(parts, upload_id, asked_by(request, None).actor)
    except CarebusError as why:
        return await _refused(request, parts, upload_id, why)
    return RedirectResponse(f"/uploads/{upload_id}", HTTPStatus.SEE_OTHER)


@router.post("/uploads/{upload_id}/discard")
async def post_discard(request: Request, parts: PartsOf, upload_id: UUID) -> Response:
    """Give the upload up."""
    try:
        await discard(parts, upload_id)
    except CarebusError as why:
        return await _refused(request, parts, upload_id, why)
    return RedirectResponse("/uploads", HTTPStatus.SEE_OTHER)


async def _refused(request: Request, parts: Parts, upload_id: UUID, why: CarebusError) -> HTMLResponse:
    if why.status in {HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE}:
        raise why
    return await _one(request, parts, upload_id, why.status, refusal=str(why))


async def _page(request: Request, parts: Parts, form: Form, status: int = HTTPStatus.OK) -> HTMLResponse:
    async with parts.database.connection() as db:
        before = await uploads.uploads(db, 20)
    told: dict[str, Any] = {
        "before": before,
        "columns": COLUMNS,
        "payers": words.PAYERS,
        "encodings": ENCODINGS,
        "stages": words.STAGES,
    }
    return parts.pages.render(request, "uploads.html", status, form=form, **told)


async def _one(
    request: Request,
    parts: Parts,
    upload_id: UUID,
    status: int = HTTPStatus.OK,
    *,
    again: bool = False,
    refusal: str = "",
) -> HTMLResponse:
    upload = await find(parts, upload_id)
    rules, first = ([], []) if upload.stage.going else await _wrong(parts, upload_id)
    told: dict[str, Any] = {"upload": upload, "rules": rules, "first": first, "stages": words.STAGES}
    return parts.pages.render(request, "upload.html", status, again=again, refusal=refusal, words=words, **told)


async def _wrong(parts: Parts, upload_id: UUID) -> tuple[list[Said], list[Said]]:
    """The rules that rows break, and the first rows that do: too much to count with every look at what goes on."""
    async with parts.database.connection() as db:
        rules = await upload_rows.problem_counts(db, upload_id)
        first = await upload_rows.problems(db, upload_id, FIRST_ROWS)
    return rules, first[:FIRST_ROWS]


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(PIECE):
        yield piece
