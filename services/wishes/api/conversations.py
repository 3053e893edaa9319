"""A serious-illness conversation by its guide: step by step, stopped and taken up again, ended or given up."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import FormData

from carebus.contracts.event import patient_stream
from carebus.contracts.wishes import Present
from carebus.deciding.commands import Asked, Done, Step
from carebus.decisions import Command, Reaction, on
from carebus.errors import CarebusError
from carebus.web import Form, LimitedRoute, act_forms
from carebus.web.forms import errors_of
from carebus.web.http import AskedOf, Parts, PartsOf, asked_by, caller_of
from carebus.web.links import at
from services.wishes.api import words
from services.wishes.api.acts import command_of, known, made_by, name_of
from services.wishes.api.heading import banner
from services.wishes.api.patient import LABELS, page
from services.wishes.domain.conversations import leading
from services.wishes.domain.conversations.conversation import (
    Answer,
    Conversation,
    ConversationOver,
    ConversationStatus,
    ConversationUnknown,
)
from services.wishes.domain.conversations.guide import Guide, Language
from services.wishes.domain.conversations.guide import Step as GuideStep
from services.wishes.domain.conversations.leading import (
    BeginConversation,
    EndConversation,
    GiveUpConversation,
    KeepStep,
)
from services.wishes.domain.wishes import Wishes
from services.wishes.store import conversations as store
from services.wishes.store.guides import guides, newest

router = APIRouter(
    prefix="/patients/{patient_id}/conversations", default_response_class=HTMLResponse, route_class=LimitedRoute
)

api = APIRouter(prefix="/api/patients/{patient_id}/conversations", route_class=LimitedRoute)

BEGIN = on(Wishes, Conversation, leading.begin_conversation)
KEEP = on(Conversation, leading.keep_step)
END = on(Wishes, Conversation, leading.end_conversation)
GIVE_UP = on(Conversation, leading.give_up)
ACT = "conversations"


class Begun(BaseModel):
    """Who takes part, in which language."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    present: tuple[Present, ...] = ()
    language: Language = Language.ENGLISH
    by_agent: bool = False


class Held(Begun):
    """A whole conversation, as it was held elsewhere: every answer by its question."""

    answers: Annotated[tuple[Answer, ...], Field(max_length=60)] = ()


class Where(BaseModel):
    """The answer to what is done with a conversation."""

    conversation_id: UUID
    status: ConversationStatus


@router.post("")
async def begin(request: Request, patient_id: UUID, parts: PartsOf) -> Response:
    sent = await request.form(max_files=0)
    form, asked = Form.typed(sent, LABELS), asked_by(request, act_forms.key_of(sent))
    conversation_id = made_by(asked, ACT)
    try:
        begun = Begun.model_validate(act_forms.body(sent, many=("present",)))
        by, guide = name_of(caller_of(request)), newest()
        command = BeginConversation(conversation_id=conversation_id, by=by, guide=guide, **begun.model_dump())
        await _perform(parts, BEGIN, patient_id, command, asked)
    except ValidationError as why:
        return await page(request, parts, patient_id, ACT, form.refused(why), HTTPStatus.UNPROCESSABLE_ENTITY)
    except CarebusError as why:
        return await page(request, parts, patient_id, ACT, act_forms.refused(form, why), why.status)
    return _to(request, patient_id, conversation_id)


@api.post("")
async def hold(request: Request, patient_id: UUID, held: Held, parts: PartsOf, asked: AskedOf) -> JSONResponse:
    """A conversation that was held, with all that was said, in one command: begun, kept and ended, or nothing."""
    of = {"conversation_id": made_by(asked, ACT), "by": name_of(caller_of(request)), "guide": newest()}
    begin = command_of(BeginConversation, {**of, **held.model_dump(exclude={"answers"})})
    kept = [(KEEP, command_of(KeepStep, {**of, **step})) for step in _by_step(newest(), held.answers)]
    acts = [(BEGIN, begin), *kept, (END, command_of(EndConversation, of))]
    steps: list[Step] = [(reaction, patient_stream(patient_id), command) for reaction, command in acts]
    answer = await parts.commands.perform_in_turn(steps, asked, _replying(begin))
    return JSONResponse(answer.body, answer.status)


