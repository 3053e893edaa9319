"""Somebody is found by whatever a caller says of the person, also with one typing error, and no address says so."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebus.testing import Bench
from services.referral.domain.workflow.finding import Sought, distance, read_sought
from tests.referral.samples import body

PERSON = body()["patient"]
PEOPLE: dict[str, dict[str, Any]] = {
    "smith": {"given_name": "John", "family_name": "Smith", "birth_date": "1941-05-06", "phone": "(413) 555-0142"},
    "øst": {"given_name": "Øjvind", "family_name": "Łukaszewicz", "birth_date": "1939-01-02"},
    "thorne": {"given_name": "Þóra", "family_name": "Thompson", "birth_date": "1950-12-31"},
    "wang": {"given_name": "王", "family_name": "伟", "birth_date": "1944-02-29"},
}


async def known(clinic: Bench) -> dict[str, str]:
    found = {}
    for n, (name, person) in enumerate(PEOPLE.items()):
        payer = {"name": "Elm Plan", "kind": "commercial", "member_id": f"XK-7723{n}"}
        whole = {**person, "address": {"street": f"{n} Larch Way", "city": f"Town{n}"}}
        told = await clinic.command(
            "/api/referrals",
            body(
                placer_id=f"ORD-{n}",
                patient=whole,
                payer=payer,
                contact=None,
                referrer={"organization": f"Practice {name} Cardiology"},
            ),
        )
        assert told.status_code == 201, told.text
        found[name] = told.json()["referral_id"]
    return found


async def found(clinic: Bench, text: str) -> list[str]:
    answer = await clinic.http.post("/find", data={"text": text})
    if answer.status_code == 303:
        return [answer.headers["location"].removeprefix("/referrals/")]
    return [part[:36] for part in answer.text.split('href="/referrals/')[1:]]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("John Smith", "smith"),
        ("smith, john", "smith"),
        ("Smyth", "smith"),
        ("jhon smith", "smith"),
        ("JON SMITH", "smith"),
        ("smi", "smith"),
        ("1941-05-06", "smith"),
        ("5/6/1941 smith", "smith"),
        ("413-555-0142", "smith"),
        ("555 0142", "smith"),
        ("+1 (413) 555.0142", "smith"),
        ("XK-77230", "smith"),
        ("xk77230 john", "smith"),
        ("ojvind lukaszewicz", "øst"),
        ("Øjvind", "øst"),
        ("Lukaszewic", "øst"),
        ("thora", "thorne"),
        ("Tompson", "thorne"),
        ("王 伟", "wang"),
        ("practice thorne", "thorne"),
        ("practice ost", "øst"),
        ("6 May 1941", "smith"),
        ("smith 6 May 1941", "smith"),
        ("ORD-3", "wang"),
    ],
)
async def test_whatever_is_said_of_the_person_finds_the_referral(clinic: Bench, text: str, name: str) -> None:
    ids = await known(clinic)
    assert await found(clinic, text) == [ids[name]]


@pytest.mark.parametrize("text", ["John Thompson", "Jim", "Smythe Jhon", "1941-05-07 smith", "413-555-0143", "²", "\0"])
async def test_nobody_fits_and_what_was_typed_stays_in_the_box(clinic: Bench, text: str) -> None:
    await known(clinic)
    answer = await clinic.http.post("/find", data={"text": text})
    assert answer.status_code == 404
    assert f'value="{text if text != chr(0) else ""}' in answer.text


async def test_the_reference_number_goes_first(clinic: Bench) -> None:
    ids = await known(clinic)
    told = (await clinic.http.get(f"/api/referrals/{ids['wang']}")).json()
    assert await found(clinic, told["reference"].lower().replace("-", " ")) == [ids["wang"]]


async def test_a_name_without_an_error_comes_before_one_with_it(clinic: Bench) -> None:
    for family in ("Smyth", "Smith", "Smythe"):
        person = {"given_name": f"Ann{family}", "family_name": family, "birth_date": "1941-05-06"}
        await clinic.command("/api/referrals", body(patient=person, contact=None, payer=None))
    page = (await clinic.http.post("/find", data={"text": "smyth"})).text
    assert page.index("AnnSmyth ") < page.index("AnnSmith ")
    assert "AnnSmythe" in page


async def test_a_name_with_digits_as_in_the_sample_is_a_name_still(clinic: Bench) -> None:
    told = await clinic.command("/api/referrals", body())
    for text in ("Quimby90", "ottoline672 quimby90"):
        assert await found(clinic, text) == [told.json()["referral_id"]]
    assert read_sought("Quimby90") == Sought(number="quimby90", order="Quimby90", instead=("quimby90",))


@given(st.text(max_size=200))
def test_anything_may_be_typed(text: str) -> None:
    sought = read_sought(text)
    assert all(sought.words)
    assert distance(sought.words, ["john"]) in {None, 0, 1, 2, 3, 4, 5, 6}
