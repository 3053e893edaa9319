"""A change that waits reads as the rest of its page does: dates without weekdays, codes in capitals, words for both."""

from __future__ import annotations

import re
from typing import Any

from carebus.testing import Bench
from tests.referral.samples import body, named

NUMBER = {"placer_id": "A-1"}


async def proposed(clinic: Bench, **changes: Any) -> str:
    """The card of the changes that wait, after this came under the number of a referral that was accepted."""
    first = (await clinic.command("/api/referrals", body(**NUMBER))).json()["referral_id"]
    await clinic.command(f"/api/referrals/{first}/accept", {})
    person = {**body()["patient"], **changes.pop("patient", {})}
    await clinic.command("/api/referrals", body(**NUMBER, patient=person, **changes))
    page = (await clinic.http.get(f"/referrals/{first}")).text
    card = page.partition("Changes that wait for you")[2].partition("</table>")[0]
    assert card, page
    return " ".join(re.sub(r"<[^>]*>", " ", card).split())


async def test_codes_stand_in_capitals_with_their_words(clinic: Bench) -> None:
    card = await proposed(clinic, diagnoses=[{"system": "ICD-10-CM", "code": "i50.9", "onset": "2020-03-02"}])
    assert "I50.9 (ICD-10-CM), since 2 Mar 2020" in card
    assert "i50.9" not in card


async def test_dates_have_no_weekday(clinic: Bench) -> None:
    card = await proposed(clinic, patient={"birth_date": "1941-06-05"})
    assert "6 May 1941" in card
    assert "5 Jun 1941" in card
    assert not re.search(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d", card.partition("What Known Stated")[2])


async def test_choices_are_said_as_the_page_says_them(clinic: Bench) -> None:
    card = await proposed(clinic, patient={"language": "es", "sex": "male"})
    assert "Spanish" in card
    assert "Male" in card


async def test_the_days_of_an_illness_and_a_death_have_no_weekday_either(clinic: Bench) -> None:
    told = named("Otto", died_on="2025-11-02")
    told["diagnoses"] = [{"system": "ICD-10-CM", "code": "I50.9", "onset": "2020-03-02"}]
    referral = (await clinic.command("/api/referrals", told)).json()["referral_id"]
    page = (await clinic.http.get(f"/referrals/{referral}")).text
    assert ">2 Mar 2020<" in page
    assert ">2 Nov 2025<" in page
