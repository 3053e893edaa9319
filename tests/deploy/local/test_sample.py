"""The sample and what is invented for it: the expected counts, valid bodies, and nothing that could be real."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carebus.contracts.care_plan import Phase, Respondent
from carebus.contracts.people import Condition, Diagnosis, FamilyContact, Payer, PayerKind, Person, Referrer, Role
from carebus.contracts.referral import Channel, Priority, ReferralReceived
from deploy.local.front_office import referral
from deploy.local.invented import assessments, contact, roster, visit_note
from deploy.local.patient import Patient
from deploy.local.synthea import SAMPLE, Sample
from tests.deploy.local.expected import expected, read

SEED = 7
EVERYONE = Sample().patients()
READ_AGAIN = {each.source_id: each for each in Sample().patients()}
ACCEPTED = [each for each in EVERYONE if each.source_id in expected().source_ids_accepted]
PATIENTS = st.sampled_from(EVERYONE)
SEEDS = st.integers(min_value=0, max_value=10_000)

# Counted by hand from the whole export, of which the sample is a part.
BY_HAND = {"deceased": 44, "on_hospice": 1, "not_clinically_eligible": 4}


def test_the_files_alone_give_the_counts_that_were_counted_by_hand() -> None:
    found = expected()
    assert (found.received, found.accepted, found.declined) == (153, 104, BY_HAND)


def test_the_referrals_say_of_everyone_what_the_files_say() -> None:
    reasons = [_reason(each.referral(), each) for each in EVERYONE]
    found = expected()
    assert Counter(reasons) == Counter({**found.declined, "": found.accepted})


def test_the_illnesses_of_those_accepted_are_those_in_the_files() -> None:
    found = [condition.value for each in ACCEPTED for condition in each.conditions]
    assert {each: found.count(each) for each in set(found)} == expected().accepted_by_condition


def test_nobody_is_left_out_and_the_data_ends_before_the_clinic_opens() -> None:
    sample = Sample()
    assert {each.source_id for each in EVERYONE} == {row["Id"] for row in read(SAMPLE, "patients")}
    assert sample.ends.isoformat() == max(row["START"] for row in read(SAMPLE, "encounters"))[:10]
    assert sample.opens_at.astimezone(UTC) == datetime(2026, 11, 23, 13, tzinfo=UTC)


def test_whoever_dies_after_the_data_ends_is_living_when_the_clinic_opens(tmp_path: Path) -> None:
    shutil.copytree(SAMPLE, tmp_path, dirs_exist_ok=True)
    before = Sample(tmp_path)
    someone = next(each for each in before.patients() if not each.died_on)
    for died_on, on_that_day in (("2026-12-24", None), ("2026-11-20", date(2026, 11, 20))):
        rows = read(tmp_path, "patients")
        for row in rows:
            row["DEATHDATE"] = died_on if row["Id"] == someone.source_id else row["DEATHDATE"]
        with (tmp_path / "patients.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
        after = Sample(tmp_path)
        assert after.ends == before.ends
        assert next(e for e in after.patients() if e.source_id == someone.source_id).died_on == on_that_day


def test_only_active_diagnoses_are_sent_the_serious_ones_first() -> None:
    ended = {(row["PATIENT"], row["CODE"]) for row in read(SAMPLE, "conditions") if row["STOP"]}
    active = {(row["PATIENT"], row["CODE"]) for row in read(SAMPLE, "conditions") if not row["STOP"]}
    known = _serious()
    for each in EVERYONE:
        sent = [(each.source_id, diagnosis.code) for diagnosis in each.diagnoses]
        assert sent
        assert not set(sent) & (ended - active)
        serious = [diagnosis for diagnosis in each.diagnoses if diagnosis.code in known]
        assert list(each.diagnoses[: len(serious)]) == serious


def test_trouble_in_the_data_is_sent_as_it_is() -> None:
    bodies = [referral(SEED, each) for each in EVERYONE]
    codes = [body["patient"]["address"]["postal_code"] for body in bodies]
    assert codes.count("00000") == 35
    assert any(re.search(r"\d", body["patient"]["family_name"]) for body in bodies)
    assert any(" Or " in (body["referrer"]["phone"] or "") for body in bodies)


def test_what_the_files_leave_empty_is_sent_as_unknown_not_as_an_empty_text() -> None:
    uninsured = [each.payer for each in EVERYONE if each.payer and each.payer.kind is PayerKind.NONE]
    assert [(payer.name, payer.member_id) for payer in uninsured] == [("No insurance", None)]


def test_who_has_no_coverage_in_the_files_has_an_unknown_payer_not_none() -> None:
    covered = {row["PATIENT"] for row in read(SAMPLE, "payer_transitions")}
    assert {each.source_id for each in EVERYONE if each.payer} == covered
    assert all(each.payer for each in ACCEPTED)


@given(SEEDS, PATIENTS)
def test_every_referral_fits_the_published_event(seed: int, patient: Patient) -> None:
    body = referral(seed, patient)
    family = {**body["contact"], "contact_id": uuid4()} if body["contact"] else None
    ReferralReceived(
        referral_id=uuid4(),
        channel=Channel(body["channel"]),
        priority=Priority(body["priority"]),
        referrer=Referrer.model_validate(body["referrer"]),
        patient=Person.model_validate(body["patient"]),
        diagnoses=tuple(Diagnosis.model_validate(each) for each in body["diagnoses"]),
        conditions=patient.conditions,
        payer=body["payer"] and Payer.model_validate(body["payer"]),
        died_on=body["died_on"],
        on_hospice=body["on_hospice"],
        contact=FamilyContact.model_validate(family) if family else None,
        referral_note=body["referral_note"],
        received_at=datetime(2026, 11, 23, tzinfo=UTC),
    )


@given(SEEDS, PATIENTS, st.integers(min_value=1, max_value=6))
def test_the_same_seed_invents_the_same(seed: int, patient: Patient, ordinal: int) -> None:
    again = READ_AGAIN[patient.source_id]
    assert json.dumps(referral(seed, patient)) == json.dumps(referral(seed, again))
    assert assessments(seed, patient, ordinal) == assessments(seed, again, ordinal)
    assert visit_note(seed, patient, ordinal) == visit_note(seed, again, ordinal)
    assert roster(seed) == roster(seed)


def test_another_seed_invents_other_families() -> None:
    assert [contact(1, each) for each in EVERYONE] != [contact(2, each) for each in EVERYONE]


@given(SEEDS, PATIENTS)
def test_no_invented_address_or_number_can_be_anybodys(seed: int, patient: Patient) -> None:
    family = contact(seed, patient)
    if family is not None:
        assert family["email"] is None or re.fullmatch(r"[a-z.]+\d\d@families\.example", family["email"])
        assert re.fullmatch(r"\(\d{3}\) 555-01\d\d", family["phone"])
        assert "invented" in referral(seed, patient)["referral_note"]


@pytest.mark.parametrize("seed", range(5))
def test_most_have_a_contact_most_of_these_consented_and_a_few_have_no_address(seed: int) -> None:
    families = [found for each in EVERYONE if (found := contact(seed, each))]
    assert 0.7 < len(families) / len(EVERYONE) < 0.97
    assert 0.7 < sum(each["consented"] for each in families) / len(families) < 0.97
    assert 0 < sum(each["email"] is None for each in families) < 0.2 * len(families)


@given(SEEDS, PATIENTS, st.integers(min_value=1, max_value=6))
@settings(max_examples=200)
def test_every_finding_fits_the_published_scales(seed: int, patient: Patient, ordinal: int) -> None:
    found = assessments(seed, patient, ordinal)
    assert found.esas_r is not None
    assert found.akps in range(0, 101, 10)
    assert isinstance(found.phase, Phase)
    assert type(found).model_validate(found.model_dump(mode="json")) == found


@given(SEEDS, st.sampled_from(ACCEPTED))
def test_pain_at_the_first_visit_is_the_datas_own_last_score(seed: int, patient: Patient) -> None:
    scores = [row for row in read(SAMPLE, "observations") if row["PATIENT"] == patient.source_id]
    pain = [row for row in scores if row["CODE"] == "72514-3"]
    found = assessments(seed, patient, 1).esas_r
    assert found is not None
    assert found.pain == round(float(max(pain, key=lambda row: row["DATE"])["VALUE"]))


@pytest.mark.parametrize("seed", range(5))
def test_most_are_better_by_the_second_visit_and_not_all(seed: int) -> None:
    changes = [_burden(seed, each, 2) - _burden(seed, each, 1) for each in ACCEPTED]
    better = sum(change < 0 for change in changes) / len(changes)
    assert 0.5 < better < 0.95
    assert any(change > 0 for change in changes)


@pytest.mark.parametrize("seed", range(5))
def test_a_proxy_answers_in_advanced_dementia_only(seed: int) -> None:
    answering = [(each, assessments(seed, each, 1).respondent) for each in ACCEPTED]
    by_proxy = [each for each, respondent in answering if respondent is Respondent.PROXY]
    assert by_proxy
    assert all(Condition.DEMENTIA in each.conditions for each in by_proxy)
    assert all(each.mmse is None or each.mmse < 10 for each in by_proxy)


def test_the_roster_has_room_for_the_whole_sample_in_every_profession() -> None:
    for role in Role:
        assert sum(each.capacity for each in roster(SEED) if each.role is role) > len(EVERYONE)
    assert len({each.clinician_id for each in roster(SEED)}) == len(roster(SEED))


def _reason(body: dict[str, Any], patient: Patient) -> str:
    if body["died_on"]:
        return "deceased"
    if body["on_hospice"]:
        return "on_hospice"
    return "" if patient.conditions else "not_clinically_eligible"


def _serious() -> set[str]:
    named = (
        r"malignan|cancer|carcinoma(?! in situ)|leukemia|myeloma|heart failure|alzheimer|emphysema|obstructive bronch"
    )
    rows = read(SAMPLE, "conditions")
    return {row["CODE"] for row in rows if re.search(named, row["DESCRIPTION"], re.IGNORECASE)}


def _burden(seed: int, patient: Patient, ordinal: int) -> int:
    """The sum of what was answered at both of the first two visits, so that a gap is no improvement."""
    first, second = (assessments(seed, patient, each).esas_r for each in (1, 2))
    assert first is not None
    assert second is not None
    pairs = [(one, other) for (_, one), (_, other) in zip(first, second, strict=True) if None not in (one, other)]
    return sum(pair[ordinal - 1] for pair in pairs)
