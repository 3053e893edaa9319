"""The caseload as a page, and looking for somebody in it by name or birth date."""

from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from carebus.contracts.care_plan import Phase
from carebus.contracts.people import Condition, Role
from carebus.web import Form, LimitedRoute, act_forms
from carebus.web.http import Parts, PartsOf, cares_for, own_only, saw
from services.care_plan.api import words
from services.care_plan.api.episode import outside
from services.care_plan.store import episode as store
from services.care_plan.store import team
from services.care_plan.store.episode import Show, Wanted

router = APIRouter(default_response_class=HTMLResponse, route_class=LimitedRoute)

PAGE = 50
LAST_PAGE = 10_000
_PAGE_DIGITS = 8
SOUGHT_LABELS = {"named": "Name", "born": "Birth date"}

E = TypeVar("E", bound=StrEnum)


class Sought(BaseModel):
    """Who is looked for, by parts of a name, a birth date, or both."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    named: Annotated[str, Field(max_length=200)] = ""
    born: date | None = None


@router.get("/")
async def caseload(request: Request, parts: PartsOf) -> Response:
    asked = dict(request.query_params)
    if not cares_for(request):
        return await outside.people_page(request, parts, _page(asked), PAGE)
    return await _list(request, parts, asked)


@router.post("/find")
async def find(request: Request, parts: PartsOf) -> Response:
    """Who has this name or birth date, also of those who left care. By POST: a name never stands in an address."""
    sent = await request.form(max_files=0)
    form = Form.typed(sent, SOUGHT_LABELS)
    try:
        sought = Sought.model_validate(act_forms.body(sent))
    except ValidationError as why:
        return await _list(request, parts, {}, form=form.refused(why), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    wanted = Wanted(due_by=parts.clock.now(), named=sought.named, born=sought.born)
    return await _list(request, parts, {}, form=form, wanted=wanted)


async def _list(
    request: Request,
    parts: Parts,
    asked: dict[str, str],
    *,
    form: Form | None = None,
    wanted: Wanted | None = None,
    status: int = HTTPStatus.OK,
) -> Response:
    now, page = parts.clock.now(), _page(asked)
    shown = replace(wanted or _wanted(asked, now), seen_by=own_only(request))
    async with parts.database.connection() as db:
        rows = await store.caseload(db, shown, limit=PAGE, offset=(page - 1) * PAGE)
        found = await store.caseload_count(db, shown)
        counts = await store.counts(db, now, shown.seen_by)
        members = [one.clinician for one in await team.clinicians(db)]
    saw(request, [row["patient_id"] for row in rows])
    kept = {name: value for name, value in asked.items() if name != "page" and value}
    return parts.pages.render(
        request,
        "caseload.html",
        status,
        form=form or Form.blank(SOUGHT_LABELS, **kept),
        rows=rows,
        found=found,
        counts=counts,
        now=now,
        page=page,
        pages=-(-found // PAGE),
        path="?" + urlencode([*kept.items(), ("page", "")]),
        narrowed=bool(kept),
        sought=wanted is not None,
        primaries=[(member.clinician_id, member.name) for member in members if member.role is Role.NURSE],
        words=words,
    )


def _wanted(asked: dict[str, str], now: datetime) -> Wanted:
    return Wanted(
        due_by=now,
        show=_one_of(Show, asked.get("show")),
        phase=_one_of(Phase, asked.get("phase")),
        condition=_one_of(Condition, asked.get("condition")),
        clinician_id=_id(asked.get("clinician")),
    )


def _one_of(kind: type[E], text: str | None) -> E | None:
    return kind(text) if text in list(kind) else None


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


def _page(asked: dict[str, str]) -> int:
    text = asked.get("page", "")
    return min(max(1, int(text)), LAST_PAGE) if text.isascii() and text.isdigit() and len(text) <= _PAGE_DIGITS else 1
