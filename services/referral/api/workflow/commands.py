"""The commands: refer a person, and every act on a referral. Pages and the JSON API go through the same doors."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, ValidationError

from carebus.contracts.event import Stream, patient_stream, subject_id
from carebus.contracts.referral import Channel
from carebus.deciding.commands import Answer, Asked, Done
from carebus.decisions import on
from carebus.errors import CarebusError
from carebus.web import LimitedRoute
from carebus.web.http import AskedOf, Parts, PartsOf, asked_by
from services.referral import store
from services.referral.api.referring.senders import require_own_referral, sending_of
from services.referral.api.workflow import stating
from services.referral.api.workflow.offices import office
from services.referral.api.workflow.views import Conflict, Received
from services.referral.domain import DEEDS, Act, DirectReferral, Intake, ReferralUnknown
from services.referral.domain.feedback.updates import informing
from services.referral.domain.identity.merging import nobody_taken_on, of_the_same_records
from services.referral.domain.identity.records import Identity
from services.referral.domain.referring.requests import Withdrawal
from services.referral.domain.referring.senders import Sending
from services.referral.domain.referring.stated import Request as Stated
from services.referral.domain.workflow import amending
from services.referral.domain.workflow.commands import Amendment, AmendReferral, Nothing
from services.referral.store import Arrived

router = APIRouter(prefix="/api/referrals", route_class=LimitedRoute)

NOBODY_TAKEN_ON = informing(on(Intake, nobody_taken_on))
LONGEST_VERSION = 9
"""Of a version that somebody has seen, in digits."""

CONFLICTS: dict[int | str, dict[str, Any]] = {
    HTTPStatus.CONFLICT: {
        "description": "It would make a referral another person's, or the referral stands otherwise by now",
        "content": {"application/problem+json": {"schema": Conflict.model_json_schema()}},
    }
}
"""What the answer to a refused statement says."""

_SEEN = re.compile(rf'(?:W/)?"?(\d{{1,{LONGEST_VERSION}}})"?')


class VersionUnreadable(CarebusError):
    """Write the version that you have seen into If-Match, as the ETag of the referral says it: "7"."""

    status = HTTPStatus.BAD_REQUEST
    field = "If-Match"


async def _timely(body: DirectReferral, parts: PartsOf) -> DirectReferral:
    """The referral again, now with the day's date at hand: FastAPI validates without one."""
    try:
        return DirectReferral.stated(body.model_dump(exclude_unset=True) | {"raw_hash": ""}, parts.clock.now())
    except ValidationError as why:
        raise RequestValidationError(why.errors(include_input=False)) from None


async def _stated_at(stated_at: Annotated[AwareDatetime | None, Header()] = None) -> datetime | None:
    """As of when it is stated: the latest statement stands, however late an older one comes."""
    return stated_at


async def _seen(if_match: Annotated[str | None, Header()] = None) -> int | None:
    if if_match in {None, "*"}:
        return None
    if found := _SEEN.fullmatch(if_match or ""):
        return int(found[1])
    raise VersionUnreadable


TimelyOf = Annotated[DirectReferral, Depends(_timely)]
StatedAtOf = Annotated[datetime | None, Depends(_stated_at)]
SeenOf = Annotated[int | None, Depends(_seen)]
"""The version of a referral that the asker has seen."""

OWN = [Depends(require_own_referral)]
"""Acts by id are for the office and the referral's own organization."""


@router.post("", status_code=HTTPStatus.CREATED, response_model=Received, responses=CONFLICTS)
async def post_referral(
    request: Request, body: TimelyOf, parts: PartsOf, asked: AskedOf, stated_at: StatedAtOf
) -> JSONResponse:
    """Refer a person. `Stated-At` says as of when; `became` says what became of it, also in a 409 (`conflict`)."""
    dated = body.model_copy(update={"stated_at": stated_at}) if stated_at else body
    sending = await sending_of(request, parts, asked.key or "")
    return told(await stating.refer(parts, dated, asked, await arrived(request, parts, body.channel), sending))


@router.post("/withdrawals", response_model=Received, responses=CONFLICTS)
async def post_withdrawal(
    request: Request, body: Withdrawal, parts: PartsOf, asked: AskedOf, stated_at: StatedAtOf
) -> JSONResponse:
    """Take back what was referred under a number of your own."""
    dated = body.model_copy(update={"stated_at": stated_at or body.stated_at, "channel": Channel.API})
    return told(await stating.take_back(parts, dated, asked, await sending_of(request, parts, asked.key or "")))


