"""The counts as JSON: totals as they are, and of breakdowns what the page tells as well."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from carebus.web.http import PartsOf
from services.outcomes import store
from services.outcomes.api.hiding import COLUMNS, of_groups, of_reasons
from services.outcomes.domain.cells import LEAST
from services.outcomes.domain.statistics import paired_change

router = APIRouter()


Cell = int | str
"""A count, or in its place `1–10` or `hidden`: the rule of the Centers for Medicare & Medicaid Services."""


class GroupView(BaseModel):
    """The patients of one group by what was decided; a patient with two conditions is in both."""

    decided: Cell
    accepted: Cell
    declined: Cell


class DaysView(BaseModel):
    """Days from referral to first visit of those visited; `waiting` are accepted and not visited yet."""

    n: int
    waiting: int
    p25: float | None
    median: float | None
    p75: float | None
    p90: float | None


class ChangeView(BaseModel):
    """A symptom (ESAS-r, 0 to 10) at the first and the latest assessed visit; below zero is better."""

    n: int
    mean_first: float
    mean_latest: float
    mean_change: float
    ci95_low: float | None
    ci95_high: float | None


class OutcomesView(BaseModel):
    """The results of all referrals so far. Symptoms that too few answered twice are left out."""

    received: int
    accepted: int
    declined: dict[str, Cell]
    declined_in_all: int
    teams_assigned: int
    visits_scheduled: int
    visits_completed: int
    patients_visited: int
    notified: int
    families_notified: int
    suppressed: dict[str, Cell]
    failed: int
    by_condition: dict[str, GroupView]
    by_payer: dict[str, GroupView]
    days_to_first_visit: DaysView
    symptom_change: dict[str, ChangeView]


@router.get("/api/outcomes")
async def outcomes(parts: PartsOf) -> OutcomesView:
    """The counts as they are now."""
    async with parts.database.connection() as db:
        return _view(await store.counted(db))


def _view(counted: store.Counted) -> OutcomesView:
    totals = counted.totals
    named: dict[str, Any] = {name: getattr(totals, name) for name in OutcomesView.model_fields if hasattr(totals, name)}
    return OutcomesView(
        **named
        | {
            "declined": of_reasons(counted.declined, totals.declined),
            "declined_in_all": totals.declined,
            "suppressed": of_reasons(counted.suppressed, sum(counted.suppressed.values())),
            "by_condition": _groups(counted.by_condition),
            "by_payer": _groups(counted.by_payer, totals),
            "days_to_first_visit": _days(totals),
            "symptom_change": _changes(counted),
        }
    )


def _groups(groups: list[store.Group], totals: store.Totals | None = None) -> dict[str, GroupView]:
    decided = [group for group in groups if group.decided]
    told = of_groups(decided, totals)
    return {g.name: GroupView(**{column: told[f"{g.name}/{column}"] for column in COLUMNS}) for g in decided}


def _days(totals: store.Totals) -> DaysView:
    p25, median, p75, p90 = totals.days or (None,) * 4
    return DaysView(n=totals.days_n, waiting=totals.waiting_for_visit, p25=p25, median=median, p75=p75, p90=p90)


def _changes(counted: store.Counted) -> dict[str, ChangeView]:
    found = {symptom: paired_change(sums) for symptom, sums in counted.changes.items()}
    return {
        symptom: ChangeView(
            n=change.n,
            mean_first=change.mean_first,
            mean_latest=change.mean_latest,
            mean_change=change.mean,
            ci95_low=change.low,
            ci95_high=change.high,
        )
        for symptom, change in found.items()
        if change and change.n >= LEAST
    }
