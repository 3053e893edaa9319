"""The FHIR door: a Bundle refers a person; a Task and a ServiceRequest tell how the referral stands."""

import asyncio
import hashlib
from collections.abc import Callable, Coroutine
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response

from carebus.deciding.commands import Answer, Asked
from carebus.errors import CarebusError
from carebus.storage.database import Connection
from carebus.web import LimitedRoute, errors_of
from carebus.web.http import Parts, PartsOf, asked_by
from services.referral import store
from services.referral.api.feedback.links import settings_of
from services.referral.api.workflow import commands
from services.referral.channels.fhir import answering, capability, codes, reading
from services.referral.channels.fhir.answering import Standing
from services.referral.channels.fhir.arriving import Resources
from services.referral.channels.fhir.focus import focus_of
from services.referral.channels.fhir.refusing import Issue, Json, NotReadable, outcome
from services.referral.domain import DirectReferral, Referral, ReferralUnknown
from services.referral.domain.referring.requests import Withdrawal
from services.referral.domain.workflow.reference import read_reference
from services.referral.store import Arrived

MEDIA_TYPE = "application/fhir+json"
SENT_AS = {MEDIA_TYPE, "application/json", "text/json", "application/json+fhir"}
ISSUE_CODES: dict[int, str] = {
    HTTPStatus.NOT_FOUND: "not-found",
    HTTPStatus.CONFLICT: "conflict",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too-long",
    HTTPStatus.UNPROCESSABLE_ENTITY: "business-rule",
    HTTPStatus.SERVICE_UNAVAILABLE: "transient",
}
ONE_BUNDLE: Json = {
    "requestBody": {"required": True, "content": {MEDIA_TYPE: {"schema": {"type": "object"}}}},
    "responses": {"4XX": {"description": "An OperationOutcome", "content": {MEDIA_TYPE: {}}}},
}


class FhirResponse(JSONResponse):
    """A resource as an answer."""

    media_type = MEDIA_TYPE


class NoSuchDoor(CarebusError):
    """There is no such resource or operation here; /fhir/metadata lists what there is."""

    status = HTTPStatus.NOT_FOUND


class NotJson(CarebusError):
    """Send a Bundle as application/fhir+json, in UTF-8."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class OnlyJson(CarebusError):
    """Ask for application/fhir+json: nothing else is spoken here."""

    status = HTTPStatus.NOT_ACCEPTABLE


class FhirRoute(LimitedRoute):
    """A route with larger bodies that answers what goes wrong as an OperationOutcome."""

    MOST = 1024 * 1024

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, its errors told as FHIR tells them."""
        handle = super().get_route_handler()

        async def told(request: Request) -> Response:
            try:
                _require_json_wanted(request)
                return await handle(request)
            except NotReadable as why:
                return FhirResponse(outcome(why.issues), why.answered_with)
            except RequestValidationError as why:
                issues = [Issue("value", rule, field) for field, rule in errors_of(why).items()]
                return FhirResponse(outcome(issues), HTTPStatus.BAD_REQUEST)
            except CarebusError as why:
                code = ISSUE_CODES.get(why.status, "not-supported")
                return FhirResponse(outcome([Issue(code, str(why))]), why.status)

        return told


router = APIRouter(prefix="/fhir", route_class=FhirRoute, tags=["FHIR"], default_response_class=FhirResponse)


@router.get("/metadata")
async def metadata(request: Request, parts: PartsOf) -> FhirResponse:
    """The CapabilityStatement."""
    return FhirResponse(capability.statement(_base(request, parts), request.app.version, parts.clock.now()))


@router.post("", openapi_extra=ONE_BUNDLE)
async def post_bundle(request: Request, parts: PartsOf) -> FhirResponse:
    """Refer a person by a transaction or a message Bundle."""
    kind, _, more = request.headers.get("content-type", "").partition(";")
    if kind.strip().lower() not in SENT_AS or ("charset" in more and "utf-8" not in more.lower()):
        raise NotJson
    raw = await request.body()
    referral, found = await asyncio.to_thread(reading.read, raw, parts.clock.now())
    if isinstance(referral, Withdrawal):
        return await _withdraw(referral, found)
    answer, again = await _refer(request, parts, referral, raw)
    standing = await _standing(parts, UUID(answer.body["referral_id"]))
    base = _base(request, parts)
    body = answering.answer_to(found, standing, again=again, base=base, now=parts.clock.now())
    location = {"Location": f"{base}/Task/{standing.referral.referral_id}"}
    return FhirResponse(body, HTTPStatus.OK if again else HTTPStatus.CREATED, location)


router.add_api_route("/$process-message", post_bundle, methods=["POST"], openapi_extra=ONE_BUNDLE)


