"""The FHIR door: a Bundle refers a person; a Task and a ServiceRequest tell how the referral stands."""

import asyncio
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Request

from carebus.deciding.commands import Answer, Asked
from carebus.errors import CarebusError
from carebus.ids import new_id
from carebus.storage.database import Connection
from carebus.web.fhir.http import (
    FORM,
    MEDIA_TYPE,
    SENT_AS,
    FhirResponse,
    FhirRoute,
    NoSuchDoor,
    NotAForm,
    NotDoneHere,
    NotJson,
    issue_of,
    require_sent_as,
)
from carebus.web.fhir.refusing import Issue, NotReadable
from carebus.web.fhir.resources import Json
from carebus.web.http import Parts, PartsOf, asked_by, saw
from services.referral import store
from services.referral.api.fhir_base import base_of
from services.referral.api.referring import also
from services.referral.api.referring.senders import seen_by, sending_of, shown_as
from services.referral.api.workflow import stating
from services.referral.api.workflow.told import told_standing
from services.referral.channels.fhir import answering, capability, conditional, placing, reading, searching
from services.referral.channels.fhir.arriving import Resources
from services.referral.channels.fhir.conditional import ThereAlready
from services.referral.channels.fhir.focus import focus_of
from services.referral.channels.fhir.searching import Search, parameters
from services.referral.channels.fhir.standing import Standing, standing_of
from services.referral.domain import DirectReferral, Referral, ReferralUnknown
from services.referral.domain.referring.requests import Withdrawal
from services.referral.domain.referring.senders import Sending
from services.referral.store import Arrived

ONE_BUNDLE: Json = {
    "requestBody": {"required": True, "content": {MEDIA_TYPE: {"schema": {"type": "object"}}}},
    "responses": {"4XX": {"description": "An OperationOutcome", "content": {MEDIA_TYPE: {}}}},
}
BY_IDENTIFIER: Json = {
    "parameters": [
        {"name": "identifier", "in": "query", "required": True, "schema": {"type": "string", "maxLength": 500}},
        {"name": "status", "in": "query", "required": False, "schema": {"type": "string", "maxLength": 500}},
    ]
}
IN_A_FORM: Json = {
    "requestBody": {
        "required": True,
        "content": {FORM: {"schema": {"type": "object", "properties": {"identifier": {"type": "string"}}}}},
    }
}
DOORS = {
    "": ("POST",),
    "metadata": ("GET", "HEAD"),
    r"\$process-message": ("POST",),
    "Task": ("GET", "HEAD"),
    "Task/_search": ("POST",),
    "(Task|ServiceRequest)/[^/]+": ("GET", "HEAD"),
}
"""What can be done at which address."""
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]

router = APIRouter(prefix="/fhir", route_class=FhirRoute, tags=["FHIR"], default_response_class=FhirResponse)


@router.get("/metadata")
async def metadata(request: Request, parts: PartsOf) -> FhirResponse:
    """The CapabilityStatement."""
    return FhirResponse(capability.statement(base_of(request, parts), request.app.version, parts.clock.now()))


@router.post("", openapi_extra=ONE_BUNDLE)
async def post_bundle(request: Request, parts: PartsOf) -> FhirResponse:
    """Refer a person by a transaction or a message Bundle."""
    require_sent_as(request, SENT_AS, NotJson)
    raw = await request.body()
    stated, found = await asyncio.to_thread(reading.read, raw, parts.clock.now())
    asked, own = _asked(request, stated, raw, found)
    sending = await sending_of(request, parts, own)
    try:
        if isinstance(stated, Withdrawal):
            answer, again = await _withdraw(parts, stated, asked, sending)
        else:
            answer, again = await _refer(parts, stated, asked, Came(raw, found), sending)
    except ThereAlready as there:
        standing = await _standing(request, parts, there.referral_id, Elsewhere)
        return await _answered(request, parts, found, standing, again=True)
    except CarebusError as why:
        raise _at_its_number(why, found) from None
    standing = await told_standing(parts, stated, answer, asked, sending)
    return await _answered(request, parts, found, standing, again=again, told=answering.became(answer.body))


router.add_api_route("/$process-message", post_bundle, methods=["POST"], openapi_extra=ONE_BUNDLE)
router.add_api_route("/", post_bundle, methods=["POST"], include_in_schema=False)


@router.get("/Task/{referral_id}")
async def one_task(request: Request, parts: PartsOf, referral_id: UUID) -> FhirResponse:
    """How a referral stands, as a Task."""
    return FhirResponse(answering.task_of(await _standing(request, parts, referral_id)))


@router.get("/ServiceRequest/{referral_id}")
async def one_order(request: Request, parts: PartsOf, referral_id: UUID) -> FhirResponse:
    """A referral as it was ordered."""
    standing = await _standing(request, parts, referral_id)
    async with parts.database.connection() as db:
        raw = await also.bundle_of(db, referral_id)
    return FhirResponse(await asyncio.to_thread(placing.order_read_from, raw, standing))


@router.get("/Task", openapi_extra=BY_IDENTIFIER)
async def tasks(request: Request, parts: PartsOf) -> FhirResponse:
    """The Tasks with a number, the sender's or ours: `value` or `system|value`, and a status if one is named."""
    return await _searched(request, parts, parameters(request.url.query))


@router.post("/Task/_search", openapi_extra=IN_A_FORM)
async def search_tasks(request: Request, parts: PartsOf) -> FhirResponse:
    """The same search, with the number in the body, which no log and no history keeps."""
    require_sent_as(request, {FORM}, NotAForm)
    typed = (await request.body()).decode("utf-8", "replace")
    return await _searched(request, parts, [*parameters(request.url.query), *parameters(typed)])


