"""Whether a caller may give commands: looked at in the deciding transaction, after the streams are locked."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from carebus.access import Access, Caller
from carebus.contracts.event import Stream, subject_id
from carebus.deciding.transaction import Item
from carebus.errors import CarebusError
from carebus.storage import emergency
from carebus.storage.database import Connection
from carebus.storage.emergency import Emergency


class Permission(NamedTuple):
    """Why the caller may not give each command; None where they may. `reason`: of the emergency in which they may."""

    refused: list[CarebusError | None]
    reason: str = ""


async def permission(db: Connection, access: Access, items: Sequence[Item], caller: Caller) -> Permission:
    """Whether the caller may give these commands, as a service's own work always may."""
    if caller.own_work:
        return Permission([None] * len(items))
    found: dict[tuple[type, Stream], CarebusError | Emergency | None] = {}
    for item in items:
        place = type(item.message), item.cause.stream
        if place not in found:
            found[place] = await _found(db, access, *place, caller)
    taken = [one.reason for one in found.values() if isinstance(one, Emergency)]
    refused = {place: one if isinstance(one, CarebusError) else None for place, one in found.items()}
    for why in refused.values():
        if why is not None:
            why.denied = True
    return Permission([refused[type(item.message), item.cause.stream] for item in items], "; ".join(taken))


async def _found(
    db: Connection, access: Access, kind: type, stream: Stream, caller: Caller
) -> CarebusError | Emergency | None:
    """Why not, or the emergency in which they may."""
    rule = access.of_command(kind)
    try:
        wanted = rule.require(caller)
    except CarebusError as why:
        return why
    if not wanted:
        return None
    admitted = await emergency.admits(db, caller, wanted, UUID(subject_id(stream)))
    if isinstance(admitted, Emergency):
        return admitted
    return None if admitted else rule.unknown()
