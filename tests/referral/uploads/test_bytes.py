"""Every byte of a list belongs to a row, a blank line or a line end, wherever its pieces are cut."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebus.ids import new_id
from carebus.testing import Bench
from services.referral.channels.uploads import checking
from services.referral.channels.uploads.checking import begun, next_rows
from services.referral.channels.uploads.files import (
    CR,
    CUT_BY_LINE_END,
    HOLDS_NUL,
    LF,
    NOT_ENCODED,
    FileUnreadable,
    Record,
    Rows,
    line_end_of,
)
from services.referral.channels.uploads.heading import heading_of
from services.referral.domain.uploads import HeaderUnreadable
from services.referral.store.uploads.files import Upload
from services.referral.store.uploads.rows import SKIPPED, Checked
from tests.referral.lists import HEADER, checked, lines, member, table
from tests.referral.samples import NOW
from tests.referral.uploads.cases import case

PIECES = [
    b'"',
    b",",
    b"\n",
    b"\r",
    b"\r\n",
    b"\0",
    b"a",
    b" ",
    b"\xe9",
    "é".encode(),
    b"\xef\xbb\xbf",
    b";",
    b"{",
    b'""',
]
random_bytes = st.lists(st.sampled_from(PIECES), max_size=60).map(b"".join) | st.binary(max_size=80)
encodings = st.sampled_from(["utf-8", "windows-1252", "iso-8859-1"])
ends = st.sampled_from([LF, CR])
cuts = st.lists(st.integers(0, 80), max_size=6)


def cut(content: bytes, at: list[int]) -> list[bytes]:
    places = sorted({0, len(content), *(each for each in at if each < len(content))})
    return [content[first:last] for first, last in pairwise(places)]


def records(content: bytes, encoding: str, end: bytes, at: list[int]) -> list[Record]:
    rows, found = Rows(encoding, ",", 0, end), list[Record]()
    for piece in cut(content, at):
        found += rows.of(piece)
    return [*found, *rows.of(b"", last=True)]


@given(random_bytes, encodings, ends, cuts)
def test_the_parts_joined_are_the_file_wherever_it_is_cut(
    content: bytes, encoding: str, end: bytes, at: list[int]
) -> None:
    found = records(content, encoding, end, at)
    assert b"".join(part for each in found for part in (each.raw, each.ends)) == content
    assert found == records(content, encoding, end, [])
    place = 0
    for each in found:
        assert each.starts == place
        assert set(each.ends) <= set(b"\r\n")
        place = each.after


@given(random_bytes, encodings)
def test_where_rows_end_does_not_depend_on_the_encoding(content: bytes, encoding: str) -> None:
    assert [each.after for each in records(content, encoding, LF, [])] == [
        each.after for each in records(content, "utf-8", LF, [])
    ]


@given(random_bytes, encodings)
def test_what_is_read_of_a_row_is_all_that_stands_in_it(content: bytes, encoding: str) -> None:
    for each in records(content, encoding, LF, []):
        if each.cells is not None and b'"' not in each.raw:
            assert ",".join(each.cells).encode({"windows-1252": "cp1252"}.get(encoding, encoding)) == each.raw


def upload_of(content: bytes) -> Upload:
    stated = Upload(new_id(), "csv", "", "Blue Harbor Health", "medicare", None, None, "somebody", NOW)
    return replace(stated, bytes=len(content))


def all_rows(content: bytes, stretch: int) -> tuple[Upload, list[Checked]]:
    """The rows of a list, read as the worker does, so many bytes at a time."""
    upload, found = begun(upload_of(content), content), list[Checked]()
    while upload.checked_to < len(content):
        length, part = stretch, None
        while part is None or part.to.checked_to == upload.checked_to:
            last = upload.checked_to + length >= len(content)
            part = next_rows(upload, content[upload.checked_to :][:length], NOW, last=last)
            length *= 2
        found += part.rows
        to = part.to
        counted = upload.rows + len(part.rows)
        upload = replace(upload, checked_to=to.checked_to, numbered=to.numbered, unclosed=to.unclosed, rows=counted)
    return upload, found


@given(random_bytes, st.integers(1, 64), st.integers(1, 3))
def test_a_list_read_in_slices_of_any_size_is_read_whole(content: bytes, stretch: int, at_once: int) -> None:
    file = lines([member(1)]) + content
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(checking, "AT_ONCE", at_once)
        upload, found = all_rows(file, stretch)
    assert upload.checked_to == len(file)
    assert [replace_ids(each) for each in found] == [replace_ids(each) for each in all_rows(file, len(file))[1]]
    kept = b"".join(file[each.starts :][: each.length] for each in found)
    left = len(file) - len(heading(file)) - len(kept)
    assert left == sum(len(each.ends) + (len(each.raw) if each.is_blank else 0) for each in after_heading(file))


def replace_ids(row: Checked) -> Checked:
    return replace(row, stated=row.stated and "stated")


def heading(file: bytes) -> bytes:
    return file[: begun(upload_of(file), file).checked_to]


def after_heading(file: bytes) -> list[Record]:
    known = begun(upload_of(file), file)
    rows = Rows("utf-8", known.delimiter, known.checked_to, checking.ENDS[known.line_end])
    return [*rows.of(file[known.checked_to :], last=True)]


@given(random_bytes)
def test_any_bytes_are_a_list_or_refused_with_a_sentence(content: bytes) -> None:
    try:
        upload, found = all_rows(content, 16)
    except (FileUnreadable, HeaderUnreadable) as why:
        said = str(why)
    else:
        assert upload.columns
        assert all(each.stated or each.problems or each.outcome == SKIPPED for each in found)
        said = "It is read."
    assert said.endswith(".")


async def test_a_bare_carriage_return_never_cuts_a_row(clinic: Bench) -> None:
    found = await checked(clinic, case("33_bare_cr_in_note.csv"))
    assert (found["rows"], found["right"]) == (2, 1)
    (problem,) = await table(clinic, found["upload_id"], "problems")
    assert (problem["row"], problem["column"], problem["rule"]) == ("2", "", CUT_BY_LINE_END)


def test_inside_a_quoted_cell_a_carriage_return_is_part_of_the_cell() -> None:
    (record,) = Rows("utf-8").of(b'a,"called twice\rson answered",b\r\n')
    assert record.cells == ["a", "called twice\rson answered", "b"]
    (record,) = Rows("utf-8").of(b'a,"called twice\r\nson answered",b\r\n')
    assert record.cells == ["a", "called twice\r\nson answered", "b"]


async def test_a_file_with_carriage_returns_only_is_read(clinic: Bench) -> None:
    found = await checked(clinic, lines([member(1), member(2, DOB="soon"), member(3)]).replace(b"\r\n", b"\r"))
    assert (found["rows"], found["right"]) == (3, 2)
    assert [each["row"] for each in await table(clinic, found["upload_id"], "problems")] == ["3"]


def test_a_line_feed_inside_a_cell_does_not_make_an_old_macs_file_another() -> None:
    assert line_end_of(b'a,b\r1,"two\nlines"\r2,x\r') == CR
    assert line_end_of(b'a,b\r\n1,"two\rlines"\r\n') == LF
    assert line_end_of(b"a,b") == LF


async def test_a_nul_refuses_its_row_only(clinic: Bench) -> None:
    content = lines([member(1), member(2, City="Ly\0nn"), member(3)])
    found = await checked(clinic, content)
    assert (found["rows"], found["right"]) == (3, 2)
    (problem,) = await table(clinic, found["upload_id"], "problems")
    assert (problem["row"], problem["rule"]) == ("3", HOLDS_NUL)


async def test_a_header_that_stands_there_again_is_skipped_and_told(clinic: Bench) -> None:
    found = await checked(clinic, lines([member(1), HEADER, member(2)]))
    assert (found["rows"], found["right"], found["wrong"]) == (2, 2, 0)
    (said,) = found["mended"]
    assert (said["rule"], said["first_row"]) == (checking.HEADER_AGAIN, 3)
    result = await table(clinic, found["upload_id"], "result")
    assert [(each["row"], each["verdict"]) for each in result] == [("2", "waiting"), ("3", "skipped"), ("4", "waiting")]


async def test_characters_that_nobody_sees_are_taken_out_and_told(clinic: Bench) -> None:
    hidden = member(1, **{"First Name": "\u200bAn\ufeffna", "Last Name": "van\u00a0Dam"})
    found = await checked(clinic, lines([hidden], [*HEADER[:3], "DOB\u200b", *HEADER[4:]]))
    assert found["right"] == 1
    assert {(each["column"], each["rule"]) for each in found["mended"]} == {
        ("First Name", "Characters that nobody sees were taken out."),
        ("Last Name", "Characters that nobody sees were taken out."),
    }
    async with clinic.service.core.database.connection() as db:
        stated = await db.fetchval("select stated from upload_row")
    assert '"given_name":"Anna"' in stated
    assert '"family_name":"van Dam"' in stated


def test_bytes_that_are_no_text_in_the_encoding_refuse_their_row_only() -> None:
    first, second = Rows("utf-8").of(b'a,"b\xe9\nc"\nd,e\n')
    assert (first.broken, first.raw) == (NOT_ENCODED, b'a,"b\xe9\nc"')
    assert second.cells == ["d", "e"]


async def test_title_rows_above_the_header_are_passed_over(clinic: Bench) -> None:
    found = await checked(clinic, case("09_title_rows.csv"))
    assert (found["stage"], found["rows"], found["right"]) == ("checked", 2, 2)
    assert [each["row"] for each in await table(clinic, found["upload_id"], "result")] == ["5", "6"]


def test_a_file_without_a_header_is_told_what_its_first_row_holds_and_what_to_do() -> None:
    with pytest.raises(HeaderUnreadable) as why:
        heading_of(b"Blue Harbor Health,5/6/1941\nA,B\n", None, last=True)
    assert str(why.value) == (
        "One of the first rows must name the columns; the first holds “Blue Harbor Health”, which names none."
        " Put a row with the names of the columns above the members. The template has all of them."
    )


async def test_rows_have_the_numbers_of_the_spreadsheet_and_the_member_beside_them(clinic: Bench) -> None:
    found = await checked(clinic, case("34_blank_rows_in_middle.csv"))
    assert (found["rows"], found["right"]) == (2, 1)
    (problem,) = await table(clinic, found["upload_id"], "problems")
    assert (problem["row"], problem["member_id"], problem["column"]) == ("5", "BL2", "DOB")
    result = await table(clinic, found["upload_id"], "result")
    assert [(each["row"], each["member_id"]) for each in result] == [("2", "BL1"), ("5", "BL2")]
