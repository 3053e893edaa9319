"""What the service hears becomes messages once, however often it is delivered."""

from __future__ import annotations

from uuid import UUID, uuid4

from carebus.contracts.notifications import NotificationRequested, NotificationSuppressed
from carebus.testing import Bench, assert_published
from tests.told import accepted, amended, completed, contact, scheduled, team

P = UUID(int=77)


async def test_each_event_asks_for_one_message(notifications: Bench) -> None:
    await notifications.hears(accepted(told=contact()), patient=P, times=2)
    await assert_published(notifications, NotificationRequested, patient=P, times=0)
    await notifications.hears(team(), scheduled(), completed(), patient=P, times=3)
    requested = await assert_published(notifications, NotificationRequested, patient=P, times=3)
    assert len({one.notification_id for one in requested}) == 3
    shown = (await notifications.http.get("/api/notifications")).json()
    assert shown["counts"] == {"queued": 3, "sent": 0, "failed": 0, "withdrawn": 0, "suppressed": 0}


async def test_what_is_withheld_is_told_once_per_topic(notifications: Bench) -> None:
    await notifications.hears(accepted(told=contact(consented=False)), patient=P)
    await notifications.hears(scheduled(1), scheduled(2), completed(1), patient=P)
    await assert_published(notifications, NotificationSuppressed, patient=P, times=2)
    await assert_published(notifications, NotificationRequested, patient=P, times=0)


async def test_many_families_are_handled_in_one_batch(notifications: Bench) -> None:
    patients = [uuid4() for _ in range(30)]
    for patient in patients:
        await notifications.hears(accepted(told=contact()), team(), patient=patient)
    found = await notifications.published(NotificationRequested)
    assert len(found) == 30


async def test_a_consent_that_the_office_takes_back_withdraws_what_waits_and_sends_nothing_more(
    notifications: Bench,
) -> None:
    await notifications.hears(accepted(told=contact()), team(), patient=P)
    await notifications.hears(amended(contact=contact(consented=False)), scheduled(), patient=P)
    await assert_published(notifications, NotificationRequested, patient=P, times=1)
    shown = (await notifications.http.get("/api/notifications")).json()
    assert (shown["counts"]["queued"], shown["counts"]["withdrawn"]) == (0, 1)


async def test_what_a_sender_states_of_another_referral_changes_nothing(notifications: Bench) -> None:
    await notifications.hears(accepted(told=contact()), patient=P)
    other, stated = uuid4(), contact(email="somebody@elsewhere.example")
    await notifications.hears(
        amended(contact=stated, applied=False), amended(contact=stated, referral_id=other), team(), patient=P
    )
    async with notifications.service.core.database.connection() as db:
        assert "elsewhere" not in str(await db.fetch("select doc from dispatch"))


async def test_news_without_an_acceptance_is_parked_and_others_go_on(notifications: Bench) -> None:
    handled = await notifications.hears(team(), patient=P, times=1)
    assert handled.parked.total() == 1
    assert handled.failure is not None
    assert handled.failure[1] == "patient_not_accepted"
    other = uuid4()
    await notifications.hears(accepted(told=contact()), team(), patient=other)
    await assert_published(notifications, NotificationRequested, patient=other, times=1)
