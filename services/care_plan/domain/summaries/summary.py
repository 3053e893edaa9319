"""Sums a visit up for doctors outside the service, in clinical words: what was found, what changed, what is next."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from uuid import UUID, uuid5

from carebus.contracts.care_plan import (
    Assessments,
    EsasR,
    Phase,
    Respondent,
    SummaryPart,
    SummarySection,
    VisitMode,
    VisitSummaryIssued,
)
from carebus.contracts.people import Role
from carebus.decisions import Cause
from services.care_plan.domain.care import Care, VisitRecord
from services.care_plan.domain.care.record import Stated
from services.care_plan.domain.care.visit import Visit
from services.care_plan.domain.care.zones import there
from services.care_plan.domain.instruments import INSTRUMENTS, Result, needs_safety_task, results
from services.care_plan.domain.instruments.akps import AKPS
from services.care_plan.domain.instruments.esas_r import ESAS_ITEMS, SCALES, SPANS, band, change, total
from services.care_plan.domain.instruments.scoring import Band, Change

VISITS = {VisitMode.HOME: "Home visit", VisitMode.PHONE: "Telephone visit", VisitMode.VIDEO: "Video visit"}
ROLES = {
    Role.DOCTOR: "doctor",
    Role.ADVANCED_PRACTICE_PROVIDER: "advanced practice provider",
    Role.NURSE: "nurse",
    Role.SOCIAL_WORKER: "social worker",
}
PHASES = {
    Phase.STABLE: "stable (the plan of care meets the needs)",
    Phase.UNSTABLE: "unstable (a new or suddenly worse problem; the plan changes at once)",
    Phase.DETERIORATING: "deteriorating (gradual decline, as expected)",
    Phase.TERMINAL: "terminal (death is likely within days)",
}
ANSWERED_BY = {
    Respondent.PATIENT: "answered by the patient",
    Respondent.PROXY: "answered by a family member or caregiver",
    Respondent.STAFF: "answered by staff",
}
SELF_HARM = "Thoughts of being better off dead or of self-harm: yes."
SAID_FIRST = frozenset({"esas_r", "akps", "phase"})
"""Instruments with words of their own in a summary."""
STRONG = (Band.SEVERE, Band.MODERATE)
CHANGES = {Change.BETTER: "better", Change.WORSE: "worse"}


def summarise(care: Care, record: VisitRecord, cause: Cause) -> VisitSummaryIssued:
    """The summary of a visit whose record has just been signed; its version is the record's."""
    assert record.visit_id is not None, "only what took place is summed up"
    assert record.episode_id is not None, "a visit has an episode"
    referral_id = record.referral_id or care.referral_id  # a record of an earlier release names none
    assert referral_id is not None, "an episode has a referral"
    return VisitSummaryIssued(
        summary_id=summary_id(record),
        visit_id=record.visit_id,
        episode_id=record.episode_id,
        referral_id=referral_id,
        version=record.version,
        sections=sections_of(care, record),
        issued_at=cause.now,
    )


def summary_id(record: VisitRecord, version: int | None = None) -> UUID:
    """The id of a visit's summary in a version, or the one that stands: each version is a document of its own."""
    assert record.visit_id is not None, "only what took place is summed up"
    return uuid5(record.visit_id, f"summary/{version or record.version}")


def sections_of(care: Care, record: VisitRecord) -> tuple[SummarySection, ...]:
    """What there is to say of a visit that took place, part by part; what is next, as it is planned now."""
    visit, stated = record.planned, record.stated
    assert visit is not None, "only what took place is summed up"
    assert stated is not None, "only what took place is summed up"
    parts = {
        SummaryPart.VISIT: _took_place(care, visit, stated),
        SummaryPart.FOUND: _found(stated.assessments),
        SummaryPart.CHANGED: _changed(record, stated.assessments),
        SummaryPart.NEXT: _next(care) if record.episode_id == care.episode_id else "",
        SummaryPart.NOTE: stated.visit_note,
    }
    return tuple(SummarySection(part=part, text=text) for part, text in parts.items() if text)


def _took_place(care: Care, visit: Visit, stated: Stated) -> str:
    by = visit.clinician
    return f"{VISITS[visit.mode]} {visit.ordinal} by {by.name}, {ROLES[by.role]}, on {_day(care, stated.ended_at)}."


def _found(assessed: Assessments) -> str:
    akps = f"AKPS {assessed.akps}: {AKPS[assessed.akps].lower()}." if assessed.akps in AKPS else "AKPS not assessed."
    phase = f"Palliative phase: {PHASES[assessed.phase]}." if assessed.phase else "Palliative phase not assessed."
    return "\n".join((" ".join((_symptoms(assessed), akps, phase)), *_further(assessed)))


