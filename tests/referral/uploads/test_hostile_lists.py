"""A list made to be slow: what it may cost has an end, and it is told what is wrong with it."""

from __future__ import annotations

from typing import Any

import pytest

from carebus.contracts.people import PayerKind
from carebus.ids import new_id
from carebus.testing import Bench
from services.referral.channels.uploads.files import MOST_UNCLOSED, FileUnreadable, Rows
from services.referral.channels.uploads.rows import RowRead, Terms, read_row
from services.referral.domain.referring.requests import MOST_DIAGNOSES, DirectReferral
from services.referral.domain.uploads import HeaderUnreadable, columns_of, values
from services.referral.domain.uploads.columns import MOST_COLUMNS
from tests.referral.lists import HEADER, checked, lines, member
from tests.referral.samples import NOW

OPEN = b'a","\n'
"""A line that leaves a quotation mark open, also where one is open already."""
TERMS = Terms("Blue Harbor Health", PayerKind.MEDICARE)


def test_a_heading_that_stands_there_a_hundred_thousand_times_is_named_once() -> None:
    with pytest.raises(HeaderUnreadable, match=r"“DOB” .column 4. and “dob” .column 13. have one name"):
        columns_of([*HEADER, *["dob"] * (MOST_COLUMNS - len(HEADER))])
    with pytest.raises(HeaderUnreadable, match=f"it has more than {MOST_COLUMNS:,} columns"):
        columns_of([*HEADER, *["dob"] * 100_000])


def read(dx: str, *more: str) -> RowRead:
    columns = columns_of([*HEADER, *("dx" for _ in more)])
    return read_row([*member(1, Dx1=dx), *more], columns, TERMS.stated(new_id()), TERMS, NOW)


def test_codes_beyond_the_limit_are_not_even_collected(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[int] = []

    class Code(dict[str, str]):
        """A code that counts how often it is compared."""

        def __eq__(self, other: object) -> bool:
            compared.append(1)
            return super().__eq__(other)

        __hash__ = None

    coded = values._coded
    monkeypatch.setattr(values, "_coded", lambda code: Code(coded(code)))
    many = " ".join(f"I{n // 10000:02}.{n % 10000:04}" for n in range(3000))
    found = read(many, many)
    assert [each.rule for each in found.problems] == [f"Give at most {MOST_DIAGNOSES}."]
    assert len(compared) <= (MOST_DIAGNOSES + 1) ** 2


def test_a_code_that_is_said_again_counts_once() -> None:
    found = read("I50.22 i50.22;I50.22", "J44.9 I50.22")
    assert isinstance(found.stated, DirectReferral)
    assert [each.code for each in found.stated.diagnoses] == ["I50.22", "J44.9"]


def test_a_file_whose_rows_open_quotation_marks_is_given_up_in_the_end() -> None:
    few = list(Rows("utf-8").of(OPEN * MOST_UNCLOSED, last=True))
    assert len(few) == MOST_UNCLOSED
    assert all(record.cells is None for record in few)
    with pytest.raises(FileUnreadable, match="do not close it"):
        list(Rows("utf-8").of(OPEN * (MOST_UNCLOSED + 200), last=True))


async def test_the_sender_is_told_so(clinic: Bench) -> None:
    content: Any = lines([]) + OPEN * (MOST_UNCLOSED + 200)
    found = await checked(clinic, content)
    assert found["stage"] == "unreadable"
    assert f"more than {MOST_UNCLOSED:,}" in found["unreadable"]
