"""What a patient and their agent take along: what was said and written down, in their language, to read or to print."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from carebus.contracts.audit import AuditKind
from carebus.web import LimitedRoute
from carebus.web.http import PartsOf, saw
from services.wishes.api import words
from services.wishes.api.acts import known
from services.wishes.api.heading import banner
from services.wishes.domain.conversations.conversation import ConversationStatus
from services.wishes.domain.conversations.guide import Language
from services.wishes.domain.summarising import topics
from services.wishes.store import conversations
from services.wishes.store.guides import guides

router = APIRouter(default_response_class=HTMLResponse, route_class=LimitedRoute)


@router.get("/patients/{patient_id}/summary")
async def summary(request: Request, patient_id: UUID, parts: PartsOf, language: Language | None = None) -> HTMLResponse:
    async with parts.database.connection() as db:
        wishes = await known(db, patient_id)
        held = await conversations.conversations_of(db, patient_id)
    saw(request, [patient_id], AuditKind.EXPORT)
    last = next((one for one in held if one.status is ConversationStatus.HELD), None)
    assert wishes.patient is not None, "who is known has a name"
    spoken = language or (Language.SPANISH if wishes.patient.language == Language.SPANISH else Language.ENGLISH)
    spanish = spoken is Language.SPANISH
    return parts.pages.render(
        request,
        "summary.html",
        patient_id=patient_id,
        wishes=wishes,
        banner=banner(wishes, patient_id, parts.clock.now()),
        topics={one.topic: one for one in topics(wishes)},
        waits={one.topic: one.ask_by for one in wishes.not_known},
        last=last,
        guide=guides()[last.guide, last.guide_version] if last else None,
        answers=last.answered() if last else {},
        spoken=spoken,
        topic_words=words.SPANISH_TOPICS if spanish else words.TOPICS,
        choice_words=words.SPANISH_CHOICES if spanish else words.CHOICES,
        spanish=spanish,
        written=words.in_spanish if spanish else words.in_english,
        now=parts.clock.now(),
    )
