"""Whoever is shown a patient is on the record; health plans and families are shown no findings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

from carebus.access import AccountRole
from carebus.contracts.care_plan import SummaryPart, SummarySection, VisitSummaryIssued
from carebus.testing import START, Bench, people
from services.referral.domain.organizations.names import organization_of
from tests.referral.acting import with_address
from tests.referral.following import following, looks, referred, types
from tests.referral.samples import body

ELM = organization_of("Elm Street Cardiology")
OSEI = "osei@elm.example"


@pytest.fixture
async def office(postgres_url: str, tmp_path: Path) -> AsyncIterator[Bench]:
    async with following(postgres_url, tmp_path) as bench:
        await referred(bench)
        await types(bench, f"/referrers/{ELM}/accounts", domain="elm.example")
        yield bench


async def shown_by(office: Bench, path: str, **headers: str) -> list[tuple[str, list[str]]]:
    """What the audit says of a look at this page: what kind of look it was, and at whom."""
    async with office.service.core.database.connection() as db:
        before = await db.fetchval("select count(*) from audit_pending")
        assert (await looks(office, path, **headers)).status_code == 200
        rows = await db.fetch("select content from audit_pending order by position offset $1", before)
    found = [orjson.loads(row["content"]) for row in rows]
    return [(each["kind"], each["patients"]) for each in found if each.get("patients")]


async def test_the_form_of_a_referrals_details_is_a_look_at_its_patient(office: Bench) -> None:
    told = await referred(office)
    assert await shown_by(office, f"/referrals/{told['referral_id']}/details") == [("read", [told["patient_id"]])]


async def test_the_queue_of_reviews_is_a_look_at_everybody_in_it(office: Bench) -> None:
    slip = {**body()["patient"], "birth_date": "1941-05-07", "phone": "413-555-0101"}
    told = await referred(office, patient=slip)
    assert told["status"] == "identity_review"
    assert await shown_by(office, "/identity") == [("read", [told["patient_id"]])]


async def test_an_organizations_list_of_referrals_is_disclosed_to_it(office: Bench) -> None:
    told = await referred(office)
    found = await shown_by(office, "/my/referrals", **with_address(OSEI))
    assert found == [("disclosure", [told["patient_id"]])]


def signed_in_as(*roles: AccountRole) -> dict[str, str]:
    said = people.claims(*roles, subject=OSEI, email=OSEI, email_verified=True)
    return {"Authorization": f"Bearer {people.signed(said)}"}


@pytest.mark.parametrize(
    ("role", "reads"),
    [(AccountRole.REFERRER, True), (AccountRole.HEALTH_PLAN, False), (AccountRole.FAMILY_MEMBER, False)],
)
async def test_a_health_plan_and_a_family_member_read_no_visit_summary(
    office: Bench, role: AccountRole, reads: bool
) -> None:
    told = await referred(office)
    await office.hears(summary(told), patient=UUID(told["patient_id"]))
    page = await looks(office, f"/my/referrals/{told['referral_id']}", **signed_in_as(role))
    assert page.status_code == 200
    assert ("Pain 8." in page.text) is reads


def summary(told: dict[str, Any]) -> VisitSummaryIssued:
    return VisitSummaryIssued(
        summary_id=UUID(int=11),
        visit_id=UUID(int=12),
        episode_id=UUID(int=13),
        referral_id=UUID(told["referral_id"]),
        version=1,
        sections=(SummarySection(part=SummaryPart.FOUND, text="Pain 8."),),
        issued_at=START,
    )


async def test_the_office_reads_the_plans_id_and_whose_word_a_consent_is(office: Bench) -> None:
    payer = {"name": "Bay State Health Plan", "kind": "commercial", "plan_id": "H1234"}
    contact = {"full_name": "Ann Osei", "relationship": "daughter", "email": "ann@example.org", "consented": True}
    told = await referred(
        office, patient={**body()["patient"], "birth_date": "1939-01-02"}, payer=payer, contact=contact
    )
    page = await looks(office, f"/referrals/{told['referral_id']}")
    assert "Bay State Health Plan (H1234)" in page.text
    assert "May be told, says the referrer" in page.text
