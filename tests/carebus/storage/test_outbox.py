"""The outbox: written in order, kept in the partition of its day, forgotten only when told so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from carebus.contracts import Envelope, patient_stream
from carebus.contracts.referral import ReferralDeclined
from carebus.storage import outbox
from carebus.storage.outbox import EventTooLarge, Told, pack_headers, unpack_headers
from carebus.testing import Bench
from tests.carebus.wires import assessed, headers, someone


def told(patient: UUID, sequence: int, text: str = "") -> Told:
    event = ReferralDeclined.model_validate(
        {"referral_id": patient, "reason": "other", "reason_text": text, "declined_at": datetime.now(UTC)}
    )
    envelope = Envelope(
        id=someone(),
        source="tally",
        type=event.type_name(),
        subject=patient_stream(patient),
        time=datetime.now(UTC),
        sequence=sequence,
        correlation_id=patient,
        causation_id=patient,
        actor="test",
    )
    return Told.seal(envelope, event)


async def test_events_are_pending_in_the_order_they_were_told_until_they_are_forgotten(tallying: Bench) -> None:
    events = [told(someone(), 1) for _ in range(50)]
    async with tallying.service.core.database.transaction() as db:
        await outbox.write(db, events[:30])
        await outbox.write(db, events[30:])
        await outbox.write(db, [])
    async with tallying.service.core.database.connection() as db:
        pending = await outbox.pending(db, 20)
        assert [p.body for p in pending] == [event.body for event in events[:20]]
        assert [dict(p.headers)["ce_id"].decode() for p in pending] == [str(e.envelope.id) for e in events[:20]]
        await outbox.forget_pending(db, [p.id for p in pending], {})
        assert [p.body for p in await outbox.pending(db, 50)] == [event.body for event in events[20:]]
        assert (await outbox.backlog(db))[0] == 30
        assert await db.fetchval("select count(*) from outbox") == 50


async def test_nothing_pending_is_no_backlog(tallying: Bench) -> None:
    async with tallying.service.core.database.connection() as db:
        assert await outbox.backlog(db) == (0, 0.0)


async def test_partitions_may_be_prepared_again_and_rows_land_in_that_of_their_day(tallying: Bench) -> None:
    day = datetime.now(UTC) + timedelta(days=2)
    async with tallying.service.core.database.transaction() as db:
        await outbox.write(db, [told(someone(), 1)])
        await outbox.prepare_partitions(db)
        await outbox.prepare_partitions(db, days=9)
        await db.execute(
            "insert into outbox (told_at, stream, sequence, event_id, type, topic, key, headers, body)"
            " select $1, stream, sequence, event_id, type, topic, key, headers, body from outbox",
            day,
        )
        found = [
            row["at"] for row in await db.fetch("select tableoid::regclass::text as at from outbox order by told_at")
        ]
    assert found == ["outbox_default", f"outbox_{day:%Y%m%d}"]


async def test_an_event_that_no_broker_takes_is_refused_before_it_is_written() -> None:
    with pytest.raises(EventTooLarge, match="900000"):
        told(someone(), 1, "x" * 900_000)


def test_headers_come_back_from_a_column_as_they_went_in() -> None:
    made = headers(assessed("\u00e9"), someone(), 1)
    assert unpack_headers(pack_headers(made)) == made
