"""Proposals of who takes whose place, as a page and as JSON; a coordinator approves or declines each."""

from datetime import date, timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from carebus.deciding.commands import Answer
from carebus.errors import CarebusError
from carebus.storage.database import Connection
from carebus.web import Form, LimitedRoute, act_forms
from carebus.web.http import Parts, PartsOf, asked_by, caller_of, saw
from carebus.web.links import at
from services.care_plan.api import acts, words
from services.care_plan.api.episode.commands import ACTS
from services.care_plan.api.team.standing import stand_ins
from services.care_plan.domain.team.joining import ClinicianUnknown
from services.care_plan.store import proposals as store
from services.care_plan.store import team

router = APIRouter(route_class=LimitedRoute)

ASKED_AGAIN_AFTER = timedelta(days=14)
"""So long a declined change that has no last day is not proposed: a resignation or too many patients do not go away."""


class ProposalUnknown(CarebusError):
    """This proposal is no more: it was approved, or the roster has changed since. Look at those that there are."""

    status = HTTPStatus.NOT_FOUND


@router.get("/api/proposals")
async def proposals(request: Request, parts: PartsOf) -> dict[str, Any]:
    async with parts.database.connection() as db:
        items = await store.listed(db, _today(parts))
    saw(request, dict.fromkeys(item["patient_id"] for item in items))
    return {"items": items}


@router.get("/proposals")
async def page(request: Request, parts: PartsOf, done: str = "", choose: str = "") -> HTMLResponse:
    return await _page(request, parts, act_forms.blank({}), done=done, choose=choose)


@router.post("/proposals")
async def approve_all(request: Request, parts: PartsOf) -> Response:
    """Each by itself: one that is refused says so, and the others are approved all the same."""
    sent = await request.form()
    async with parts.database.connection() as db:
        found = {str(row["proposal_id"]): row for row in await store.listed(db, _today(parts))}
    refused: dict[str, str] = {}
    for each in filter(None, map(found.get, map(str, sent.getlist("proposals")))):
        try:
            await _arrange(request, parts, each, str(each["proposal_id"]))
        except CarebusError as why:
            refused[f"{each['given_name']} {each['family_name']}"] = str(why)
    if refused:
        form = Form.blank().refused({"": "; ".join(f"{name}: {why}" for name, why in refused.items())})
        return await _page(request, parts, form, HTTPStatus.CONFLICT)
    return RedirectResponse(at(request, "/proposals?done=1"), HTTPStatus.SEE_OTHER)


@router.post("/proposals/{proposal_id}")
async def approve(request: Request, proposal_id: UUID, parts: PartsOf) -> Response:
    sent = await request.form()
    async with parts.database.connection() as db:
        found = await store.proposal(db, proposal_id)
    try:
        if found is None or found["joins"] is None:
            raise ProposalUnknown
        await _arrange(request, parts, _with_chosen(found, str(sent.get("joins", ""))), act_forms.key_of(sent))
    except CarebusError as why:
        return await _page(request, parts, act_forms.refused(Form.typed(sent), why), why.status)
    return RedirectResponse(at(request, "/proposals?done=1"), HTTPStatus.SEE_OTHER)


@router.post("/proposals/{proposal_id}/decline")
async def decline(request: Request, proposal_id: UUID, parts: PartsOf) -> Response:
    """Nothing changes, and it is not asked for again before its last day or a fortnight is over."""
    async with parts.database.transaction() as db:
        found = await store.proposal(db, proposal_id)
        if found is not None:
            again = _today(parts) + ASKED_AGAIN_AFTER if found["until"] is None else found["until"] + timedelta(days=1)
            await store.decline(db, proposal_id, caller_of(request).by, parts.clock.now(), again)
            saw(request, [found["patient_id"]])
    if found is None:
        why = ProposalUnknown()
        return await _page(request, parts, act_forms.refused(Form.blank(), why), why.status)
    return RedirectResponse(at(request, "/proposals?done=declined"), HTTPStatus.SEE_OTHER)


@router.post("/proposals/{proposal_id}/ask-again")
async def ask_again(request: Request, proposal_id: UUID, parts: PartsOf) -> Response:
    """A slip is put right: it is proposed as before."""
    async with parts.database.transaction() as db:
        await store.ask_again(db, proposal_id)
    return RedirectResponse(at(request, "/proposals"), HTTPStatus.SEE_OTHER)


def _today(parts: Parts) -> date:
    return parts.clock.now().date()


def _with_chosen(found: dict[str, Any], typed: str) -> dict[str, Any]:
    """The proposal, with somebody else whom the coordinator chose. Raises ClinicianUnknown."""
    if typed in {"", str(found["joins"])}:
        return found
    try:
        return {**found, "joins": UUID(typed), "because": ""}
    except ValueError:
        raise ClinicianUnknown(field="joins") from None


async def _arrange(request: Request, parts: Parts, found: dict[str, Any], key: str) -> None:
    """The change is arranged, and the proposal gone, in one transaction."""

    async def forget(db: Connection, _: Answer) -> None:
        await store.forget(db, found["proposal_id"])

    body = {name: found[name] for name in ("joins", "leaves", "from_day", "until", "reason")}
    said = {**body, "why": found["because"][:500]}
    await acts.perform(parts, ACTS["arrange-team"], found["patient_id"], said, asked_by(request, key), also=forget)


async def _page(
    request: Request, parts: Parts, form: Form, status: int = HTTPStatus.OK, done: str = "", choose: str = ""
) -> HTMLResponse:
    async with parts.database.connection() as db:
        rows, declined = await store.listed(db, _today(parts)), await store.declined(db, _today(parts))
        arranged = await store.arranged(db)
        others = await _others(db, rows, choose)
    approved = [(row, stand_ins(changes)) for row, changes in arranged]
    saw(request, dict.fromkeys(row["patient_id"] for row in [*rows, *declined, *(row for row, _ in arranged)]))
    return parts.pages.render(
        request,
        "proposals.html",
        status,
        rows=rows,
        declined=declined,
        approved=approved,
        done=done,
        form=form,
        words=words,
        choose=choose,
        others=others,
    )


async def _others(db: Connection, rows: list[dict[str, Any]], choose: str) -> list[tuple[str, str]]:
    """Who could take over instead, of the same profession."""
    asked = next((row for row in rows if str(row["proposal_id"]) == choose), None)
    if asked is None:
        return []
    people = [one.clinician for one in await team.clinicians(db)]
    return [
        (str(one.clinician_id), one.name)
        for one in people
        if one.role == asked["role"] and one.clinician_id != asked["leaves"] and one.is_employed(asked["from_day"])
    ]
