"""A chain of audit rows shows every change: of a row, of their order, of their number, and of the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebus.contracts.audit import (
    AuditKind,
    AuditRow,
    AuditSealed,
    ChainFault,
    ChainWalk,
    SealedRow,
    beginning_of,
    content_of,
    hash_of,
    rows_of,
)
from tests.contracts.events import any_of

ROWS = st.lists(any_of(AuditRow), min_size=1, max_size=12)
SIZES = st.integers(1, 4)


def chained(rows: Sequence[AuditRow], size: int, service: str = "referral") -> list[SealedRow]:
    """A whole chain of these rows, so many in a batch."""
    links, previous = list[SealedRow](), beginning_of(service)
    for number, row in enumerate(rows, 1):
        content = content_of(row)
        links.append(SealedRow(number, (number - 1) // size + 1, previous, hash_of(previous, number, content), content))
        previous = links[-1].hash
    return links


def faults(links: Sequence[SealedRow], witness: dict[int, str] | None = None) -> list[ChainFault]:
    walk = ChainWalk("referral")
    found = list(walk.past(links))
    return found + list(walk.against(walk.heads if witness is None else witness))


def heads(links: Sequence[SealedRow]) -> dict[int, str]:
    return {link.batch: link.hash for link in links}


@given(ROWS, SIZES)
def test_a_chain_that_nobody_touched_has_no_fault(rows: list[AuditRow], size: int) -> None:
    assert faults(chained(rows, size)) == []


@given(ROWS, SIZES, st.data())
def test_a_changed_row_is_found_where_it_is(rows: list[AuditRow], size: int, data: st.DataObject) -> None:
    links = chained(rows, size)
    at = data.draw(st.integers(0, len(links) - 1))
    links[at] = links[at]._replace(content=links[at].content.replace("{", '{"who_else":"x",', 1))
    assert faults(links) == [ChainFault("row_changed", at + 1)]


@given(ROWS, SIZES, st.data())
def test_a_row_that_was_changed_with_its_hash_is_found_too(
    rows: list[AuditRow], size: int, data: st.DataObject
) -> None:
    links = chained(rows, size)
    witness, at = heads(links), data.draw(st.integers(0, len(links) - 1))
    was, content = links[at], '{"who":"nobody"}'
    links[at] = was._replace(content=content, hash=hash_of(was.previous, was.number, content))
    assert faults(links, witness) != []


@given(ROWS, SIZES, st.data())
def test_a_removed_row_is_found(rows: list[AuditRow], size: int, data: st.DataObject) -> None:
    links = chained(rows, size)
    witness, at = heads(links), data.draw(st.integers(0, len(links) - 1))
    assert faults(links[:at] + links[at + 1 :], witness) != []


@given(ROWS, SIZES, st.data())
def test_two_rows_in_each_others_place_are_found(rows: list[AuditRow], size: int, data: st.DataObject) -> None:
    links = chained([*rows, rows[0]], size)
    at = data.draw(st.integers(0, len(links) - 2))
    links[at], links[at + 1] = links[at + 1], links[at]
    assert faults(links) != []


@given(ROWS, st.data())
def test_a_whole_chain_that_was_written_anew_is_found_by_what_the_topic_knows(
    rows: list[AuditRow], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(rows) - 1))
    anew = [*rows[:at], rows[at].model_copy(update={"who": rows[at].who + "x"}), *rows[at + 1 :]]
    links = chained(anew, 1)
    assert faults(links) == []
    assert faults(links, heads(chained(rows, 1))) == [ChainFault("rewritten", n) for n in range(at + 1, len(rows) + 1)]


@given(ROWS)
def test_a_tail_that_was_removed_is_found_by_what_the_topic_knows(rows: list[AuditRow]) -> None:
    links = chained(rows, 1)
    assert faults(links[:-1]) == []
    assert faults(links[:-1], heads(links)) == [ChainFault("batch_missing", len(rows))]


def test_what_has_not_reached_the_topic_yet_is_no_fault() -> None:
    row = AuditRow.model_validate_json(_ROW)
    links = chained([row, row, row], 1)
    assert faults(links, heads(links[:2])) == []
    assert faults(links, heads([links[0], links[2]])) == [ChainFault("batch_not_witnessed", 2)]


@given(ROWS)
def test_one_services_chain_cannot_pass_for_anothers(rows: list[AuditRow]) -> None:
    assert faults(chained(rows, 2, "care_plan")) == [ChainFault("not_the_next_row", 1)]


@given(any_of(AuditRow))
def test_a_row_read_back_has_the_same_content(row: AuditRow) -> None:
    assert content_of(AuditRow.model_validate_json(content_of(row))) == content_of(row)


@given(ROWS)
def test_a_batch_says_what_the_chain_says(rows: list[AuditRow]) -> None:
    links = chained(rows, len(rows))
    told = AuditSealed(batch=1, first=1, previous=links[0].previous, head=links[-1].hash, rows=tuple(rows))
    assert rows_of(AuditSealed.model_validate_json(told.model_dump_json())) == links


_ROW = (
    '{"id":"00000000-0000-0000-0000-000000000001","at":"2026-03-02T14:00:00Z","clinic_at":"2026-03-02T14:00:00Z",'
    '"who":"a","role":"nurse","kind":"read","name":"GET /"}'
)


class LaterRow(AuditRow):
    """The same as a later release knows it."""

    device: str = ""


def test_a_row_without_what_a_later_release_adds_has_the_same_hash_there() -> None:
    assert content_of(LaterRow.model_validate_json(_ROW)) == content_of(AuditRow.model_validate_json(_ROW))


@pytest.mark.parametrize("kind", AuditKind)
def test_content_has_sorted_names_and_no_spaces(kind: AuditKind) -> None:
    row = AuditRow.model_validate_json(_ROW).model_copy(update={"kind": kind})
    assert content_of(row).startswith('{"at":"2026-03-02T14:00:00Z","clinic_at":')


def test_a_walk_goes_on_where_it_stood() -> None:
    row = AuditRow.model_validate_json(_ROW)
    links = chained([row] * 4, 2)
    walk = ChainWalk("referral")
    assert [*walk.past(links[:2]), *walk.past(links[2:])] == []
    assert [*replace(walk, number=2, head=links[1].hash).past(links[2:])] == []
