"""What a coordinator does on the pages: an act on one referral, the same act on many, and saying who they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError
from starlette.datastructures import FormData

from carebus.deciding.commands import Asked, Became, Done
from carebus.errors import CarebusError
from carebus.storage.database import Connection
from carebus.web import Form as Typed
from carebus.web import LimitedRoute, body_of, errors_of
from carebus.web.http import Parts, PartsOf, asked_by
from carebus.web.links import at
from services.referral import store
from services.referral.api.referring import typed
from services.referral.api.workflow import commands
from services.referral.api.workflow.acts import ACTS
from services.referral.api.workflow.listing import Chosen
from services.referral.api.workflow.offices import office
from services.referral.api.workflow.pages import Tried, detail_page, shared, who
from services.referral.api.workflow.telling import refused, refused_by_name
from services.referral.domain import DEEDS, Act, ReferralUnknown
from services.referral.domain.feedback.updates import informing
from services.referral.domain.workflow.reference import reference

router = APIRouter(include_in_schema=False, route_class=LimitedRoute)

MOST_AT_ONCE = 200

TOGETHER = (Act.ASSIGN, Act.ACKNOWLEDGE)
"""What may be done to many at once: nothing that decides on a person."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one of many."""

    referral_id: UUID
    reference: str
    name: str
    words: str
    done: bool


