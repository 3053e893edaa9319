"""`AuditEvent` of FHIR R4, searched by patient, date and agent; made on demand, stored nowhere."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from carebus.errors import CarebusError
from carebus.web.http import PartsOf
from carebus.web.signing_in import outside
from services.audit import store
from services.audit.api.asking import LONGEST, following, found, note
from services.audit.domain.fhir import audit_event, bundle
from services.audit.settings import MOST, PAGE
from services.audit.store import Wanted

router = APIRouter(prefix="/fhir")

MEDIA_TYPE = "application/fhir+json"


class DateUnreadable(CarebusError):
    """Give `date` as FHIR has it: a day or a time, with ge or lt before it."""

    status = 422
    field = "date"


class NoSuchEvent(CarebusError):
    """There is no audit event of this id."""

    status = 404


@router.get("/AuditEvent")
async def search(
    request: Request,
    parts: PartsOf,
    patient: Annotated[UUID | None, Query()] = None,
    agent: Annotated[str | None, Query(max_length=LONGEST)] = None,
    date: Annotated[list[str] | None, Query(max_length=2)] = None,
    count: Annotated[int, Query(alias="_count", ge=1, le=MOST)] = PAGE,
    after: Annotated[str | None, Query(max_length=LONGEST)] = None,
) -> JSONResponse:
    """A page of events, newest first. `date` may come twice: ge and lt; a day alone is that day in UTC."""
    since, until = _span(date or [])
    wanted = Wanted(patient=patient, who=agent, since=since, until=until)
    rows, place = await found(request, parts, wanted, after, count)
    here = f"{outside(request, parts)}{request.url.path}"
    asked = f"?{request.url.query}" if request.url.query else ""
    further = following(request, place)
    return _answer(bundle(rows, f"{here}{asked}", f"{here}{further}" if further else None))


@router.get("/AuditEvent/{row_id}")
async def read(request: Request, parts: PartsOf, row_id: UUID) -> JSONResponse:
    """One event."""
    async with parts.database.connection() as db:
        row = await store.row(db, row_id)
    if row is None:
        raise NoSuchEvent
    note(request, [row])
    return _answer(audit_event(row))


def _answer(body: dict[str, Any]) -> JSONResponse:
    return JSONResponse(body, media_type=MEDIA_TYPE)


def _span(dates: list[str]) -> tuple[datetime | None, datetime | None]:
    """From when and until when. Raises DateUnreadable."""
    since = until = None
    for text in dates:
        prefix, said = (text[:2], text[2:]) if text[:2].isalpha() else ("eq", text)
        at = _moment(said)
        if prefix in {"ge", "eq"}:
            since = at
        if prefix == "lt":
            until = at
        elif prefix == "eq":
            until = at + (timedelta(days=1) if "T" not in said else timedelta(seconds=1))
        elif prefix != "ge":
            raise DateUnreadable
    return since, until


def _moment(said: str) -> datetime:
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        raise DateUnreadable from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
