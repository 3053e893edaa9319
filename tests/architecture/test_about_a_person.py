"""Every page about a person begins with who it is, and leads to the same person in the other services."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from carebus.access import AccountRole
from carebus.testing import Bench
from carebus.web.links import written
from deploy.local.menu import of_people
from services.care_plan import app as caring
from services.care_plan.settings import Settings as CareSettings
from services.notifications import app as notifying
from services.notifications.settings import Settings as TellingSettings
from services.referral import app as referring
from services.referral.settings import Settings as ReferralSettings
from tests.benches import service_bench
from tests.care_plan.people import accepted, due_visits, staff
from tests.referral.samples import body
from tests.told import accepted as told_of
from tests.told import contact, on_team, team

HOST = "https://care.example"
AT = (f"{HOST}/{name}" for name in ("referral", "care-plan", "notifications", "audit", "line", "wishes", "equipment"))
LINKS = ",".join(map(written, of_people(*AT)))
P = UUID(int=9)
NEEDED: dict[str, Any] = {"smtp_url": "smtp://127.0.0.1:1", "mail_from": "care@carebus.example"}


def banner_in(page: str) -> str:
    _, _, rest = page.partition('<section class="person"')
    return rest.partition("</section>")[0]


async def page(bench: Bench, path: str, *roles: AccountRole) -> str:
    async with bench.as_(*(roles or (AccountRole.SUPERVISOR,))) as http:
        answer = await http.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_the_page_of_a_referral_says_who_it_is(postgres_url: str, tmp_path: Path) -> None:
    async with service_bench(
        "referral", referring.make, ReferralSettings, admin_url=postgres_url, folder=tmp_path, links=LINKS
    ) as bench:
        told = (await bench.command("/api/referrals", body())).json()
        found = banner_in(await page(bench, f"/referrals/{told['referral_id']}"))
        assert f'href="{HOST}/care-plan/patients/{told["patient_id"]}"' in found
        assert f'href="{HOST}/notifications/?patient_id={told["patient_id"]}"' in found
        assert "Born" in found
        assert "(age " in found
        for other in ("details", "referrer"):
            assert banner_in(await page(bench, f"/referrals/{told['referral_id']}/{other}")) == found
        await bench.hears(on_team("nurse"), patient=UUID(told["patient_id"]))
        async with bench.as_(AccountRole.NURSE, subject="nurse") as http:
            same = await http.get(f"/find?patient_id={told['patient_id']}")
            nobody = await http.get(f"/find?patient_id={P}")
    assert same.headers["location"] == f"/referrals/{told['referral_id']}"
    assert nobody.status_code == 200


async def test_the_pages_of_care_say_who_it_is(postgres_url: str, tmp_path: Path) -> None:
    async with service_bench(
        "care_plan", caring.make, CareSettings, admin_url=postgres_url, folder=tmp_path, links=LINKS
    ) as bench:
        await staff(bench)
        await bench.hears(accepted(), patient=P)
        [visit] = await due_visits(bench)
        mine = await bench.http.get(f"/visits/{visit['visit_id']}", headers={"Accept": "text/html"})
        pages = [await page(bench, f"/patients/{P}"), mine.text]
    for found in map(banner_in, pages):
        assert "<strong>Rosa Almeida</strong>" in found
        assert "17 May 1948</time> (age 77)" in found
        assert "<dt>Language</dt><dd>English</dd>" in found
        assert f'href="{HOST}/referral/find?patient_id={P}"' in found
        assert "/care-plan/" not in found, "a page does not lead to itself"


async def test_the_messages_of_one_patient_say_who_it_is_to_whoever_may_see_them(
    postgres_url: str, tmp_path: Path
) -> None:
    async with service_bench(
        "notifications", notifying.make, TellingSettings, admin_url=postgres_url, folder=tmp_path, links=LINKS, **NEEDED
    ) as bench:
        await bench.hears(told_of(told=contact()), team(), patient=P)
        found = banner_in(await page(bench, f"/?patient_id={P}", AccountRole.COORDINATOR))
        theirs = banner_in(await page(bench, f"/?patient_id={P}", AccountRole.NURSE))
    assert "<strong>María Delgado-Quux</strong>" in found
    assert "6 May 1941" in found
    assert f'href="{HOST}/care-plan/patients/{P}"' in found
    assert theirs == "", "a nurse learns nothing of somebody who is not on her panel"


@pytest.mark.parametrize("role", [AccountRole.PRIVACY_OFFICER])
async def test_the_way_to_a_service_that_is_not_open_to_one_is_not_shown(
    role: AccountRole, postgres_url: str, tmp_path: Path
) -> None:
    async with service_bench(
        "referral", referring.make, ReferralSettings, admin_url=postgres_url, folder=tmp_path, links=LINKS
    ) as bench:
        told = (await bench.command("/api/referrals", body())).json()
        found = banner_in(await page(bench, f"/referrals/{told['referral_id']}", role))
    assert ">Messages</a>" in found
    assert ">Care plan</a>" not in found
