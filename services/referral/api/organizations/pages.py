"""Referring organizations for the office: how their loops stand, whose accounts see them, and their webhooks."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from carebus.errors import CarebusError
from carebus.storage.database import Connection
from carebus.web import Form, LimitedRoute
from carebus.web.charts import Chart, bar_chart
from carebus.web.http import Parts, PartsOf
from carebus.web.links import at
from services.referral import store
from services.referral.api import words
from services.referral.api.feedback import webhooks as hooks
from services.referral.domain.feedback.business_status import ENDED
from services.referral.domain.organizations import loops
from services.referral.domain.organizations.loops import PUBLISHED, Share
from services.referral.domain.organizations.names import OrganizationUnknown, name_key

router = APIRouter(include_in_schema=False, route_class=LimitedRoute)

DRAWN = 12
LISTED = 25
ANYBODYS = frozenset(
    {
        "aol.com", "gmail.com", "gmx.com", "hotmail.com", "icloud.com", "live.com", "msn.com", "outlook.com",
        "mail.com", "proton.me", "protonmail.com", "yahoo.com", "ymail.com", "zoho.com", "comcast.net", "att.net",
    }
)  # fmt: skip
"""Domains where anybody has an address: single addresses of theirs may be let in, never the domain."""
LABELS = {"url": "Address", "domain": "Domain of their e-mail", "email": "E-mail address", "name": "Another name"}


@dataclass(frozen=True, slots=True)
class Loops:
    """What is known of one or several organizations' loops, and the year that it is of."""

    year: int
    found: list[store.Loop]

    @property
    def whole(self) -> Share:
        """All of them together."""
        return Share(sum(one.share.closed for one in self.found), sum(one.share.referred for one in self.found))


async def loops_of(parts: Parts, db: Connection, organization_id: UUID | None = None) -> Loops:
    """The loops of all organizations, or of one, for the present year."""
    now = parts.clock.now()
    year = loops.year_of(now, words.ZONE)
    since, before = loops.referred_between(year, words.ZONE)
    counted = store.Counted(since, before, loops.reported_before(year, words.ZONE), ENDED, now)
    return Loops(year, await store.loops(db, counted, organization_id))


def rate_chart(shares: dict[str, Share], year: int) -> Chart:
    """Closed-loop rates beside the published one."""
    rows = [(name, 100 * share.rate) for name, share in shares.items() if share.rate is not None]
    rows.append(("Published (Patel 2018)", 100 * (PUBLISHED.rate or 0)))
    title = f"Closed loops of first referrals, 1 January to 31 October {year}"
    summary = (
        "Share of first referrals that came back with the report of a visit, per cent; at the end the published one."
    )
    return bar_chart(title, rows, unit="%", places=1, summary=summary)


def percent(share: float | None) -> str:
    """A share in words."""
    return "–" if share is None else f"{100 * share:.1f} %"


def between(share: Share) -> str:
    """A share's interval in words."""
    found = share.interval()
    return f"{100 * found[0]:.1f} to {100 * found[1]:.1f} %" if found else "–"


COMMON: dict[str, Any] = {"percent": percent, "between": between, "published": PUBLISHED, "words": words}


@router.get("/referrers")
async def overview(request: Request, parts: PartsOf) -> HTMLResponse:
    """Every organization that has referred, those with most open referrals first."""
    async with parts.database.connection() as db:
        seen = await loops_of(parts, db)
        dead = [each for each in await store.endpoints(db) if not each.active]
    drawn = [one for one in seen.found if one.share.referred][:DRAWN]
    return parts.pages.render(
        request,
        "referrers.html",
        seen=seen,
        dead=dead,
        chart=rate_chart({"All together": seen.whole, **{one.name: one.share for one in drawn}}, seen.year),
        **COMMON,
    )


@router.get("/referrers/{organization_id}")
async def detail(request: Request, parts: PartsOf, organization_id: UUID) -> HTMLResponse:
    """One organization."""
    return await _detail(request, parts, organization_id)


@router.post("/referrers/{organization_id}/webhooks")
async def add_webhook(request: Request, parts: PartsOf, organization_id: UUID) -> HTMLResponse:
    """Register an address, and show its secret this once."""
    sent = await request.form(max_files=0)
    try:
        made = await hooks.register(parts, organization_id, str(sent.get("url", "")).strip())
    except CarebusError as why:
        form = Form.typed(sent, LABELS).refused({"url" if why.field else "": str(why)})
        return await _detail(request, parts, organization_id, form, why.status)
    return await _detail(request, parts, organization_id, made=made)


