"""What the patient page shows of the answers at visits: lines, sums and every symptom's course."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import NamedTuple

from markupsafe import Markup

from carebus.contracts.care_plan import MODERATE_FROM, WORST_SCORE, EsasR, VisitMode
from carebus.web.charts import Chart, Sparkline, line_chart, sparkline
from carebus.web.pages import day, moment
from services.care_plan.api import words
from services.care_plan.domain.care import Care, Outcome, Visit, VisitRecord
from services.care_plan.domain.care.zones import zone_of
from services.care_plan.domain.instruments.esas_r import SCALES, band, change, total
from services.care_plan.domain.instruments.scoring import Band, Change
from services.care_plan.domain.visits.arriving import arrival
from services.care_plan.store.visits import as_record

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
    """One line of the timeline: `href` leads to one that is over, `complete` and `change` to forms of one to come."""

    at: Markup
    title: str
    text: str
    tone: str
    actor: str
    href: str = ""
    complete: str = ""
    change: str = ""


class Sum(NamedTuple):
    """A sum at the last visit, and whether it changed since the first by as much as matters."""

    name: str
    now: int | None
    most: int
    change: Change | None


def past(care: Care, records: Sequence[VisitRecord]) -> list[VisitRecord]:
    """A patient's visits that are over, the oldest first: those kept by themselves, and what an old document holds."""
    known = {record.visit_id for record in records}
    moved = [as_record(care, visit) for visit in care.moved if visit.visit_id not in known]
    return sorted([*records, *moved], key=lambda record: record.planned.ordinal if record.planned else 0)


def completed(past: Sequence[VisitRecord]) -> list[Visit]:
    """The visits that took place, oldest first, each with what was found."""
    return [
        record.planned.model_copy(
            update={
                "completed_at": record.stated.ended_at,
                "started_at": record.stated.started_at,
                "assessments": record.stated.assessments,
                "visit_note": record.stated.visit_note,
            }
        )
        for record in past
        if record.planned is not None and record.stated is not None
    ]


def answered(done: Sequence[Visit]) -> list[tuple[Visit, EsasR]]:
    """The completed visits with an ESAS-r, oldest first."""
    return [(visit, visit.assessments.esas_r) for visit in done if visit.assessments.esas_r is not None]


def courses(done: Sequence[Visit]) -> list[Course]:
    """Every symptom's course, in the order of the ESAS-r."""
    visits = [answers for _, answers in answered(done)]
    return [_course(words.ESAS[item].name, [getattr(answers, item) for answers in visits]) for item in words.ESAS]


def _course(name: str, scores: list[int | None]) -> Course:
    known = [score for score in scores if score is not None]
    last = scores[-1] if scores else None
    return Course(name, sparkline(known, label=name), last, band(last))


def symptom_chart(done: Sequence[Visit], zone: tzinfo) -> Chart:
    """The symptoms that were ever the strongest, over all visits."""
    visits = answered(done)
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


def function_chart(done: Sequence[Visit], zone: tzinfo) -> Chart:
    """The AKPS over all visits."""
    points = [(_when(visit), visit.assessments.akps) for visit in done]
    return line_chart("AKPS", {"AKPS": points}, y_range=(0, 100), zone=zone)


def sums(done: Sequence[Visit]) -> list[Sum]:
    """The sums at the last visit with an ESAS-r."""
    visits = [answers for _, answers in answered(done)]
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


def timeline(care: Care, past: Sequence[VisitRecord], now: datetime, *, found: bool = True) -> list[Told]:
    """Every visit, the latest first; without what was `found`, and the way to it, for whoever is not of the team."""
    assert care.patient is not None, "who is in care is known"
    zone = care.patient.time_zone
    coming = [_to_come(visit, zone, now) for visit in reversed(care.visits)]
    if care.waits:  # none can be completed meanwhile
        coming = [each._replace(complete="", change="") for each in coming]
    told = [*coming, *(_over(record, zone) for record in reversed(past))]
    if found:
        return told
    for n, visit in enumerate(reversed(care.visits)):  # they hear a window, as the message says, and no minute
        told[n] = told[n]._replace(at=told_time(visit, zone))
    return [each._replace(text="", href="", complete="", change="") for each in told]


def told_time(visit: Visit, zone: str) -> Markup:
    """When somebody comes, as families are told: between two times, or at its time for a call."""
    window = arrival(visit.starts_at, visit.mode)
    if window is None:
        return moment(visit.starts_at, zone)
    first, last = (each.astimezone(zone_of(zone)) for each in window)
    return Markup("{}, between {:%H:%M} and {:%H:%M %Z}").format(day(first), first, last)


def _to_come(visit: Visit, zone: str, now: datetime) -> Told:
    state, tone = _state(visit, now)
    who, text = " and ".join(one.name for one in visit.people), how(visit)
    title, href = f"Visit {visit.ordinal} {state}", f"/visits/{visit.visit_id}"
    return Told(moment(visit.starts_at, zone), title, text, tone, who, complete=href, change=f"{href}/change")


def how(visit: Visit) -> str:
    """How a visit takes place; of one by video also where, or that nobody has said where yet."""
    said = words.MODES[visit.mode]
    if visit.mode is not VisitMode.VIDEO:
        return said
    return Markup("{}: {}").format(said, room(visit))


def room(visit: Visit) -> str:
    """Where a visit by video takes place, as a link."""
    if not visit.link:
        return "no address yet"
    return Markup('<a href="{}" rel="noreferrer">{}</a>').format(visit.link, visit.link)


def _over(record: VisitRecord, zone: str) -> Told:
    visit, stated = record.planned, record.stated
    assert visit is not None, "what is over was planned"
    name, href, who = f"Visit {visit.ordinal}", f"/visits/{visit.visit_id}", visit.clinician.name
    if stated is None:
        assert record.over_at is not None, "what is over has a time"
        title, why = words.OUTCOMES[record.outcome or Outcome.CANCELLED], words.REASONS.get(record.reason, "")
        when = Markup("{}, planned for {}").format(moment(record.over_at, zone), moment(visit.starts_at, zone))
        return Told(when, f"{name} {title}", why, "neutral", who, href)
    akps, phase = stated.assessments.akps, stated.assessments.phase
    found = [f"AKPS {akps}" if akps is not None else "", words.PHASES[phase] if phase else ""]
    unsigned = "" if record.signed_at else " · not signed"
    version = f", corrected (version {record.version})" if record.version > 1 else ""
    at = moment(stated.ended_at, zone)
    text = ", ".join(filter(None, found)) + unsigned
    return Told(at, f"{name} completed{version}", text, "good", who, href)


def _state(visit: Visit, now: datetime) -> tuple[str, str]:
    if visit.overdue:
        return "overdue", "bad"
    if visit.started_at:
        return "under way", "info"
    if visit.starts_at <= now:
        return "due", "warn"
    return ("confirmed", "good") if visit.confirmed_at else ("planned", "wait")


def _when(visit: Visit) -> datetime:
    assert visit.completed_at is not None
    return visit.completed_at
