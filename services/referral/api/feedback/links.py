"""Private links as commands: send a new one, end one, note that somebody looked."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import BaseModel

from carebus.access import own_work
from carebus.contracts.event import Stream
from carebus.contracts.referral import SeenBy
from carebus.deciding.commands import Asked, Done
from carebus.decisions import on
from carebus.errors import CarebusError
from carebus.web.http import Parts
from carebus.web.private_links import PrivateLinks
from services.referral import store
from services.referral.api.workflow import commands
from services.referral.domain import Act, Intake, Referral, ReferralUnknown, Status
from services.referral.domain.feedback.updates import (
    SEEN_AGAIN_AFTER,
    Feedback,
    Followed,
    NoteView,
    RenewLink,
    RevokeLink,
    note_view,
    renew_link,
    revoke_link,
)
from services.referral.domain.workflow.commands import Nothing
from services.referral.settings import Settings

RENEW = on(Intake, Feedback, renew_link)
REVOKE = on(Feedback, revoke_link)
NOTE_VIEW = on(Feedback, note_view)


class Noted(BaseModel):
    """It is done."""


def settings_of(parts: Parts) -> Settings:
    """The service's settings."""
    assert isinstance(parts.settings, Settings)
    return parts.settings


def over_https(settings: Settings) -> bool:
    """Whether browsers come by https, whatever an ingress in between speaks to us: then cookies go no other way."""
    return settings.referral_url.startswith("https:")


def private_links(settings: Settings) -> PrivateLinks | None:
    """What makes and reads private links; nothing where no secret is set."""
    secret = settings.status_link_secret
    return PrivateLinks(secret.get_secret_value(), f"{settings.referral_url}/status") if secret else None


def expires_at(issued_at: datetime, settings: Settings) -> datetime:
    """When a link opens nothing any more."""
    return issued_at + timedelta(days=settings.status_link_days)


async def renew(parts: Parts, referral_id: UUID, asked: Asked, *, by_office: bool = False) -> None:
    """Send the referrer a new link, to the address on file. Raises what the domain raises."""
    command = RenewLink(referral_id=referral_id, by_office=by_office)
    await parts.commands.perform(RENEW, await _stream_of(parts, referral_id), command, asked, _noted)


async def revoke(parts: Parts, referral_id: UUID, asked: Asked) -> None:
    """End the link. Raises what the domain raises."""
    command = RevokeLink(referral_id=referral_id)
    await parts.commands.perform(REVOKE, await _stream_of(parts, referral_id), command, asked, _noted)


async def note(parts: Parts, stream: Stream, followed: Followed, seen_by: SeenBy, asked: Asked) -> None:
    """Note that somebody looked, unless it was noted a short while ago."""
    last = followed.seen.get(seen_by)
    if last is None or parts.clock.now() - last >= SEEN_AGAIN_AFTER:
        command = NoteView(referral_id=followed.referral_id, seen_by=seen_by)
        await parts.commands.perform(NOTE_VIEW, stream, command, asked, _noted)


async def received(parts: Parts, referral: Referral, asked: Asked) -> None:
    """The referrer has the visit summary before their eyes: if that is what the loop waits for, it is closed."""
    if referral.status is Status.SUMMARY_SENT:
        by_itself = replace(asked, caller=own_work("system:summary_seen"))
        with suppress(CarebusError):  # somebody else closed it, or it is closed with the next look
            await commands.do(parts, Act.CLOSE_LOOP, referral.referral_id, Nothing(), by_itself)


async def _stream_of(parts: Parts, referral_id: UUID) -> Stream:
    async with parts.database.connection() as db:
        stream = await store.stream_of(db, referral_id)
    if stream is None:
        raise ReferralUnknown
    return stream


def _noted(_: Done) -> Noted:
    return Noted()
