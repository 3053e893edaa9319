"""What each correction changed in what is stated of a visit, line by line, for readers of an earlier version."""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from carebus.contracts.care_plan import Assessments, SummaryPart
from services.care_plan.domain.care import Care, VisitRecord
from services.care_plan.domain.care.record import Stated
from services.care_plan.domain.care.zones import there
from services.care_plan.domain.instruments import INSTRUMENTS, answers_of

NOT_ASKED, NOT_STATED = "not answered", "not stated"


class Correction(NamedTuple):
    """One difference, and of which part it is: whoever was not told the part is not told what was wrong in it."""

    part: SummaryPart
    text: str


def corrected(care: Care, record: VisitRecord) -> tuple[Correction, ...]:
    """What each version changed in the one before it, the newest first; none where there is only one."""
    if not record.earlier or record.stated is None:
        return ()
    versions = [*record.earlier, record.stated]
    steps = [(n + 2, was, now) for n, (was, now) in enumerate(pairwise(versions))]
    return tuple(
        each if len(steps) == 1 else each._replace(text=f"Version {version}: {each.text}")
        for version, was, now in reversed(steps)
        for each in _differences(care, was, now)
    )


def _differences(care: Care, was: Stated, now: Stated) -> Iterator[Correction]:
    for line in _answers(was.assessments, now.assessments):
        yield Correction(SummaryPart.FOUND, line)
    if was.assessments.respondent is not now.assessments.respondent:
        said = f"Answered by: {was.assessments.respondent} is now {now.assessments.respondent}"
        yield Correction(SummaryPart.FOUND, said)
    for name, before, after in (("Began", was.started_at, now.started_at), ("Ended", was.ended_at, now.ended_at)):
        if before != after:
            yield Correction(SummaryPart.VISIT, f"{name}: {_at(care, before)} is now {_at(care, after)}")
    for name, said, says in (("Where", _where(was), _where(now)), ("Who was there", _who(was), _who(now))):
        if said != says:
            yield Correction(SummaryPart.VISIT, f"{name}: {said} is now {says}")
    if was.visit_note != now.visit_note:
        yield Correction(SummaryPart.NOTE, "The note was changed" if now.visit_note else "The note was taken out")


def _answers(was: Assessments, now: Assessments) -> Iterator[str]:
    if (named := _other(was)) != (names := _other(now)):
        yield f"Other symptom: {named} is now {names}"
    for instrument in INSTRUMENTS.values():
        before, after = answers_of(instrument, was), answers_of(instrument, now)
        for item in instrument.items:
            if before[item.code] != after[item.code]:
                name = instrument.name if len(instrument.items) == 1 else f"{instrument.name}, {item.label.lower()}"
                yield f"{name}: {_said(before[item.code])} is now {_said(after[item.code])}"


def _other(assessed: Assessments) -> str:
    return " ".join(assessed.esas_r_other.symptom_name.split()) if assessed.esas_r_other else NOT_ASKED


def _where(stated: Stated) -> str:
    return stated.place.replace("_", " ") if stated.place else NOT_STATED


def _who(stated: Stated) -> str:
    named = [member.name for member in stated.present]
    return ", ".join([*named, *([stated.also_present] if stated.also_present else [])]) or NOT_STATED


def _said(answer: int | str | None) -> str:
    return NOT_ASKED if answer is None else str(answer)


def _at(care: Care, moment: datetime) -> str:
    return f"{there(care, moment):%Y-%m-%d %H:%M}"
