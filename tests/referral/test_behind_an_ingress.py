"""Behind an ingress that speaks https to the world and http to us: cookies and addresses are those of the world."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from carebus.testing import Bench
from tests.referral import bundles as b
from tests.referral.following import BORN, following, link_of, looks, referred, types

PUBLIC = "https://referrals.example"


@pytest.fixture
async def office(postgres_url: str, tmp_path: Path) -> AsyncIterator[Bench]:
    async with following(postgres_url, tmp_path, referral_url=PUBLIC) as bench:
        yield bench


def cookie(answer: httpx.Response) -> str:
    assert answer.status_code == 303
    return answer.headers["set-cookie"].lower()


async def path_of(office: Bench) -> str:
    told = await referred(office)
    return (await link_of(office, told["referral_id"])).removeprefix(PUBLIC)


async def test_the_cookie_of_the_status_page_is_kept_from_plain_http(office: Bench) -> None:
    path = await path_of(office)
    assert "; secure" in cookie(await types(office, path + "/open", birth_date=BORN))
    assert "; secure" in cookie(await types(office, path + "/close"))


async def test_the_cookie_of_a_session_is_closed_as_it_was_opened(office: Bench) -> None:
    closed = await types(office, "/sign-out")
    told = closed.headers["set-cookie"].lower()
    assert told.startswith("__host-carebus-referral=")
    assert "; secure" in told


async def test_without_https_a_cookie_is_not_kept_from_anything(postgres_url: str, tmp_path: Path) -> None:
    async with following(postgres_url, tmp_path, referral_url="http://127.0.0.1:8001") as office:
        path = await path_of(office)
        assert "; secure" not in cookie(await types(office, path + "/open", birth_date=BORN))


async def test_resources_are_named_by_the_public_address(office: Bench) -> None:
    answer = await office.http.post("/fhir", json=b.transaction())
    assert answer.headers["location"].startswith(f"{PUBLIC}/fhir/Task/")
    said = (await office.http.get("/fhir/metadata")).json()
    assert said["implementation"]["url"] == f"{PUBLIC}/fhir"
    found = (await office.http.get("/fhir/Task", params={"identifier": "ORD-1"})).json()
    assert found["entry"][0]["fullUrl"].startswith(f"{PUBLIC}/fhir/Task/")


async def test_where_no_public_address_is_set_it_is_the_one_that_was_asked(postgres_url: str, tmp_path: Path) -> None:
    async with following(postgres_url, tmp_path) as office:
        said = (await office.http.get("/fhir/metadata")).json()
    assert said["implementation"]["url"] == "http://service/fhir"


async def test_below_a_prefix_the_private_page_stays_at_the_root_and_its_cookie_goes_where_its_forms_lead(
    postgres_url: str, tmp_path: Path
) -> None:
    async with following(postgres_url, tmp_path, referral_url=PUBLIC, prefix="/referral") as office:
        path = await path_of(office)
        asked = await looks(office, path)
        opened = await types(office, path + "/open", birth_date=BORN)
    assert asked.status_code == 200
    assert f'action="/referral{path}/open"' in asked.text
    assert opened.headers["location"] == f"/referral{path}"
    assert f"; path=/referral{path.lower()};" in cookie(opened)
