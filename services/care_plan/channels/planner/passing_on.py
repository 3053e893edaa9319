"""Passes news of a death on from a record that is one person's with another to the one that goes on.

The news holds a record by itself, whichever it came to; but care goes on under the other, which no decision of the
first can touch. There it waits for a person, as any news of a death.
"""

from pydantic import BaseModel

from carebus.access import own_work
from carebus.contracts.event import patient_stream
from carebus.deciding.commands import Asked, Done, Step
from carebus.decisions import on
from carebus.ids import new_id
from carebus.web.http import Parts
from services.care_plan.domain.care import Care
from services.care_plan.domain.episode import holding
from services.care_plan.domain.episode.holding import PassOnHold, ReportDeath
from services.care_plan.store import episode

REPORT_DEATH = on(Care, holding.report_death)
PASS_ON = on(Care, holding.pass_on_hold)


async def pass_on(parts: Parts, worker: str) -> int:
    """Hold what goes on; gives for how many."""
    async with parts.database.connection() as db:
        told = await episode.deaths_on_retired_records(db)
    for retired, survivor, hold in told:
        report = ReportDeath(source=hold.source, note=hold.note)
        steps: list[Step] = [
            (REPORT_DEATH, patient_stream(survivor), report),
            (PASS_ON, patient_stream(retired), PassOnHold()),
        ]
        await parts.commands.perform_in_turn(steps, Asked(None, own_work(worker), new_id()), _nothing)
    return len(told)


class _Nothing(BaseModel):
    """An answer that nobody waits for."""


def _nothing(_: Done) -> BaseModel:
    return _Nothing()