@router.post("/referrers/{organization_id}/webhooks/{endpoint_id}/{what}")
async def change_webhook(
    request: Request, parts: PartsOf, organization_id: UUID, endpoint_id: UUID, what: hooks.Change
) -> Response:
    """Change a webhook: call it again, give it another secret (shown this once), or remove it."""
    made = await hooks.change(parts, organization_id, endpoint_id, what)
    if made is not None:
        return await _detail(request, parts, organization_id, made=made)
    return RedirectResponse(at(request, f"/referrers/{organization_id}"), HTTPStatus.SEE_OTHER)


@router.post("/referrers/{organization_id}/accounts")
async def admit(request: Request, parts: PartsOf, organization_id: UUID) -> Response:
    """Let a domain or an address see this organization's referrals."""
    sent = await request.form(max_files=0)
    domain, email = (str(sent.get(name, "")).strip().lower().lstrip("@") for name in ("domain", "email"))
    errors = _wrong_account(domain, email)
    if not errors:
        async with parts.database.transaction() as db:
            await _known(db, organization_id)
            taken = not await store.admit(db, organization_id, domain=domain, email=email)
        errors = {"domain" if domain else "email": "Another organization has this."} if taken else {}
    if errors:
        return await _detail(
            request, parts, organization_id, Form.typed(sent, LABELS).refused(errors), HTTPStatus.UNPROCESSABLE_ENTITY
        )
    return RedirectResponse(at(request, f"/referrers/{organization_id}"), HTTPStatus.SEE_OTHER)


@router.post("/referrers/{organization_id}/accounts/remove")
async def exclude(request: Request, parts: PartsOf, organization_id: UUID) -> Response:
    """No longer let them."""
    sent = await request.form(max_files=0)
    domain, email = (str(sent.get(name, "")) for name in ("domain", "email"))
    if errors := _wrong_account(domain, email):
        form = Form.typed(sent, LABELS).refused(errors)
        return await _detail(request, parts, organization_id, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    async with parts.database.transaction() as db:
        await store.exclude(db, organization_id, domain=domain, email=email)
    return RedirectResponse(at(request, f"/referrers/{organization_id}"), HTTPStatus.SEE_OTHER)


@router.post("/referrers/{organization_id}/names")
async def call(request: Request, parts: PartsOf, organization_id: UUID) -> Response:
    """Say that another name is this organization's too."""
    sent = await request.form(max_files=0)
    key = name_key(str(sent.get("name", "")))
    if not key:
        form = Form.typed(sent, LABELS).refused({"name": "Write the name as referrers write it."})
        return await _detail(request, parts, organization_id, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    async with parts.database.transaction() as db:
        await _known(db, organization_id)
        await store.call_one(db, organization_id, key)
    return RedirectResponse(at(request, f"/referrers/{organization_id}"), HTTPStatus.SEE_OTHER)


def _wrong_account(domain: str, email: str) -> dict[str, str]:
    if bool(domain) == bool(email):
        return {"": "Give a domain or one e-mail address."}
    if domain and ("." not in domain or "@" in domain or " " in domain):
        return {"domain": "Write the part after the @, such as example.org."}
    if domain in ANYBODYS:
        return {"domain": "Anybody may have an address there. Let single addresses in."}
    if email and (email.count("@") != 1 or " " in email or email.startswith("@") or "." not in email.partition("@")[2]):
        return {"email": "Write an e-mail address, such as name@example.org."}
    return {}


async def _known(db: Connection, organization_id: UUID) -> store.Organization:
    found = await store.organization(db, organization_id)
    if found is None:
        raise OrganizationUnknown
    return found


async def _detail(
    request: Request,
    parts: Parts,
    organization_id: UUID,
    form: Form | None = None,
    status: int = HTTPStatus.OK,
    made: hooks.Registered | None = None,
) -> HTMLResponse:
    async with parts.database.connection() as db:
        known = await _known(db, organization_id)
        seen = await loops_of(parts, db, organization_id)
        mine = await store.referrals_of(db, organization_id, ENDED, only_open=False, limit=LISTED)
        webhooks = await store.endpoints(db, organization_id)
    loop = seen.found[0]
    return parts.pages.render(
        request,
        "organization.html",
        status,
        organization=known,
        loop=loop,
        year=seen.year,
        mine=mine,
        webhooks=webhooks,
        made=made,
        form=form or Form.blank(LABELS),
        chart=rate_chart({known.name: loop.share}, seen.year),
        now=parts.clock.now(),
        **COMMON,
    )
