"""Proposals of who takes whose place, as a page and as JSON; a coordinator approves each by a command."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from carebus.deciding.commands import Answer
from carebus.errors import CarebusError
from carebus.storage.database import Connection
from carebus.web import Form, LimitedRoute
from carebus.web.http import Parts, PartsOf, asked_by, saw
from carebus.web.links import at
from services.care_plan.api import acts, forms, words
from services.care_plan.api.episode.commands import ACTS
from services.care_plan.api.team.standing import stand_ins
from services.care_plan.store import proposals as store

router = APIRouter(route_class=LimitedRoute)


class ProposalUnknown(CarebusError):
    """This proposal is no more: it was approved, or the roster has changed since. Look at those that there are."""

    status = HTTPStatus.NOT_FOUND


@router.get("/api/proposals")
async def proposals(request: Request, parts: PartsOf) -> dict[str, Any]:
    async with parts.database.connection() as db:
        items = await store.listed(db)
    saw(request, dict.fromkeys(item["patient_id"] for item in items))
    return {"items": items}


@router.get("/proposals")
async def page(request: Request, parts: PartsOf, done: str = "") -> HTMLResponse:
    return await _page(request, parts, forms.blank({}), done=done)


@router.post("/proposals/{proposal_id}")
async def approve(request: Request, proposal_id: UUID, parts: PartsOf) -> Response:
    sent = await request.form()
    async with parts.database.connection() as db:
        found = await store.proposal(db, proposal_id)
    try:
        if found is None or found["joins"] is None:
            raise ProposalUnknown
        await _arrange(request, parts, found, forms.key_of(sent))
    except CarebusError as why:
        return await _page(request, parts, forms.refused(Form.typed(sent), why), why.status)
    return RedirectResponse(at(request, "/proposals?done=1"), HTTPStatus.SEE_OTHER)


async def _arrange(request: Request, parts: Parts, found: dict[str, Any], key: str) -> None:
    """The change is arranged, and the proposal gone, in one transaction."""

    async def forget(db: Connection, _: Answer) -> None:
        await store.forget(db, found["proposal_id"])

    body = {name: found[name] for name in ("joins", "leaves", "from_day", "until", "reason")}
    said = {**body, "why": found["because"][:500]}
    await acts.perform(parts, ACTS["arrange-team"], found["patient_id"], said, asked_by(request, key), also=forget)


async def _page(
    request: Request, parts: Parts, form: Form, status: int = HTTPStatus.OK, done: str = ""
) -> HTMLResponse:
    async with parts.database.connection() as db:
        rows = await store.listed(db)
        arranged = await store.arranged(db)
    approved = [(row, stand_ins(changes)) for row, changes in arranged]
    saw(request, dict.fromkeys(row["patient_id"] for row in [*rows, *(row for row, _ in arranged)]))
    return parts.pages.render(
        request, "proposals.html", status, rows=rows, approved=approved, done=done, form=form, words=words
    )
