"""The pages of uploads: send a list, see what is wrong with it, confirm it, watch it, download the result."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError
from starlette.datastructures import UploadFile

from carebus.errors import CarebusError
from carebus.web import Form, LimitedRoute, body_of, errors_of
from carebus.web.http import Parts, PartsOf, asked_by
from carebus.web.links import at
from services.referral.api import words
from services.referral.api.uploads.lists import UploadRoute, confirm, discard, take_once_more
from services.referral.api.uploads.preview import Preview, badge_of
from services.referral.api.uploads.results import find
from services.referral.api.uploads.views import Again, Confirmed, UploadTerms
from services.referral.channels.uploads.checking import CSV, NDJSON
from services.referral.channels.uploads.files import FileUnreadable
from services.referral.channels.uploads.taking import take_in
from services.referral.domain.deadlines.business_time import EASTERN
from services.referral.domain.referring.senders import Kind
from services.referral.domain.uploads import COLUMNS, MOST_ROWS, stated_at
from services.referral.store.uploads import files as uploads
from services.referral.store.uploads import telling
from services.referral.store.uploads.files import Upload
from services.referral.store.uploads.telling import Said

files = APIRouter(include_in_schema=False, route_class=UploadRoute)
router = APIRouter(include_in_schema=False, route_class=LimitedRoute)

PIECE = 256 * 1024
FIRST_ROWS = 20
LABELS = {
    "plan": "Health plan",
    "coverage": "Coverage of these members",
    "email": "E-mail for questions",
    "phone": "Phone for questions",
    "encoding": "How the file is written",
    "as_of": "List as of",
    "file": "The list",
}
CHANGES = {
    Kind.PERSON: "Who the person is: name, date of birth, sex",
    Kind.REACH: "Addresses, phones and e-mails",
    Kind.CONSENT: "Whether a loved one may be told",
    Kind.COVERAGE: "Coverage",
    Kind.DEATH: "Date of death",
    Kind.LOWER_URGENCY: "From urgent to routine",
    Kind.WITHDRAWAL: "Referrals that are taken back",
    Kind.CLINICAL: "Diagnoses, facts, services, notes, or more urgent",
}
"""What a list may change of people who are known here; what is clinical counts at once."""
OUTCOMES = {
    "received": "received",
    "amended": "amended",
    "received_before": "received before",
    "older": "older than what stands",
    "held": "waiting for the office",
    "noted": "noted",
    "conflict": "about somebody else than the number",
    "not_received": "not received",
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
            now = parts.clock.now()
            terms = UploadTerms.said(body_of(sent), now)
            first = await file.read(64)
            await file.seek(0)
            kind = NDJSON if first.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{" else CSV
            made = terms.upload(kind, asked_by(request, None).caller.by, now)
            upload_id, again = await take_in(parts, made, _pieces(file))
        except ValidationError as why:
            return await _page(request, parts, form.refused(why), HTTPStatus.UNPROCESSABLE_ENTITY)
        except FileUnreadable as why:
            return await _page(request, parts, form.refused({"file": str(why)}), why.status)
    return RedirectResponse(at(request, f"/uploads/{upload_id}{'?again=1' if again else ''}"), HTTPStatus.SEE_OTHER)


@router.get("/uploads/{upload_id}")
async def one(request: Request, parts: PartsOf, upload_id: UUID, *, again: bool = False) -> HTMLResponse:
    """An upload: what is wrong with it, how far it is, and its result."""
    return await _one(request, parts, upload_id, again=again)


@router.post("/uploads/{upload_id}/confirm")
async def post_confirm(request: Request, parts: PartsOf, upload_id: UUID) -> Response:
    """Refer everybody whose row is right, with the kinds of changes that are ticked."""
    try:
        ticked = Confirmed.model_validate(body_of(await request.form(), many=["ticked"])).ticked
        await confirm(parts, upload_id, asked_by(request, None).caller.by, ticked)
    except ValidationError as why:
        return await _one(request, parts, upload_id, HTTPStatus.UNPROCESSABLE_ENTITY, refusal=_said(why))
    except CarebusError as why:
        return await _refused(request, parts, upload_id, why)
    return RedirectResponse(at(request, f"/uploads/{upload_id}"), HTTPStatus.SEE_OTHER)


@router.post("/uploads/{upload_id}/discard")
async def post_discard(request: Request, parts: PartsOf, upload_id: UUID) -> Response:
    """Give the upload up."""
    try:
        await discard(parts, upload_id)
    except CarebusError as why:
        return await _refused(request, parts, upload_id, why)
    return RedirectResponse(at(request, "/uploads"), HTTPStatus.SEE_OTHER)


@router.post("/uploads/{upload_id}/again")
async def post_again(request: Request, parts: PartsOf, upload_id: UUID) -> Response:
    """Take the list once more, as of a later day."""
    try:
        as_of = Again.model_validate(body_of(await request.form())).as_of
        taken, before = await take_once_more(parts, upload_id, as_of, asked_by(request, None).caller.by)
    except (ValidationError, RequestValidationError) as why:
        return await _one(request, parts, upload_id, HTTPStatus.UNPROCESSABLE_ENTITY, refusal=_said(why))
    except CarebusError as why:
        return await _refused(request, parts, upload_id, why)
    return RedirectResponse(
        at(request, f"/uploads/{taken.upload_id}{'?again=1' if before else ''}"), HTTPStatus.SEE_OTHER
    )


def _said(why: ValidationError | RequestValidationError) -> str:
    """The rules that a form breaks, each with the field as the page calls it."""
    return " ".join(f"{LABELS.get(name, name)}: {rule}" for name, rule in errors_of(why).items())


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
        "most_rows": MOST_ROWS,
        "today": parts.clock.now().astimezone(EASTERN).date(),
        "payers": words.PAYERS,
        "encodings": ENCODINGS,
        "badge_of": badge_of,
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
    found = _Found() if upload.stage.going else await _found(parts, upload_id)
    told: dict[str, Any] = {
        "upload": upload,
        "found": found,
        "badge_of": badge_of,
        "preview": Preview.of(upload),
        "changes": _changes(upload),
        "ticked": [about for kind, about in CHANGES.items() if kind.value in upload.ticked],
        "outcomes": OUTCOMES,
        "most_rows": MOST_ROWS,
        "today": parts.clock.now().astimezone(EASTERN).date(),
        "stated_at": stated_at(upload.as_of, upload.received_at),
    }
    return parts.pages.render(request, "upload.html", status, again=again, refusal=refusal, words=words, **told)


@dataclass(frozen=True, slots=True)
class _Found:
    """What is told of the rows of a list: too much to count with every look at what goes on."""

    rules: Sequence[Said] = ()
    first: Sequence[Said] = ()
    notes: Sequence[Said] = ()
    outcomes: Sequence[tuple[str, int]] = ()


async def _found(parts: Parts, upload_id: UUID) -> _Found:
    async with parts.database.connection() as db:
        rules = await telling.problem_counts(db, upload_id)
        first = await telling.problems(db, upload_id, FIRST_ROWS)
        notes = await telling.note_counts(db, upload_id)
        outcomes = await telling.outcome_counts(db, upload_id)
    return _Found(rules, first[:FIRST_ROWS], notes, outcomes)


def _changes(upload: Upload) -> list[tuple[Kind, str, int]]:
    """What rows would change of people who are known here, by kind, in words."""
    return [(kind, CHANGES[kind], upload.changes[kind.value]) for kind in CHANGES if upload.changes.get(kind.value)]


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(PIECE):
        yield piece
