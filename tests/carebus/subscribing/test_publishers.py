"""Events are taken from their declared publishers only: whoever else can write to the topic tells nobody anything."""

from __future__ import annotations

from uuid import UUID

import pytest

from carebus.contracts import Envelope, is_declared, patient_stream
from carebus.contracts.audit import AuditSealed
from carebus.contracts.event import Stream
from carebus.testing import Bench
from tests.carebus.subscribing.test_redrive import Log, marks, parked
from tests.carebus.wires import assessed, headers, someone

SOMEBODY = "somebody"


async def test_what_another_than_the_publisher_tells_is_put_aside_and_holds_up_nobody(tallying: Bench) -> None:
    patient, log = someone(), Log()
    await tallying.deliver(log.record(patient, "forged", 1, SOMEBODY), log.record(patient, "a", 1))
    assert await marks(tallying, patient) == ["a"]
    assert await parked(tallying) == [(None, "malformed")]


async def test_the_operator_reads_who_told_what(tallying: Bench) -> None:
    await tallying.deliver(Log().record(someone(), "forged", 1, SOMEBODY))
    async with tallying.service.core.database.connection() as db:
        rule = await db.fetchval("select rule from parked_event")
    assert rule == "ce_source somebody does not tell org.carebus.EligibilityAssessed of this subject"


async def test_it_stays_aside_when_it_is_tried_again(tallying: Bench) -> None:
    patient = someone()
    await tallying.deliver(Log().record(patient, "forged", 1, SOMEBODY))
    await tallying.service.redrive.waiting()
    assert await marks(tallying, patient) == []
    assert await parked(tallying) == [(None, "malformed")]


def _envelope(source: str, kind: str, subject: str) -> Envelope:
    found = dict(headers(assessed("x"), UUID(int=1), 1))
    at = {name.removeprefix("ce_"): value.decode() for name, value in found.items()}
    return Envelope(
        id=UUID(at["id"]), source=source, type=kind, subject=Stream(subject), time=at["time"],  # type: ignore[arg-type]
        sequence=1, correlation_id=UUID(int=1), causation_id=UUID(int=1), actor="x",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("source", "subject", "declared"),
    [("referral", "audit/referral", True), ("outcomes", "audit/referral", False), ("line", "audit/line", True)],
)
def test_what_every_service_tells_it_tells_of_itself_only(source: str, subject: str, declared: bool) -> None:
    assert is_declared(_envelope(source, AuditSealed.type_name(), subject)) is declared


def test_types_that_no_contract_knows_are_anybodys() -> None:
    assert is_declared(_envelope(SOMEBODY, "com.example.Said", patient_stream(UUID(int=1))))
