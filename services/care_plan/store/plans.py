"""Versions of plans: a row each, so that what a plan said before can be read, however long somebody is cared for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from carebus.contracts.care_plan import PlanOfCare
from carebus.storage.database import Connection
from services.care_plan.domain.care import Care, Plan

_SAVE = """
insert into plan_version select * from jsonb_populate_recordset(null::plan_version, $1::jsonb)
on conflict (plan_id, version) do update set says = excluded.says, approved_at = excluded.approved_at
where (plan_version.says, plan_version.approved_at) is distinct from (excluded.says, excluded.approved_at)
"""
_VERSIONS = (
    "select version, changed_at, approved_at from plan_version where plan_id = $1 order by version desc limit 200"
)
_ONE = """
select version, changed_at, approved_at, says::text as says from plan_version
where plan_id = $1 and version <= $2 order by version desc limit 2
"""


@dataclass(frozen=True, slots=True)
class PlanVersion:
    """A version of a plan. `approved_at`: when somebody stood for it, None where nobody did."""

    version: int
    changed_at: datetime | None
    approved_at: datetime | None
    says: PlanOfCare | None = None


async def save_versions(db: Connection, cares: Mapping[UUID, Care]) -> None:
    """The versions that stand, as far as the team wrote them."""
    rows = [_row(care.plan) for care in cares.values() if care.plan is not None and care.plan.says is not None]
    if rows:
        await db.execute(_SAVE, orjson.dumps(rows).decode())


async def versions_of(db: Connection, plan_id: UUID) -> list[PlanVersion]:
    """All versions, the newest first, without what they say."""
    return [PlanVersion(**dict(row)) for row in await db.fetch(_VERSIONS, plan_id)]


async def version_of(db: Connection, plan_id: UUID, version: int) -> tuple[PlanVersion | None, PlanVersion | None]:
    """A version and the one before it; None where there is none."""
    found = [
        PlanVersion(**{**dict(row), "says": PlanOfCare.model_validate_json(row["says"])})
        for row in await db.fetch(_ONE, plan_id, version)
    ]
    this = found[0] if found and found[0].version == version else None
    return this, found[1] if this and len(found) > 1 else None


def _row(plan: Plan) -> dict[str, Any]:
    assert plan.says is not None, "only what was written is kept"
    return {
        "plan_id": plan.plan_id,
        "version": plan.version,
        "says": plan.says.model_dump(mode="json"),
        "changed_at": plan.changed_at,
        "approved_at": plan.approved_at if plan.is_approved else None,
    }
