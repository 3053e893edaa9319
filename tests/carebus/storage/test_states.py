"""States kept as documents: loaded and saved by the many, with rows of their own beside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebus.contracts.event import Stream, Value
from carebus.contracts.phi import Phi
from carebus.decisions import State
from carebus.observing.redaction import shown
from carebus.storage.database import Connection
from carebus.storage.states import Documents, document, read_document, tables
from carebus.testing import Bench


class Note(State):
    """Something kept."""

    words: tuple[str, ...] = ()
    n: int | None = None


class Page(Value):
    """A part of what is kept."""

    n: int
    line: Annotated[str, Phi.TEXT] = ""


class Book(State):
    """Something kept that has parts."""

    title: str = ""
    first: Page | None = None
    pages: tuple[Page, ...] = ()
    index: dict[str, Page] = {}


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


LATER: dict[str, Any] = {
    "title": "t",
    "weight": 1.5,
    "first": {"n": 0, "line": "", "ink": {"of": ["oak", None]}},
    "pages": [{"n": 2, "line": "b", "ink": "\u00e9"}, {"n": 1, "line": "a"}],
    "index": {"x": {"n": 3, "line": "", "ink": []}},
}
"""A book as a later release keeps it."""


async def test_a_release_keeps_what_a_later_one_wrote_at_any_depth_when_it_saves(tallying: Bench) -> None:
    kept = Documents("tally", Book)
    async with tallying.service.core.database.transaction() as db:
        await db.execute("insert into tally (stream, doc) values ($1, $2::jsonb)", A, json.dumps(LATER))
        book = (await kept.load(db, [A]))[A]
        second, third = book.pages[1], book.pages[0].model_copy(update={"line": "c"})
        await kept.save(db, {A: book.but(title="u", pages=(second, third))})
        found = json.loads(await db.fetchval("select doc::text from tally where stream = $1", A))
    turned = [{"n": 1, "line": "a"}, {"n": 2, "line": "c", "ink": "\u00e9"}]
    assert found == {**LATER, "title": "u", "pages": turned}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.text(min_size=1, max_size=5).filter(lambda name: name not in Page.model_fields), json_values))
def test_whatever_a_later_release_wrote_is_the_same_after_a_rewrite(unknown: dict[str, Any]) -> None:
    whole = {"title": "", "first": None, "pages": [{"n": 1, "line": "", **unknown}], "index": {}, "later": unknown}
    assert json.loads(document(read_document(Book, json.dumps(whole)))) == whole


def test_what_no_later_release_wrote_is_kept_as_before() -> None:
    book = Book(title="t", pages=(Page(n=1),))
    assert document(read_document(Book, book.model_dump_json())) == book.model_dump_json()


def test_a_document_that_is_wrong_in_a_known_field_is_refused_still() -> None:
    with pytest.raises(ValueError, match="pages"):
        read_document(Book, '{"pages": [{"n": "x", "later": 1}], "later": 2}')


def test_a_field_that_only_a_later_release_knows_is_neither_shown_nor_told() -> None:
    book = read_document(Book, '{"first": {"n": 1, "maiden_name": "Roe"}, "alias": "Roe"}')
    assert book.first is not None
    assert "Roe" not in f"{book} {book!r} {book.first} {book.first!r} {shown(book.first)} {shown(book)}"
    assert "Roe" not in book.first.model_dump_json()
