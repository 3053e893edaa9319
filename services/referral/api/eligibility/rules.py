"""The rule sets of eligibility: their page in plain words, a try of them on made-up facts, and their data as JSON."""

from datetime import date
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from carebus.errors import CarebusError
from carebus.web import LimitedRoute
from carebus.web.http import Parts, PartsOf
from services.referral import store
from services.referral.api import words
from services.referral.api.eligibility import findings
from services.referral.domain.eligibility import RuleBook, RuleSet
from services.referral.settings import Settings

router = APIRouter(route_class=LimitedRoute)


class RuleSetUnknown(CarebusError):
    """There is no rule set with this name and version."""

    status = HTTPStatus.NOT_FOUND


class RuleSets(BaseModel):
    """Every rule set in every version, and which of them are in force now, in the order in which they are tried."""

    in_force: list[str]
    rulesets: list[dict[str, Any]]


@router.get("/api/rulesets")
async def rulesets(parts: PartsOf) -> RuleSets:
    """The rule sets as data."""
    book = book_of(parts)
    return RuleSets(
        in_force=[each.name for each in book.current(_today(parts))], rulesets=[_shown(r) for r in book.sets]
    )


@router.get("/rules", include_in_schema=False)
async def in_force(request: Request, parts: PartsOf) -> HTMLResponse:
    """Which rule sets are in force, and for whom."""
    book = book_of(parts)
    current = book.current(_today(parts))
    others = [each for each in book.sets if each not in current]
    return parts.pages.render(request, "rules.html", current=current, others=others, findings=findings)


@router.get("/rules/{name}/{version}", include_in_schema=False)
async def one(request: Request, parts: PartsOf, name: str, version: int) -> HTMLResponse:
    """One rule set in plain words."""
    rules = book_of(parts).named(f"{name}/{version}")
    if rules is None:
        raise RuleSetUnknown
    return parts.pages.render(request, "ruleset.html", rules=rules, findings=findings, words=words)


def book_of(parts: Parts) -> RuleBook:
    """The rule sets in force here."""
    settings = parts.settings
    assert isinstance(settings, Settings)
    return store.rule_book(settings.rulesets)


def _today(parts: Parts) -> date:
    return parts.clock.now().date()


def _shown(rules: RuleSet) -> dict[str, Any]:
    return {**rules.model_dump(mode="json", by_alias=True, exclude_none=True), "digest": rules.digest}
