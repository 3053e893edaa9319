"""What a correction changed in what is stated of a visit, line by line, for whoever has the version before."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from carebus.contracts.care_plan import Assessments, SummaryPart
from services.care_plan.domain.care import Care, VisitRecord
from services.care_plan.domain.care.record import Stated
from services.care_plan.domain.care.zones import there
from services.care_plan.domain.instruments import INSTRUMENTS, answers_of

NOT_ASKED = "not answered"


class Correction(NamedTuple):
    """One difference, and of which part it is: whoever was not told the part is not told what was wrong in it."""

    part: SummaryPart
    text: str


def corrected(care: Care, record: VisitRecord) -> tuple[Correction, ...]:
    """The differences between the version that stands and the one before it; none where there is only one."""
    if not record.earlier or record.stated is None:
        return ()
    return tuple(_differences(care, record.earlier[-1], record.stated))


def _differences(care: Care, was: Stated, now: Stated) -> Iterator[Correction]:
    for line in _answers(was.assessments, now.assessments):
        yield Correction(SummaryPart.FOUND, line)
    if was.assessments.respondent is not now.assessments.respondent:
        said = f"Answered by: {was.assessments.respondent} is now {now.assessments.respondent}"
        yield Correction(SummaryPart.FOUND, said)
    for name, before, after in (("Began", was.started_at, now.started_at), ("Ended", was.ended_at, now.ended_at)):
        if before != after:
            yield Correction(SummaryPart.VISIT, f"{name}: {_at(care, before)} is now {_at(care, after)}")
    if was.visit_note != now.visit_note:
        yield Correction(SummaryPart.NOTE, "The note was changed" if now.visit_note else "The note was taken out")


def _answers(was: Assessments, now: Assessments) -> Iterator[str]:
    for instrument in INSTRUMENTS.values():
        before, after = answers_of(instrument, was), answers_of(instrument, now)
        for item in instrument.items:
            if before[item.code] != after[item.code]:
                name = instrument.name if len(instrument.items) == 1 else f"{instrument.name}, {item.label.lower()}"
                yield f"{name}: {_said(before[item.code])} is now {_said(after[item.code])}"


def _said(answer: int | str | None) -> str:
    return NOT_ASKED if answer is None else str(answer)


def _at(care: Care, moment: datetime) -> str:
    return f"{there(care, moment):%Y-%m-%d %H:%M}"
