"""Whom a page asks: the people the nurse names, then those on duty now, in the order of the ladder."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from carebus.web.http import Parts
from services.line.domain.calls import PageStep
from services.line.domain.shifts.ladder import NobodyOnCall, page_steps
from services.line.store import shifts
from services.line.store.rulesets import ladder


async def asked(parts: Parts, _: UUID, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Everybody to ask; nobody where nobody can be reached, which the decision refuses."""
    now = parts.clock.now()
    async with parts.database.connection() as db:
        on_duty = [one.shift for one in await shifts.between(db, now, now)]
    first = [PageStep.model_validate(one) for one in body.get("steps", ())]
    try:
        return {"asked": tuple(page_steps(ladder(), on_duty, now, first))}
    except NobodyOnCall:
        return {}
