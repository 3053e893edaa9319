"""Where states are kept: loaded by the many in one query and saved by the many in one statement."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

from carebus.contracts.event import Stream
from carebus.db import Connection
from carebus.decisions import State

S = TypeVar("S", bound=State)

Rows = Callable[[Connection, Mapping[Stream, S]], Awaitable[None]]
"""Saves what pages and queries need of the changed states as rows of their own, set-based, in the same transaction."""


class StateTable(Protocol[S]):
    """Loads and saves one kind of state for many streams at once."""

    kind: type[S]

    async def load(self, db: Connection, streams: Sequence[Stream]) -> dict[Stream, S]:
        """The states of these streams; streams never seen are left out."""

    async def save(self, db: Connection, states: Mapping[Stream, S]) -> None:
        """Store these states as they are now."""


class Documents(Generic[S]):
    """A state kept as one JSON document per stream, in a table `(stream text primary key, doc jsonb, ...)`.

    Further columns may be generated from the document by the table's own definition; `rows` saves what needs
    rows of its own (a worklist, a history).
    """

    def __init__(self, table: str, kind: type[S], rows: "Rows[S] | None" = None) -> None:
        self.kind = kind
        self._rows = rows
        self._load = f"select stream, doc::text as doc from {table} where stream = any($1::text[])"
        self._save = f"""
            insert into {table} (stream, doc) select * from unnest($1::text[], $2::jsonb[])
            on conflict (stream) do update set doc = excluded.doc
        """

    async def load(self, db: Connection, streams: Sequence[Stream]) -> dict[Stream, S]:
        """The states of these streams, in one query."""
        read = self.kind.model_validate_json
        return {Stream(row["stream"]): read(row["doc"]) for row in await db.fetch(self._load, streams)}

    async def save(self, db: Connection, states: Mapping[Stream, S]) -> None:
        """Store these states, in one statement for the documents."""
        await db.execute(self._save, list(states), [state.model_dump_json() for state in states.values()])
        if self._rows is not None:
            await self._rows(db, states)


States = Mapping[type[State], StateTable[Any]]
"""Every kind of state of a service and where it is kept."""


def tables(*kept: StateTable[Any]) -> States:
    """The table of a service's states, by kind."""
    return {table.kind: table for table in kept}
