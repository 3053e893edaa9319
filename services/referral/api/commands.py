"""The commands: refer a person, accept a referral, decline it. Pages and the JSON API go through the same doors."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, ValidationError

from carebus.commands import Answer, Asked, Done
from carebus.contracts.event import patient_stream
from carebus.decisions import Reaction, on
from carebus.http import AskedOf, Parts, PartsOf
from carebus.ids import new_id
from carebus.web import LimitedRoute
from services.referral import domain, store
from services.referral.api.rules import book_of
from services.referral.api.views import Received
from services.referral.domain import AcceptReferral, Decline, DeclineReferral, DirectReferral, Intake, ReferralUnknown
from services.referral.domain.feedback import informing

router = APIRouter(prefix="/api/referrals", route_class=LimitedRoute)

ACCEPT = informing(on(Intake, domain.accept))
DECLINE = informing(on(Intake, domain.decline))


class Nothing(BaseModel):
    """An empty body."""

    model_config = ConfigDict(extra="forbid")


def _timely(body: DirectReferral, parts: PartsOf) -> DirectReferral:
    """The referral again, now with the day's date at hand: FastAPI validates without one."""
    try:
        return DirectReferral.stated(body.model_dump(), parts.clock.now())
    except ValidationError as why:
        raise RequestValidationError(why.errors(include_input=False)) from None


@router.post("", status_code=201, response_model=Received)
async def post_referral(
    body: Annotated[DirectReferral, Depends(_timely)], parts: PartsOf, asked: AskedOf
) -> JSONResponse:
    """Refer a person."""
    return _told(await refer(parts, body, asked))


@router.post("/{referral_id}/accept", response_model=Received)
async def post_accept(referral_id: UUID, parts: PartsOf, asked: AskedOf, _: Nothing | None = None) -> JSONResponse:
    """Take the person on."""
    return _told(await accept(parts, referral_id, asked))


@router.post("/{referral_id}/decline", response_model=Received)
async def post_decline(referral_id: UUID, body: Decline, parts: PartsOf, asked: AskedOf) -> JSONResponse:
    """Do not take the person on."""
    return _told(await decline(parts, referral_id, body, asked))


async def refer(parts: Parts, referral: DirectReferral, asked: Asked) -> Answer:
    """Keep a referral under its key; the patient, if not known yet, gets an id now."""
    patient_id = referral.patient_id or new_id()

    def newest(done: Done) -> Received:
        return Received.of(done.cause.subject_id, done.state(Intake).referrals[-1])

    return await parts.commands.perform(
        receiving(parts), patient_stream(patient_id), referral, asked, newest, status=201
    )


def receiving(parts: Parts) -> Reaction:
    """The decision on a referral that arrives, by the rules in force here."""
    return informing(on(Intake, partial(domain.receive, rules=book_of(parts))))


async def accept(parts: Parts, referral_id: UUID, asked: Asked) -> Answer:
    """Accept a referral. Raises what the domain raises."""
    return await _decide(parts, referral_id, AcceptReferral(referral_id=referral_id), asked)


async def decline(parts: Parts, referral_id: UUID, why: Decline, asked: Asked) -> Answer:
    """Decline a referral. Raises what the domain raises."""
    return await _decide(parts, referral_id, DeclineReferral(referral_id=referral_id, **why.model_dump()), asked)


async def _decide(parts: Parts, referral_id: UUID, command: AcceptReferral | DeclineReferral, asked: Asked) -> Answer:
    async with parts.database.connection() as db:
        stream = await store.stream_of(db, referral_id)
    if stream is None:
        raise ReferralUnknown

    def decided(done: Done) -> Received:
        return Received.of(done.cause.subject_id, done.state(Intake).referral(referral_id))

    reaction = ACCEPT if isinstance(command, AcceptReferral) else DECLINE
    return await parts.commands.perform(reaction, stream, command, asked, decided)


def _told(answer: Answer) -> JSONResponse:
    return JSONResponse(answer.body, answer.status)
