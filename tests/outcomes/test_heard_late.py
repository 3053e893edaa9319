"""A service that hears of everything a month late counts by the events' own dates."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from carebus.contracts import Event, patient_stream
from carebus.contracts.care_plan import (
    CareHeld,
    CarePlanDrafted,
    CareResumed,
    CareTeamAssigned,
    CareTeamAssignmentDelayed,
    EpisodeEnded,
    EpisodeOpened,
    EsasR,
    SymptomFollowUpCancelled,
    SymptomFollowUpMet,
    SymptomFollowUpMissed,
    SymptomFollowUpOpened,
    VisitCancelled,
    VisitCorrected,
    VisitNoShow,
    VisitOverdue,
)
from carebus.contracts.event import Stream, Subject
from carebus.contracts.line import (
    CallAbandoned,
    CallAnswered,
    CallbackMade,
    CallbackMissed,
    CallbackPromised,
    CallReceived,
    CallTriaged,
    CallTriageWithdrawn,
)
from carebus.contracts.notifications import (
    NotificationFailed,
    NotificationRequested,
    NotificationSent,
    NotificationSuppressed,
)
from carebus.contracts.referral import EligibilityAssessed, PatientMerged, PatientUnmerged
from carebus.contracts.wishes import AcpConversationHeld, WishesSummarised
from carebus.testing import START, Bench, Happens, late_differences
from services.outcomes import app
from services.outcomes.settings import Settings
from tests.benches import service_bench
from tests.examples import example
from tests.told import accepted, completed, declined, received, scheduled

OF_CARE = (
    VisitCorrected,
    VisitCancelled,
    VisitNoShow,
    SymptomFollowUpOpened,
    SymptomFollowUpMet,
    SymptomFollowUpMissed,
    SymptomFollowUpCancelled,
    CareHeld,
    CareResumed,
    EpisodeEnded,
)
OF_CALLS = (CallReceived, CallAnswered, CallAbandoned, CallbackPromised, CallbackMissed, CallbackMade)
P, OTHER, CALL = UUID(int=7), UUID(int=8), UUID(int=9)


def _by_day(patient: UUID, days: dict[int, list[Event]]) -> list[Happens]:
    return _on(patient_stream(patient), days)


def _on(stream: Stream, days: dict[int, list[Event]]) -> list[Happens]:
    return [Happens(timedelta(days=day), event, stream) for day, events in days.items() for event in events]


async def test_what_is_heard_a_month_late_has_its_own_dates(postgres_url: str, tmp_path: Path) -> None:
    def opened(at: datetime) -> AbstractAsyncContextManager[Bench]:
        return service_bench("outcomes", app.make, Settings, admin_url=postgres_url, folder=tmp_path, at=at)

    first, second = START + timedelta(days=3), START + timedelta(days=11)
    merge = {"survivor_id": P, "retired_id": OTHER}
    way: dict[int, list[Event]] = {
        0: [received(), example(EligibilityAssessed)],
        1: [
            accepted(accepted_at=START + timedelta(days=1)),
            example(EpisodeOpened, opened_at=START + timedelta(days=1)),
            example(CarePlanDrafted),
            example(CareTeamAssignmentDelayed),
        ],
        2: [example(CareTeamAssigned, assigned_at=START + timedelta(days=2)), scheduled(1, at=first)],
        3: [example(NotificationRequested), completed(1, at=first, esas=EsasR(pain=8)), example(NotificationSent)],
        9: [scheduled(2, at=second), example(NotificationSuppressed), example(NotificationFailed)],
        12: [example(VisitOverdue), completed(2, at=second, esas=EsasR(pain=3)), example(PatientMerged, **merge)],
        13: [example(PatientUnmerged, **merge), *(example(kind) for kind in OF_CARE)],
        14: [example(CallTriaged, triaged_at=START + timedelta(days=14)), example(CallTriageWithdrawn)],
        15: [example(AcpConversationHeld), example(WishesSummarised, summarised_at=START + timedelta(days=15))],
    }
    other: dict[int, list[Event]] = {4: [received(), declined()], 12: [example(PatientMerged, **merge)]}
    calls = _on(Subject.CALL.stream(CALL), {14: [example(kind) for kind in OF_CALLS]})

    assert await late_differences(opened, [*_by_day(P, way), *_by_day(OTHER, other), *calls]) == set()


async def test_the_days_to_the_first_visit_count_from_the_arrival_of_a_fax_that_lay_for_a_day(outcomes: Bench) -> None:
    lay = received(arrived_at=START - timedelta(days=1))
    await outcomes.hears(lay, accepted(), completed(at=START + timedelta(days=2)), patient=P)
    days = (await outcomes.http.get("/api/outcomes")).json()["days_to_first_visit"]
    assert days["median"] == 3.0
