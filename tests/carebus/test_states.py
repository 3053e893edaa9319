"""States kept as documents: loaded and saved by the many, with rows of their own beside."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from carebus.contracts.event import Stream
from carebus.db import Connection
from carebus.decisions import State
from carebus.states import Documents, tables
from carebus.testing import Bench


class Note(State):
    """Something kept."""

    words: tuple[str, ...] = ()
    n: int | None = None


class Other(State):
    """Something else."""


A, B, C = Stream("patient/a"), Stream("patient/b"), Stream("patient/c")


async def test_states_are_loaded_as_they_were_saved_and_unknown_streams_are_left_out(tallying: Bench) -> None:
    kept = Documents("tally", Note)
    async with tallying.service.core.database.transaction() as db:
        await kept.save(db, {A: Note(words=("\u00e9", "'")), B: Note(n=1)})
        await kept.save(db, {B: Note(n=2)})
        assert await kept.load(db, [A, B, C]) == {A: Note(words=("\u00e9", "'")), B: Note(n=2)}
        assert await kept.load(db, []) == {}


async def test_rows_are_saved_in_the_same_transaction(tallying: Bench) -> None:
    seen: list[dict[Stream, Note]] = []

    async def rows(db: Connection, states: Mapping[Stream, Note]) -> None:
        assert await db.fetchval("select count(*) from tally") == len(states)
        seen.append(dict(states))

    async with tallying.service.core.database.transaction() as db:
        await Documents("tally", Note, rows=rows).save(db, {A: Note(n=1), B: Note(n=2)})
    assert seen == [{A: Note(n=1), B: Note(n=2)}]


def test_each_kind_of_state_has_its_table() -> None:
    notes, others = Documents("notes", Note), Documents("others", Other)
    assert tables(notes, others) == {Note: notes, Other: others}


@given(st.lists(st.text(max_size=5)).map(tuple), st.none() | st.integers())
def test_a_state_is_the_same_after_its_json_and_its_text_shows_nothing(words: tuple[str, ...], n: int | None) -> None:
    state = Note(words=words, n=n)
    assert Note.model_validate_json(state.model_dump_json()) == state
    assert repr(state) == "Note()"
    assert state.but(n=7).n == 7
    assert state.n == n
