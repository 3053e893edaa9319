"""Whether a caller may give commands: looked at in the deciding transaction, after the streams are locked."""

from collections.abc import Sequence
from uuid import UUID

from carebus.access import Access, Caller, Relation
from carebus.contracts.event import Stream, subject_id
from carebus.deciding.transaction import Item
from carebus.errors import CarebusError
from carebus.storage import emergency, relations
from carebus.storage.database import Connection


async def refusals(db: Connection, access: Access, items: Sequence[Item], caller: Caller) -> list[CarebusError | None]:
    """Why the caller may not give each of these commands; None where they may, as a service's own work always may."""
    if caller.own_work:
        return [None] * len(items)
    found: dict[tuple[type, Stream], CarebusError | None] = {}
    for item in items:
        place = type(item.message), item.cause.stream
        if place not in found:
            found[place] = await _why_not(db, access, *place, caller)
    for why in found.values():
        if why is not None:
            why.denied = True
    return [found[type(item.message), item.cause.stream] for item in items]


async def _why_not(db: Connection, access: Access, kind: type, stream: Stream, caller: Caller) -> CarebusError | None:
    rule = access.of_command(kind)
    try:
        wanted = rule.require(caller)
    except CarebusError as why:
        return why
    if not wanted:
        return None
    assert caller.account is not None
    subject = UUID(subject_id(stream))
    stands = bool(await relations.stands_as(db, caller.holders, wanted, subject))
    if not stands and Relation.PANEL in wanted:
        stands = await emergency.open_to(db, caller.account, subject) is not None
    return None if stands else rule.unknown()
