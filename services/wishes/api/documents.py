"""A document's page: its orders in words, its pages as they look, and what can become of it. Each look is on record."""

from http import HTTPStatus
from typing import Any, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, ValidationError

from carebus.contracts.audit import AuditKind
from carebus.contracts.event import patient_stream
from carebus.contracts.wishes import CHOICES, MovedBecause
from carebus.deciding.commands import Answer, Step
from carebus.decisions import on
from carebus.errors import CarebusError
from carebus.storage.database import Connection
from carebus.web import Form, LimitedRoute, act_forms
from carebus.web.http import Parts, PartsOf, asked_by, caller_of, saw
from carebus.web.links import at
from services.wishes.access import deciding, moving
from services.wishes.access import filing as may_file
from services.wishes.api import acts, words
from services.wishes.api.acts import ACTS, OF_DOCUMENT, known, made_by, name_of, replying
from services.wishes.api.heading import banner
from services.wishes.api.patient import LABELS, typed
from services.wishes.channels.files.drawing import draw, place
from services.wishes.domain.documents import filing, standing
from services.wishes.domain.documents.document import DocumentUnknown
from services.wishes.domain.documents.files import ENDINGS
from services.wishes.domain.documents.filing import FileDocument
from services.wishes.domain.documents.standing import Because, TakeOut
from services.wishes.domain.wishes import Wishes
from services.wishes.settings import Settings
from services.wishes.store import documents as store
from services.wishes.store import files
from services.wishes.store.documents import Filed
from services.wishes.store.sealing import Bound, Seal, seal_of

router = APIRouter(prefix="/documents", default_response_class=HTMLResponse, route_class=LimitedRoute)

TAKE_OUT = on(Wishes, standing.take_out)
TAKE_IN = on(Wishes, filing.file_document)
DRAWN_AHEAD = 5
"""With a page that was not drawn yet, so many that follow are."""
PICTURE = {"Cache-Control": "no-store", "Content-Disposition": "inline"}


class Look(NamedTuple):
    """How a document is shown, and what the record says of it; "" where it was shown just before."""

    how: str
    template: str


OPENED, PRINTED, AGAIN = Look("opened", "document.html"), Look("printed", "print.html"), Look("", "document.html")


class NotClean(CarebusError):
    """The original can be taken away once a scanner has found nothing in it. Its pages can be looked at and printed."""

    status = HTTPStatus.CONFLICT


class TheirsAlready(CarebusError):
    """It is this patient's already. Name whose it is."""

    status = HTTPStatus.CONFLICT


class Moved(BaseModel):
    """Whose document it is, and why it stood here."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    patient_id: UUID
    version: int
    because: Because


@router.get("/{document_id}")
async def viewer(request: Request, document_id: UUID, parts: PartsOf) -> Response:
    return await _page(request, parts, document_id, "", act_forms.blank(LABELS), look=OPENED)


@router.get("/{document_id}/print")
async def printed(request: Request, document_id: UUID, parts: PartsOf) -> Response:
    """All pages, for paper."""
    return await _page(request, parts, document_id, "", act_forms.blank(LABELS), look=PRINTED)


@router.get("/{document_id}/pages/{page}")
async def picture(request: Request, document_id: UUID, page: int, parts: PartsOf) -> Response:
    """A page as it looks; drawn now where nobody has turned to it yet."""
    filed = await _filed(parts, document_id)
    saw(request, [filed.patient_id])
    file_id = filed.document.file_id
    if file_id is None or not 1 <= page <= (filed.document.pages or 0):
        raise DocumentUnknown
    seal = _seal(parts)
    async with parts.database.connection() as db:
        found = await files.read_page(db, seal, file_id, page)
    return Response(found or await _drawn(parts, file_id, page), media_type="image/jpeg", headers=PICTURE)


@router.get("/{document_id}/original")
async def original(request: Request, document_id: UUID, parts: PartsOf) -> Response:
    """The file as it came, to take away, once it is clean."""
    filed = await _filed(parts, document_id)
    saw(request, [filed.patient_id], AuditKind.EXPORT)
    file_id = filed.document.file_id
    async with parts.database.transaction() as db:
        about = await files.about(db, file_id) if file_id else None
        if about is None:
            raise DocumentUnknown
        if not about.is_clean:
            raise NotClean
        content = await files.read(db, _seal(parts), about.file_id)
        await store.used(db, filed, parts.clock.now(), name_of(caller_of(request)), "downloaded")
    name = f'attachment; filename="document.{ENDINGS[about.media_type]}"'
    return Response(content, media_type=about.media_type, headers={"Content-Disposition": name, **_KEPT_NOWHERE})


@router.post("/{document_id}/move")
async def move(request: Request, document_id: UUID, parts: PartsOf) -> Response:
    """It becomes another patient's: out here and in there by one command, and its file is bound anew."""
    sent = await request.form(max_files=0)
    form = Form.typed(sent, {**LABELS, "patient_id": "Whose it is"})
    filed = await _filed(parts, document_id)
    try:
        moved = Moved.model_validate(act_forms.body(sent))
        await _move(request, parts, filed, moved, act_forms.key_of(sent))
    except ValidationError as why:
        return await _page(request, parts, document_id, "move", form.refused(why), status=422)
    except CarebusError as why:
        return await _page(request, parts, document_id, "move", act_forms.refused(form, why), status=why.status)
    return RedirectResponse(at(request, f"/patients/{moved.patient_id}#documents"), HTTPStatus.SEE_OTHER)


