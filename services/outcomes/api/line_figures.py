"""The figures of the line that page and API tell alike: all calls exactly, and each month with small cells hidden."""

from collections.abc import Mapping
from dataclasses import asdict

from pydantic import BaseModel

from services.outcomes.api.hiding import Told, of_parts
from services.outcomes.api.shares import Share, share
from services.outcomes.domain.cells import LEAST
from services.outcomes.store.line import CallsCounted, Counts

MONTHS = 24
SUMS = (
    {"received": ("answered", "abandoned"), "answered": ("soon", "slower")},
    {"due": ("in_time", "late")},
    {"triaged": ("hospital", "elsewhere")},
)
"""What adds up to what: each of these is hidden by itself, as none tells anything of another."""


class Seconds(BaseModel):
    """How long those waited whose call was answered, in seconds."""

    median: float
    p90: float
    mean: float


class CellsView(BaseModel):
    """The counts of a month: each as it is, or in its place `1–10` or `hidden`."""

    received: int | str
    answered: int | str
    soon: int | str
    slower: int | str
    abandoned: int | str
    due: int | str
    in_time: int | str
    late: int | str
    triaged: int | str
    hospital: int | str
    elsewhere: int | str


class SharesView(BaseModel):
    """Shares with their intervals; None of none, and in a month where a count of it is hidden."""

    answered_soon: Share | None
    abandoned: Share | None
    callbacks_in_time: Share | None
    to_hospital: Share | None


class MonthView(BaseModel):
    """One month of the line's clock, such as `2026-03`. seconds: None where too few calls were answered."""

    month: str
    counts: CellsView
    shares: SharesView
    seconds: Seconds | None


class LineView(BaseModel):
    """The calls of the last 24 months. by_hand: written down by a nurse, which rang at no telephone we know of."""

    counts: CellsView
    by_hand: int
    shares: SharesView
    seconds: Seconds | None
    by_month: list[MonthView]


def figures(counted: CallsCounted) -> LineView:
    """What may be told of these counts."""
    months = {month: _cells(one) for month, one in counted.months.items()}
    whole = _cells(counted.all)
    told: dict[str, int | str] = {}
    for sums in SUMS:
        told.update(_hidden(months, whole, sums))
    return LineView(
        counts=CellsView(**whole),
        by_hand=counted.all.by_hand,
        shares=_shares(whole),
        seconds=_seconds(counted.all),
        by_month=[_month(month, one, told) for month, one in counted.months.items()],
    )


def _hidden(
    months: Mapping[str, Mapping[str, int]], whole: Mapping[str, int], sums: Mapping[str, tuple[str, ...]]
) -> Told:
    columns = list(dict.fromkeys(name for each, parts in sums.items() for name in (each, *parts)))
    groups = {month: {name: cells[name] for name in columns} for month, cells in months.items()}
    return of_parts(groups, sums, {name: whole[name] for name in columns})


def _cells(one: Counts) -> dict[str, int]:
    known = {name: count for name, count in asdict(one).items() if name in CellsView.model_fields}
    return known | {
        "received": one.answered + one.abandoned,
        "slower": one.answered - one.soon,
        "late": one.due - one.in_time,
        "elsewhere": one.triaged - one.hospital,
    }


def _month(month: str, one: Counts, told: Told) -> MonthView:
    cells = {name: told[f"{month}/{name}"] for name in CellsView.model_fields}
    answered = cells["answered"]
    seconds = _seconds(one) if isinstance(answered, int) and answered >= LEAST else None
    return MonthView(month=month, counts=CellsView(**cells), shares=_shares(cells), seconds=seconds)


def _shares(cells: Mapping[str, int | str]) -> SharesView:
    return SharesView(
        answered_soon=share(cells["soon"], cells["answered"]),
        abandoned=share(cells["abandoned"], cells["received"]),
        callbacks_in_time=share(cells["in_time"], cells["due"]),
        to_hospital=share(cells["hospital"], cells["triaged"]),
    )


def _seconds(one: Counts) -> Seconds | None:
    if one.median is None or one.p90 is None or one.mean is None:
        return None
    return Seconds(median=one.median, p90=one.p90, mean=one.mean)
