"""How the line answers: its figures as JSON, and a page of them by month."""

from collections.abc import Sequence

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from carebus.web.charts import Chart, grouped_bars
from carebus.web.http import Parts, PartsOf
from services.outcomes.api.line_figures import MONTHS, LineView, MonthView, figures
from services.outcomes.api.shares import in_cell, in_words, month_in_words
from services.outcomes.domain.calls import first_month
from services.outcomes.domain.cells import LEAST, SMALL
from services.outcomes.store.line import SOON, calls_counted

router = APIRouter()

MINUTES_FROM = 120
"""Seconds from which on a time is told in minutes."""

COLUMNS = {
    "answered": ("#Received", "#Answered", "#Within 30 s", "#Slower", "#Abandoned", "#Median", "#90th percentile"),
    "callbacks": ("#Due", "#In time", "#Late or missed", "#Share in time"),
    "hospital": ("#Advised", "#To hospital", "#Elsewhere", "#Share to hospital"),
}
CELLS = {
    "answered": ("received", "answered", "soon", "slower", "abandoned"),
    "callbacks": ("due", "in_time", "late"),
    "hospital": ("triaged", "hospital", "elsewhere"),
}


@router.get("/api/outcomes/line")
async def line(parts: PartsOf) -> LineView:
    """How the line answered in the last 24 months."""
    return await _figures(parts)


@router.get("/line", response_class=HTMLResponse, include_in_schema=False)
async def page(request: Request, parts: PartsOf) -> HTMLResponse:
    """The same as a page, kept fresh while it is open."""
    told = await _figures(parts)
    return parts.pages.render(
        request,
        "line.html",
        told=told,
        rows={name: _rows(told.by_month, name) for name in COLUMNS},
        columns={name: ("Month", *columns) for name, columns in COLUMNS.items()},
        waits=_waits(told.by_month),
        to_hospital=_to_hospital(told.by_month),
        seconds=in_seconds,
        least=LEAST,
        small=SMALL,
        soon=SOON,
    )


def in_seconds(seconds: float) -> str:
    """Seconds as a person says them: minutes where they are many."""
    return f"{seconds:.0f} s" if seconds < MINUTES_FROM else f"{seconds / 60:,.0f} min"


async def _figures(parts: Parts) -> LineView:
    async with parts.database.connection() as db:
        return figures(await calls_counted(db, first_month(parts.clock.now(), MONTHS)))


def _rows(months: Sequence[MonthView], name: str) -> list[tuple[str, ...]]:
    """The latest month first; none where no month can be told of."""
    counts = [[getattr(one.counts, cell) for cell in CELLS[name]] for one in months]
    if not any(isinstance(count, int) and count for row in counts for count in row):
        return []
    rows = zip(months, counts, strict=True)
    return [(month_in_words(one.month), *map(in_cell, row), *_more(one, name)) for one, row in rows][::-1]


def _more(one: MonthView, name: str) -> tuple[str, ...]:
    if name == "answered":
        return (in_seconds(one.seconds.median), in_seconds(one.seconds.p90)) if one.seconds else ("–", "–")
    share = one.shares.callbacks_in_time if name == "callbacks" else one.shares.to_hospital
    return (in_words(share) if share else "–",)


def _waits(months: Sequence[MonthView]) -> Chart:
    known = [(one, one.seconds) for one in months if one.seconds]
    series = {"Median": [each.median for _, each in known], "90th percentile": [each.p90 for _, each in known]}
    return grouped_bars(
        "Seconds until a call is answered", [month_in_words(one.month) for one, _ in known], series, unit="s", places=0
    )


def _to_hospital(months: Sequence[MonthView]) -> Chart:
    known = [(one, one.shares.to_hospital) for one in months if one.shares.to_hospital]
    series = {"Sent to hospital": [100 * share.share for _, share in known]}
    names = [month_in_words(one.month) for one, _ in known]
    return grouped_bars("Share of advised calls sent to hospital", names, series, unit="%", places=0)
