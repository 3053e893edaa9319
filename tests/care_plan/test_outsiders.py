"""What a health plan and a loved one see: who comes and when, of their own people, and nothing of what was found."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from carebus.access import AccountRole, organization_of
from carebus.contracts.audit import AuditKind
from carebus.contracts.people import FamilyContact, Payer, PayerKind
from carebus.ids import new_id
from carebus.testing import START, Bench, people
from tests.care_plan.people import accepted, due_visits, just_now, staff
from tests.told import amended

PLAN, OTHER_PLAN = "Example Health", "Another Plan"
DAUGHTER = "karen.z@families.example"
NOTE = "Slept badly; asked for more morphine"
HTML = {"accept": "text/html"}


def contact(**other: Any) -> FamilyContact:
    known = {"contact_id": UUID(int=5), "full_name": "Karen Zyx", "relationship": "daughter", "email": DAUGHTER}
    return FamilyContact.model_validate(known | {"consented": True} | other)


def of_plan(name: str = PLAN) -> dict[str, str]:
    return people.bearer(people.token(AccountRole.HEALTH_PLAN, subject="pat", organization=name))


def of_family(email: str = DAUGHTER, *, verified: bool = True) -> dict[str, str]:
    said = people.claims(AccountRole.FAMILY_MEMBER, subject="karen", email=email, email_verified=verified)
    return people.bearer(people.signed(said))


async def taken_on(bench: Bench, told: FamilyContact | None = None, payer: str = PLAN) -> tuple[UUID, UUID]:
    """Somebody in care with one visit behind them, of which there is a note; and their referral."""
    await staff(bench)
    patient = new_id()
    event = accepted().model_copy(update={"contact": told, "payer": Payer(name=payer, kind=PayerKind.MEDICARE)})
    await bench.hears(event, patient=patient)
    (visit,) = [one for one in await due_visits(bench) if one["patient_id"] == str(patient)]
    body = {
        **just_now(bench),
        "visit_note": NOTE,
        "assessments": {"akps": 40, "phase": "unstable", "esas_r": {"pain": 9}},
    }
    done = await bench.command(f"/api/visits/{visit['visit_id']}/complete", body)
    assert done.status_code == 200, done.text
    return patient, event.referral_id


async def status(bench: Bench, patient: UUID, headers: dict[str, str]) -> int:
    async with bench.as_() as http:
        return (await http.get(f"/api/patients/{patient}", headers=headers)).status_code


async def test_a_plan_sees_its_members_and_no_other_plans(care_plan: Bench) -> None:
    patient, _ = await taken_on(care_plan)
    assert await status(care_plan, patient, of_plan()) == 200
    assert await status(care_plan, patient, of_plan("example  HEALTH")) == 200
    assert await status(care_plan, patient, of_plan(OTHER_PLAN)) == 404
    assert await status(care_plan, patient, of_plan("")) == 404


async def test_a_loved_one_sees_the_person_who_agreed_to_it_by_their_own_mailbox_only(care_plan: Bench) -> None:
    patient, _ = await taken_on(care_plan, contact())
    assert await status(care_plan, patient, of_family()) == 200
    assert await status(care_plan, patient, of_family("Karen.Z@families.example")) == 200
    assert await status(care_plan, patient, of_family(verified=False)) == 404
    assert await status(care_plan, patient, of_family("somebody@families.example")) == 404


@pytest.mark.parametrize("told", [contact(consented=False), contact(consent_ends=START), contact(email=None), None])
async def test_relationship_alone_is_no_permission(care_plan: Bench, told: FamilyContact | None) -> None:
    patient, _ = await taken_on(care_plan, told)
    assert await status(care_plan, patient, of_family()) == 404


async def test_a_consent_that_the_office_takes_back_ends_it_at_once(care_plan: Bench) -> None:
    patient, referral = await taken_on(care_plan, contact())
    payer = Payer(name=PLAN, kind=PayerKind.MEDICARE)
    await care_plan.hears(amended(referral_id=referral, contact=contact(consented=False), payer=payer), patient=patient)
    assert await status(care_plan, patient, of_family()) == 404
    assert await status(care_plan, patient, of_plan()) == 200


async def test_what_only_a_sender_states_opens_nothing(care_plan: Bench) -> None:
    patient, referral = await taken_on(care_plan)
    stated = amended(referral_id=referral, contact=contact(), applied=False)
    of_another = amended(referral_id=new_id(), contact=contact(), payer=Payer(name=OTHER_PLAN, kind=PayerKind.NONE))
    await care_plan.hears(stated, of_another, patient=patient)
    assert await status(care_plan, patient, of_family()) == 404
    assert await status(care_plan, patient, of_plan(OTHER_PLAN)) == 404
    assert await status(care_plan, patient, of_plan()) == 200


@pytest.mark.parametrize("who", [of_plan(), of_family()])
async def test_nothing_that_was_found_or_noted_is_shown_anywhere(care_plan: Bench, who: dict[str, str]) -> None:
    patient, _ = await taken_on(care_plan, contact())
    async with care_plan.as_() as http:
        shown = [
            await http.get(address, headers=who | accept)
            for address, accept in (
                ("/", HTML),
                (f"/patients/{patient}", HTML),
                ("/?phase=stable", HTML),
                ("/api/patients", {}),
                (f"/api/patients/{patient}", {}),
                ("/api/visits?status=completed", {}),
            )
        ]
    assert [answer.status_code for answer in shown] == [200] * len(shown)
    for answer in shown:
        assert str(patient) in answer.text or "Rosa Almeida" in answer.text
        for hidden in (NOTE, "assessments", "esas", "akps", "unstable", "Unstable", "/visits/", "ancer"):
            assert hidden not in answer.text, (str(answer.url), hidden)


async def test_a_colleague_still_sees_all_of_it(care_plan: Bench) -> None:
    patient, _ = await taken_on(care_plan)
    whole = (await care_plan.http.get(f"/api/patients/{patient}")).json()
    assert whole["visits"][0]["visit_note"] == NOTE
    assert whole["akps"] == 40


async def test_a_nurse_who_is_also_family_sees_of_their_own_people_what_family_sees(care_plan: Bench) -> None:
    patient, _ = await taken_on(care_plan, contact())
    said = people.claims(
        AccountRole.NURSE, AccountRole.FAMILY_MEMBER, subject="both", email=DAUGHTER, email_verified=True
    )
    who = people.bearer(people.signed(said))
    async with care_plan.as_() as http:
        one = await http.get(f"/api/patients/{patient}", headers=who)
        listed = await http.get("/api/patients", headers=who)
    assert NOTE not in one.text
    assert one.status_code == 200
    assert listed.json()["items"] == []


async def test_what_an_outsider_is_shown_is_kept_as_a_disclosure(care_plan: Bench) -> None:
    patient, _ = await taken_on(care_plan)
    assert await status(care_plan, patient, of_plan()) == 200
    async with care_plan.service.core.database.connection() as db:
        kinds = await db.fetch(
            "select content::jsonb ->> 'kind' as kind from audit_pending where content::jsonb ->> 'role' = $1",
            AccountRole.HEALTH_PLAN,
        )
    assert [row["kind"] for row in kinds] == [AuditKind.DISCLOSURE]


async def test_an_end_of_the_consent_that_is_known_is_kept_with_it(care_plan: Bench) -> None:
    ends = START + timedelta(days=30)
    patient, _ = await taken_on(care_plan, contact(consent_ends=ends))
    async with care_plan.service.core.database.connection() as db:
        kept = await db.fetchval("select until from relation where relation = 'relative' and subject = $1", patient)
        held = await db.fetchval("select account from relation where relation = 'member' and subject = $1", patient)
    assert kept == ends
    assert held == organization_of(PLAN)


async def test_what_the_office_put_right_stands_at_the_head_of_the_page(care_plan: Bench) -> None:
    patient, referral = await taken_on(care_plan)
    await care_plan.hears(amended(referral_id=referral), patient=patient)
    page = await care_plan.http.get(f"/patients/{patient}", headers=HTML)
    assert "María Delgado-Quux" in page.text


async def test_a_family_reads_the_window_that_its_message_names_and_no_minute(care_plan: Bench) -> None:
    patient, _ = await taken_on(care_plan, contact())
    await care_plan.work()
    (visit,) = [one for one in await due_visits(care_plan) if one["patient_id"] == str(patient)]
    async with care_plan.as_() as http:
        text = (await http.get(f"/patients/{patient}", headers={"Accept": "text/html", **of_family()})).text
    first = datetime.fromisoformat(visit["starts_at"]) - timedelta(minutes=30)
    assert text.count(f", between {first.astimezone(ZoneInfo('America/New_York')):%H:%M} and ") == 2
