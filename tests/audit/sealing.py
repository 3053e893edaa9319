"""Batches as services seal and tell them, for the audit service to hear."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from carebus.contracts.audit import AuditKind, AuditRow, AuditSealed, beginning_of, content_of, hash_of
from carebus.contracts.event import Stream
from carebus.testing import START

ANNA, BENNO = UUID(int=1), UUID(int=2)
NURSE, OTHER = str(UUID(int=11)), str(UUID(int=12))


def row(n: int, **more: Any) -> AuditRow:
    """The nth row: a nurse sees Anna, a minute after the one before."""
    said: dict[str, Any] = {
        "id": uuid5(UUID(int=9), str(n)),
        "at": START + timedelta(minutes=n),
        "clinic_at": START,
        "who": NURSE,
        "role": "nurse",
        "kind": AuditKind.READ,
        "name": "GET /patients/{patient_id}",
        "patients": (ANNA,),
        "from_address": "10.0.0.7",
    }
    return AuditRow(**said | more)


def stream(service: str = "care_plan") -> Stream:
    """Where a service tells its own."""
    return Stream(f"audit/{service}")


def batches(*parts: Sequence[AuditRow], service: str = "care_plan") -> list[AuditSealed]:
    """These rows as a whole chain, a batch for each part."""
    previous, number, made = beginning_of(service), 1, list[AuditSealed]()
    for batch, rows in enumerate(parts, 1):
        first, before = number, previous
        for one in rows:
            previous = hash_of(previous, number, content_of(one))
            number += 1
        made.append(AuditSealed(batch=batch, first=first, previous=before, head=previous, rows=tuple(rows)))
    return made
