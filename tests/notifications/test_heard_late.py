"""News that is heard a month late is kept with its date and told to nobody: families and referrers know it by then."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from carebus.contracts import patient_stream
from carebus.contracts.care_plan import (
    CareHeld,
    CareResumed,
    EpisodeEnded,
    EpisodeOpened,
    VisitCancelled,
    VisitConverted,
    VisitRescheduled,
)
from carebus.contracts.equipment import DmeOrderCancelled, DmeOrdered
from carebus.contracts.line import AdmissionNotified, ClinicianPaged, DeathReported, DischargeNotified, EdVisitNotified
from carebus.contracts.notifications import NotificationRequested, ReferrerLetterRequested
from carebus.contracts.referral import PatientMerged, PatientUnmerged
from carebus.testing import LATE, START, Bench, Happens, assert_published, late_differences
from tests.examples import example
from tests.notifications.conftest import notifications_bench
from tests.notifications.test_referrers import new_link, stands
from tests.notifications.test_summary_letters import asked
from tests.told import accepted, amended, completed, contact, scheduled, team

P, ENDED = UUID(int=77), UUID(int=79)
DAY = timedelta(days=1)

WITHDRAWN_AT_ONCE = {
    "Family.messages.status",
    "Family.messages.settled_at",
    "Referrers.letters.status",
    "Referrers.letters.settled_at",
    "SummaryLetters.letters.status",
    "SummaryLetters.letters.settled_at",
    "SupplierLetters.letters.status",
    "SupplierLetters.letters.settled_at",
    "told NotificationRequested",
    "told ReferrerLetterRequested",
}


async def test_what_is_heard_a_month_late_is_not_told_any_more(postgres_url: str, tmp_path: Path) -> None:
    def opened(at: datetime) -> AbstractAsyncContextManager[Bench]:
        return notifications_bench(postgres_url, tmp_path, 1, at=at)

    merge = {"survivor_id": P, "retired_id": UUID(int=78)}
    told = [
        (0, accepted(told=contact())),
        (0, stands()),
        (0, new_link()),
        (1, asked()),
        (1, example(DmeOrdered, email="orders@acme.example")),
        (3, example(DmeOrderCancelled)),
        (0, team()),
        (1, amended(contact=contact())),
        (1, scheduled()),
        (1, completed()),
        (2, example(PatientMerged, **merge)),
        (3, example(PatientUnmerged, **merge)),
    ]
    other = [
        (0, accepted(told=contact())),
        (0, example(EpisodeOpened)),
        (1, scheduled()),
        *((1, example(kind)) for kind in (VisitRescheduled, VisitConverted, VisitCancelled)),
        *((1, example(kind)) for kind in (AdmissionNotified, EdVisitNotified, DischargeNotified, DeathReported)),
        (1, example(ClinicianPaged)),
        *((2, example(kind)) for kind in (CareHeld, CareResumed, EpisodeEnded)),
    ]
    story = [Happens(day * DAY, event, patient_stream(P)) for day, event in told]
    story += [Happens(day * DAY, event, patient_stream(ENDED)) for day, event in other]

    assert await late_differences(opened, story) == WITHDRAWN_AT_ONCE


async def test_hundreds_of_families_are_not_written_to_about_the_past(postgres_url: str, tmp_path: Path) -> None:
    news = accepted(told=contact()), team(), scheduled(), completed(), stands(), new_link()
    async with notifications_bench(postgres_url, tmp_path, 1, at=START + LATE) as bench:
        for n in range(20):
            of = patient_stream(UUID(int=n))
            await bench.deliver(*(bench.record(event, of, told_at=START) for event in news))
        await assert_published(bench, NotificationRequested, times=0)
        await assert_published(bench, ReferrerLetterRequested, times=0)
        shown = (await bench.http.get("/api/notifications")).json()
        letters = (await bench.http.get("/api/referrer-letters")).json()
    assert shown["counts"] == {"queued": 0, "sent": 0, "failed": 0, "withdrawn": 60, "suppressed": 0}
    assert letters["counts"] == {"queued": 0, "sent": 0, "failed": 0, "withdrawn": 40}
    assert {item["requested_at"] for item in shown["items"]} == {"2026-03-02T14:00:00Z"}


async def test_what_was_told_since_the_service_began_is_passed_on_however_late_it_is_heard(
    notifications: Bench,
) -> None:
    of = patient_stream(P)
    news = [notifications.record(event, of) for event in (accepted(told=contact()), team(), scheduled(), stands())]
    await notifications.passes(days=20)
    await notifications.deliver(*news)
    await assert_published(notifications, NotificationRequested, patient=P, times=2)
    await assert_published(notifications, ReferrerLetterRequested, patient=P, times=1)
