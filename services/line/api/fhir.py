"""The FHIR door for hospitals: a notification is taken by `$process-message`, with the same decisions as by MLLP."""

import asyncio
from http import HTTPStatus
from uuid import UUID, uuid5

from fastapi import APIRouter, Request

from carebus.web.fhir.http import MEDIA_TYPE, SENT_AS, FhirResponse, FhirRoute, NotJson, require_sent_as
from carebus.web.fhir.refusing import NotReadable
from carebus.web.fhir.resources import Json
from carebus.web.http import PartsOf, caller_of
from services.line.channels.fhir.reading import Told, told_by
from services.line.channels.receiving import Sent, receive
from services.line.settings import Settings

router = APIRouter(prefix="/fhir", route_class=FhirRoute, tags=["FHIR"], default_response_class=FhirResponse)

_ANSWERS = UUID("5a1e3b1f-7f7d-5f0d-9d0f-2f6a1b0f4d1c")
ONE_BUNDLE: Json = {
    "requestBody": {"required": True, "content": {MEDIA_TYPE: {"schema": {"type": "object"}}}},
    "responses": {"4XX": {"description": "An OperationOutcome", "content": {MEDIA_TYPE: {}}}},
}


@router.post("/$process-message", openapi_extra=ONE_BUNDLE)
async def process_message(request: Request, parts: PartsOf) -> FhirResponse:
    """Take a notification of a hospital."""
    require_sent_as(request, SENT_AS, NotJson)
    raw, caller, settings = await request.body(), caller_of(request), Settings.of(parts.settings)
    told = await asyncio.to_thread(told_by, raw, settings.hospitals, parts.clock.now())
    if caller.organization and caller.organization.casefold() != told.hospital.name.casefold():
        rule = "This program's token is another hospital's."
        raise NotReadable.because("forbidden", rule, "Bundle.entry[0].resource.source", HTTPStatus.FORBIDDEN)
    code = "OK" if told.notice else "not_used"
    parts.metrics.add(parts.metrics.messages, told.notice.fact.trigger if told.notice else "other", code)
    if told.notice is not None:
        await receive(parts, [Sent(told.hospital.name, told.number, raw, told.notice)], caller)
    return FhirResponse(_answer(told, parts.clock.now().isoformat()))


def _answer(told: Told, at: str) -> Json:
    named = str(uuid5(_ANSWERS, f"{told.hospital.name}\n{told.number}"))
    header = {
        "resourceType": "MessageHeader",
        "id": named,
        "eventUri": "urn:carebus:answer",
        "source": {"name": "Carebus", "endpoint": "urn:carebus:line"},
        "response": {"identifier": told.number, "code": "ok"},
    }
    entries = [{"fullUrl": f"urn:uuid:{named}", "resource": header}]
    return {"resourceType": "Bundle", "type": "message", "timestamp": at, "entry": entries}
