"""What a telephone system tells, known by its signature: Standard Webhooks, or Twilio's own."""

from dataclasses import replace
from uuid import UUID, uuid5

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, SecretStr, ValidationError

from carebus.access import holding
from carebus.deciding.commands import Asked, Done
from carebus.decisions import on
from carebus.errors import broken_rules
from carebus.web import LimitedRoute
from carebus.web.http import AskedOf, Parts, PartsOf, asked_by
from services.line.access import SIGNED
from services.line.channels.telephone import standard, twilio
from services.line.channels.telephone.refusing import NotRead, NotSetUp
from services.line.domain.calls import Call, telephone
from services.line.domain.calls.telephone import ReportTelephone
from services.line.settings import Settings
from services.line.store.calls import call_stream, status_of

router = APIRouter(route_class=LimitedRoute)

KEYS = UUID("4a1b6ef2-3f63-5cf5-9e5c-0d5b4a4f8c11")
"""What a telephone system calls a call becomes an id of ours, the same each time."""
TELEPHONE = on(Call, telephone.follow_telephone)
BY_SIGNATURE = holding(SIGNED, "telephone:signed")


class Told(BaseModel):
    """The answer to a telephone fact: which call of ours it is about, and how that stands."""

    call_id: UUID
    status: str


@router.post("/api/telephone")
async def report(said: ReportTelephone, parts: PartsOf, asked: AskedOf) -> JSONResponse:
    """A program with a token of ours tells what happened to a call."""
    return await _told(parts, said, asked)


@router.post("/telephone/standard")
async def by_standard_webhook(request: Request, parts: PartsOf) -> JSONResponse:
    """The same, signed by Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature`."""
    body = await request.body()
    standard.require_signed(_secret(Settings.of(parts.settings).telephone_secret), body, request.headers)
    try:
        said = ReportTelephone.model_validate_json(body)
    except ValidationError as why:
        raise NotRead(name="body", rule=broken_rules(why)) from None
    return await _told(parts, said, _signed(request))


@router.post("/telephone/twilio")
async def by_twilio(request: Request, parts: PartsOf) -> Response:
    """The same, as Twilio's status callback tells it. The answer is empty: Twilio wants nothing of us."""
    settings = Settings.of(parts.settings)
    fields = {name: value for name, value in (await request.form(max_files=0)).items() if isinstance(value, str)}
    signature = request.headers.get("x-twilio-signature", "")
    address = f"{(settings.public_url or str(request.base_url)).rstrip('/')}/telephone/twilio"
    twilio.require_signed(_secret(settings.twilio_token), address, fields, signature)
    await _told(parts, twilio.fact_of(fields, parts.clock.now()), _signed(request))
    return Response(status_code=204)


async def _told(parts: Parts, said: ReportTelephone, asked: Asked) -> JSONResponse:
    call_id = uuid5(KEYS, said.call_key)

    def reply(done: Done) -> Told:
        return Told(call_id=call_id, status=status_of(done.state(Call)))

    answer = await parts.commands.perform(TELEPHONE, call_stream(call_id), said, asked, reply)
    return JSONResponse(answer.body, answer.status)


def _signed(request: Request) -> Asked:
    """Without a key: repeats end alike by what they say."""
    return replace(asked_by(request, None), caller=BY_SIGNATURE)


def _secret(secret: SecretStr | None) -> str:
    if secret is None:
        raise NotSetUp
    return secret.get_secret_value()
