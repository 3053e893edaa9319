"""Webhooks as commands, for the office, for systems and for referrers who have signed in; secrets are shown once."""

from enum import StrEnum
from http import HTTPStatus
from typing import Annotated
from uuid import UUID, uuid5

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from carebus.errors import CarebusError
from carebus.ids import new_id
from carebus.web import LimitedRoute
from carebus.web.http import AskedOf, Parts, PartsOf
from services.referral import store
from services.referral.api.feedback.links import settings_of
from services.referral.api.referring.senders import require_own
from services.referral.channels.webhooks import WEBHOOKS
from services.referral.domain.feedback.webhooks import check_address, secret_of

router = APIRouter(prefix="/api/organizations/{organization_id}/webhooks", route_class=LimitedRoute)

_ROOT = UUID("0d0d4d0c-9f3c-4c55-8a0d-6c0f7d0f6a52")
MOST = 10


class WebhooksOff(CarebusError):
    """Webhooks need a secret to be signed with, and none is set here (CAREBUS_REFERRER_SECRET)."""


class WebhookUnknown(CarebusError):
    """This organization has no such webhook."""

    status = HTTPStatus.NOT_FOUND


class TooManyWebhooks(CarebusError):
    """An organization has ten webhooks at most. Remove one first."""


class Change(StrEnum):
    """What can be done to a webhook."""

    ENABLE = "enable"
    ROTATE = "rotate"
    REMOVE = "remove"


class Register(BaseModel):
    """Where to be called."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    url: Annotated[str, Field(max_length=2000)]


class Registered(BaseModel):
    """A webhook with its signing secret, which is shown now and never again."""

    endpoint_id: UUID
    url: str
    secret: str


class WebhookView(BaseModel, from_attributes=True):
    """A webhook and how it has been; its secret was shown when it was registered."""

    endpoint_id: UUID
    url: str
    active: bool
    disabled_because: str | None
    failures: int
    waiting: int
    lost: int


class Webhooks(BaseModel):
    """An organization's webhooks."""

    items: list[WebhookView]


@router.get("")
async def listed(request: Request, parts: PartsOf, organization_id: UUID) -> Webhooks:
    """An organization's webhooks."""
    await require_own(request, parts, organization_id)
    async with parts.database.connection() as db:
        found = await store.endpoints(db, organization_id)
    return Webhooks(items=[WebhookView.model_validate(each) for each in found])


@router.post("", status_code=HTTPStatus.CREATED)
async def post(request: Request, parts: PartsOf, organization_id: UUID, body: Register, asked: AskedOf) -> Registered:
    """Register an address. The same key registers the same webhook, and shows its secret again."""
    await require_own(request, parts, organization_id)
    return await register(parts, organization_id, body.url, uuid5(_ROOT, f"{organization_id}/{asked.key}"))


@router.post("/{endpoint_id}/{what}")
async def post_change(
    request: Request, parts: PartsOf, organization_id: UUID, endpoint_id: UUID, what: Change, _: AskedOf
) -> Registered | None:
    """Call it again (`enable`), give it another secret (`rotate`, answered with it), or `remove` it."""
    await require_own(request, parts, organization_id)
    return await change(parts, organization_id, endpoint_id, what)


async def register(parts: Parts, organization_id: UUID, url: str, endpoint_id: UUID | None = None) -> Registered:
    """Register an address for an organization. Raises what stands against it."""
    settings = settings_of(parts)
    if settings.referrer_secret is None:
        raise WebhooksOff
    check_address(url, private=settings.webhook_private)
    made = endpoint_id or new_id()
    async with parts.database.transaction() as db:
        if await store.organization(db, organization_id) is None:
            raise WebhookUnknown
        others = [each for each in await store.endpoints(db, organization_id) if each.endpoint_id != made]
        if len(others) >= MOST:
            raise TooManyWebhooks
        await store.register(db, made, organization_id, url, parts.clock.now())
        (kept,) = await store.endpoints(db, organization_id, made)
    return _registered(parts, kept)


async def change(parts: Parts, organization_id: UUID, endpoint_id: UUID, what: Change) -> Registered | None:
    """Change a webhook; gives it with its new secret if it got one. Raises WebhookUnknown."""
    async with parts.database.transaction() as db:
        if not await store.endpoints(db, organization_id, endpoint_id):
            raise WebhookUnknown
        if what is Change.REMOVE:
            await store.remove(db, endpoint_id)
        elif what is Change.ENABLE:
            await store.enable(db, endpoint_id)
        else:
            await store.rotate(db, endpoint_id)
        found = await store.endpoints(db, organization_id, endpoint_id)
    parts.notices.work(WEBHOOKS).give()
    return _registered(parts, found[0]) if what is Change.ROTATE else None


def _registered(parts: Parts, endpoint: store.Endpoint) -> Registered:
    secret = settings_of(parts).referrer_secret
    if secret is None:
        raise WebhooksOff
    signing = secret_of(secret.get_secret_value(), endpoint.endpoint_id, endpoint.secret_version)
    return Registered(endpoint_id=endpoint.endpoint_id, url=endpoint.url, secret=signing)
