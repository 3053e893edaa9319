"""A document comes in with its file: from a form, or as a program sends it. Nothing half stays."""

from http import HTTPStatus
from typing import Any, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile

from carebus.contracts.event import patient_stream
from carebus.deciding.commands import Answer, Asked
from carebus.decisions import on
from carebus.errors import CarebusError
from carebus.storage.database import Connection
from carebus.web import Form, act_forms
from carebus.web.http import Parts, PartsOf, asked_by, caller_of
from carebus.web.limits import StreamedRoute
from carebus.web.links import at
from services.wishes.api.acts import command_of, known, made_by, name_of, replying
from services.wishes.api.patient import LABELS, page, typed
from services.wishes.channels.files.drawing import Drawn, draw, place
from services.wishes.domain.documents import filing
from services.wishes.domain.documents.files import MOST_BYTES, kind_of
from services.wishes.domain.documents.filing import FileDocument
from services.wishes.domain.wishes import Wishes
from services.wishes.settings import Settings
from services.wishes.store import files
from services.wishes.store.files import Received
from services.wishes.store.sealing import seal_of

router = APIRouter(default_response_class=HTMLResponse, route_class=StreamedRoute)
api = APIRouter(prefix="/api", route_class=StreamedRoute)

FILE = on(Wishes, filing.file_document)
ACT = "documents"
FIRST_PAGES = 3
"""So many are drawn at once, so that the document opens without waiting; others when somebody turns to them."""


class NoFile(CarebusError):
    """Choose the file of the document."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class Opened(NamedTuple):
    """A file that was received, opened and drawn, and is not kept yet."""

    received: Received
    drawn: Drawn


@router.post("/patients/{patient_id}/documents")
async def file(request: Request, patient_id: UUID, parts: PartsOf) -> Response:
    async with request.form(max_files=1, max_fields=40) as sent:
        form = Form.typed(sent, LABELS)
        try:
            await take_in(request, parts, patient_id, sent)
        except (ValidationError, RequestValidationError) as why:
            return await page(request, parts, patient_id, ACT, form.refused(why), HTTPStatus.UNPROCESSABLE_ENTITY)
        except CarebusError as why:
            return await page(request, parts, patient_id, ACT, _refused(form, why), why.status)
    return RedirectResponse(at(request, f"/patients/{patient_id}#documents"), HTTPStatus.SEE_OTHER)


@api.post("/patients/{patient_id}/documents")
async def send(request: Request, patient_id: UUID, parts: PartsOf) -> JSONResponse:
    """The same for programs: multipart/form-data, with the fields of the form."""
    async with request.form(max_files=1, max_fields=40) as sent:
        answer = await take_in(request, parts, patient_id, sent)
    return JSONResponse(answer.body, answer.status)


async def take_in(request: Request, parts: Parts, patient_id: UUID, sent: FormData) -> Answer:
    """Open the file, decide, and keep both in one transaction: an upload that breaks off leaves nothing."""
    assert isinstance(parts.settings, Settings)
    async with parts.database.connection() as db:
        (await known(db, patient_id)).require_open()
    asked = asked_by(request, request.headers.get("idempotency-key") or act_forms.key_of(sent))
    made = {"by": name_of(caller_of(request)), "document_id": made_by(asked, ACT), "file_id": made_by(asked, "file")}
    command = command_of(FileDocument, {**typed(sent), **made})
    assert isinstance(command, FileDocument)
    async with place():
        opened = await _opened(sent.get("file"), command, patient_id)
        return await _keep(parts, opened, command, asked)


async def _keep(parts: Parts, opened: Opened, command: FileDocument, asked: Asked) -> Answer:
    assert isinstance(parts.settings, Settings)
    received, drawn, now = opened.received, opened.drawn, parts.clock.now()
    seal, patient_id = seal_of(parts.settings), received.patient_id

    async def keep(db: Connection, _: Answer) -> None:
        await files.keep(db, seal, received, drawn.images, now)

    seen = {"pages": drawn.pages, "may_miss_pages": drawn.may_miss_pages}
    sound, stream = command.model_copy(update=seen), patient_stream(patient_id)
    return await parts.commands.perform(FILE, stream, sound, asked, replying(patient_id), also=keep)


async def _opened(upload: Any, command: FileDocument, patient_id: UUID) -> Opened:
    """Raises NoFile, and what is wrong with the file."""
    if not isinstance(upload, UploadFile) or not upload.filename:
        raise NoFile(field="file")
    content = await upload.read(MOST_BYTES + 1)
    kind = kind_of(content)
    drawn = await draw(content, kind, 1, FIRST_PAGES)
    assert command.file_id is not None, "it was given one"
    return Opened(Received(command.file_id, command.document_id, patient_id, kind, content), drawn)


def _refused(form: Form, why: CarebusError) -> Form:
    """At its field: a topic's answer is typed as `says.<topic>`."""
    field = why.field or ""
    return form.refused({f"says.{field}" if f"says.{field}" in LABELS else field: str(why)})
