"""Ninety days of a clinic in memory: every summary that was issued, of people with names and notes in many scripts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from uuid import UUID

from carebus.contracts.care_plan import (
    Answers,
    Assessments,
    Assistance,
    DistressThermometer,
    EsasR,
    Fast,
    FastStage,
    Ipos,
    Nyha,
    OtherSymptom,
    Painad,
    Pcpss,
    Phase,
    Phq9,
    Respondent,
    RugAdl,
    Sas,
    Zbi12,
)
from carebus.contracts.event import Stream, patient_stream, subject_id
from carebus.contracts.people import Condition
from services.care_plan.api.visits.commands import COMPLETE, CORRECT
from services.care_plan.domain.care import Care, VisitRecord
from services.care_plan.domain.visits.completing import CompleteVisit
from services.care_plan.domain.visits.correcting import CorrectVisit
from tests.care_plan.clinic import Clinic, full_clinic
from tests.care_plan.people import accepted

PEOPLE = (
    ("Rosa Almeida", "Slept better.\nDaughter shown how to use the pump."),
    ("محمد الأمين", "العائلة تطلب رعاية ليلية."),
    ("שולמית כהן", "המשפחה מבקשת עזרה בלילה."),
    ("अनुष्का शर्मा", "परिवार रात में मदद चाहता है।"),
    ("小明 王", "家人希望夜间有人照顾。"),
    ("철수 김", "가족이 밤 도움을 원합니다."),
    ("Жанна Ющенко", "Семья просит о помощи ночью."),
    ('#eval("1") ]\\', "<b>*bold*</b> & @ref $x$ #pagebreak()"),
)
DAYS, STEP = 90, 3


@dataclass(frozen=True, slots=True)
class Patient:
    """Somebody cared for, with the visits that took place."""

    patient_id: UUID
    care: Care
    records: tuple[VisitRecord, ...]


@cache
def patients() -> tuple[Patient, ...]:
    """Everybody, after ninety days."""
    clinic = full_clinic(each=2, capacity=20)
    for n, (name, _) in enumerate(PEOPLE):
        clinic.hears(n + 1, accepted(name=name, conditions=tuple(Condition)[: 1 + n % 3]))
    for day in range(0, DAYS, STEP):
        clinic.passes(timedelta(days=STEP))
        for n in range(len(PEOPLE)):
            _visit(clinic, n, day)
    return tuple(_of(clinic, stream, care) for stream, care in clinic.cares.items())


def _of(clinic: Clinic, stream: Stream, care: Care) -> Patient:
    kept = (state for (_, place), state in clinic.states.items() if place.startswith(f"{stream}/"))
    records = [state for state in kept if isinstance(state, VisitRecord) and state.signed_at]
    return Patient(UUID(subject_id(stream)), care, tuple(records))


def _visit(clinic: Clinic, n: int, day: int) -> None:
    """Whoever has a visit that is due has it; each fifth is corrected."""
    stream = patient_stream(UUID(int=n + 1))
    planned = clinic.cares[stream].planned
    if planned is None or planned.starts_at > clinic.now:
        return
    found, note = assessed(n + day), PEOPLE[n][1]
    done = CompleteVisit(visit_id=planned.visit_id, assessments=found, visit_note=note)
    clinic.decide(COMPLETE, stream, done)
    if planned.ordinal % 5 == 0:
        wrong = CorrectVisit(visit_id=planned.visit_id, assessments=assessed(n + day + 1), reason_text="read wrongly")
        clinic.decide(CORRECT, stream, wrong)
    clinic.plan()


def assessed(turn: int) -> Assessments:
    """What was found; now and then with every instrument, complete or in part."""
    scores = _scores(turn)
    usual = Assessments(
        esas_r=EsasR(**{name: next(scores) for name in EsasR.model_fields}),
        akps=10 + turn % 10 * 10,
        phase=tuple(Phase)[turn % 4],
        respondent=tuple(Respondent)[turn % 2],
    )
    return usual.model_copy(update=_all(turn)) if turn % 4 == 0 else usual


def _all(turn: int) -> dict[str, object]:
    return {
        "esas_r_other": OtherSymptom(symptom_name="Itching", score=turn % 11),
        "sas": Sas(pain=turn % 11, nausea=2),
        "ipos": _each(Ipos, turn % 5),
        "pcpss": Pcpss(pain=turn % 4),
        "painad": _each(Painad, turn % 3),
        "rug_adl": RugAdl(
            bed_mobility=Assistance.LIMITED, toileting=Assistance.NONE, transfer=Assistance.NONE, eating=1
        ),
        "nyha": Nyha(functional_class=1 + turn % 4),
        "fast": Fast(stage=tuple(FastStage)[turn % len(FastStage)]),
        "phq_9": _each(Phq9, turn % 4),
        "distress_thermometer": DistressThermometer(distress=turn % 11),
        "zbi_12": Zbi12(own_time=1),
    }


def _each(kind: type[Answers], score: int) -> Answers:
    """The same answer to every item."""
    return kind.model_validate({name: score for name in kind.model_fields if name != "respondent"})


def _scores(turn: int) -> Iterator[int | None]:
    while True:
        turn = turn * 7 + 3
        yield None if turn % 13 == 0 else turn % 11
