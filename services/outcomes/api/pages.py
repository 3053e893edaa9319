"""The page of outcomes: tiles and charts over everyone, and breakdowns with small cells hidden."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from carebus.web.charts import Chart, bar_chart, grouped_bars
from carebus.web.http import PartsOf
from services.outcomes import store
from services.outcomes.api.hiding import COLUMNS, of_groups, of_reasons
from services.outcomes.domain.cells import HIDDEN, LEAST, SMALL, merged
from services.outcomes.domain.statistics import Change, paired_change, wilson

router = APIRouter()

NAMES = {
    "heart_failure": "Heart failure",
    "copd": "COPD",
    "cancer": "Cancer",
    "dementia": "Dementia",
    "parkinsons": "Parkinson’s disease",
    "none": "None of the five",
    "medicare": "Medicare",
    "medicaid": "Medicaid",
    "dual": "Medicare and Medicaid",
    "commercial": "Commercial",
    "unknown": "Not stated",
    "not_clinically_eligible": "Not clinically eligible",
    "deceased": "Had died",
    "on_hospice": "In hospice already",
    "already_enrolled": "Already with us",
    "out_of_service_area": "Outside our area",
    "no_capacity": "No room",
    "patient_declined": "Did not want to",
    "could_not_contact": "Could not be reached",
    "alternate_service_better": "Another service fits better",
    "duplicate": "Referred twice",
    "other": "Other",
    "no_contact": "Named nobody",
    "no_consent": "No consent to tell this person",
    "no_address": "No usable e-mail address",
    "lack_of_appetite": "Lack of appetite",
    "shortness_of_breath": "Shortness of breath",
}
UNINSURED = "None"
SYMPTOMS = (
    "pain",
    "tiredness",
    "drowsiness",
    "nausea",
    "lack_of_appetite",
    "shortness_of_breath",
    "depression",
    "anxiety",
    "wellbeing",
)


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Groups by what was decided: a table with small cells hidden, and a chart of those that can be shown whole."""

    chart: Chart
    rows: Sequence[tuple[str, ...]]
    left_out: Sequence[str]
    too_few: bool


@dataclass(frozen=True, slots=True)
class SymptomRow:
    """One symptom's change in words."""

    name: str
    n: str
    first: str
    latest: str
    change: str
    interval: str


@router.get("/", response_class=HTMLResponse, include_in_schema=False)
async def page(request: Request, parts: PartsOf) -> HTMLResponse:
    """The results of all referrals, kept fresh while it is open."""
    async with parts.database.connection() as db:
        counted = await store.counted(db)
    changes = {name: paired_change(sums) for name, sums in counted.changes.items()}
    totals = counted.totals
    return parts.pages.render(
        request,
        "outcomes.html",
        totals=totals,
        median=f"{totals.days[1]:.1f}" if totals.days else None,
        accepted_share=_share(totals.accepted, totals.accepted + totals.declined),
        funnel=_funnel(totals),
        by_condition=_breakdown("Referrals by illness", counted.by_condition, NAMES),
        by_payer=_breakdown("Referrals by payer", counted.by_payer, NAMES | {"none": UNINSURED}, totals),
        declined=_reasons(counted.declined, totals.declined),
        suppressed=_reasons(counted.suppressed, sum(counted.suppressed.values())),
        days=_days(counted.days),
        symptoms=_symptom_chart(changes),
        symptom_rows=_symptom_rows(changes),
        symptoms_left_out=[_name(name, NAMES) for name, change in changes.items() if change and change.n < LEAST],
        least=LEAST,
        small=SMALL,
    )


def _share(count: int, of: int) -> str | None:
    between = wilson(count, of)
    if between is None:
        return None
    low, high = between
    return f"{count / of:.0%} of those decided (95% interval {low:.0%} to {high:.0%})"


def _funnel(totals: store.Totals) -> Chart:
    steps = [
        ("Referred", totals.received),
        ("Accepted", totals.accepted),
        ("Care team assigned", totals.teams_assigned),
        ("Visited", totals.patients_visited),
        ("Family told", totals.families_notified),
    ]
    if not totals.received:
        return bar_chart("From referral to visit", [])
    words = ", ".join(f"{name.lower()} {count:,}" for name, count in steps)
    return bar_chart("From referral to visit", steps, unit="patients", summary=f"Patients: {words}.")


def _breakdown(
    title: str, groups: Sequence[store.Group], names: Mapping[str, str], totals: store.Totals | None = None
) -> Breakdown:
    """With `totals`, the groups are everyone, each once: then the columns add up to what the tiles tell."""
    ordered = sorted((group for group in groups if group.decided), key=_last_the_unknown)
    told = of_groups(ordered, totals)
    whole = [g for g in ordered if all(isinstance(told[f"{g.name}/{c}"], int) for c in COLUMNS)]
    series = {"Accepted": [g.accepted for g in whole], "Declined": [g.declined for g in whole]}
    chart = grouped_bars(title, [_name(group.name, names) for group in whole], series, stacked=True, unit="patients")
    rows = [(_name(g.name, names), *(_words(told[f"{g.name}/{c}"]) for c in COLUMNS)) for g in ordered]
    left_out = [_name(group.name, names) for group in ordered if group not in whole]
    return Breakdown(
        chart,
        rows,
        left_out,
        too_few=all(told[name] in (SMALL, HIDDEN, 0) for name in told if not name.startswith("all/")),
    )


def _last_the_unknown(group: store.Group) -> tuple[bool, int, str]:
    return group.name in {"none", "unknown"}, -group.decided, group.name


def _reasons(counts: Mapping[str, int], total: int) -> list[tuple[str, str]]:
    if not counts:
        return []
    told = of_reasons(counts, total)
    if all(told[name] == HIDDEN for name in counts):
        return [("All reasons together", "too few to break down")]
    ordered = sorted(counts, key=lambda name: (-counts[name], name))
    return [(_name(name, NAMES), _words(told[name])) for name in ordered]


def _days(days: Sequence[tuple[int, int]]) -> Chart:
    """Every day from the first to the last; neighbouring ones are joined until each bar stands for enough patients."""
    known = dict(days)
    groups = merged([(day, known.get(day, 0)) for day in range(min(known), max(known) + 1)]) if known else []
    rows = [(f"Day {a}" if a == b else f"Days {a} to {b}", float(count)) for a, b, count in groups]
    return bar_chart("Days from referral to first visit", rows, unit="patients")


def _enough(changes: Mapping[str, Change | None]) -> list[tuple[str, Change]]:
    return [(name, change) for name in SYMPTOMS if (change := changes.get(name)) and change.n >= LEAST]


def _symptom_chart(changes: Mapping[str, Change | None]) -> Chart:
    known = _enough(changes)
    series = {
        "First visit": [change.mean_first for _, change in known],
        "Latest visit": [change.mean_latest for _, change in known],
    }
    return grouped_bars("Mean symptom scores", [_name(name, NAMES) for name, _ in known], series, places=1)


def _symptom_rows(changes: Mapping[str, Change | None]) -> list[SymptomRow]:
    return [
        SymptomRow(
            _name(name, NAMES),
            f"{change.n:,}",
            f"{change.mean_first:.1f}",
            f"{change.mean_latest:.1f}",
            _signed(change.mean),
            "–" if change.low is None or change.high is None else f"{_signed(change.low)} to {_signed(change.high)}",
        )
        for name, change in _enough(changes)
    ]


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


def _name(code: str, names: Mapping[str, str]) -> str:
    return names.get(code) or code.replace("_", " ").capitalize()


def _words(count: int | str) -> str:
    return f"{count:,}" if isinstance(count, int) else count
