"""Planning ahead: who had spoken of their wishes, said them and named an agent by day 30; as JSON, and as a page."""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from carebus.web.charts import Chart, grouped_bars
from carebus.web.http import Parts, PartsOf
from services.outcomes.api.hiding import Told, of_parts
from services.outcomes.api.shares import Share, in_cell, in_words, month_in_words, share
from services.outcomes.domain.calls import first_month
from services.outcomes.domain.cells import LEAST, SMALL
from services.outcomes.domain.planning import BY_DAY
from services.outcomes.store.planning import Planned, PlannedCounted, planned_counted

router = APIRouter()

MONTHS = 24
NAMES = {"conversation": "Conversation held", "wishes": "Wishes known", "agent": "Agent named"}


class SharesView(BaseModel):
    """Of those in care until day 30. None of none, and where a count is hidden."""

    conversation: Share | None
    wishes: Share | None
    agent: Share | None


class MonthView(BaseModel):
    """Those whose care began in one month. in_care: a count, or in its place `1–10` or `hidden`."""

    month: str
    in_care: int | str
    shares: SharesView


class PlanningView(BaseModel):
    """Those whose care began in the last 24 months and who were in care until its day 30."""

    in_care: int
    shares: SharesView
    by_month: list[MonthView]


@router.get("/api/outcomes/planning")
async def planning(parts: PartsOf) -> PlanningView:
    """Who had planned ahead by day 30."""
    return await _figures(parts)


@router.get("/planning", response_class=HTMLResponse, include_in_schema=False)
async def page(request: Request, parts: PartsOf) -> HTMLResponse:
    """The same as a page, kept fresh while it is open."""
    told = await _figures(parts)
    return parts.pages.render(
        request,
        "planning.html",
        told=told,
        names=NAMES,
        by_month=_chart(told.by_month),
        columns=("Care began", "#In care on day 30", *(f"#{name}" for name in NAMES.values())),
        rows=_rows(told.by_month),
        by_day=BY_DAY,
        least=LEAST,
        small=SMALL,
    )


def figures(counted: PlannedCounted) -> PlanningView:
    """What may be told of these counts; of a month those in care only where every measure lets them be told."""
    told = {name: _hidden(counted, name) for name in NAMES}
    return PlanningView(
        in_care=counted.all.in_care,
        shares=SharesView(**{name: share(getattr(counted.all, name), counted.all.in_care) for name in NAMES}),
        by_month=[_month(month, told) for month in counted.months],
    )


def _hidden(counted: PlannedCounted, name: str) -> Told:
    groups = {month: _cells(one, name) for month, one in counted.months.items()}
    return of_parts(groups, {"in_care": (name, "without")}, _cells(counted.all, name))


def _cells(one: Planned, name: str) -> dict[str, int]:
    known: int = getattr(one, name)
    return {"in_care": one.in_care, name: known, "without": one.in_care - known}


def _month(month: str, told: Mapping[str, Told]) -> MonthView:
    of_each = [each[f"{month}/in_care"] for each in told.values()]
    in_care = next((of for of in of_each if isinstance(of, str)), of_each[0])
    shares = {name: share(each[f"{month}/{name}"], in_care) for name, each in told.items()}
    return MonthView(month=month, in_care=in_care, shares=SharesView(**shares))


def _chart(months: Sequence[MonthView]) -> Chart:
    known = [one for one in months if all(getattr(one.shares, name) for name in NAMES)]
    series = {label: [100 * getattr(one.shares, name).share for one in known] for name, label in NAMES.items()}
    title = f"Known by day {BY_DAY}, by the month in which care began"
    return grouped_bars(title, [month_in_words(one.month) for one in known], series, unit="%", places=0)


def _rows(months: Sequence[MonthView]) -> list[tuple[str, ...]]:
    """The latest month first; none where no month can be told of."""
    if not any(isinstance(one.in_care, int) for one in months):
        return []
    return [_row(one) for one in reversed(months)]


def _row(one: MonthView) -> tuple[str, ...]:
    shares = [getattr(one.shares, name) for name in NAMES]
    return month_in_words(one.month), in_cell(one.in_care), *(in_words(each) if each else "–" for each in shares)


async def _figures(parts: Parts) -> PlanningView:
    now = parts.clock.now()
    async with parts.database.connection() as db:
        return figures(await planned_counted(db, first_month(now, MONTHS), now))