@router.post("/{referral_id}/amend", response_model=Received, responses=CONFLICTS, dependencies=OWN)
async def post_amendment(
    request: Request, referral_id: UUID, body: TimelyOf, parts: PartsOf, asked: AskedOf, seen: SeenOf
) -> JSONResponse:
    """Change what a referral states."""
    sending = await sending_of(request, parts, asked.key or "")
    return told(await amend(parts, referral_id, Amendment(stated=body), asked, sending, seen))


def _route(act: Act) -> Callable[..., Any]:
    """The endpoint of one act."""
    kind: Any = DEEDS[act].body

    async def with_body(referral_id: UUID, body: kind, parts: PartsOf, asked: AskedOf, seen: SeenOf) -> JSONResponse:
        return told(await do(parts, act, referral_id, body, asked, seen))

    async def without(
        referral_id: UUID, parts: PartsOf, asked: AskedOf, seen: SeenOf, _: Nothing | None = None
    ) -> JSONResponse:
        return told(await do(parts, act, referral_id, Nothing(), asked, seen))

    async def may_be_empty(
        referral_id: UUID, parts: PartsOf, asked: AskedOf, seen: SeenOf, body: kind | None = None
    ) -> JSONResponse:
        return told(await do(parts, act, referral_id, body or kind(), asked, seen))

    if kind is Nothing:
        return without
    needed = any(field.is_required() for field in kind.model_fields.values())
    return with_body if needed else may_be_empty


for each in DEEDS:
    if each is not Act.AMEND:
        router.add_api_route(
            f"/{{referral_id}}/{each.replace('_', '-')}",
            _route(each),
            methods=["POST"],
            name=each.value,
            summary=(DEEDS[each].command.__doc__ or "").splitlines()[0],
            response_model=Received,
            dependencies=OWN,
        )


async def amend(
    parts: Parts, referral_id: UUID, body: Amendment, asked: Asked, sending: Sending, seen: int | None = None
) -> Answer:
    """State a referral anew by its id."""
    async with parts.database.connection() as db:
        stream = await store.stream_of(db, referral_id)
    if stream is None:
        raise ReferralUnknown
    command = AmendReferral(referral_id=referral_id, seen=seen, stated=body.stated)
    how = informing(on(Intake, partial(amending.amend, office=office(parts), sending=sending)))

    def reply(done: Done) -> Received:
        return Received.answering(done.cause.subject_id, done.state(Intake).referral(referral_id), done.cause.id)

    return stating.as_repeated(await parts.commands.perform(how, stream, command, asked, reply))


async def do(parts: Parts, act: Act, referral_id: UUID, body: Stated, asked: Asked, seen: int | None = None) -> Answer:
    """Do this to a referral, as it was seen if a version is named. Raises what the domain raises."""
    deed = DEEDS[act]
    async with parts.database.connection() as db:
        stream = await store.stream_of(db, referral_id)
    if stream is None:
        raise ReferralUnknown

    def reply(done: Done) -> Received:
        intake = done.state(Intake)
        about = done.cause.derive("referral") if act is Act.REOPEN else referral_id
        return Received.of(done.cause.subject_id, intake.referral(about))

    command = deed.command(referral_id=referral_id, seen=seen, **{name: getattr(body, name) for name in said(body)})
    reaction = informing(deed.reaction(office(parts)))
    if act is not Act.ACCEPT:
        return await parts.commands.perform(reaction, stream, command, asked, reply)
    seen_of, others = await family_of(parts, stream)
    step = of_the_same_records(reaction, seen_of), stream, command
    asked_of_others = [(NOBODY_TAKEN_ON, other, command) for other in others]
    return await parts.commands.perform_in_turn([step, *asked_of_others], asked, reply)


async def family_of(parts: Parts, stream: Stream) -> tuple[Identity, list[Stream]]:
    """Which records are this person's, and the streams of the others."""
    patient_id = UUID(subject_id(stream))
    async with parts.database.connection() as db:
        identity = await store.identity_of(db, patient_id)
        return identity, [patient_stream(each) for each in await store.other_records(db, patient_id)]


async def arrived(request: Request, parts: Parts, channel: Channel) -> Arrived:
    """What this request brought, as it came."""
    kind = request.headers.get("content-type", "application/octet-stream")
    by = asked_by(request, None).caller.by
    return Arrived(await request.body(), kind[:200], channel.value, by, parts.clock.now())


def said(body: Stated) -> list[str]:
    """The fields that a body says something in."""
    return list(type(body).model_fields)


def told(answer: Answer) -> JSONResponse:
    """The answer over HTTP, with the version that the referral is in now."""
    return JSONResponse(answer.body, answer.status, headers={"ETag": f'"{answer.body["version"]}"'})
