"""What a referrer who has signed in sees: their organization's referrals, how its loops stand, and its webhooks."""

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from carebus.access import AccountRole
from carebus.contracts.audit import AuditKind
from carebus.contracts.event import subject_id
from carebus.contracts.referral import SeenBy
from carebus.errors import CarebusError
from carebus.web import Form, LimitedRoute, Link
from carebus.web.http import Parts, PartsOf, asked_by, caller_of, saw
from carebus.web.links import at
from services.referral import store
from services.referral.api.feedback import links, standing
from services.referral.api.feedback import webhooks as hooks
from services.referral.api.organizations import sign_in
from services.referral.api.organizations.pages import COMMON, LABELS, loops_of, rate_chart
from services.referral.api.organizations.sign_in import Member, MemberOf
from services.referral.domain import ReferralUnknown
from services.referral.domain.feedback.business_status import ENDED
from services.referral.domain.organizations.names import name_key
from services.referral.domain.workflow.reference import reference

router = APIRouter(include_in_schema=False, route_class=LimitedRoute)
router.include_router(sign_in.router)

PAGE = 25
NO_NOTES = frozenset({AccountRole.HEALTH_PLAN, AccountRole.FAMILY_MEMBER})
"""They are told how a referral stands, and never what was found at a visit."""
MENU = (Link("My referrals", "/my/referrals"), Link("Webhooks", "/my/webhooks"))


@router.get("/my/referrals")
async def mine(
    request: Request,
    parts: PartsOf,
    account: MemberOf,
    show: str = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> HTMLResponse:
    """All referrals of the organization, open ones first, and how its loops stand."""
    async with parts.database.connection() as db:
        seen = await loops_of(parts, db, account.organization_id)
        rows = await store.referrals_of(
            db, account.organization_id, ENDED, only_open=show == "open", limit=PAGE + 1, offset=(page - 1) * PAGE
        )
    saw(request, [row.patient_id for row in rows[:PAGE]], AuditKind.DISCLOSURE)
    loop = seen.found[0]
    return _render(
        request,
        parts,
        account,
        "my_referrals.html",
        rows=rows[:PAGE],
        more=len(rows) > PAGE,
        page=page,
        show=show,
        loop=loop,
        year=seen.year,
        chart=rate_chart({account.organization: loop.share}, seen.year),
        stands=standing.STANDS,
        now=parts.clock.now(),
    )


@router.get("/my/referrals/{referral_id}")
async def one(request: Request, parts: PartsOf, account: MemberOf, referral_id: UUID) -> HTMLResponse:
    """One of them: where it stands, and the visit summary when there is one."""
    async with parts.database.connection() as db:
        found = await store.referral(db, referral_id)
        stream = await store.stream_of(db, referral_id)
        known = await store.organization(db, account.organization_id)
        feedback = await store.feedback_of(db, stream) if stream else None
    followed = feedback.of(referral_id) if feedback else None
    if not (found and stream and known and feedback and followed) or name_key(followed.organization) not in known.names:
        raise ReferralUnknown
    saw(request, [UUID(subject_id(stream))], AuditKind.DISCLOSURE)
    asked = asked_by(request, None)
    await links.note(parts, stream, followed, SeenBy.ACCOUNT, asked)
    may_read = not caller_of(request).roles & NO_NOTES
    if may_read:
        await links.received(parts, found[1], asked)
    return _render(
        request,
        parts,
        account,
        "my_referral.html",
        reference=reference(referral_id),
        received=found[1].received,
        standing=standing.of(found[1], followed, confirmed=True),
        summary=standing.summary_of(feedback.summary(referral_id)) if may_read else None,
        may_read=may_read,
    )


@router.get("/my/webhooks")
async def webhooks(request: Request, parts: PartsOf, account: MemberOf) -> HTMLResponse:
    """The organization's webhooks."""
    return await _webhooks(request, parts, account)


@router.post("/my/webhooks")
async def add_webhook(request: Request, parts: PartsOf, account: MemberOf) -> HTMLResponse:
    """Register an address, and show its secret this once."""
    sent = await request.form(max_files=0)
    try:
        made = await hooks.register(parts, account.organization_id, str(sent.get("url", "")).strip())
    except CarebusError as why:
        form = Form.typed(sent, LABELS).refused({"url" if why.field else "": str(why)})
        return await _webhooks(request, parts, account, form, why.status)
    return await _webhooks(request, parts, account, made=made)


@router.post("/my/webhooks/{endpoint_id}/{what}")
async def change_webhook(
    request: Request, parts: PartsOf, account: MemberOf, endpoint_id: UUID, what: hooks.Change
) -> Response:
    """Change a webhook."""
    made = await hooks.change(parts, account.organization_id, endpoint_id, what)
    if made is not None:
        return await _webhooks(request, parts, account, made=made)
    return RedirectResponse(at(request, "/my/webhooks"), HTTPStatus.SEE_OTHER)


async def _webhooks(
    request: Request,
    parts: Parts,
    account: Member,
    form: Form | None = None,
    status: int = HTTPStatus.OK,
    made: hooks.Registered | None = None,
) -> HTMLResponse:
    async with parts.database.connection() as db:
        found = await store.endpoints(db, account.organization_id)
    shown = form or Form.blank(LABELS)
    return _render(request, parts, account, "my_webhooks.html", status, webhooks=found, form=shown, made=made)


def _render(
    request: Request, parts: Parts, account: Member, name: str, status: int = HTTPStatus.OK, **context: Any
) -> HTMLResponse:
    """A page for a referrer who has signed in: with their own menu, not the office's."""
    return parts.pages.render(request, name, status, account=account, menu=MENU, links=(), **COMMON, **context)