@router.get("/{conversation_id}")
async def show(request: Request, patient_id: UUID, conversation_id: UUID, parts: PartsOf, step: str = "") -> Response:
    found = await _found(parts, patient_id, conversation_id)
    return await _page(request, parts, patient_id, found, _form_of(found, step or found.step))


@router.post("/{conversation_id}")
async def keep(request: Request, patient_id: UUID, conversation_id: UUID, parts: PartsOf) -> Response:
    """What was said in one step; `then` says whether it goes on, stops for today, or was held."""
    sent = await request.form(max_files=0)
    form = Form.typed(sent, LABELS)
    found = await _found(parts, patient_id, conversation_id)
    asked = asked_by(request, act_forms.key_of(sent))
    try:
        if found.status in (ConversationStatus.HELD, ConversationStatus.GIVEN_UP):
            raise ConversationOver
        kept = _kept(request, found, sent)
        await _perform(parts, KEEP, patient_id, kept, asked)
        if form.value("then") == "end":
            end = EndConversation(conversation_id=conversation_id, by=kept.by, guide=kept.guide)
            await _perform(parts, END, patient_id, end, _after(asked))
    except (ValidationError, RequestValidationError) as why:
        wrong = _at_questions(why, _step(guide_of(found), act_forms.body(sent)))
        return await _page(request, parts, patient_id, found, form.refused(wrong), 422)
    except CarebusError as why:
        return await _page(request, parts, patient_id, found, _refused(form, why, guide_of(found)), why.status)
    if form.value("then") in ("end", "stop"):
        return RedirectResponse(at(request, f"/patients/{patient_id}"), HTTPStatus.SEE_OTHER)
    return _to(request, patient_id, conversation_id)


@router.post("/{conversation_id}/give-up")
async def give_up(request: Request, patient_id: UUID, conversation_id: UUID, parts: PartsOf) -> Response:
    sent = await request.form(max_files=0)
    form = Form.typed(sent, LABELS)
    found = await _found(parts, patient_id, conversation_id)
    given = {"conversation_id": conversation_id, "by": name_of(caller_of(request))}
    try:
        given_up = command_of(GiveUpConversation, {**act_forms.body(sent), **given})
        await _perform(parts, GIVE_UP, patient_id, given_up, asked_by(request, act_forms.key_of(sent)))
    except RequestValidationError as why:
        return await _page(request, parts, patient_id, found, form.refused(why), 422)
    except CarebusError as why:
        return await _page(request, parts, patient_id, found, act_forms.refused(form, why), why.status)
    return RedirectResponse(at(request, f"/patients/{patient_id}"), HTTPStatus.SEE_OTHER)


def guide_of(conversation: Conversation) -> Guide:
    """The guide that it was begun with."""
    return guides()[conversation.guide, conversation.guide_version]


def _kept(request: Request, found: Conversation, sent: FormData) -> KeepStep:
    guide, typed = guide_of(found), act_forms.body(sent)
    step, said = _step(guide, typed), _group(typed, "said")
    answers = [{"question": one.id, **_group(said, one.id)} for one in step.questions]
    given = {"conversation_id": found.conversation_id, "by": name_of(caller_of(request)), "guide": guide}
    stop = typed.get("then") == "stop"
    made = command_of(KeepStep, {**given, "step": step.id, "answers": answers, "stop": stop})
    assert isinstance(made, KeepStep)
    return made


def _step(guide: Guide, typed: Any) -> GuideStep:
    return guide.step(str(typed.get("step", ""))) or guide.steps[0]


