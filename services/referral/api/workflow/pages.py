"""The coordinators' pages: the worklist, finding somebody, and one referral with all that may be done to it."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup
from pydantic import TypeAdapter, ValidationError

from carebus.ids import new_id
from carebus.web import Form, LimitedRoute
from carebus.web.http import Parts, PartsOf, caller_of, own_only, require_standing, saw
from services.referral import store
from services.referral.access import office
from services.referral.api import words
from services.referral.api.about import about
from services.referral.api.eligibility import findings, rules
from services.referral.api.referring.also import also_of
from services.referral.api.workflow import acts, telling
from services.referral.api.workflow.acts import ACTS
from services.referral.api.workflow.listing import TABS, Chosen
from services.referral.api.workflow.waiting_changes import waiting
from services.referral.domain import Act, Deadline, Referral, ReferralUnknown, Role, allowed
from services.referral.domain.workflow.commands import Who
from services.referral.domain.workflow.reference import reference
from services.referral.store import NOBODY

router = APIRouter(include_in_schema=False, route_class=LimitedRoute)

PAGE = 50
LABELS = {"reason": "Reason", "reason_text": "Why, in words"}
ChosenOf = Annotated[Chosen, Query()]
_WHO: TypeAdapter[str] = TypeAdapter(Who)


@router.get("/")
async def worklist(request: Request, parts: PartsOf, chosen: ChosenOf) -> HTMLResponse:
    """The worklist: what breaks its deadline next comes first."""
    now, me = parts.clock.now(), who(request)
    wanted = chosen.wanted(me, now)
    mine = wanted.person if wanted.person != NOBODY else ""
    async with parts.database.connection() as db:
        rows = await store.worklist(db, wanted, PAGE + 1)
        tally, people = await store.tally(db, now, mine), await store.people(db)
        ahead = await store.moved_ahead(db, wanted, chosen.since) if chosen.since else 0
        done = await store.referral(db, chosen.decided) if chosen.decided else None
    saw(request, [row.patient_id for row in rows[:PAGE]])
    return parts.pages.render(
        request,
        "worklist.html",
        rows=rows[:PAGE],
        chosen=chosen,
        more=chosen.next_page(rows[PAGE - 1], now) if len(rows) > PAGE else "",
        ahead=ahead,
        tabs=[(tab, TABS[tab], tally.tabs[tab]) for tab in store.TABS],
        tally=tally,
        people=sorted({*people, *([me] if me else [])}),
        filters=Form.blank({}, **chosen.model_dump(exclude={"after", "decided", "since"})),
        ended=wanted.ended,
        done=done[1] if done else None,
        **shared(request, parts),
    )


@dataclass(frozen=True, slots=True)
class Tried:
    """What somebody tried on a referral's page that was refused: the form as it was typed, and the words."""

    form: Form | None = None
    act: Act | None = None
    refusal: str = ""
    status: int = HTTPStatus.OK


NOTHING_TRIED = Tried()


@router.get("/referrals/{referral_id}")
async def detail(request: Request, parts: PartsOf, referral_id: UUID, chosen: ChosenOf) -> HTMLResponse:
    """One referral, on the way through a list if the address says which."""
    return await detail_page(request, parts, referral_id, chosen)


async def detail_page(
    request: Request, parts: Parts, referral_id: UUID, chosen: Chosen, tried: Tried = NOTHING_TRIED
) -> HTMLResponse:
    """One referral, with the form of an act as it was typed if that act was refused."""
    async with parts.database.connection() as db:
        found = await store.referral(db, referral_id)
    if found is None:
        raise ReferralUnknown
    patient_id, referral = found
    await require_standing(request, parts, patient_id)
    saw(request, [patient_id])
    of_office = office.standing(caller_of(request)).open
    async with parts.database.connection() as db:
        same = await store.same_person(db, referral, own_only(request))
        also = await also_of(db, referral)
        before = await store.referral(db, chosen.decided) if chosen.decided and of_office else None
        by = await telling.naming(db, _actors(referral))
    doable = _doable(referral) if of_office else []
    return parts.pages.render(
        request,
        "referral.html",
        tried.status,
        banner=about(patient_id, referral, parts.clock.now()),
        chosen=chosen,
        of_office=of_office,
        before=before[1] if before else None,
        referral=referral,
        same=same,
        also=also,
        by=by,
        reference=reference(referral_id),
        reference_of=reference,
        waiting=[] if referral.ended else waiting(referral),
        dues=_dues(referral, parts.clock.now()),
        doable=doable,
        form=tried.form or Form.blank(LABELS),
        blank=_suggested(referral),
        refusal=tried.refusal,
        findings=findings,
        book=rules.book_of(parts),
        tried=tried.act,
        kept=_kept(tried.form, tried.act) if tried.act not in doable else "",
        **shared(request, parts),
    )


def who(request: Request) -> str:
    """Who works here, as their referrals are assigned to them: the name that they have signed in with."""
    try:
        return _WHO.validate_python(caller_of(request).name)
    except ValidationError:
        return ""


def shared(request: Request, parts: Parts) -> dict[str, Any]:
    """What every page of the office needs."""
    return {
        "now": parts.clock.now(),
        "words": words,
        "acts": acts,
        "telling": telling,
        "new_id": new_id,
        "me": who(request),
    }


def _actors(referral: Referral) -> list[str]:
    """Everybody who did something to a referral."""
    return [step.by for step in referral.steps] + ([referral.outcome.decided_by] if referral.outcome else [])


def _doable(referral: Referral) -> list[Act]:
    """What a coordinator may do now, in the order of the page."""
    may = set(allowed(referral.status, Role.COORDINATOR))
    if not referral.assessed.eligible:
        may -= {Act.ACCEPT, Act.WAITLIST}
    if not any(due.milestone == "acknowledgement" for due in referral.due):
        may.discard(Act.ACKNOWLEDGE)
    if referral.replaced_by:
        may.discard(Act.REOPEN)
    return [act for act in ACTS if act in may]


def _kept(form: Form | None, act: Act | None) -> str:
    """What was typed into a form that is not on the page any more, so that it can be copied."""
    asks = ACTS[act].asks if act in ACTS else ()
    typed = [form.value(f"{act}.{ask.name}") or form.value(ask.name) for ask in asks] if form else []
    return "; ".join(text for text in typed if text)


def _dues(referral: Referral, now: datetime) -> list[tuple[str, str | Markup]]:
    """Each thing that is due, with when, or with whom it waits for."""
    return [(acts.milestone(due.milestone), _due_words(due, now)) for due in referral.due]


def _due_words(due: Deadline, now: datetime) -> str | Markup:
    if due.due_at is None:
        return f"waits for: {acts.PARTIES[due.waits_for or 'office'].lower()}"
    if due.due_at < now:
        return Markup("{}: overdue by {}").format(acts.when(due.due_at), words.waited(due.due_at, now))
    return acts.when(due.due_at)


def _suggested(referral: Referral) -> Form:
    return Form.blank(
        LABELS,
        reason=referral.assessed.decline_reason or "",
        triage__urgency=referral.urgency,
        supply_information__supplied_by=referral.question.owed_by if referral.question else "",
        assign__assignee=referral.assigned_to,
    )