@router.get("/Task/{referral_id}")
async def one_task(parts: PartsOf, referral_id: UUID) -> FhirResponse:
    """How a referral stands, as a Task."""
    return FhirResponse(answering.task_of(await _standing(parts, referral_id)))


@router.get("/ServiceRequest/{referral_id}")
async def one_order(parts: PartsOf, referral_id: UUID) -> FhirResponse:
    """A referral as it was ordered."""
    return FhirResponse(answering.order_of(await _standing(parts, referral_id)))


@router.get("/Task")
async def tasks(
    request: Request, parts: PartsOf, identifier: Annotated[str, Query(min_length=1, max_length=500)]
) -> FhirResponse:
    """The Tasks with a number, the sender's or ours: `value` or `system|value`."""
    return await _searched(request, parts, identifier)


@router.post("/Task/_search")
async def search_tasks(
    request: Request, parts: PartsOf, identifier: Annotated[str, Form(min_length=1, max_length=500)]
) -> FhirResponse:
    """The same search, with the number in the body, which no log and no history keeps."""
    return await _searched(request, parts, identifier)


@router.api_route("/{_:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False)
async def anything_else() -> FhirResponse:
    """What is not there, said as FHIR says it."""
    raise NoSuchDoor


async def _withdraw(_: Withdrawal, found: Resources) -> FhirResponse:
    """Take back what its sender no longer asks for."""
    rule = "This order can't be taken back here yet: please telephone the office."
    raise NotReadable.because("business-rule", rule, focus_of(found).order.at("status").path)


async def _refer(request: Request, parts: Parts, referral: DirectReferral, raw: bytes) -> tuple[Answer, bool]:
    """Keep the referral; tells whether its number was known before, and the Bundle repeats or amends it."""
    asked = _asked(request, referral, raw)
    arrived = Arrived(raw, MEDIA_TYPE, referral.channel.value, asked.actor, parts.clock.now())
    async with parts.database.connection() as db:
        number, assigner = referral.placer_id, referral.placer_assigner
        before = await store.placed(db, number, assigner) if number else []
    answer = await commands.refer(parts, referral, asked, arrived)
    return answer, answer.repeated or UUID(answer.body["referral_id"]) in before


def _asked(request: Request, referral: DirectReferral, raw: bytes) -> Asked:
    """Under which key a Bundle is sent: what it says under its number, whatever it is wrapped in; else its bytes."""
    said = referral.model_dump_json(exclude_defaults=True) if referral.placer_id else ""
    stated = request.headers.get("idempotency-key", "")[:200]
    key = f"fhir-number:{hashlib.sha256(said.encode()).hexdigest()}" if said else stated
    whole = f"fhir-bundle:{hashlib.sha256(raw).hexdigest()}"
    return replace(asked_by(request, key or whole), address="/fhir")


async def _standing(parts: Parts, referral_id: UUID) -> Standing:
    async with parts.database.connection() as db:
        found = await store.referrals_by_id(db, [referral_id])
    if not found:
        raise ReferralUnknown
    return _stands(*found[0])


def _stands(patient_id: UUID, referral: Referral) -> Standing:
    noted = (step.noted_at or step.at for step in referral.steps)
    moved_at = max(noted, default=referral.received.received_at)
    return Standing(patient_id, referral, moved_at)


async def _searched(request: Request, parts: Parts, identifier: str) -> FhirResponse:
    system, _, value = identifier.rpartition("|")
    if not value or "\0" in identifier:
        raise NotReadable.because("value", "Give a number, as value or as system|value.", status=HTTPStatus.BAD_REQUEST)
    async with parts.database.connection() as db:
        found = await store.referrals_by_id(db, await _numbered(db, system, value))
    return FhirResponse(answering.searchset([_stands(*each) for each in found], _base(request, parts)))


async def _numbered(db: Connection, system: str, value: str) -> list[UUID]:
    """The referrals with this number: their own id, the one that is read out, or their senders'."""
    if system in {"", codes.OURS} and (own := _uuid(value)):
        return [own]
    if system in {"", codes.REFERENCE} and (spoken := read_reference(value)):
        return [row.referral_id for row in await store.by_reference(db, spoken)]
    return await store.placed(db, value, system)


def _uuid(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None


def _require_json_wanted(request: Request) -> None:
    """Raise OnlyJson when nothing but another form would do."""
    wanted = request.query_params.get("_format") or request.headers.get("accept", "*/*")
    if not any(fits in wanted.lower() for fits in ("json", "*/*", "application/*", "text/html")):
        raise OnlyJson


def _base(request: Request, parts: Parts) -> str:
    """The address that links to resources begin with: the public one where it is set, else the one that was asked."""
    settings = settings_of(parts)
    if "referral_url" in settings.model_fields_set:
        return f"{settings.referral_url.rstrip('/')}/fhir"
    return f"{request.url.scheme}://{request.url.netloc}/fhir"
