"""The visit summary for the doctors outside: what was found, what changed, what is next, and nothing made up."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from carebus.contracts.care_plan import Assessments, EsasR, Phase, Respondent, SummaryPart, VisitSummaryIssued
from carebus.contracts.event import patient_stream
from services.care_plan.api.visits.commands import COMPLETE
from services.care_plan.domain.visits.completing import CompleteVisit
from tests.care_plan.clinic import Clinic, full_clinic

FIRST = Assessments(
    esas_r=EsasR(
        pain=3, tiredness=4, drowsiness=0, nausea=0, lack_of_appetite=2, shortness_of_breath=5, depression=0, anxiety=1,
        wellbeing=4,
    ),
    akps=60,
    phase=Phase.STABLE,
)  # fmt: skip
WORSE = Assessments(
    esas_r=EsasR(
        pain=8, tiredness=4, drowsiness=0, nausea=0, lack_of_appetite=2, shortness_of_breath=9, depression=0, anxiety=1,
        wellbeing=5,
    ),
    akps=50,
    phase=Phase.UNSTABLE,
    respondent=Respondent.PROXY,
)  # fmt: skip


def visited(clinic: Clinic, assessed: Assessments, note: str = "") -> dict[SummaryPart, str]:
    """What the summary of the next visit says after it was completed."""
    stream = patient_stream(UUID(int=1))
    planned = clinic.cares[stream].planned
    assert planned
    began = clinic.now - timedelta(minutes=30)
    done = CompleteVisit(
        visit_id=planned.visit_id, assessments=assessed, visit_note=note, started_at=began, ended_at=clinic.now
    )
    clinic.decide(COMPLETE, stream, done)
    event = clinic.told[-1][1]
    clinic.plan()
    assert isinstance(event, VisitSummaryIssued)
    assert (event.visit_id, event.version, event.issued_at) == (planned.visit_id, 1, clinic.now)
    assert event.referral_id == clinic.cares[stream].referral_id
    return {section.part: section.text for section in event.sections}


def clinic_with_a_patient() -> Clinic:
    clinic = full_clinic()
    clinic.take_on(1)
    return clinic


def test_a_first_visit_tells_what_was_found_and_when_the_next_is() -> None:
    clinic = clinic_with_a_patient()
    said = visited(clinic, FIRST, note="Family asks for night cover.")
    assert said[SummaryPart.VISIT].startswith("Home visit 1 by ")
    assert said[SummaryPart.VISIT].endswith("on Monday, March 2, 2026.")
    assert said[SummaryPart.FOUND] == (
        "ESAS-r (answered by the patient): moderate (4 to 6): shortness of breath 5, tiredness 4, wellbeing 4. "
        "AKPS 60: cares for most needs, occasional help. "
        "Palliative phase: stable (the plan of care meets the needs)."
    )
    assert said[SummaryPart.CHANGED] == "First visit: nothing to compare with."
    assert said[SummaryPart.NEXT].startswith("Next: a visit is due by ")
    assert said[SummaryPart.NOTE] == "Family asks for night cover."


def test_a_later_visit_tells_what_has_changed_since() -> None:
    clinic = clinic_with_a_patient()
    visited(clinic, FIRST)
    clinic.passes(timedelta(days=7))
    said = visited(clinic, WORSE)
    assert said[SummaryPart.FOUND].startswith(
        "ESAS-r (answered by a family member or caregiver): severe (7 to 10): shortness of breath 9, pain 8; moderate "
    )
    assert said[SummaryPart.CHANGED] == (
        "Since visit 1: pain from 3 to 8; shortness of breath from 5 to 9; "
        "total symptom distress worse, 19 to 29 of 90; AKPS from 60 to 50; phase from stable to unstable."
    )
    assert SummaryPart.NOTE not in said


def test_what_was_not_asked_is_said_and_never_counts_as_none() -> None:
    clinic = clinic_with_a_patient()
    said = visited(clinic, Assessments())
    assert said[SummaryPart.FOUND] == "ESAS-r not done. AKPS not assessed. Palliative phase not assessed."
    clinic.passes(timedelta(days=7))
    said = visited(clinic, Assessments(esas_r=EsasR(pain=0)))
    assert "no symptom moderate or severe. Not answered: tiredness, drowsiness" in said[SummaryPart.FOUND]
    assert said[SummaryPart.CHANGED] == "Since visit 1: no change in band, AKPS or phase."
