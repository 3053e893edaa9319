"""The pages of hospice: an election lived through the forms, what refuses a wrong one, and the list of what waits."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from carebus.access import AccountRole
from carebus.contracts.care_plan import (
    EpisodeEnded,
    HospiceEnrolled,
    HospiceNoticeOverdue,
    HospicePrompted,
    HospiceRevoked,
    VisitScheduled,
)
from carebus.contracts.line import AdmissionNotified, AdmissionWithdrawn
from carebus.contracts.people import PayerKind
from carebus.contracts.referral import ReferralReopened
from carebus.contracts.wishes import (
    Choice,
    KnownWish,
    Statement,
    TopicSummary,
    WishesSummarised,
    WishSource,
    WishTopic,
)
from carebus.testing import Bench, assert_published
from tests.care_plan.hospice.ways import ELECTION
from tests.care_plan.people import accepted, staff
from tests.examples import example


async def in_care(bench: Bench, name: str = "Rosa Almeida") -> UUID:
    """Somebody with a team."""
    patient = uuid4()
    await staff(bench)
    await bench.hears(accepted(name=name), patient=patient)
    await assert_published(bench, VisitScheduled, patient=patient, times=1)
    return patient


async def wants_comfort(bench: Bench, patient: UUID) -> None:
    """The wishes service tells so, twice."""
    known = KnownWish(
        statement=Statement(topic=WishTopic.TREATMENT, choice=Choice.COMFORT_ONLY, words="No more hospitals."),
        source=WishSource.CONVERSATION,
        source_id=uuid4(),
        stated_on=bench.now().date(),
    )
    topics = (TopicSummary(topic=WishTopic.TREATMENT, known=(known,)),)
    await bench.hears(WishesSummarised(topics=topics, summarised_at=bench.now()), patient=patient, times=2)


async def shown(bench: Bench, path: str, status: int = 200) -> str:
    """A page as a browser gets it, without what tells one look from the next."""
    answer = await bench.http.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == status, answer.text
    return answer.text


async def send(bench: Bench, patient: UUID, act: str, **fields: Any) -> Any:
    """A form of the page, sent twice as an impatient click does."""
    form = {name: str(value) for name, value in fields.items()} | {"idempotency_key": str(uuid4())}
    path, page = f"/patients/{patient}/hospice/{act}", {"Accept": "text/html"}
    await bench.http.post(path, data=form, headers=page)
    return await bench.http.post(path, data=form, headers=page)


async def elect(bench: Bench, patient: UUID, days: int = 0, **other: Any) -> Any:
    """Hospice is elected today, from so many days on."""
    today = bench.now().date()
    said = {**ELECTION, "signed_on": today, "effective_on": today + timedelta(days=days), **other}
    return await send(bench, patient, "elect", **said)


async def test_an_election_is_lived_through_the_pages(care_plan: Bench) -> None:
    patient = await in_care(care_plan)
    await wants_comfort(care_plan, patient)
    (prompt,) = await assert_published(care_plan, HospicePrompted, patient=patient, times=1)
    assert "The person wants comfort above all" in await shown(care_plan, f"/patients/{patient}/hospice")
    assert "Rosa Almeida" in await shown(care_plan, "/hospice")
    assert "A reason to talk about it" in await shown(care_plan, f"/patients/{patient}")
    assert (await send(care_plan, patient, "confirm-prompt", prompt_id=prompt.prompt_id)).status_code == 303
    answer = await elect(care_plan, patient, days=2)
    assert answer.status_code == 303, answer.text
    (told,) = await assert_published(care_plan, HospiceEnrolled, patient=patient, times=1)
    text = await shown(care_plan, f"/patients/{patient}/hospice")
    assert "Evergreen Hospice" in text
    assert "1234567893" in text
    await care_plan.passes(days=3)
    (ended,) = await assert_published(care_plan, EpisodeEnded, patient=patient, times=1)
    assert ended.ended_on == told.effective_on
    assert "Went to hospice" in await shown(care_plan, f"/patients/{patient}")
    await care_plan.passes(days=6)
    await assert_published(care_plan, HospiceNoticeOverdue, patient=patient, times=1)
    assert "Notice overdue" in await shown(care_plan, "/hospice")
    sent = await send(care_plan, patient, "send-package", to="M. Ortiz, RN", how="by fax")
    assert sent.status_code == 303
    enrolment = {"enrolment_id": told.enrolment_id}
    today = care_plan.now().date()
    assert (await send(care_plan, patient, "notice", accepted_on=today, **enrolment)).status_code == 303
    assert (await send(care_plan, patient, "revoke", revoked_on=today, source="family", **enrolment)).status_code == 303
    (left,) = await assert_published(care_plan, HospiceRevoked, patient=patient, times=1)
    assert "A new referral that replaces the old" in await shown(care_plan, "/hospice")
    assert left.referral_id is not None
    again = ReferralReopened(referral_id=uuid4(), replaces=left.referral_id, reopened_at=care_plan.now())
    await care_plan.hears(again, patient=patient, times=2)
    assert "Rosa Almeida" not in await shown(care_plan, "/hospice")


async def test_an_admission_told_twice_counts_once_and_taken_back_not_at_all(care_plan: Bench) -> None:
    patient = await in_care(care_plan)
    stay = example(AdmissionNotified, admitted_at=care_plan.now())
    handled = await care_plan.hears(stay, patient=patient, times=2)
    assert handled.ignored in ({"stay_known": 1}, {})
    await care_plan.hears(example(AdmissionWithdrawn, stay_id=stay.stay_id), patient=patient, times=2)
    found = (await care_plan.http.get(f"/api/patients/{patient}/hospice")).json()
    assert found["stage"] == "none"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("hospice_npi", "1234567890", "National Provider Identifier"),
        ("hospice_npi", "12345", "National Provider Identifier"),
        ("hospice_npi", "١٢٣٤٥٦٧٨٩٣", "National Provider Identifier"),
        ("diagnosis_code", "lung cancer", "ICD-10-CM"),
        ("effective_on", "2026-02-01", "before it was signed"),
        ("effective_on", "2026-02-30", "real date"),
        ("signed_on", "2026-12-24", "still to come"),
        ("source", "nobody", "Choose"),
        ("attending", "", "required"),
    ],
)
async def test_a_wrong_field_of_an_election_names_its_rule_and_keeps_what_was_typed(
    care_plan: Bench, field: str, value: str, sentence: str
) -> None:
    patient = await in_care(care_plan)
    other: dict[str, Any] = {field: value}
    answer = await elect(care_plan, patient, **other)
    assert answer.status_code == 422, answer.text
    assert sentence in answer.text
    assert 'value="Evergreen Hospice"' in answer.text
    await assert_published(care_plan, HospiceEnrolled, patient=patient, times=0)


async def test_a_prompt_is_dismissed_with_words_only(care_plan: Bench) -> None:
    patient = await in_care(care_plan)
    await wants_comfort(care_plan, patient)
    (prompt,) = await assert_published(care_plan, HospicePrompted, patient=patient, times=1)
    answer = await send(care_plan, patient, "dismiss-prompt", prompt_id=prompt.prompt_id, because="x")
    assert answer.status_code == 422
    assert "at least 3 characters" in answer.text
    answer = await send(care_plan, patient, "dismiss-prompt", prompt_id=prompt.prompt_id, because="Not in Lent.")
    assert answer.status_code == 303
    assert "Not in Lent." in await shown(care_plan, f"/patients/{patient}/hospice")


async def test_the_office_records_an_election_and_leaves_prompts_to_clinicians(care_plan: Bench) -> None:
    patient = await in_care(care_plan)
    await wants_comfort(care_plan, patient)
    (prompt,) = await assert_published(care_plan, HospicePrompted, patient=patient, times=1)
    async with care_plan.as_(AccountRole.COORDINATOR) as office:
        page = (await office.get(f"/patients/{patient}/hospice", headers={"Accept": "text/html"})).text
        assert "Hospice was elected" in page
        assert "Dismiss" not in page
        answer = await office.post(
            f"/api/patients/{patient}/hospice/confirm-prompt",
            json={"prompt_id": str(prompt.prompt_id)},
            headers={"Idempotency-Key": "k"},
        )
        assert answer.status_code == 403


async def test_the_package_is_one_document_as_page_and_file(care_plan: Bench) -> None:
    patient = await in_care(care_plan)
    await wants_comfort(care_plan, patient)
    await elect(care_plan, patient)
    text = await shown(care_plan, f"/patients/{patient}/hospice/package")
    assert "No more hospitals." in text
    assert "Nothing is on record. That is not a no: ask." in text, "of medicines nobody has spoken"
    file = await care_plan.http.get(f"/patients/{patient}/hospice/package.pdf")
    assert file.status_code == 200, file.text
    assert file.content.startswith(b"%PDF")
    assert "Almeida" not in file.headers["content-disposition"]
    answer = await send(care_plan, patient, "send-package", to="M. Ortiz, RN", how="by fax")
    assert answer.status_code == 303, answer.text
    page = await shown(care_plan, f"/patients/{patient}/hospice")
    (package_id,) = set(re.findall(r'name="package_id" value="([^"]+)"', page))
    answer = await send(
        care_plan, patient, "receipt", package_id=package_id, received_by="M. Ortiz", received_on="2026-01-01"
    )
    assert "sent after that day" in answer.text
    today = care_plan.now().date()
    answer = await send(care_plan, patient, "receipt", package_id=package_id, received_by="M. Ortiz", received_on=today)
    assert answer.status_code == 303, answer.text


async def test_what_is_no_act_and_no_patient_is_not_found(care_plan: Bench) -> None:
    patient = await in_care(care_plan)
    assert (await send(care_plan, patient, "abscond")).status_code == 404
    assert (await send(care_plan, uuid4(), "discuss", discussed_on="2026-03-02")).status_code == 404
    for path in ("hospice", "hospice/package", "hospice/package.pdf", "bereavement"):
        await shown(care_plan, f"/patients/{uuid4()}/{path}", 404)


async def test_the_list_is_empty_when_nothing_waits(care_plan: Bench) -> None:
    await in_care(care_plan)
    assert "Nothing waits" in await shown(care_plan, "/hospice")


async def test_who_declined_is_listed_from_the_day_on_which_to_ask_again(care_plan: Bench) -> None:
    patient = await in_care(care_plan)
    today = care_plan.now().date()
    said = {"declined_on": today, "because": "Not yet.", "ask_again_on": today + timedelta(days=14)}
    assert (await send(care_plan, patient, "decline", **said)).status_code == 303
    assert "Nothing waits" in await shown(care_plan, "/hospice")
    await care_plan.passes(days=13)
    assert "Nothing waits" in await shown(care_plan, "/hospice")
    await care_plan.passes(days=1)
    assert "It may be asked again" in await shown(care_plan, "/hospice")


async def test_what_waited_in_an_earlier_episode_is_not_listed_in_the_next(care_plan: Bench) -> None:
    patient = await in_care(care_plan)
    await wants_comfort(care_plan, patient)
    assert "Rosa Almeida" in await shown(care_plan, "/hospice")
    await care_plan.command(f"/api/patients/{patient}/end", {"reason": "moved"})
    assert "Nothing waits" in await shown(care_plan, "/hospice")
    await care_plan.hears(accepted(), patient=patient)
    assert "Nothing waits" in await shown(care_plan, "/hospice")
    await care_plan.passes(hours=1)
    await wants_comfort(care_plan, patient)
    assert "Rosa Almeida" in await shown(care_plan, "/hospice")


async def test_the_benefits_of_adult_medi_cal_name_their_source(care_plan: Bench) -> None:
    patient = uuid4()
    await staff(care_plan)
    referral = accepted(state="CA")
    assert referral.payer is not None
    payer = referral.payer.model_copy(update={"kind": PayerKind.MEDICAID, "name": "Medi-Cal"})
    await care_plan.hears(referral.model_copy(update={"payer": payer}), patient=patient)
    await elect(care_plan, patient, days=2)
    (told,) = await assert_published(care_plan, HospiceEnrolled, patient=patient, times=1)
    (benefit,) = told.benefits
    assert benefit.ends_on == told.effective_on - timedelta(days=1)
    assert "DHCS All Plan Letters" in await shown(care_plan, f"/patients/{patient}/hospice")
