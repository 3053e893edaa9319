"""What cells say, as spreadsheets write them: numbers rounded or kept, dates, ZIP codes, words for nothing."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebus.contracts.people import PayerKind
from carebus.errors import BrokenRule
from carebus.ids import new_id
from services.referral.channels.uploads.rows import RowRead, Terms, read_row, unused
from services.referral.domain.referring.places import STATES
from services.referral.domain.referring.requests import DirectReferral
from services.referral.domain.uploads import HeaderUnreadable, columns_of, values
from services.referral.domain.uploads.cells import cleaned
from services.referral.domain.uploads.columns import BY_NAME, COLUMNS, NEEDED
from services.referral.domain.uploads.values import ROUNDED
from services.referral.domain.uploads.zips import DASH_LOST, ZERO_LOST, zip_code
from tests.referral.samples import NOW
from tests.referral.uploads.cases import case

TERMS = Terms("Blue Harbor Health", PayerKind.MEDICARE)


def rows_of(content: bytes) -> list[RowRead]:
    header, *rows = csv.reader(io.StringIO(content.decode(), newline=""))
    columns = columns_of(header)
    return [read_row(row, columns, TERMS.stated(new_id()), TERMS, NOW) for row in rows]


def also(content: bytes) -> list[tuple[str, str]]:
    header, row = csv.reader(io.StringIO(content.decode(), newline=""))
    return unused(row, columns_of(header))


def stated(row: RowRead) -> DirectReferral:
    assert not row.problems, row.problems
    assert isinstance(row.stated, DirectReferral)
    return row.stated


def broken(row: RowRead) -> list[tuple[str, str]]:
    assert row.stated is None
    return [(each.column, each.rule) for each in row.problems]


def test_a_month_is_no_day() -> None:
    (row,) = rows_of(case("35_yyyymm.csv"))
    ((column, rule),) = broken(row)
    assert column == "DOB"
    assert "digits alone must be eight" in rule


@given(st.text("0123456789", min_size=1, max_size=12))
def test_digits_alone_are_a_date_only_if_they_are_eight(digits: str) -> None:
    try:
        assert values.day(digits) == date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
        assert len(digits) == 8
    except BrokenRule:
        pass


@pytest.mark.parametrize(
    "cell", ["1941-05-06", "5/6/1941", "05-06-1941", "19410506", "1941/5/6", "5/6/1941 0:00", "1941-05-06T00:00:00Z"]
)
def test_a_date_is_read_in_the_common_forms(cell: str) -> None:
    assert values.day(cell) == date(1941, 5, 6)


def test_rounded_numbers_are_refused_and_kept_zeros_are_read() -> None:
    rounded, comma, reference, whole, blank, kept = rows_of(case("14_scientific.csv"))
    assert broken(rounded) == broken(comma) == broken(blank) == [("Member ID", ROUNDED)]
    assert broken(reference) == [("Reference", ROUNDED)]
    members = [(payer.member_id if (payer := stated(row).payer) else None) for row in (whole, kept)]
    assert members == ["123456789012", "000123"]


@pytest.mark.parametrize("heading", ["Reference", "Member ID", "Zip", "Phone", "NPI", "Plan ID", "Caregiver Phone"])
def test_a_rounded_number_is_refused_in_every_column_that_is_a_number_by_name(heading: str) -> None:
    for cell in ("1.23457E+11", "1.2E+05", '"1,23457E+11"', "1234567890123456.0"):
        content = f"First Name,Last Name,DOB,Dx1,{heading}\nOrla,Sci,5/6/1941,I50.22,{cell}\n"
        (row,) = rows_of(content.encode())
        assert broken(row) == [(heading, ROUNDED)]


def test_a_number_with_a_zero_behind_a_point_is_whole_up_to_fifteen_digits() -> None:
    assert values.number("123456789012345.0") == "123456789012345"
    assert values.number("1234567890123456") == "1234567890123456"
    with pytest.raises(BrokenRule):
        values.number("1234567890123456.0")


@pytest.mark.parametrize(
    ("cell", "said"),
    [('="000123"', "000123"), ("'02139", "02139"), ("'s-Hertogenbosch", "'s-Hertogenbosch"), (" x ", "x")],
)
def test_how_spreadsheets_keep_zeros_is_taken_off(cell: str, said: str) -> None:
    assert cleaned(cell) == (said, False)


def test_zip_codes_that_lost_a_zero_are_made_whole_and_that_is_told() -> None:
    rows = rows_of(case("13_zip.csv"))
    codes = [stated(row).patient.address.postal_code for row in rows]
    long = "02139-1234"
    assert codes == ["02139", "02139", long, long, long, long, "02139", "02139"]
    notes = [[(each.column, each.rule) for each in row.notes] for row in rows]
    mended = [("ZIP", ZERO_LOST)]
    assert notes == [mended, [], [], mended, mended, [("ZIP", DASH_LOST)], [], []]


@pytest.mark.parametrize("state", [*STATES, "", "Massachusetts", "Bavaria"])
@pytest.mark.parametrize(
    "cell", ["2139", "21391234", "2139-1234", "601", "6011234", "601-1234", "13", "139", "1390000"]
)
def test_zeros_are_put_back_only_where_zip_codes_begin_so(state: str, cell: str) -> None:
    one, two = {"CT", "MA", "ME", "NH", "NJ", "RI", "VT", "Massachusetts"}, {"PR", "VI"}
    first = cell.partition("-")[0]
    lost = 1 if len(first) in {4, 8} else 2 if len(first) in {3, 7} else 9
    if (state in one and lost == 1) or (state in two and lost == 2):
        assert zip_code(cell, state)[0].replace("-", "") == "0" * lost + cell.replace("-", "")
    else:
        with pytest.raises(BrokenRule, match="five or nine digits"):
            zip_code(cell, state)


@pytest.mark.parametrize("state", ["MA", "NY", ""])
def test_whole_zip_codes_and_those_of_other_countries_stay(state: str) -> None:
    for cell in ("02139", "02139-1234", "K1A 0B1"):
        assert zip_code(cell, state) == (cell, "")


def test_words_for_nothing_are_empty_cells_and_na_is_a_first_name() -> None:
    rows = [stated(row) for row in rows_of(case("16_na_cells.csv"))]
    assert [row.patient.given_name for row in rows] == ["Na", "Unk", "Dash", "Hash"]
    for row in rows:
        assert row.payer is not None
        assert (row.payer.member_id, row.contact, row.died_on, row.on_hospice) == (None, None, None, None)
        assert row.patient.model_fields_set == {"given_name", "family_name", "birth_date"}
        assert [each.code for each in row.diagnoses] == ["I50.22"]


@pytest.mark.parametrize("cell", ["", "N/A", "-", "#N/A", "unknown", " n/a "])
def test_where_a_needed_cell_says_nothing_the_sentence_says_what_is_needed(cell: str) -> None:
    (row,) = rows_of(f"First Name,Last Name,DOB,Dx1\n{cell},{cell},{cell},{cell}\n".encode())
    assert broken(row) == [
        ("First Name", "This is required: the first name."),
        ("Last Name", "This is required: the last name."),
        ("DOB", "This is required: the date of birth."),
        ("Dx1", "This is required: a diagnosis code such as I50.22."),
    ]


@pytest.mark.parametrize(("given", "family"), [("Na", "Li"), ("NA", "None"), ("None", "Null")])
def test_names_that_are_words_for_nothing_elsewhere_are_names(given: str, family: str) -> None:
    (row,) = rows_of(f"First Name,Last Name,DOB,Dx1\n{given},{family},5/6/1941,I50.22\n".encode())
    assert (stated(row).patient.given_name, stated(row).patient.family_name) == (given, family)


def test_of_two_phones_the_mobile_one_counts_and_the_other_is_also_stated() -> None:
    content = case("11_header_two_phones.csv")
    (row,) = rows_of(content)
    assert stated(row).patient.phone == "413-555-0102"
    assert also(content) == [("Home Phone", "413-555-0101")]


def test_who_refers_counts_before_the_pcp() -> None:
    content = case("36_pcp_and_referring.csv")
    (row,) = rows_of(content)
    assert stated(row).referrer.name == "Dr B"
    assert also(content) == [("Provider Phone", "413-555-0199"), ("PCP", "Dr A")]


def test_of_two_columns_of_one_kind_the_second_counts_where_the_first_is_empty() -> None:
    content = b"First Name,Last Name,DOB,Dx1,Home Phone,Cell Phone\nAn,Li,5/6/1941,I50.22,413-555-0101,N/A\n"
    (row,) = rows_of(content)
    assert stated(row).patient.phone == "413-555-0101"
    assert also(content) == []


def test_a_code_counts_before_the_words_of_a_diagnosis_and_the_members_number_before_the_mbi() -> None:
    content = (
        b"First Name,Last Name,DOB,Primary Diagnosis,Dx Code,MBI,Member Number\n"
        b"An,Li,5/6/1941,Heart failure,I50.22,1EG4-TE5-MK73,M77\n"
    )
    (row,) = rows_of(content)
    assert [each.code for each in stated(row).diagnoses] == ["I50.22"]
    assert row.member_id == "M77"
    assert also(content) == [("Primary Diagnosis", "Heart failure"), ("MBI", "1EG4-TE5-MK73")]


def test_words_alone_are_no_diagnosis_code() -> None:
    (row,) = rows_of(b"First Name,Last Name,DOB,Diagnosis\nAn,Li,5/6/1941,Heart failure\n")
    assert [column for column, _ in broken(row)] == ["Diagnosis"]


def test_two_headings_of_one_name_are_named_both() -> None:
    with pytest.raises(HeaderUnreadable, match=r"“Phone” \(column 5\) and “PHONE ” \(column 6\)|“PHONE” \(column 6\)"):
        columns_of(["First Name", "Last Name", "DOB", "Dx1", "Phone", "PHONE "])


def test_the_state_of_a_member_is_not_that_of_a_referral() -> None:
    assert columns_of(["First Name", "Last Name", "DOB", "Dx1", "Member Status"]).unread == ["Member Status"]
    content = b"First Name,Last Name,DOB,Dx1,Status\nAn,Li,5/6/1941,I50.22,Enrolled\n"
    (row,) = rows_of(content)
    assert stated(row).patient.given_name == "An"
    assert also(content) == [("Status", "Enrolled")]


ALL_KINDS = [each.name for each in COLUMNS if each.name not in {"referral_status", *NEEDED}]
CELLS = st.sampled_from(["413-555-0101", "77", "I50.22", "yes", "urgent", "medicare", "x y", "5/6/1990", "MA", ""])


@given(st.lists(st.tuples(st.sampled_from([*ALL_KINDS, "Home Phone", "Cell Phone", "Shoe size"]), CELLS), max_size=8))
def test_nothing_that_a_row_states_is_silently_gone(more: list[tuple[str, str]]) -> None:
    said = dict(more)
    header = ["given_name", "family_name", "birth_date", "diagnosis_codes", *said]
    cells = ["An", "Li", "5/6/1941", "I50.22", *said.values()]
    columns = columns_of(header)
    row = read_row(cells, columns, TERMS.stated(new_id()), TERMS, NOW)
    if row.problems:
        assert {each.column for each in row.problems} <= {*said, "contact_name"}
        return
    kept = stated(row).model_dump_json(exclude_unset=True)
    shown = dict(unused(cells, columns))
    for heading, cell in said.items():
        name = columns.read[header.index(heading)]
        took = name is not None and heading not in shown
        assert not cell or took or shown[heading] == cell
        if took and cell and name is not None and BY_NAME[name].reads in {values.text, values.number}:
            assert cell in kept
