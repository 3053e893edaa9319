"""What somebody says yes to: the preview counts people, changes, withdrawals and conflicts, each as what it is."""

from __future__ import annotations

import pytest

from carebus.testing import Bench, set_clock
from services.referral.api.uploads.preview import Preview
from tests.referral.lists import HEADER, checked, lines, member, referred, table
from tests.referral.samples import NOW

NUMBERED = [*HEADER, "Reference"]
SOMEBODY_ELSE = {"First Name": "Orla", "Last Name": "Mc Bride", "DOB": "1951-12-24"}


async def page_of(clinic: Bench, *rows: list[str], header: list[str] = NUMBERED) -> str:
    found = await checked(clinic, lines(rows, header))
    return " ".join((await clinic.http.get(f"/uploads/{found['upload_id']}")).text.split())


async def known(clinic: Bench, *numbers: int) -> None:
    """Members who were referred before, by their numbers R1, R2 and so on."""
    set_clock(clinic.clock_file, NOW)
    found = await checked(clinic, lines([[*member(n), f"R{n}"] for n in numbers], NUMBERED))
    await referred(clinic, found["upload_id"])


async def test_new_people_changes_and_conflicts_are_counted_apart(clinic: Bench) -> None:
    await known(clinic, 1, 2, 3)
    page = await page_of(
        clinic,
        [*member(1, Address="9 Elm Street"), "R1"],
        [*member(2), "R2"],
        [*member(3, **SOMEBODY_ELSE), "R3"],
        [*member(4), "R4"],
        [*member(5, DOB="soon"), "R5"],
    )
    assert "3 of 5 rows can be taken in" in page
    assert "1 person is new here and is referred." in page
    assert "1 row changes what is known of somebody." in page
    assert "1 row says what is known already: nothing changes." in page
    assert "1 row names somebody else than its number stands for" in page
    assert "1 row is wrong and is left out" in page
    assert "Refer 1 person and take in changes to 1 person" in page


async def test_a_list_that_takes_back_says_how_many_and_which_are_not_known(clinic: Bench) -> None:
    await known(clinic, 1)
    page = await page_of(
        clinic,
        [*member(1), "R1", "revoked"],
        [*member(7), "R7", "revoked"],
        header=[*NUMBERED, "Status"],
    )
    assert "1 row takes a referral back." in page
    assert "1 row takes back what is not known here: nothing is done." in page
    assert "Take in 1 withdrawal" in page


async def test_nothing_is_to_be_confirmed_where_all_rows_are_wrong_or_in_conflict(clinic: Bench) -> None:
    await known(clinic, 1)
    for rows in ([[*member(1, **SOMEBODY_ELSE), "R1"]], [[*member(2, DOB="soon"), "R2"]]):
        page = await page_of(clinic, *rows)
        assert 'id="confirm"' not in page
        assert "Waiting for your yes" not in page
        assert "Nothing to confirm" in page
        assert 'id="discard"' in page


@pytest.mark.parametrize(
    ("counted", "button"),
    [
        (Preview(new=1), "Refer 1 person"),
        (Preview(new=1200, changes=2, withdrawals=3),
         "Refer 1,200 people, take in changes to 2 people and take in 3 withdrawals"),
        (Preview(changes=1), "Take in changes to 1 person"),
        (Preview(same=3, conflicts=1), "Take in 3 rows that change nothing"),
        (Preview(conflicts=1, unknown=1, wrong=4), ""),
    ],
)  # fmt: skip
def test_the_button_says_what_a_yes_does(counted: Preview, button: str) -> None:
    assert counted.button == button


async def test_a_held_row_names_its_fields_and_never_what_they_hold(clinic: Bench) -> None:
    await known(clinic, 1)
    found = await checked(clinic, lines([[*member(1, Address="9 Elm Street", Zip="01902"), "R1"]], NUMBERED))
    await referred(clinic, found["upload_id"])
    (row,) = await table(clinic, found["upload_id"], "result")
    assert (row["verdict"], row["waits"]) == ("held", "Address")
    (item,) = (await clinic.http.get(f"/api/uploads/{found['upload_id']}/rows")).json()["items"]
    assert item["waits"] == ["Address"]
    assert "Elm" not in str(row)


async def test_another_given_name_waits_by_its_name(clinic: Bench) -> None:
    await known(clinic, 1)
    other = [*member(1, **{"First Name": "Orla", "Member ID": "N1"}), "R1"]
    found = await checked(clinic, lines([other], NUMBERED))
    await referred(clinic, found["upload_id"])
    (row,) = await table(clinic, found["upload_id"], "result")
    assert row["waits"] == "First name; Coverage: member number"
