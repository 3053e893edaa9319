"""How a service stands as its database tells: what waits, what is parked, what failed, what was lost."""

from datetime import datetime
from typing import Any

from carebus.storage import audit, beginning, comparisons, holes, offsets, outbox, own_past, parked, timers
from carebus.storage.comparisons import Comparison
from carebus.storage.database import Connection


async def standing(db: Connection, now: datetime) -> dict[str, Any]:
    """All of it as plain values; `now` is the clinic's time. Nothing in it names a patient."""
    pending, age = await outbox.backlog(db)
    events, streams = await parked.count(db)
    overdue, held = await timers.overdue(db, now)
    open_holes = await holes.still_open(db)
    return {
        "ready": True,
        "outbox_pending": pending,
        "outbox_age_seconds": round(age, 3),
        "parked": events,
        "parked_streams": streams,
        "forked": await parked.count_forked(db),
        "timers_overdue": overdue,
        "timers_held": held,
        "timers_failed": len(await timers.failed(db)),
        "holes": sum(not hole.at_start for hole in open_holes),
        "waits_on_shortened_log": sum(hole.at_start for hole in open_holes),
        "older_database": await own_past.is_older(db),
        "untold": await beginning.untold(db),
        "compared": _compared(await comparisons.last(db)),
        "audit": await _audit(db),
        "offsets": await _offsets(db),
    }


async def _offsets(db: Connection) -> dict[str, dict[str, int]]:
    """Which record of each topic's partitions is read next."""
    found: dict[str, dict[str, int]] = {}
    for (topic, partition), offset in sorted((await offsets.stored(db)).items()):
        found.setdefault(topic, {})[str(partition)] = offset
    return found


async def _audit(db: Connection) -> dict[str, Any]:
    """How far the chain of who did and saw what has come, and what is not in it yet."""
    (pending, age), head = await audit.backlog(db), await audit.head(db)
    found = {"pending": pending, "age_seconds": round(age, 3)}
    return found | (head._asdict() if head else {"number": 0, "batch": 0, "hash": ""})


def _compared(last: Comparison | None) -> dict[str, Any] | None:
    if last is None:
        return None
    return {"source": last.source, "began_at": last.began_at.isoformat(), "missing": last.missing}
