"""A correction changes what it corrects and nothing else."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from carebus.contracts.care_plan import (
    EndReason,
    Phase,
    SafetyTaskOpened,
    SummaryPart,
    SymptomFollowUpMissed,
    SymptomFollowUpOpened,
    UnstablePhaseFound,
    UnstablePhaseMissed,
    VisitCorrected,
    VisitPurpose,
    VisitSignatureOverdue,
    VisitSigned,
    VisitSummaryIssued,
)
from carebus.decisions import Cause, on
from services.care_plan.api.episode.commands import ACTS as EPISODE
from services.care_plan.domain.care import Care, Wanted
from services.care_plan.domain.episode.ending import EndEpisode
from services.care_plan.domain.episode.holding import DismissDeath, ReportDeath
from services.care_plan.domain.symptoms.safety import CloseSafetyTask, close_safety_task
from services.care_plan.domain.visits.booking import ScheduleVisit, schedule_visit
from services.care_plan.domain.visits.completing import BeforeTheEpisode, NotOfTheTeam
from tests.care_plan.people import accepted
from tests.care_plan.visits.test_any_order import MILD, SEVERE, two
from tests.care_plan.visits.visiting import STREAM, Visiting

TALKED_OF_HARM = {"phq_9": {"self_harm": 2}}


def a_visit(found: dict[str, Any], **said: Any) -> tuple[Visiting, UUID]:
    """A visit that was recorded."""
    visiting, first, _ = two()
    visiting.recorded(first, 3, found, **said)
    return visiting, first


def test_a_correction_of_a_note_does_not_open_a_safety_task_again_that_somebody_closed() -> None:
    visiting, visit = a_visit(TALKED_OF_HARM)
    (task,) = visiting.care.safety_tasks
    closes = CloseSafetyTask(task_id=task.task_id, outcome="Talked; safe tonight.")
    visiting.clinic.decide(on(Care, close_safety_task), STREAM, closes)
    visiting.corrected(visit, TALKED_OF_HARM, visit_note="Spelt rightly.")
    assert visiting.care.safety_tasks == ()
    assert len(visiting.told(SafetyTaskOpened)) == 1


def test_a_correction_of_a_note_tells_nothing_again_of_an_unstable_phase_or_a_missed_follow_up() -> None:
    visiting, visit = a_visit({**SEVERE, "phase": "unstable"})
    kinds = (UnstablePhaseFound, UnstablePhaseMissed, SymptomFollowUpOpened, SymptomFollowUpMissed)
    visiting.passes(24 * 6)
    before = [len(visiting.told(kind)) for kind in kinds]
    visiting.corrected(visit, {**SEVERE, "phase": "unstable"}, visit_note="Spelt rightly.")
    visiting.passes(24 * 6)
    assert [len(visiting.told(kind)) for kind in kinds] == before == [1, 2, 1, 1]


def test_a_visit_of_an_earlier_episode_is_corrected_by_itself_and_under_its_own_referral() -> None:
    visiting, visit = a_visit({**SEVERE, "akps": 60})
    referral, episode = visiting.care.referral_id, visiting.care.episode_id
    visiting.clinic.decide(EPISODE["end"].reaction, STREAM, EndEpisode(reason=EndReason.DISCHARGED))
    visiting.passes(24 * 30)
    again = accepted().model_copy(update={"referral_id": uuid4(), "accepted_at": visiting.clinic.now})
    visiting.clinic.hears(1, again)
    now = visiting.care
    visiting.corrected(visit, {**SEVERE, **TALKED_OF_HARM, "phase": "unstable"})
    assert visiting.care == now
    (corrected,), issued = visiting.told(VisitCorrected), visiting.told(VisitSummaryIssued)[-1]
    assert (corrected.episode_id, issued.episode_id, issued.referral_id) == (episode, episode, referral)
    assert SummaryPart.NEXT not in {section.part for section in issued.sections}
    with pytest.raises(BeforeTheEpisode):
        visiting.corrected(visit, SEVERE, ends=-40)


def test_a_correction_while_a_death_is_reported_equals_one_that_was_never_held_once_it_is_dismissed() -> None:
    held, visit = a_visit({"phase": "stable"})
    never = held.another()
    held.clinic.decide(EPISODE["report-death"].reaction, STREAM, ReportDeath(source="family"))
    for one in (held, never):
        one.corrected(visit, {"phase": "unstable"})
    held.clinic.decide(EPISODE["dismiss-death"].reaction, STREAM, DismissDeath(reason_text="Somebody else."))
    for one in (held, never):
        one.clinic.plan()
    assert [each.starts_at for each in held.care.visits] == [each.starts_at for each in never.care.visits]


def test_who_was_there_and_is_not_named_again_stays_and_a_stranger_is_refused() -> None:
    visiting, first, _ = two()
    everyone = tuple(member.clinician_id for member in visiting.care.team)
    visiting.recorded(first, 3, SEVERE, present=everyone)
    visiting.corrected(first, MILD)
    stated = visiting.record(first).stated
    assert stated is not None
    assert tuple(member.clinician_id for member in stated.present) == everyone
    with pytest.raises(NotOfTheTeam):
        visiting.corrected(first, SEVERE, present=(uuid4(),))


def test_a_correction_is_signed_only_when_that_is_asked_and_has_its_own_48_hours() -> None:
    visiting, visit = a_visit(SEVERE)
    visiting.passes(24 * 10)
    visiting.corrected(visit, MILD, sign=False)
    assert visiting.record(visit).signed_at is None
    assert [one.version for one in visiting.told(VisitSigned)] == [1]
    visiting.passes(47)
    assert not visiting.told(VisitSignatureOverdue)
    visiting.passes(1)
    assert len(visiting.told(VisitSignatureOverdue)) == 1


def test_a_correction_without_words_for_what_was_wrong_is_refused() -> None:
    visiting, visit = a_visit(SEVERE)
    with pytest.raises(ValidationError):
        visiting.corrected(visit, MILD, reason_text="     ")


def test_an_overdue_visit_brings_nobody_so_another_is_wanted() -> None:
    visiting = Visiting()
    visiting.passes(24 * 10)
    assert any(visit.overdue for visit in visiting.care.visits)
    visit = visiting.planned(24 * 10 + 2)
    visiting.passes(5)
    visiting.recorded(visit, 24 * 10 + 4, {**SEVERE, "phase": "unstable"})
    assert VisitPurpose.SYMPTOM_FOLLOW_UP in {one.purpose for one in visiting.care.wanted}
    visiting.clinic.plan()
    assert any(one.starts_at > visiting.clinic.now for one in visiting.care.visits)


def test_a_visit_in_person_that_met_every_follow_up_leaves_none_wanted() -> None:
    visiting, first, second = two()
    visiting.recorded(first, 3, SEVERE)
    assert VisitPurpose.SYMPTOM_FOLLOW_UP in {one.purpose for one in visiting.care.wanted}
    visiting.recorded(second, 27, MILD)
    assert VisitPurpose.SYMPTOM_FOLLOW_UP not in {one.purpose for one in visiting.care.wanted}


@pytest.mark.parametrize(
    ("zone", "at", "left"),
    [
        ("America/New_York", datetime(2026, 3, 10, 0, 30, tzinfo=UTC), 0),
        ("Asia/Tokyo", datetime(2026, 3, 9, 23, 30, tzinfo=UTC), 1),
    ],
)
def test_whether_a_visit_meets_what_was_wanted_is_counted_in_the_patients_days(
    zone: str, at: datetime, left: int
) -> None:
    visiting = Visiting()
    care, now = visiting.care, visiting.clinic.now
    assert care.patient is not None
    wanted = Wanted(wanted_id=uuid4(), purpose=VisitPurpose.REGULAR, days=(date(2026, 3, 9),), since=now)
    there = care.but(visits=(), wanted=(wanted,), patient=care.patient.model_copy(update={"time_zone": zone}))
    asked = ScheduleVisit(people=(care.team[0],), starts_at=at)
    decision = schedule_visit(there, asked, Cause(uuid4(), STREAM, now, "test", uuid4(), now))
    after = next(state for state in decision.states if isinstance(state, Care))
    assert len(after.wanted) == left


def test_a_later_phase_by_telephone_reviews_an_unstable_one() -> None:
    visiting, first, second = two()
    visiting.recorded(first, 3, {"phase": "unstable"})
    assert visiting.care.unstable is not None
    visiting.recorded(second, 27, {"phase": "stable"})
    after = visiting.care
    assert (after.unstable, after.phase) == (None, Phase.STABLE)
    assert after.last_visit_at == visiting.at(3) + timedelta(hours=24)