for path, told in (("metadata", metadata), ("Task", tasks)):
    router.add_api_route(f"/{path}", told, methods=["HEAD"], include_in_schema=False)
for kind, one in (("Task", one_task), ("ServiceRequest", one_order)):
    router.add_api_route(f"/{kind}/{{referral_id}}", one, methods=["HEAD"], include_in_schema=False)


@router.api_route("", methods=[each for each in METHODS if each != "POST"], include_in_schema=False)
@router.api_route("/{path:path}", methods=METHODS, include_in_schema=False)
async def anything_else(path: str = "") -> FhirResponse:
    """What is not there, or can't be done there, said as FHIR says it."""
    for door, methods in DOORS.items():
        if re.fullmatch(door, path):
            raise NotDoneHere(methods)
    raise NoSuchDoor


async def _withdraw(parts: Parts, withdrawal: Withdrawal, asked: Asked, sending: Sending) -> tuple[Answer, bool]:
    """Take back what its sender no longer asks for. Nothing new is made by it."""
    return await stating.take_back(parts, withdrawal, asked, sending), True


def _at_its_number(why: CarebusError, found: Resources) -> CarebusError:
    """A conflict, such as one number for two people, is told at the number, and so is a number that nobody knows."""
    number = focus_of(found).placer
    if why.status not in {HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND} or not number:
        return why
    return NotReadable([issue_of(why, number.path)], why.status)


class Elsewhere(CarebusError):
    """An order with this number is here already: another organization's."""


@dataclass(frozen=True, slots=True)
class Came:
    """A Bundle as it came, and what was found in it."""

    raw: bytes
    found: Resources


async def _refer(
    parts: Parts, referral: DirectReferral, asked: Asked, came: Came, sending: Sending
) -> tuple[Answer, bool]:
    """Keep the referral; tells whether its number was known before, and the Bundle repeats or amends it.

    Raises ThereAlready where a conditional create fits: that is looked at before, and once more under a lock when it
    was decided, so that of equal ones at one moment one creates.
    """
    arrived = Arrived(came.raw, MEDIA_TYPE, referral.channel.value, asked.caller.by, parts.clock.now())
    query, number = conditional.query_of(came.found), referral.placer_id
    async with parts.database.connection() as db:
        if query:
            conditional.require_none(came.found, *await conditional.there_already(db, [query]))
        [before] = await store.placed(db, [(number, referral.placer_assigner or None)]) if number else [set()]

    async def still_none(db: Connection) -> None:
        conditional.require_none(came.found, *await conditional.there_for_sure(db, [query]))

    answer = await stating.refer(parts, referral, asked, arrived, sending, still_none if query else None)
    return answer, answer.repeated or UUID(answer.body["referral_id"]) in before


def _asked(request: Request, stated: DirectReferral | Withdrawal, raw: bytes, found: Resources) -> tuple[Asked, str]:
    """Under which key a Bundle is sent: its sender's; else its time with what it says; else its bytes.

    What goes under a number with neither could be a repeat or a change back, which only the domain can tell: its key
    is nobody else's.
    """
    said = hashlib.sha256(stated.model_dump_json(exclude_unset=True, exclude={"raw_hash"}).encode()).hexdigest()
    own = senders_key(request, found, said)
    if own:
        key = own
    elif stated.placer_id:
        key = f"fhir-said:{said}" if stated.stated_at else f"fhir-once:{new_id()}"
    else:
        key = f"fhir-bundle:{hashlib.sha256(raw).hexdigest()}"
    return replace(asked_by(request, key), address="/fhir"), own


def senders_key(request: Request, found: Resources, said: str) -> str:
    """The sender's own key of this one statement: its header, or its message's id, which with other content is none."""
    headers = found.entered("MessageHeader")
    message = headers[0].at("id").text if headers else ""
    by_message = f"fhir-message:{hashlib.sha256(f'{message} {said}'.encode()).hexdigest()}" if message else ""
    return request.headers.get("idempotency-key", "")[:200] or by_message


async def _answered(
    request: Request, parts: Parts, found: Resources, standing: Standing, *, again: bool, told: Sequence[Issue] = ()
) -> FhirResponse:
    base, now = base_of(request, parts), parts.clock.now()
    body = await asyncio.to_thread(answering.answer_to, found, standing, again=again, base=base, now=now, told=told)
    location = {"Location": f"{base}/Task/{standing.referral.referral_id}"}
    return FhirResponse(body, HTTPStatus.OK if again else HTTPStatus.CREATED, location)


async def _placed(parts: Parts, referral_id: UUID) -> Sequence[tuple[UUID, Referral]]:
    async with parts.database.connection() as db:
        return await store.referrals_by_id(db, [referral_id])


async def _standing(
    request: Request, parts: Parts, referral_id: UUID, otherwise: type[CarebusError] = ReferralUnknown
) -> Standing:
    """How a referral stands that the caller may see. Raises `otherwise`."""
    seen = await seen_by(request, parts)
    found = [standing_of(*one) for one in await _placed(parts, referral_id)]
    if not found or not seen(found[0].referral):
        raise otherwise
    saw(request, [found[0].patient_id], shown_as(request))
    return found[0]


async def _searched(request: Request, parts: Parts, pairs: list[tuple[str, str]]) -> FhirResponse:
    strict = "handling=strict" in request.headers.get("prefer", "").replace(" ", "").lower()
    search = Search.read(pairs, strict=strict)
    async with parts.database.connection() as db:
        found = await searching.found(db, search)
    seen = await seen_by(request, parts)
    base = base_of(request, parts)
    shown = [each for each in found if seen(each.referral)]
    saw(request, [each.patient_id for each in shown], shown_as(request))
    return FhirResponse(answering.searchset(shown, base, search.link(base)))
