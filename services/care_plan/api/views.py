"""What the patient page shows of the answers at visits: lines, sums and every symptom's course."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import NamedTuple

from markupsafe import Markup

from carebus.contracts.care_plan import MODERATE_FROM, WORST_SCORE, EsasR
from carebus.web.charts import Chart, Sparkline, line_chart, sparkline
from carebus.web.pages import moment
from services.care_plan.api import words
from services.care_plan.domain.care import Care, Visit
from services.care_plan.domain.instruments.esas_r import SCALES, band, change, total
from services.care_plan.domain.instruments.scoring import Band, Change

LINES = 4
"""How many symptoms one chart draws: more lines can't be told apart."""

MODERATE = (float(MODERATE_FROM), f"moderate from {MODERATE_FROM}")


class Course(NamedTuple):
    """One symptom over the visits."""

    name: str
    spark: Sparkline
    last: int | None
    band: Band | None


class Told(NamedTuple):
    """One line of the timeline of visits."""

    at: Markup
    title: str
    text: str
    tone: str
    actor: str
    href: str
    link: str


class Sum(NamedTuple):
    """A sum at the last visit, and whether it changed since the first by as much as matters."""

    name: str
    now: int | None
    most: int
    change: Change | None


def answered(care: Care) -> list[tuple[Visit, EsasR]]:
    """The completed visits with an ESAS-r, oldest first."""
    return [(visit, visit.assessments.esas_r) for visit in care.completed if visit.assessments.esas_r is not None]


def courses(care: Care) -> list[Course]:
    """Every symptom's course, in the order of the ESAS-r."""
    visits = [answers for _, answers in answered(care)]
    return [_course(words.ESAS[item].name, [getattr(answers, item) for answers in visits]) for item in words.ESAS]


def _course(name: str, scores: list[int | None]) -> Course:
    known = [score for score in scores if score is not None]
    last = scores[-1] if scores else None
    return Course(name, sparkline(known, label=name), last, band(last))


def symptom_chart(care: Care, zone: tzinfo) -> Chart:
    """The symptoms that were ever the strongest, over all visits."""
    visits = answered(care)
    scores = {item: [getattr(answers, item) for _, answers in visits] for item in words.ESAS}
    strongest = sorted(scores, key=lambda item: -max((s for s in scores[item] if s is not None), default=-1))[:LINES]
    series = {
        words.ESAS[item].name: [(_when(visit), score) for (visit, _), score in zip(visits, scores[item], strict=True)]
        for item in strongest
    }
    said = ", ".join(_in_short(words.ESAS[item].name, scores[item]) for item in strongest).capitalize()
    return line_chart(
        "Strongest symptoms", series, y_range=(0, WORST_SCORE), target=MODERATE, zone=zone, summary=f"{said}."
    )


def _in_short(name: str, scores: list[int | None]) -> str:
    known = [score for score in scores if score is not None]
    if not known:
        return f"{name} not answered"
    return f"{name} {known[0]}" if len(known) == 1 else f"{name} {known[0]} to {known[-1]}"


def function_chart(care: Care, zone: tzinfo) -> Chart:
    """The AKPS over all visits."""
    points = [(_when(visit), visit.assessments.akps) for visit in care.completed]
    return line_chart("AKPS", {"AKPS": points}, y_range=(0, 100), zone=zone)


def sums(care: Care) -> list[Sum]:
    """The sums at the last visit with an ESAS-r."""
    visits = [answers for _, answers in answered(care)]
    if not visits:
        return []
    first = visits[0] if len(visits) > 1 else None
    return [
        Sum(words.SUMS[name], now := total(visits[-1], scale), scale.most, change(total(first, scale), now, scale))
        for name, scale in SCALES.items()
    ]


def scored(answers: EsasR) -> Mapping[str, tuple[int | None, Band | None]]:
    """Every item of one visit with its band, by the item's name."""
    return {item.name: (score := getattr(answers, code), band(score)) for code, item in words.ESAS.items()}


def timeline(care: Care, zone: str, now: datetime, *, found: bool = True) -> list[Told]:
    """Every visit, the latest first; without what was `found`, and the way to it, for whoever is not of the team."""
    told = [_told(visit, zone, now) for visit in reversed(care.visits)]
    return told if found else [each._replace(text="", href="", link="") for each in told]


def _told(visit: Visit, zone: str, now: datetime) -> Told:
    name, href, who = f"Visit {visit.ordinal}", f"/visits/{visit.visit_id}", visit.clinician.name
    if visit.completed_at is None:
        state, tone = _state(visit, now)
        return Told(moment(visit.starts_at, zone), f"{name} {state}", "", tone, who, href, "Complete it")
    akps, phase = visit.assessments.akps, visit.assessments.phase
    found = [f"AKPS {akps}" if akps is not None else "", words.PHASES[phase] if phase else ""]
    text, at = ", ".join(filter(None, found)), moment(visit.completed_at, zone)
    return Told(at, f"{name} completed", text, "good", who, href, "What was found")


def _state(visit: Visit, now: datetime) -> tuple[str, str]:
    if visit.overdue:
        return "overdue", "bad"
    return ("due", "warn") if visit.starts_at <= now else ("planned", "wait")


def _when(visit: Visit) -> datetime:
    assert visit.completed_at is not None
    return visit.completed_at
