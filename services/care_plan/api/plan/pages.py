"""The pages of a plan: as it stands with its conflicts, and the form in which it is written."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from carebus.contracts.care_plan import ConflictSettlement, ConflictSide, PlanGoal, PlanOfCare
from carebus.errors import CarebusError
from carebus.web import Form, LimitedRoute, act_forms
from carebus.web.http import Parts, PartsOf, asked_by, caller_of
from carebus.web.links import at
from services.care_plan.access import ACCESS
from services.care_plan.api import acts, rows, words
from services.care_plan.api.acts import known_patient
from services.care_plan.api.heading import banner
from services.care_plan.api.plan import words as plan_words
from services.care_plan.api.plan import writing
from services.care_plan.api.plan.commands import ACTS
from services.care_plan.domain.care import Care, Plan
from services.care_plan.domain.plan.approving import missing_needs
from services.care_plan.domain.plan.conflicts import RULES
from services.care_plan.domain.plan.goals import MOVES
from services.care_plan.domain.plan.revising import PlanChangedMeanwhile
from services.care_plan.domain.plan.settling import NoPlanYet
from services.care_plan.store import plans, sharing
from services.care_plan.store.rulesets import starting_plans

router = APIRouter(default_response_class=HTMLResponse, route_class=LimitedRoute)

LABELS = {
    "next_review_on": "Next review on",
    "status": "The goal is now",
    "achievement": "How near it is",
    "reason_text": "Why",
    "how": "What was agreed",
    "agreed": "In words, and with whom",
}


@router.get("/patients/{patient_id}/plan")
async def plan(request: Request, patient_id: UUID, parts: PartsOf, goal: str = "", conflict: str = "") -> Response:
    """The plan; with the form of one goal, or of one conflict, where one is asked for."""
    form = act_forms.blank(LABELS, goal_id=goal, conflict_id=conflict)
    return await _page(request, parts, patient_id, "", form)


@router.get("/patients/{patient_id}/plan/write")
async def begin(request: Request, patient_id: UUID, parts: PartsOf) -> Response:
    care, stands = await _planned(parts, patient_id)
    care.require_open()
    return _form_page(request, parts, patient_id, care, stands, writing.begun(care, stands, starting_plans()))


@router.post("/patients/{patient_id}/plan/write")
async def write(request: Request, patient_id: UUID, parts: PartsOf) -> Response:
    care, stands = await _planned(parts, patient_id)
    sent = await request.form(max_files=0, max_fields=rows.MOST_FIELDS)
    typed, one = writing.read(sent), ACTS["revise"]
    form = writing.shown(typed, act_forms.key_of(sent))
    try:
        body = one.body.model_validate(typed).model_dump()
        await acts.perform(parts, one, patient_id, body, asked_by(request, act_forms.key_of(sent)))
    except (ValidationError, RequestValidationError) as why:
        form, status = writing.refused(form, why), HTTPStatus.UNPROCESSABLE_ENTITY
        return _form_page(request, parts, patient_id, care, stands, form, status)
    except PlanChangedMeanwhile as why:
        seen = writing.shown({**typed, "based_on": stands.version}, act_forms.key_of(sent))
        return _form_page(request, parts, patient_id, care, stands, act_forms.refused(seen, why), why.status)
    except CarebusError as why:
        return _form_page(request, parts, patient_id, care, stands, act_forms.refused(form, why), why.status)
    return RedirectResponse(at(request, f"/patients/{patient_id}/plan"), HTTPStatus.SEE_OTHER)


@router.post("/patients/{patient_id}/plan/{act}")
async def change(request: Request, patient_id: UUID, act: str, parts: PartsOf) -> Response:
    if act not in ACTS or act == "revise":
        raise NoPlanYet
    await _planned(parts, patient_id)
    sent = await request.form(max_files=0)
    form, one = Form.typed(sent, LABELS), ACTS[act]
    try:
        body = one.body.model_validate(act_forms.body(sent)).model_dump(exclude_unset=True)
        await acts.perform(parts, one, patient_id, body, asked_by(request, act_forms.key_of(sent)))
    except (ValidationError, RequestValidationError) as why:
        refused, status = form.refused(why), int(HTTPStatus.UNPROCESSABLE_ENTITY)
        return await _page(request, parts, patient_id, act, refused, status)
    except CarebusError as why:
        return await _page(request, parts, patient_id, act, act_forms.refused(form, why), why.status)
    return RedirectResponse(at(request, f"/patients/{patient_id}/plan"), HTTPStatus.SEE_OTHER)


async def _planned(parts: Parts, patient_id: UUID) -> tuple[Care, Plan]:
    care = await known_patient(parts, patient_id)
    if care.plan is None:
        raise NoPlanYet
    return care, care.plan


async def _page(
    request: Request, parts: Parts, patient_id: UUID, act: str, form: Form, status: int = HTTPStatus.OK
) -> Response:
    care, stands = await _planned(parts, patient_id)
    says = stands.says
    async with parts.database.connection() as db:
        versions = await plans.versions_of(db, stands.plan_id)
        names = await sharing.signers(db, [one.by for one in stands.agreements])
    return _render(
        request,
        parts,
        patient_id,
        care,
        "plan.html",
        status,
        plan=stands,
        says=says,
        act=act,
        form=form,
        likely=starting_plans().likely(care.conditions),
        missing=[plan_words.NEEDS[domain] for domain in missing_needs(says)] if says else [],
        named=_namer(says),
        states=_states,
        rules=RULES,
        side=_side,
        agreements=[(one, names[one.by]) for one in reversed(stands.agreements)],
        versions=versions,
        overruled=_overruled(stands),
        review_days=starting_plans().review_days,
    )


def _form_page(
    request: Request, parts: Parts, patient_id: UUID, care: Care, stands: Plan, form: Form, status: int = HTTPStatus.OK
) -> Response:
    ids = writing.spare_ids(form)
    return _render(
        request,
        parts,
        patient_id,
        care,
        "plan_form.html",
        status,
        plan=stands,
        form=form,
        ids=ids,
        counts=writing.counts(form),
        spare=writing.SPARE,
        hints=writing.hints(care, stands, starting_plans()),
        problems=_choices(form, ids, "problems", "problem_id", "text"),
        goals=_choices(form, ids, "goals", "goal_id", "words"),
        owners=[(str(one.clinician_id), f"{one.name}, {words.ROLES[one.role].lower()}") for one in care.team],
    )


def _choices(form: Form, ids: dict[str, str], part: str, id_name: str, text: str) -> list[tuple[str, str]]:
    """The rows that another row can name, those that are still empty by their number."""
    named = [name for name in ids if name.startswith(f"plan.{part}.")]
    texts = [form.value(name.replace(id_name, text)) for name in named]
    noun = writing.NOUNS[part]
    return [(ids[name], texts[n] or f"{noun} {n + 1}, when written") for n, name in enumerate(named)]


def _render(
    request: Request, parts: Parts, patient_id: UUID, care: Care, template: str, status: int, **shown: Any
) -> Response:
    may = {name for name, one in ACTS.items() if ACCESS.of_command(one.command).admits(caller_of(request))}
    return parts.pages.render(
        request,
        template,
        status,
        patient_id=patient_id,
        care=care,
        person=care.patient,
        banner=banner(care, patient_id, parts.clock.now()),
        may=may if care.in_care and not care.holds else set(),
        words=plan_words,
        **shown,
    )


def _namer(says: PlanOfCare | None) -> Callable[[Iterable[UUID]], str]:
    """Problems by their ids, in words."""
    texts = {problem.problem_id: problem.text for problem in says.problems} if says else {}
    return lambda ids: "; ".join(texts[one] for one in ids if one in texts)


def _states(goal: PlanGoal) -> list[tuple[str, str]]:
    """How a goal may stand now: as it does, or where it may go."""
    return [(each, said) for each, said in plan_words.GOAL_STATES.items() if each in {goal.status, *MOVES[goal.status]}]


def _overruled(stands: Plan) -> set[UUID]:
    """What gave way in conflicts that are still there: theirs where ours stands, and the other way round."""
    gives_way = {ConflictSettlement.OURS_STANDS: True, ConflictSettlement.THEIRS_STANDS: False}
    open_ones = [one for one in stands.agreements if one.conflict.conflict_id in stands.settled]
    return {
        side.item_id
        for one in open_ones
        if one.how in gives_way and any(side.plan_of for side in one.conflict.sides)
        for side in one.conflict.sides
        if bool(side.plan_of) is gives_way[one.how]
    }


def _side(side: ConflictSide) -> str:
    """One side of a conflict in words: what, whose, and of which plan."""
    owner = ", ".join(filter(None, (side.owner.name, side.owner.profession.lower())))
    return f"{side.text} ({owner}{f'; plan of {side.plan_of}' if side.plan_of else ''})"
