"""The record that is kept of what operators do by hand: who, what, to which events and why."""

from collections.abc import Sequence

from carebus.storage.database import Connection


async def begin_act(db: Connection, actor: str, act: str, targets: Sequence[str], because: str | None = None) -> int:
    """Keep, before it is done, that somebody does this; gives the record's id."""
    told = "insert into operator_act (actor, act, target, because) values ($1, $2, $3, $4) returning id"
    return int(await db.fetchval(told, actor, act, " ".join(targets), because or ""))


async def end_act(db: Connection, act: int, events: int) -> None:
    """Keep to how many events it was done."""
    await db.execute("update operator_act set events = $2 where id = $1", act, events)
