"""The coordinators' pages: the worklist, finding somebody, and one referral with all that may be done to it."""

import re
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi import Form as Posted
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from carebus.ids import new_id
from carebus.web import Form, LimitedRoute
from carebus.web.http import Parts, PartsOf
from services.referral import store
from services.referral.api import words
from services.referral.api.eligibility import findings, rules
from services.referral.api.referring.also import also_of
from services.referral.api.workflow import acts
from services.referral.api.workflow.acts import ACTS
from services.referral.domain import TERMINAL, Act, Deadline, Referral, ReferralUnknown, Role, Status, allowed
from services.referral.domain.workflow.reference import read_reference, reference
from services.referral.store import NOBODY, Shelf, Wanted

router = APIRouter(include_in_schema=False, route_class=LimitedRoute)

PAGE = 25
FOUND = 50
ME = "carebus-me"
LABELS = {"reason": "Reason", "reason_text": "Why, in words"}
_PERSON = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}")


class Chosen(BaseModel):
    """The filters of the worklist as they stand in its address: nothing that names a person who is referred."""

    status: str = ""
    urgency: str = ""
    payer: str = ""
    person: str = Field("", max_length=60)
    organization: str = Field("", max_length=200)
    overdue: str = ""
    after: UUID | None = None
    decided: UUID | None = None

    def address(self, after: UUID | None = None) -> str:
        """The worklist with these filters, from the one after `after` on."""
        said = self.model_dump(exclude={"after", "decided"})
        return "/?" + urlencode({name: value for name, value in {**said, "after": after}.items() if value})

    def wanted(self, me: str, now: datetime) -> Wanted:
        """What they ask for; what nobody knows is left out."""
        status = Status(self.status) if self.status in set(Status) else None
        shelf = Shelf(self.status) if self.status in set(Shelf) else Shelf.OPEN
        person = {"me": me, "nobody": NOBODY}.get(self.person, self.person)
        return Wanted(
            shelf=Shelf.ENDED if status in TERMINAL else shelf,
            status=status,
            urgent={"urgent": True, "routine": False}.get(self.urgency),
            payer=self.payer if self.payer in {kind.value for kind in words.PAYERS} else None,
            person=person,
            organization=self.organization.strip(),
            overdue_at=now if self.overdue else None,
            after=self.after,
        )


@router.get("/")
async def worklist(request: Request, parts: PartsOf, chosen: Annotated[Chosen, Query()]) -> HTMLResponse:
    """The worklist: what breaks its deadline next comes first."""
    now, me = parts.clock.now(), who(request)
    wanted = chosen.wanted(me, now)
    async with parts.database.connection() as db:
        rows = await store.worklist(db, wanted, PAGE + 1)
        tally, people = await store.tally(db, now), await store.people(db)
        done = await store.referral(db, chosen.decided) if chosen.decided else None
    return parts.pages.render(
        request,
        "worklist.html",
        rows=rows[:PAGE],
        more=chosen.address(rows[PAGE - 1].referral_id) if len(rows) > PAGE else "",
        first=chosen.address() if chosen.after else "",
        tally=tally,
        people=sorted({*people, *([me] if me else [])}),
        filters=Form.blank({}, **chosen.model_dump(exclude={"after", "decided"})),
        ended=wanted.ended,
        done=done[1] if done else None,
        **shared(request, parts),
    )


@router.get("/find")
async def find(request: Request, parts: PartsOf, number: Annotated[str, Query(max_length=40)] = "") -> Response:
    """The referral with a reference number that somebody reads out."""
    return await _found(request, parts, number, by_name=False)


@router.post("/find")
async def find_person(request: Request, parts: PartsOf, text: Annotated[str, Posted(max_length=200)] = "") -> Response:
    """Referrals by a reference number or by the beginning of names; posted, for no name belongs in an address."""
    return await _found(request, parts, text, by_name=True)


async def _found(request: Request, parts: Parts, text: str, *, by_name: bool) -> Response:
    number = read_reference(text)
    async with parts.database.connection() as db:
        rows = await store.by_reference(db, number) if number else []
        if not rows and by_name:
            rows = await store.named(db, text, FOUND)
    if len(rows) == 1:
        return RedirectResponse(f"/referrals/{rows[0].referral_id}", HTTPStatus.SEE_OTHER)
    common = shared(request, parts)
    return parts.pages.render(
        request,
        "find.html",
        HTTPStatus.OK if rows else HTTPStatus.NOT_FOUND,
        rows=rows,
        by_name=by_name,
        most=FOUND,
        **common,
    )


@router.get("/referrals/{referral_id}")
async def detail(request: Request, parts: PartsOf, referral_id: UUID) -> HTMLResponse:
    """One referral."""
    return await detail_page(request, parts, referral_id)


async def detail_page(
    request: Request,
    parts: Parts,
    referral_id: UUID,
    form: Form | None = None,
    status: int = HTTPStatus.OK,
    *,
    refusal: str = "",
    act: Act | None = None,
) -> HTMLResponse:
    """One referral, with the form of an act as it was typed if that act was refused."""
    async with parts.database.connection() as db:
        found = await store.referral(db, referral_id)
        same = await store.same_person(db, found[1]) if found else []
        also = await also_of(db, found[1]) if found else None
    if found is None:
        raise ReferralUnknown
    patient_id, referral = found
    doable = _doable(referral)
    return parts.pages.render(
        request,
        "referral.html",
        status,
        patient_id=patient_id,
        referral=referral,
        same=same,
        also=also,
        reference=reference(referral_id),
        reference_of=reference,
        dues=_dues(referral, parts.clock.now()),
        doable=doable,
        form=form or Form.blank(LABELS),
        blank=_suggested(referral),
        refusal=refusal,
        findings=findings,
        book=rules.book_of(parts),
        tried=act,
        kept=_kept(form, act) if act not in doable else "",
        **shared(request, parts),
    )


def who(request: Request) -> str:
    """Who works in this browser, as they said; nobody in particular otherwise."""
    me = request.cookies.get(ME, "")
    return me if _PERSON.fullmatch(me) else ""


def shared(request: Request, parts: Parts) -> dict[str, Any]:
    """What every page of the office needs."""
    return {"now": parts.clock.now(), "words": words, "acts": acts, "new_id": new_id, "me": who(request)}


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


def _dues(referral: Referral, now: datetime) -> list[tuple[str, str]]:
    """Each thing that is due, with when, or with whom it waits for."""
    return [(acts.milestone(due.milestone), _due_words(due, now)) for due in referral.due]


def _due_words(due: Deadline, now: datetime) -> str:
    if due.due_at is None:
        return f"waits for: {acts.PARTIES[due.waits_for or 'office'].lower()}"
    if due.due_at < now:
        return f"{acts.when(due.due_at)}: overdue by {words.waited(due.due_at, now)}"
    return acts.when(due.due_at)


def _suggested(referral: Referral) -> Form:
    return Form.blank(
        LABELS,
        reason=referral.assessed.decline_reason or "",
        triage__urgency=referral.urgency,
        supply_information__supplied_by=referral.question.owed_by if referral.question else "",
        assign__assignee=referral.assigned_to,
    )
