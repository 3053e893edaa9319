"""The page of somebody's wishes: what stands, in words, by one click; and what is done about it."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError
from starlette.datastructures import FormData

from carebus.contracts.wishes import CHOICES
from carebus.errors import CarebusError
from carebus.web import Form, LimitedRoute, act_forms
from carebus.web.http import Parts, PartsOf, asked_by, caller_of
from carebus.web.links import at
from services.wishes.access import clinical, deciding, filing
from services.wishes.api import acts, words
from services.wishes.api.acts import ACTS, OF_DOCUMENT, known
from services.wishes.api.heading import banner
from services.wishes.domain.conversations.conversation import ConversationStatus
from services.wishes.domain.summarising import open_conflicts, topics
from services.wishes.domain.wishes import PatientUnknown
from services.wishes.store import conversations, documents, people

router = APIRouter(default_response_class=HTMLResponse, route_class=LimitedRoute)

MANY = ("powers", "present")
LABELS = {
    "file": "The file",
    "kind": "What it is",
    "status": "Signed or not",
    "signed_on": "Signed on",
    "effective_on": "In force from",
    "replaces": "Takes the place of",
    **{f"says.{topic}": label for topic, label in words.TOPICS.items()},
    **{topic.value: label for topic, label in words.TOPICS.items()},
    "full_name": "Full name",
    "relationship": "Who they are to the patient",
    "phone": "Phone",
    "rank": "Order",
    "powers": "May decide about",
    "limits": "May not decide",
    "appointed_on": "Named on",
    "since": "Since",
    "because": "Why",
    "outcome": "What stands",
    "asked": "Who was asked",
    "present": "Who takes part",
    "by_agent": "The agent speaks for the patient",
    "language": "Language of the guide",
}
SHOWN = frozenset(ACTS) - OF_DOCUMENT


@router.get("/patients/{patient_id}")
async def wishes(request: Request, patient_id: UUID, parts: PartsOf) -> Response:
    return await page(request, parts, patient_id, "", act_forms.blank(LABELS))


@router.post("/patients/{patient_id}/{act}")
async def perform(request: Request, patient_id: UUID, act: str, parts: PartsOf) -> Response:
    if act not in SHOWN:
        raise PatientUnknown
    sent = await request.form(max_files=0)
    form = Form.typed(sent, LABELS)
    try:
        body = ACTS[act].body.model_validate(typed(sent)).model_dump(exclude_unset=True)
        asked = asked_by(request, act_forms.key_of(sent))
        await acts.perform(parts, ACTS[act], patient_id, body, caller_of(request), asked)
    except (ValidationError, RequestValidationError) as why:
        return await page(request, parts, patient_id, act, form.refused(why), HTTPStatus.UNPROCESSABLE_ENTITY)
    except PatientUnknown:
        raise
    except CarebusError as why:
        return await page(request, parts, patient_id, act, act_forms.refused(form, why), why.status)
    return RedirectResponse(at(request, f"/patients/{patient_id}"), HTTPStatus.SEE_OTHER)


def typed(sent: FormData) -> dict[str, Any]:
    """What was typed, with answers on topics as statements."""
    body: dict[str, Any] = act_forms.body(sent, many=MANY)
    says = body.pop("says", None)
    if isinstance(says, dict):
        body["statements"] = [{"topic": topic, "choice": choice} for topic, choice in says.items()]
    return body


async def page(
    request: Request, parts: Parts, patient_id: UUID, act: str, form: Form, status: int = HTTPStatus.OK
) -> HTMLResponse:
    """The page, with the form of this act as it was typed."""
    now, caller = parts.clock.now(), caller_of(request)
    async with parts.database.connection() as db:
        found = await known(db, patient_id)
        retired = await people.retired_into(db, patient_id)
        filed = await documents.documents_of(db, [patient_id, *retired])
        held = await conversations.conversations_of(db, patient_id)
        behind = await people.is_behind(db, patient_id)
    return parts.pages.render(
        request,
        "wishes.html",
        status,
        patient_id=patient_id,
        wishes=found,
        banner=banner(found, patient_id, now),
        topics={one.topic: one for one in topics(found)},
        waits={one.topic: one.ask_by for one in found.not_known},
        conflicts=open_conflicts(found),
        settled=[one for one in found.conflicts if one.outcome],
        filed=filed,
        elsewhere={one: topics(each) for one, each in retired.items()},
        conversations=held,
        open_one=next((one for one in held if one.status in OPEN), None),
        behind=behind,
        act=act,
        form=form,
        blank=act_forms.blank(LABELS),
        choices=CHOICES,
        may={"decide": deciding.admits(caller), "lead": clinical.admits(caller), "file": filing.admits(caller)},
        now=now,
        today=now.date(),
        words=words,
    )


OPEN = frozenset({ConversationStatus.UNDER_WAY, ConversationStatus.STOPPED})