def _further(assessed: Assessments) -> Iterator[str]:
    """A line for each further instrument that was answered: what it came to, with its band, and what is missing."""
    for code, found in groupby(results(assessed), key=lambda each: each.instrument):
        if code in SAID_FIRST:
            continue
        name, scales = INSTRUMENTS[code].name, [*found]
        told = [_came_to(each, name) for each in scales if each.score is not None or each.answer is not None]
        missing = dict.fromkeys(item for each in scales for item in each.missing)
        unanswered = f" Not answered: {_listed([*missing])}." if missing else ""
        harm = f" {SELF_HARM}" if code == "phq_9" and needs_safety_task(assessed) else ""
        yield f"{name} ({ANSWERED_BY[scales[0].respondent]}): {'; '.join(told) or 'not complete'}.{harm}{unanswered}"


def _came_to(result: Result, instrument: str) -> str:
    """One scale; named unless it is the instrument itself, or all there is of it."""
    named = "" if result.name in {instrument, instrument.removesuffix(" stage")} else f"{result.title} "
    if result.score is None:
        return f"{named}{result.answer}"
    grade = f" ({result.band.value.replace('_', ' ')})" if result.band else ""
    return f"{named}{result.score} of {result.most}{grade}"


def _symptoms(assessed: Assessments) -> str:
    answers = assessed.esas_r
    missing = [item for item in ESAS_ITEMS if getattr(answers, item, None) is None]
    if answers is None or len(missing) == len(ESAS_ITEMS):
        return "ESAS-r not done."
    strong = [words for grade in STRONG if (words := _of_band(answers, grade))]
    said = "; ".join(strong) or "no symptom moderate or severe"
    unanswered = f" Not answered: {_listed(missing)}." if missing else ""
    return f"ESAS-r ({ANSWERED_BY[assessed.respondent]}): {said}.{unanswered}"


def _of_band(answers: EsasR, grade: Band) -> str:
    scored = [(item, score) for item in ESAS_ITEMS if band(score := getattr(answers, item)) is grade]
    scored.sort(key=lambda pair: -pair[1])
    listed = ", ".join(f"{_named(item)} {score}" for item, score in scored)
    return f"{grade.value} ({SPANS[grade]}): {listed}" if scored else ""


def _changed(record: VisitRecord, now: Assessments) -> str:
    then, before = record.before.answers, record.before_ordinal
    if before is None:
        return "First visit: nothing to compare with."
    news = [*_symptoms_changed(then.esas_r, now.esas_r)]
    if None not in {then.akps, now.akps} and then.akps != now.akps:
        news.append(f"AKPS from {then.akps} to {now.akps}")
    if then.phase and now.phase and then.phase is not now.phase:
        news.append(f"phase from {then.phase.value} to {now.phase.value}")
    return f"Since visit {before}: {'; '.join(news) or 'no change in band, AKPS or phase'}."


def _symptoms_changed(then: EsasR | None, now: EsasR | None) -> list[str]:
    """Symptoms that are in another band, and the total where it changed by as much as matters."""
    pairs = [(item, getattr(then, item, None), getattr(now, item, None)) for item in ESAS_ITEMS]
    moved = [
        f"{_named(item)} from {old} to {new}"
        for item, old, new in pairs
        if None not in {old, new} and band(old) is not band(new)
    ]
    whole = SCALES["total"]
    sums = total(then, whole), total(now, whole)
    verdict = CHANGES.get(found) if (found := change(*sums, whole)) else None
    return [*moved, *([f"total symptom distress {verdict}, {sums[0]} to {sums[1]} of {whole.most}"] if verdict else [])]


def _next(care: Care) -> str:
    if care.planned is not None:
        visit, by = care.planned, care.planned.clinician
        words = VISITS[visit.mode]
        return f"Next: {words[0].lower()}{words[1:]} by {by.name}, {ROLES[by.role]}, on {_day(care, visit.starts_at)}."
    if care.wanted:
        due = min(wanted.due for wanted in care.wanted)
        return f"Next: a visit is due by {due:%A, %B} {due.day}, {due.year}; its hour is being found."
    return "No further visit is planned."


def _day(care: Care, at: datetime) -> str:
    day = there(care, at)
    return f"{day:%A, %B} {day.day}, {day.year}"


def _named(item: str) -> str:
    return item.replace("_", " ")


def _listed(items: list[str]) -> str:
    return ", ".join(map(_named, items))
