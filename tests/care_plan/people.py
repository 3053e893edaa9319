"""People for tests of the care plan service: who is referred, who works at the clinic."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from carebus.contracts.people import Address, Condition, Payer, PayerKind, Person, Role
from carebus.contracts.referral import Priority, ReferralAccepted
from carebus.ids import new_id
from carebus.testing import Bench, people

NAMES = UUID("6f1d8a52-7f0b-4f0e-9a53-0d8a6b0d0c11")


def accepted(
    *,
    priority: Priority = Priority.ROUTINE,
    conditions: tuple[Condition, ...] = (Condition.CANCER,),
    zone: str = "America/New_York",
    name: str = "Rosa Almeida",
    state: str = "",
) -> ReferralAccepted:
    """Somebody taken on."""
    given, _, family = name.partition(" ")
    return ReferralAccepted(
        referral_id=new_id(),
        priority=priority,
        patient=Person(
            given_name=given,
            family_name=family,
            birth_date=date(1948, 5, 17),
            time_zone=zone,
            address=Address(state=state),
        ),
        conditions=conditions,
        payer=Payer(name="Example Health", kind=PayerKind.MEDICARE),
        accepted_at=datetime(2026, 3, 2, 13, 0, tzinfo=UTC),
    )


def clinician(role: Role, n: int = 1, capacity: int = 25) -> dict[str, Any]:
    """The body that lets the nth clinician of a role join."""
    return {
        "clinician_id": str(uuid5(NAMES, f"{role}/{n}")),
        "name": f"{role.value.replace('_', ' ').capitalize()} {n}",
        "role": role.value,
        "capacity": capacity,
        "account": str(people.account()),
        "licences": [{"state": "MA"}, {"state": "NY"}],
    }


async def staff(bench: Bench, *, each: int = 1, capacity: int = 25, but: tuple[Role, ...] = ()) -> None:
    """Let `each` clinicians of every role join, except of the roles in `but`."""
    for role in Role:
        for n in range(1, each + 1):
            if role not in but:
                answer = await bench.command("/api/roster", clinician(role, n, capacity))
                assert answer.status_code == 201, answer.text


def just_now(bench: Bench) -> dict[str, str]:
    """The times of a visit that has just ended, whenever it was planned."""
    return {"started_at": (bench.now() - timedelta(minutes=30)).isoformat(), "ended_at": bench.now().isoformat()}


async def due_visits(bench: Bench, **query: Any) -> list[dict[str, Any]]:
    """The planned visits by the API."""
    answer = await bench.http.get("/api/visits", params={"status": "scheduled", **query})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items
