"""Somebody whose acceptance is heard a month late is in care since it happened; what is planned is planned now."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from carebus.contracts import patient_stream
from carebus.contracts.care_plan import EpisodeOpened, VisitScheduled
from carebus.contracts.line import (
    AdmissionNotified,
    AdmissionWithdrawn,
    DeathReported,
    DeathReportWithdrawn,
    HandOverWritten,
)
from carebus.contracts.notifications import NotificationSent, VisitSummaryDelivered, VisitSummaryUndelivered
from carebus.contracts.people import Role
from carebus.contracts.referral import (
    PatientMerged,
    PatientUnmerged,
    ReferralCancelled,
    ReferralEnteredInError,
    ReferralFailed,
    ReferralReopened,
)
from carebus.contracts.wishes import KnownWish, TopicSummary, WishesSummarised, WishTopic
from carebus.testing import START, Bench, Happens, assert_published, late_differences
from services.care_plan import app
from services.care_plan.settings import Settings
from tests.benches import service_bench
from tests.care_plan.people import accepted, staff
from tests.examples import example
from tests.told import amended

P, OTHER, CANCELLED, FAILED, MISTAKEN = (UUID(int=n) for n in range(7, 12))
"""The last three were never in care here: what becomes of those who were, when it is heard late, see test_ending."""
REFERRED = {"referral_id": UUID(int=9)}
DAY = timedelta(days=1)


def ended(at: str, **more: object) -> dict[str, object]:
    """How the referral of all of these ended, on the sixth day."""
    reason = {"reason": "no_longer_needed", "reason_text": ""} if at == "cancelled_at" else {}
    return {**REFERRED, at: START + 6 * DAY, **reason, **more}


def wants_comfort(at: datetime) -> WishesSummarised:
    """A wish that is a reason to talk about hospice."""
    said = {"topic": "treatment", "choice": "comfort_only"}
    known = example(KnownWish, statement=said, stated_on=at.date())
    return WishesSummarised(topics=(TopicSummary(topic=WishTopic.TREATMENT, known=(known,)),), summarised_at=at)


PLANNED_NOW = {
    *(f"Care.explained.{role}" for role in Role),
    "Care.visits.starts_at",
    "Care.visits.overdue",
    "Care.visits.visit_id",
    "told CareTeamAssigned.assigned_at",
    "told VisitScheduled.arrives_from",
    "told VisitScheduled.arrives_until",
    "told VisitScheduled.starts_at",
    "told VisitScheduled.visit_id",
    "told VisitOverdue",
}
"""A team is found, and a visit planned, when the acceptance is heard: neither can be in the past."""


async def test_what_is_heard_a_month_late_has_its_own_dates(postgres_url: str, tmp_path: Path) -> None:
    def opened(at: datetime) -> AbstractAsyncContextManager[Bench]:
        return service_bench("care_plan", app.make, Settings, admin_url=postgres_url, folder=tmp_path, at=at)

    merge = {"survivor_id": P, "retired_id": OTHER, "both_in_care": True}
    taken_on = [accepted().model_copy(update={**REFERRED, "accepted_at": START + n * DAY}) for n in (1, 3)]
    story = [
        Happens(1 * DAY, taken_on[0], patient_stream(P)),
        Happens(3 * DAY, taken_on[1], patient_stream(OTHER)),
        Happens(3 * DAY, amended(**REFERRED), patient_stream(P)),
        Happens(4 * DAY, example(PatientMerged, **merge), patient_stream(OTHER)),
        Happens(5 * DAY, example(PatientUnmerged, **merge), patient_stream(OTHER)),
        Happens(6 * DAY, example(ReferralCancelled, **ended("cancelled_at")), patient_stream(CANCELLED)),
        Happens(6 * DAY, example(ReferralFailed, **ended("failed_at", reason="moved_away")), patient_stream(FAILED)),
        Happens(6 * DAY, example(ReferralEnteredInError, **ended("marked_at")), patient_stream(MISTAKEN)),
        Happens(6 * DAY, example(DeathReported, died_on=None), patient_stream(CANCELLED)),
        Happens(7 * DAY, example(DeathReportWithdrawn), patient_stream(CANCELLED)),
        # of a letter that nobody here asked for: in whatever month it is heard, nothing is noted
        Happens(7 * DAY, example(VisitSummaryDelivered), patient_stream(P)),
        Happens(7 * DAY, example(VisitSummaryUndelivered), patient_stream(P)),
        Happens(7 * DAY, example(NotificationSent), patient_stream(P)),
        Happens(7 * DAY, example(HandOverWritten), patient_stream(P)),
        # a stay in hospital that never was, wishes, and a referral of nobody who was in hospice
        Happens(8 * DAY, example(AdmissionNotified, admitted_at=START + 8 * DAY), patient_stream(P)),
        Happens(9 * DAY, example(AdmissionWithdrawn), patient_stream(P)),
        Happens(9 * DAY, wants_comfort(START + 9 * DAY), patient_stream(P)),
        Happens(9 * DAY, example(ReferralReopened), patient_stream(P)),
    ]

    assert await late_differences(opened, story, before=staff) == PLANNED_NOW


async def test_a_first_visit_that_is_long_due_is_on_the_next_working_day(care_plan: Bench) -> None:
    await staff(care_plan)
    long_ago = accepted().model_copy(update={"accepted_at": START - 20 * DAY})
    await care_plan.hears(long_ago, patient=P)

    (opened,) = await assert_published(care_plan, EpisodeOpened, patient=P)
    (scheduled,) = await assert_published(care_plan, VisitScheduled, patient=P)
    assert opened.opened_at == START - 20 * DAY
    assert opened.ready_for_care_on == (START - 20 * DAY).date()
    assert scheduled.starts_at.date() == (START + DAY).date()


async def test_the_days_that_passed_before_an_acceptance_was_heard_are_not_waited_again(care_plan: Bench) -> None:
    await staff(care_plan)
    wednesday_before = accepted().model_copy(update={"accepted_at": START - 5 * DAY})
    for n in range(12):
        await care_plan.hears(wednesday_before, patient=UUID(int=100 + n))
    planned = await assert_published(care_plan, VisitScheduled, times=12)
    assert {visit.starts_at.date() for visit in planned} == {(START + n * DAY).date() for n in (1, 2)}