@router.post("/{document_id}/{act}")
async def perform(request: Request, document_id: UUID, act: str, parts: PartsOf) -> Response:
    if act not in OF_DOCUMENT:
        raise DocumentUnknown
    sent = await request.form(max_files=0)
    form, filed = Form.typed(sent, LABELS), await _filed(parts, document_id)
    try:
        body = ACTS[act].body.model_validate({**typed(sent), "document_id": document_id})
        asked = asked_by(request, act_forms.key_of(sent))
        given = body.model_dump(exclude_unset=True)
        await acts.perform(parts, ACTS[act], filed.patient_id, given, caller_of(request), asked)
    except (ValidationError, RequestValidationError) as why:
        return await _page(request, parts, document_id, act, form.refused(why), status=422)
    except CarebusError as why:
        return await _page(request, parts, document_id, act, act_forms.refused(form, why), status=why.status)
    return RedirectResponse(at(request, f"/documents/{document_id}"), HTTPStatus.SEE_OTHER)


async def _move(request: Request, parts: Parts, filed: Filed, moved: Moved, key: str) -> None:
    if moved.patient_id == filed.patient_id:
        raise TheirsAlready(field="patient_id")
    asked, by, document = asked_by(request, key), name_of(caller_of(request)), filed.document
    new_id, file_id = made_by(asked, "document"), made_by(asked, "file") if document.file_id else None
    taken = {"document_id": new_id, "file_id": file_id, "by": by, "moved": MovedBecause.WRONG_PATIENT}
    kept = document.model_dump(include=set(FileDocument.model_fields) - {*taken, "replaces"})
    steps: list[Step] = [
        (TAKE_OUT, patient_stream(filed.patient_id), _out(document.document_id, moved, by)),
        (TAKE_IN, patient_stream(moved.patient_id), FileDocument.model_validate({**kept, **taken})),
    ]

    async def rebind(db: Connection, _: Answer) -> None:
        if document.file_id and file_id:
            await files.move(db, _seal(parts), document.file_id, file_id, Bound(new_id, moved.patient_id))

    await parts.commands.perform_in_turn(steps, asked, replying(moved.patient_id), also=rebind)


def _out(document_id: UUID, moved: Moved, by: str) -> TakeOut:
    return TakeOut(document_id=document_id, version=moved.version, because=moved.because, by=by)


async def _drawn(parts: Parts, file_id: UUID, page: int) -> bytes:
    """Drawn now, with a few that follow. Raises DocumentUnknown."""
    seal = _seal(parts)
    async with place():
        async with parts.database.connection() as db:
            about, content = await files.about(db, file_id), await files.read(db, seal, file_id)
        if about is None or content is None:
            raise DocumentUnknown
        drawn = await draw(content, about.media_type, page, page + DRAWN_AHEAD)
    async with parts.database.transaction() as db:
        bound = Bound(about.document_id, about.patient_id)
        await files.keep_pages(db, seal, file_id, bound, page, drawn.images)
    return drawn.images[0]


async def _page(
    request: Request,
    parts: Parts,
    document_id: UUID,
    act: str,
    form: Form,
    *,
    status: int = HTTPStatus.OK,
    look: Look = AGAIN,
) -> HTMLResponse:
    filed, caller = await _filed(parts, document_id), caller_of(request)
    saw(request, [filed.patient_id])
    async with parts.database.transaction() as db:
        wishes = await known(db, filed.patient_id)
        about = await files.about(db, filed.document.file_id) if filed.document.file_id else None
        if look.how:
            await store.used(db, filed, parts.clock.now(), name_of(caller), look.how)
        uses = await store.uses(db, document_id)
    may = {"decide": deciding.admits(caller), "file": may_file.admits(caller), "move": moving.admits(caller)}
    shown: dict[str, Any] = {"document": filed.document, "patient_id": filed.patient_id, "wishes": wishes}
    return parts.pages.render(
        request,
        look.template,
        status,
        **shown,
        about=about,
        uses=uses,
        banner=banner(wishes, filed.patient_id, parts.clock.now()),
        act=act,
        form=form,
        said=_said(form, filed),
        may=may,
        choices=CHOICES,
        words=words,
    )


def _said(form: Form, filed: Filed) -> Form:
    """The form of what a document says, with what it says now."""
    says = {f"says.{one.topic}": (one.choice.value,) for one in filed.document.statements}
    dates: dict[str, Any] = {
        name: (day.isoformat(),) for name in ("signed_on", "effective_on") if (day := getattr(filed.document, name))
    }
    return Form({**says, **dates, **form.values}, form.errors, form.labels)


async def _filed(parts: Parts, document_id: UUID) -> Filed:
    async with parts.database.connection() as db:
        found = await store.document_of(db, document_id)
    if found is None:
        raise DocumentUnknown
    return found


def _seal(parts: Parts) -> Seal:
    assert isinstance(parts.settings, Settings)
    return seal_of(parts.settings)


_KEPT_NOWHERE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
