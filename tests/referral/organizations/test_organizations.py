"""Who belongs to which organization, as the office says, and what the office sees of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from carebus.testing import Bench
from services.referral import store
from services.referral.domain.organizations.names import organization_of
from tests.referral.acting import with_address
from tests.referral.following import following, looks, referred, types
from tests.referral.samples import body

ELM, HILL = organization_of("Elm Street Cardiology"), organization_of("Hill Practice")
FROM_HILL = {"organization": "Hill Practice", "phone": "508-580-2730"}


@pytest.fixture
async def office(postgres_url: str, tmp_path: Path) -> AsyncIterator[Bench]:
    async with following(postgres_url, tmp_path) as bench:
        await referred(bench)
        other = {**body()["patient"], "given_name": "Bo", "birth_date": "1939-01-02"}
        await referred(bench, patient=other, referrer=FROM_HILL)
        yield bench


async def member_of(bench: Bench, email: str) -> UUID | None:
    async with bench.service.core.database.connection() as db:
        return await store.member_of(db, email)


async def test_an_address_belongs_to_an_organization_by_itself_or_by_its_domain(office: Bench) -> None:
    assert await member_of(office, "osei@elm.example") is None
    assert (await types(office, f"/referrers/{ELM}/accounts", domain="@Elm.example")).status_code == 303
    assert (await types(office, f"/referrers/{HILL}/accounts", email="Locum@elm.example")).status_code == 303
    assert await member_of(office, "OSEI@ELM.example") == ELM
    assert await member_of(office, "locum@elm.example") == HILL
    assert await member_of(office, "osei@sub.elm.example") is None
    assert await member_of(office, "elm.example") is None
    assert await member_of(office, "@elm.example") is None


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"domain": "gmail.com"}, "Anybody may have an address there"),
        ({"domain": "nodots"}, "Write the part after the @"),
        ({"email": "osei"}, "Write an e-mail address"),
        ({}, "Give a domain or one e-mail address"),
        ({"domain": "a.example", "email": "b@c.example"}, "Give a domain or one e-mail address"),
    ],
)
async def test_who_would_let_in_too_many_is_told(office: Bench, typed: dict[str, str], why: str) -> None:
    answer = await types(office, f"/referrers/{ELM}/accounts", **typed)
    assert answer.status_code == 422
    assert why in answer.text


async def test_a_domain_belongs_to_one_organization(office: Bench) -> None:
    await types(office, f"/referrers/{ELM}/accounts", domain="elm.example")
    taken = await types(office, f"/referrers/{HILL}/accounts", domain="elm.example")
    assert taken.status_code == 422
    assert await member_of(office, "osei@elm.example") == ELM


async def test_whoever_is_excluded_sees_nothing_more(office: Bench) -> None:
    await types(office, f"/referrers/{ELM}/accounts", domain="elm.example")
    osei = with_address("osei@elm.example")
    assert (await looks(office, "/my/referrals", **osei)).status_code == 200
    await types(office, f"/referrers/{ELM}/accounts/remove", domain="elm.example")
    assert (await looks(office, "/my/referrals", **osei)).status_code == 403
    assert await member_of(office, "osei@elm.example") is None


async def test_another_organizations_referral_is_not_shown(office: Bench) -> None:
    other = await referred(office, referrer=FROM_HILL)
    mine = await referred(office)
    await types(office, f"/referrers/{ELM}/accounts", domain="elm.example")
    osei = with_address("osei@elm.example")
    assert (await looks(office, f"/my/referrals/{mine['referral_id']}", **osei)).status_code == 200
    assert (await looks(office, f"/my/referrals/{other['referral_id']}", **osei)).status_code == 404
    assert (await looks(office, f"/my/referrals/{mine['referral_id']}")).headers["location"].startswith("/sign-in")
    unverified = with_address("osei@elm.example", verified=False)
    assert (await looks(office, f"/my/referrals/{mine['referral_id']}", **unverified)).status_code == 403


async def test_who_refers_the_same_again_is_answered_about_their_own_referral(office: Bench) -> None:
    first, other = await referred(office), await referred(office, referrer=FROM_HILL)
    again = await referred(office)
    assert again["referral_id"] == first["referral_id"]
    assert again["patient_id"] == other["patient_id"], "the person is the same, and each practice has its own referral"
    assert again["referral_id"] != other["referral_id"]


async def test_two_names_become_one_organization(office: Bench) -> None:
    assert (await types(office, f"/referrers/{ELM}/names", name="Hill Practice, LLC")).status_code == 303
    page = await looks(office, "/referrers")
    assert "Elm Street Cardiology" in page.text
    assert "Hill Practice" not in page.text
    assert "0 of 2" in (await looks(office, f"/referrers/{ELM}")).text


async def test_the_office_sees_whether_the_referrer_looked(office: Bench) -> None:
    told = await referred(office)
    page = await looks(office, f"/referrals/{told['referral_id']}/referrer")
    assert "osei@elm.example" in page.text
    assert "not yet" in page.text


async def test_an_organization_nobody_knows_has_no_page(office: Bench) -> None:
    assert (await looks(office, f"/referrers/{UUID(int=4)}")).status_code == 404


async def test_without_a_provider_nobody_signs_in(office: Bench) -> None:
    assert (await looks(office, "/sign-in")).status_code == 404
    page = await looks(office, "/my")
    assert "Accounts are not set up here" in page.text
