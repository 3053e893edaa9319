"""The notifications service's HTTP door: what was sent, what waits, what was withheld, as JSON and as a page."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from carebus.contracts import patient_stream
from carebus.contracts.event import subject_id
from carebus.contracts.notifications import MessageChannel, Topic
from carebus.storage import relations
from carebus.web.http import Parts, PartsOf, own_only, saw
from carebus.web.people import MERGED, Banner, banner_of
from services.notifications import store
from services.notifications.channels.statuses import STATUSES
from services.notifications.domain import ReferrerLetter

router = APIRouter()

PAGE = 60
Limit = Annotated[int, Query(ge=1, le=1000)]


class Shown(StrEnum):
    """How a line of the list can stand."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    SUPPRESSED = "suppressed"


class NotificationView(BaseModel):
    """A message, or what was withheld, with its recipient masked."""

    notification_id: UUID | None
    patient_id: UUID
    topic: Topic
    channel: MessageChannel | None
    template: str | None
    status: Shown
    reason: str | None
    recipient: str | None
    address: str | None
    relationship: str | None
    attempts: int
    requested_at: datetime
    settled_at: datetime | None


class LetterView(BaseModel):
    """A letter to a referrer, with its recipient masked."""

    letter_id: UUID
    referral_id: UUID
    reference: str
    referral_status: str
    status: Shown
    reason: str | None
    address: str
    attempts: int
    requested_at: datetime
    settled_at: datetime | None


class LetterList(BaseModel):
    """The newest letters to referrers, and how many there are in all."""

    items: list[LetterView]
    counts: dict[str, int]


class NotificationList(BaseModel):
    """The newest notifications, and how many there are in all."""

    items: list[NotificationView]
    counts: dict[str, int]


@router.get("/api/notifications")
async def notifications(
    request: Request,
    parts: PartsOf,
    patient_id: UUID | None = None,
    status: Shown | None = None,
    limit: Limit = 100,
) -> NotificationList:
    """The newest notifications, of one patient or of all."""
    return await _listed(request, parts, patient_id, status, limit)


@router.get("/api/referrer-letters")
async def referrer_letters(
    request: Request, parts: PartsOf, patient_id: UUID | None = None, limit: Limit = 100
) -> LetterList:
    """The newest letters to referrers, of one patient or of all. Messages to families are counted apart."""
    return await _letters(request, parts, patient_id, limit)


@router.get("/referrers", response_class=HTMLResponse, include_in_schema=False)
async def referrers_page(request: Request, parts: PartsOf, patient_id: UUID | None = None) -> HTMLResponse:
    """The letters to referrers for people, kept fresh while the page is open."""
    shown = await _letters(request, parts, patient_id, PAGE)
    return parts.pages.render(
        request, "letters.html", items=shown.items, counts=shown.counts, statuses=STATUSES, patient_id=patient_id
    )


@router.get("/", response_class=HTMLResponse, include_in_schema=False)
async def page(
    request: Request, parts: PartsOf, patient_id: UUID | None = None, status: Shown | None = None
) -> HTMLResponse:
    """The list for people, kept fresh while it is open."""
    shown = await _listed(request, parts, patient_id, status, PAGE)
    about = await _banner(request, parts, patient_id) if patient_id else None
    return parts.pages.render(
        request, "messages.html", items=shown.items, counts=shown.counts, chosen=status, banner=about,
        patient_id=patient_id,
    )  # fmt: skip


async def _banner(request: Request, parts: Parts, patient_id: UUID) -> Banner | None:
    """Of somebody whose messages one sees."""
    seen_by = own_only(request)
    async with parts.database.connection() as db:
        if seen_by and not await relations.are_own(db, seen_by, patient_id):
            return None
        family = await store.family_of(db, patient_stream(patient_id))
    if family is None:
        return None
    states = (MERGED,) if family.merged_into else ()
    if family.patient is not None:
        return banner_of(family.patient, patient_id, "Messages", parts.clock.now(), *states)
    return Banner(patient_id, "Messages", initials(family.patient_name) or "A patient", states=states)


async def _letters(request: Request, parts: Parts, patient_id: UUID | None, limit: int) -> LetterList:
    async with parts.database.connection() as db:
        found = await store.letters(db, patient_stream(patient_id) if patient_id else None, limit)
        counts = await store.letter_counts(db)
    saw(request, [UUID(subject_id(stream)) for stream, *_ in found])
    return LetterList(items=[_letter_view(letter, tried) for _, letter, tried in found], counts=counts)


def _letter_view(letter: ReferrerLetter, tried: int) -> LetterView:
    return LetterView(
        letter_id=letter.notification_id,
        referral_id=letter.referral_id,
        reference=letter.reference,
        referral_status=letter.referral_status,
        status=Shown(letter.status),
        reason=letter.failure or letter.withheld,
        address=masked(letter.recipient.address),
        attempts=tried,
        requested_at=letter.requested_at,
        settled_at=letter.settled_at,
    )


async def _listed(
    request: Request, parts: Parts, patient_id: UUID | None, status: Shown | None, limit: int
) -> NotificationList:
    seen_by = own_only(request)
    async with parts.database.connection() as db:
        stream = patient_stream(patient_id) if patient_id else None
        found = await store.listed(db, stream=stream, status=status, limit=limit, seen_by=seen_by)
        counts = await store.counts(db, seen_by, stream)
    saw(request, [UUID(subject_id(one.stream)) for one in found])
    return NotificationList(items=[_view(one) for one in found], counts=counts)


def _view(listed: store.Listed) -> NotificationView:
    message = listed.message
    whole: dict[str, Any] = dict.fromkeys(NotificationView.model_fields)
    if message:
        whole |= {
            "notification_id": message.notification_id,
            "channel": MessageChannel.EMAIL,
            "template": message.template,
            "recipient": initials(message.recipient.name),
            "address": masked(message.recipient.address),
            "relationship": message.recipient.relationship,
            "settled_at": message.settled_at,
        }
    return NotificationView.model_validate(
        whole
        | {
            "patient_id": subject_id(listed.stream),
            "topic": listed.topic,
            "status": listed.status,
            "reason": listed.reason,
            "attempts": listed.attempts,
            "requested_at": listed.at,
        }
    )


def initials(name: str) -> str:
    """A name as its initials: enough to tell contacts of one family apart."""
    return " ".join(f"{part[0]}." for part in name.split())


def masked(address: str) -> str:
    """An address with its first letter and its domain: enough to see a typing error in the domain."""
    mailbox, _, domain = address.rpartition("@")
    return f"{mailbox[:1]}•••@{domain}"