def _group(typed: Any, name: str) -> dict[str, Any]:
    """The fields of this group; none where something else was sent under its name."""
    found = typed.get(name)
    return found if isinstance(found, dict) else {}


def _at_questions(why: ValidationError | RequestValidationError, step: GuideStep) -> dict[str, str]:
    """What is wrong, at the fields of the form: `answers.2.words` is the third question's."""
    found: dict[str, str] = {}
    for name, rule in errors_of(why).items():
        part, _, rest = name.partition(".")
        number, _, field = rest.partition(".")
        of = step.questions[int(number)].id if part == "answers" and number.isdecimal() else ""
        found[f"said.{of}.{field}" if of else name] = rule
    return found


def _refused(form: Form, why: CarebusError, guide: Guide) -> Form:
    """At its field, which is named after its question."""
    question = (why.field or "").partition(".")[0]
    known_ = question in {one.id for one in guide.questions()}
    return form.refused({f"said.{why.field}" if known_ else why.field or "": str(why)})


def _form_of(found: Conversation, step: str) -> Form:
    values: dict[str, tuple[str, ...]] = {}
    for one in found.answers:
        parts = {"words": one.words, "choice": one.choice or "", "ask_by": one.ask_by.isoformat() if one.ask_by else ""}
        values |= {f"said.{one.question}.{name}": (str(text),) for name, text in parts.items() if text}
    blank = act_forms.blank(LABELS, step=step)
    return Form({**values, **blank.values}, {}, LABELS)


async def _perform(parts: Parts, reaction: Reaction, patient_id: UUID, command: Command, asked: Asked) -> None:
    await parts.commands.perform(reaction, patient_stream(patient_id), command, asked, _replying(command))


def _replying(command: Command) -> Callable[[Done], Where]:
    def reply(done: Done) -> Where:
        found = done.state(Conversation, command)
        assert found.conversation_id is not None, "it was just begun, or was there"
        return Where(conversation_id=found.conversation_id, status=found.status)

    return reply


def _by_step(guide: Guide, answers: Sequence[Answer]) -> list[dict[str, Any]]:
    """Each step with its answers; what is of no question of the guide goes with the first, which refuses it."""
    of = {one.id: step.id for step in guide.steps for one in step.questions}
    first = guide.steps[0].id
    return [
        {"step": step.id, "answers": [one for one in answers if of.get(one.question, first) == step.id]}
        for step in guide.steps
    ]


def _after(asked: Asked) -> Asked:
    """The second command of one press of a button has a key of its own, the same each time."""
    return replace(asked, key=f"{asked.key}/end")


async def _found(parts: Parts, patient_id: UUID, conversation_id: UUID) -> Conversation:
    async with parts.database.connection() as db:
        found = await store.conversation_of(db, patient_id, conversation_id)
    if found is None:
        raise ConversationUnknown
    return found


async def _page(
    request: Request, parts: Parts, patient_id: UUID, found: Conversation, form: Form, status: int = HTTPStatus.OK
) -> HTMLResponse:
    async with parts.database.connection() as db:
        wishes = await known(db, patient_id)
    guide = guide_of(found)
    step = guide.step(form.value("step")) or guide.steps[0]
    return parts.pages.render(
        request,
        "conversation.html",
        status,
        patient_id=patient_id,
        conversation=found,
        guide=guide,
        step=step,
        last=guide.after(step.id) is None,
        at_step=guide.steps.index(step) + 1,
        banner=banner(wishes, patient_id, parts.clock.now()),
        form=form,
        blank=act_forms.blank(LABELS),
        over=found.status in (ConversationStatus.HELD, ConversationStatus.GIVEN_UP),
        today=parts.clock.now().date(),
        words=words,
    )


def _to(request: Request, patient_id: UUID, conversation_id: UUID) -> RedirectResponse:
    return RedirectResponse(
        at(request, f"/patients/{patient_id}/conversations/{conversation_id}"), HTTPStatus.SEE_OTHER
    )
