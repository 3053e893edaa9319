"""The line in numbers, as a page and as JSON: answer times, who gave up, callbacks kept, and the way to hospital."""

from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from carebus.web.charts import Chart, grouped_bars
from carebus.web.http import Parts, PartsOf
from services.outcomes.api.hiding import of_groups
from services.outcomes.domain.calling import AT_ONCE_SECONDS
from services.outcomes.domain.statistics import wilson
from services.outcomes.store import Group, Totals, calls

router = APIRouter()

A_YEAR = timedelta(days=365)
"""So much is told, from the first day of that month."""


@router.get("/line", response_class=HTMLResponse, include_in_schema=False)
async def page(request: Request, parts: PartsOf) -> HTMLResponse:
    """The line over a year, by month."""
    counted = await _counted(parts)
    months = sorted({*counted.by_month, *counted.advice_by_month})
    return parts.pages.render(
        request,
        "line.html",
        all=counted.calls,
        advice=counted.advice,
        at_once=share(counted.calls.at_once, counted.calls.answered),
        abandoned=share(counted.calls.abandoned, counted.calls.calls),
        kept=share(counted.calls.kept, counted.calls.settled),
        to_hospital=share(counted.advice.to_hospital, counted.advice.advised),
        chart=_chart(counted, months),
        rows=[_row(counted, month) for month in months],
        advice_rows=_advice_rows(counted),
        seconds=int(AT_ONCE_SECONDS),
    )


@router.get("/api/line")
async def line(parts: PartsOf) -> dict[str, Any]:
    """The same; of advice by month what the page tells as well."""
    counted = await _counted(parts)
    told = _told(counted)
    return {
        "since": _since(parts),
        **asdict(counted.calls),
        **asdict(counted.advice),
        "to_hospital_ci95": wilson(counted.advice.to_hospital, counted.advice.advised),
        "by_month": {f"{month:%Y-%m}": asdict(one) for month, one in counted.by_month.items()},
        "advice_by_month": {
            f"{month:%Y-%m}": {
                "advised": told[f"{month:%Y-%m}/decided"],
                "to_hospital": told[f"{month:%Y-%m}/accepted"],
            }
            for month in counted.advice_by_month
        },
    }


def share(count: int, of: int) -> str:
    """A share in words, with the interval within which it may well lie."""
    between = wilson(count, of)
    if between is None:
        return "not known yet"
    return f"{count / of:.1%} (95% interval {between[0]:.1%} to {between[1]:.1%})"


async def _counted(parts: Parts) -> calls.Counted:
    async with parts.database.connection() as db:
        return await calls.counted(db, _since(parts))


def _since(parts: Parts) -> date:
    return (parts.clock.now() - A_YEAR).date().replace(day=1)


def _row(counted: calls.Counted, month: date) -> tuple[str, ...]:
    one = counted.by_month.get(month, calls.Calls())
    wait = "–" if one.median is None else f"{one.median:.0f} s, {one.p90:.0f} s"
    kept = f"{one.kept:,} of {one.settled:,}" if one.settled else "–"
    return f"{month:%B %Y}", f"{one.calls:,}", f"{one.abandoned:,}", wait, kept


def _chart(counted: calls.Counted, months: list[date]) -> Chart:
    known = [month for month in months if month in counted.by_month]
    series: dict[str, list[float]] = {
        "Answered": [float(counted.by_month[month].answered) for month in known],
        "Not answered": [float(counted.by_month[month].abandoned) for month in known],
    }
    return grouped_bars("Calls by month", [f"{month:%b %Y}" for month in known], series, stacked=True, unit="calls")


def _told(counted: calls.Counted) -> Any:
    """Advice by month with no cell of 1 to 10, nor one that gives such a cell away."""
    groups = [
        Group(f"{month:%Y-%m}", one.advised, one.to_hospital, one.advised - one.to_hospital, 0)
        for month, one in sorted(counted.advice_by_month.items())
    ]
    sent, advised = counted.advice.to_hospital, counted.advice.advised
    return of_groups(groups, _totals(sent, advised - sent)) if groups else {}


def _totals(accepted: int, declined: int) -> Totals:
    blank: dict[str, Any] = dict.fromkeys(Totals.__slots__, 0)
    return Totals(**{**blank, "accepted": accepted, "declined": declined, "days": None})


def _advice_rows(counted: calls.Counted) -> list[tuple[str, ...]]:
    told = _told(counted)
    return [
        (f"{month:%B %Y}", *(_words(told[f"{month:%Y-%m}/{column}"]) for column in ("decided", "accepted")))
        for month in sorted(counted.advice_by_month)
    ]


def _words(cell: int | str) -> str:
    return f"{cell:,}" if isinstance(cell, int) else cell
