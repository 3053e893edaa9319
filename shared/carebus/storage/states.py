"""Where states are kept: loaded by the many in one query and saved by the many in one statement."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Generic, Protocol, TypeVar

import asyncpg
from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

from carebus.contracts.event import Stream
from carebus.decisions import State
from carebus.errors import CarebusError
from carebus.storage.database import Connection, joined

S = TypeVar("S", bound=State)
B = TypeVar("B", bound=BaseModel)

Rows = Callable[[Connection, Mapping[Stream, S]], Awaitable[None]]
"""Saves what pages and queries need of the changed states as rows of their own, set-based, in the same transaction."""


Refusals = Mapping[str, type[CarebusError]]
"""What a broken constraint of the database, by its name, is called: a rule over many streams that no lock can hold."""


class StateTable(Protocol[S]):
    """Loads and saves one kind of state for many streams at once."""

    kind: type[S]

    async def load(self, db: Connection, streams: Sequence[Stream]) -> dict[Stream, S]:
        """The states of these streams; streams never seen are left out."""

    async def save(self, db: Connection, states: Mapping[Stream, S]) -> None:
        """Store these states as they are now."""


class Documents(Generic[S]):
    """A state kept as one JSON document per stream, in a table `(stream text primary key, doc jsonb, ...)`.

    An older release keeps the fields that a later one wrote, at any depth (docs/decisions/0016).
    Further columns may be generated from the document by the table's own definition; `rows` saves what needs
    rows of its own (a worklist, a history). `refusals`: a command that would break one of these constraints is
    refused so; an event or a timer must not be able to.
    """

    def __init__(
        self, table: str, kind: type[S], rows: "Rows[S] | None" = None, refusals: Refusals = MappingProxyType({})
    ) -> None:
        self.kind = kind
        self._rows = rows
        self._refusals = refusals
        self._load = f"select stream, doc::text as doc from {table} where stream = any(string_to_array($1, e'\\x1f'))"
        self._save = f"""
            insert into {table} (stream, doc)
            select stream, doc::jsonb
            from unnest(string_to_array($1, e'\\x1f'), string_to_array($2, e'\\x1f')) as state (stream, doc)
            on conflict (stream) do update set doc = excluded.doc
        """

    async def load(self, db: Connection, streams: Sequence[Stream]) -> dict[Stream, S]:
        """The states of these streams, in one query."""
        rows = await db.fetch(self._load, joined(streams))
        return {Stream(row["stream"]): read_document(self.kind, row["doc"]) for row in rows}

    async def one(self, db: Connection, stream: Stream) -> S | None:
        """The state of this stream; None if it was never seen."""
        return (await self.load(db, [stream])).get(stream)

    async def save(self, db: Connection, states: Mapping[Stream, S]) -> None:
        """Store these states, in one statement for the documents."""
        await db.execute(self._save, joined(states), joined(map(document, states.values())))
        if self._rows is not None:
            await self._save_rows(self._rows, db, states)

    async def _save_rows(self, rows: "Rows[S]", db: Connection, states: Mapping[Stream, S]) -> None:
        try:
            await rows(db, states)
        except asyncpg.IntegrityConstraintViolationError as why:
            if refusal := self._refusals.get(why.constraint_name or ""):
                raise refusal from None
            raise


def read_document(kind: type[B], text: str) -> B:
    """What is kept as JSON, with whatever a later release keeps in it: `document` writes it back with that."""
    try:
        return kind.model_validate_json(text, extra="forbid")
    except ValidationError:
        return kind.model_validate_json(text, extra="allow")


def document(part: BaseModel) -> str:
    """What is to be kept as JSON: every field known here, and those of a later release that it was read with."""
    if part.__pydantic_extra__ is None:  # nothing unknown at any depth, as nearly always: see `read_document`
        return part.model_dump_json()
    return to_json(_with_unknown(part, part.model_dump(mode="json"))).decode()


def _with_unknown(part: Any, known: Any) -> Any:
    """Put what is unknown at each depth of `part` beside what is known of it."""
    if isinstance(part, BaseModel):
        fields = {name: _with_unknown(getattr(part, name), value) for name, value in known.items()}
        return {**(part.__pydantic_extra__ or {}), **fields}
    if isinstance(part, Mapping):
        return {name: _with_unknown(of, known[name]) for name, of in zip(known, part.values(), strict=True)}
    if isinstance(part, tuple | list):
        return [_with_unknown(one, value) for one, value in zip(part, known, strict=True)]
    return known


States = Mapping[type[State], StateTable[Any]]
"""Every kind of state of a service and where it is kept."""


def tables(*kept: StateTable[Any]) -> States:
    """The table of a service's states, by kind."""
    return {table.kind: table for table in kept}