@router.post("/referrals/{referral_id}/{act}")
async def act_on(request: Request, parts: PartsOf, referral_id: UUID, act: str) -> Response:
    """Do one thing to one referral, as it was seen on the page."""
    of = _act(act)
    sent = await request.form(max_files=0)
    form = _form(of, sent)
    try:
        body = DEEDS[of].body.model_validate(_said(of, sent))
        asked = asked_by(request, typed.key_of(sent))
        answer = await commands.do(parts, of, referral_id, body, asked, seen_in(sent))
    except ValidationError as why:
        wrong = form.refused(_prefixed(of, errors_of(why)))
        tried = Tried(wrong, of, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        return await detail_page(request, parts, referral_id, listed(sent), tried)
    except CarebusError as why:
        if why.status in {HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE}:
            raise
        async with parts.database.connection() as db:
            words = await refused_by_name(db, why)
        return await detail_page(request, parts, referral_id, listed(sent), Tried(form, of, words, why.status))
    return await _back(request, parts, sent, UUID(answer.body["referral_id"]))


@router.post("/together/{act}")
async def act_on_many(request: Request, parts: PartsOf, act: str) -> HTMLResponse:
    """Do one thing to many referrals in one transaction, and say what became of each."""
    of = _act(act)
    sent = await request.form(max_files=0)
    rows = [row for row in sent.getlist("row") if isinstance(row, str)][:MOST_AT_ONCE]
    if of not in TOGETHER:
        raise ReferralUnknown
    said: dict[str, Any] = {"assignee": str(sent.get("assignee", ""))} if of is Act.ASSIGN else {}
    try:
        said = DEEDS[of].body.model_validate(said).model_dump()
    except ValidationError as why:
        refused = Typed.typed(sent, ASSIGNEE).refused(errors_of(why))
        return _together_page(request, parts, "Nobody was assigned", listed(sent), refused=(refused, rows))
    asked = asked_by(request, None)
    results = await together(parts, of, [_row(row) for row in rows], said, asked)
    return _together_page(request, parts, _done_together(of, said), listed(sent), results)


ASSIGNEE = {"assignee": "Assign to"}


def _together_page(
    request: Request,
    parts: Parts,
    told: str,
    chosen: Chosen,
    results: Sequence[Result] = (),
    refused: tuple[Typed, list[str]] | None = None,
) -> HTMLResponse:
    """What became of each; or, where what was typed is refused, the form once more with those that were ticked."""
    form, rows = refused or (Typed.blank(ASSIGNEE), [])
    status = HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK
    found: dict[str, Any] = {"results": results, "act": told, "form": form, "rows": rows, "chosen": chosen}
    return parts.pages.render(request, "together.html", status, **found, **shared(request, parts))


def _done_together(act: Act, said: dict[str, Any]) -> str:
    if act is Act.ACKNOWLEDGE:
        return "Acknowledged"
    return f"Assigned to {said['assignee']}" if said["assignee"] else "Assigned to nobody"


async def together(
    parts: Parts, act: Act, rows: list[tuple[UUID, int | None]], said: dict[str, Any], asked: Asked
) -> list[Result]:
    """The same act on many referrals in one transaction; one that is refused stands in no other's way."""
    deed, reaction = DEEDS[act], informing(DEEDS[act].reaction(office(parts)))
    async with parts.database.connection() as db:
        streams = await store.streams_of(db, [referral_id for referral_id, _ in rows])
    known = [(referral_id, seen) for referral_id, seen in dict(rows).items() if referral_id in streams]
    items = [
        (
            reaction,
            deed.command(referral_id=referral_id, seen=seen, **said),
            parts.commands.cause(streams[referral_id], asked, deed.command.__name__),
        )
        for referral_id, seen in known
    ]
    became: list[Became] = []

    async def settle(_: Connection, outcomes: Any) -> None:
        became[:] = outcomes

    if items:
        await parts.commands.perform_each(items, settle, asked.caller)
    names = await _names(parts, [referral_id for referral_id, _ in known])
    return [_result(referral_id, names, one) for (referral_id, _), one in zip(known, became, strict=True)]


async def _names(parts: Parts, referral_ids: list[UUID]) -> dict[UUID, str]:
    async with parts.database.connection() as db:
        return await store.names_of(db, referral_ids)


def _result(referral_id: UUID, names: dict[UUID, str], became: Became) -> Result:
    done = isinstance(became, Done)
    words = refused(became) if isinstance(became, CarebusError) else "Done"
    return Result(referral_id, reference(referral_id), names.get(referral_id, ""), words, done)


def _act(slug: str) -> Act:
    name = slug.replace("-", "_")
    if name not in set(Act) or Act(name) in {Act.AMEND, Act.HOLD_FOR_IDENTITY, Act.SETTLE_IDENTITY}:
        raise ReferralUnknown
    return Act(name)


def _prefix(act: Act) -> str:
    """Fields of several forms on one page begin with the act's name, except in the form that was there first."""
    return "" if act is Act.DECLINE else f"{act}."


def _said(act: Act, sent: FormData) -> dict[str, Any]:
    body = body_of(sent, many=[f"{act}.items", "items"])
    part = body if act is Act.DECLINE else body.get(act.value, {})
    fields = DEEDS[act].body.model_fields
    return {name: value for name, value in part.items() if name in fields}


def _form(act: Act, sent: FormData) -> Typed:
    asks = ACTS[act].asks if act in ACTS else ()
    return Typed.typed(sent, {f"{_prefix(act)}{ask.name}": ask.label for ask in asks})


def _prefixed(act: Act, errors: dict[str, str]) -> dict[str, str]:
    return {f"{_prefix(act)}{name.partition('.')[0]}" if name else "": rule for name, rule in errors.items()}


def seen_in(sent: FormData) -> int | None:
    """The version of a referral that the page showed."""
    seen = sent.get("seen")
    return _version(seen) if isinstance(seen, str) else None


def _version(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= commands.LONGEST_VERSION else None


def _row(text: str) -> tuple[UUID, int | None]:
    referral_id, _, seen = text.partition(":")
    try:
        return UUID(referral_id), _version(seen)
    except ValueError:
        raise ReferralUnknown from None


def listed(sent: FormData) -> Chosen:
    """The list that somebody works through, as a page's form carries it on."""
    return list_of(str(sent.get("list", "")))


def list_of(said: str) -> Chosen:
    """The list that this names; all of it when that can't be read."""
    try:
        return Chosen.model_validate(dict(parse_qsl(said)))
    except ValidationError:
        return Chosen()


async def _back(request: Request, parts: Parts, sent: FormData, referral_id: UUID) -> Response:
    """To the referral; or to the next one of the list, and when there is none, to the list."""
    chosen = listed(sent)
    to = (
        chosen.back_with(referral_id)
        if sent.get("back") == "worklist"
        else f"/referrals/{referral_id}?{chosen.query()}".rstrip("?")
    )
    if sent.get("then") == "next":
        to = await _next(request, parts, chosen, referral_id)
    return RedirectResponse(at(request, to), HTTPStatus.SEE_OTHER)


async def _next(request: Request, parts: Parts, chosen: Chosen, done: UUID) -> str:
    """Where the next one of the list is: after the place where this one stood, whatever has become of it."""
    rest = chosen.rest
    wanted = rest.wanted(who(request), parts.clock.now())
    async with parts.database.connection() as db:
        rows = await store.worklist(db, wanted, 2)
    found = next((row for row in rows if row.referral_id != done), None)
    if found is None:
        return chosen.address(decided=done)
    here = chosen if chosen.place else rest
    return f"/referrals/{found.referral_id}?{here.query(place=here.after_row(found), decided=done)}"
