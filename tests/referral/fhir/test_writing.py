"""What is written is R4B, and says the same when it is read again."""

from __future__ import annotations

import string
from datetime import UTC, date, datetime
from typing import Any

import orjson
import pytest
from fhir.resources.R4B import get_fhir_model_class
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from carebus.contracts.people import PayerKind, ReferrerKind
from deploy.local.front_office import referral as referral_of
from deploy.local.synthea import Sample
from services.referral.channels.fhir.reading import read
from services.referral.channels.fhir.writing import bundle_of
from services.referral.domain import DirectReferral
from tests.referral.samples import NOW, body, patient

LETTERS = string.ascii_letters + string.digits + "éßñøЖ李'’.-&/ "
words = st.text(LETTERS, min_size=1, max_size=40).map(lambda said: " ".join(said.split())).filter(bool)
names = words.filter(lambda said: any(c.isalpha() for c in said))
days = st.dates(date(1920, 1, 1), date(2026, 3, 1)).map(date.isoformat)
phones = st.from_regex(r"[0-9]{3}-555-0[0-9]{3}", fullmatch=True)
emails = st.from_regex(r"[a-z]{1,9}@[a-z]{1,9}\.example", fullmatch=True)
tongues = st.sampled_from(["en", "es-MX", "zh-Hans", "ht"])
zones = st.sampled_from(["America/New_York", "America/Chicago", "Pacific/Honolulu"])


moments = st.datetimes(datetime.min.replace(year=2020), datetime.min.replace(year=2030), timezones=st.just(UTC))
coming = moments.filter(lambda at: at > NOW).map(datetime.isoformat)
past = moments.filter(lambda at: at < NOW).map(datetime.isoformat)


PAYER = {**body()["payer"], "plan_id": "H1234-001"}
PLACED = {"placer_id": "A 1", "placer_assigner": "urn:oid:1"}


def parts(needed: dict[str, Any], optional: dict[str, Any]) -> SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(needed, optional=optional)


def said_in_it(diagnosis: dict[str, str]) -> frozenset[tuple[str, str]]:
    """What a diagnosis states, whatever the order of its fields: the same twice is read once."""
    return frozenset(diagnosis.items())


kinds = st.sampled_from([ReferrerKind.PROVIDER, ReferrerKind.HEALTH_PLAN])
reach = {"phone": phones, "email": emails}
diagnoses = parts(
    {
        "system": st.sampled_from(["SNOMED-CT", "ICD-10-CM", "urn:oid:1.2"]),
        "code": st.from_regex(r"[A-Z0-9][A-Z0-9.]{0,9}", fullmatch=True),
    },
    {"description": words, "onset": days},
)
told_in_words = words.map(lambda said: {"system": "text", "code": "none", "description": said})
addresses = parts(
    {},
    {
        "street": words,
        "city": words,
        "state": st.sampled_from(["MA", "New York"]),
        "postal_code": words.map(lambda said: said[:9].strip()),
    },
)
people = parts(
    {"given_name": names, "family_name": names, "birth_date": days, "language": tongues, "time_zone": zones},
    {
        **reach,
        "sex": st.sampled_from(["female", "male", "other", "unknown"]),
        "address": addresses,
        "suffix": st.sampled_from(["Jr.", "III"]),
        "former_names": st.lists(names.map(lambda said: f"{said} then"), max_size=5, unique=True),
    },
)
referrers = parts({"organization": words}, {**reach, "name": words, "kind": kinds}) | parts(
    {"organization": words, "npi": st.just("1234567893"), "kind": kinds}, {"name": words}
)
payers = parts({"name": words, "kind": st.sampled_from(list(PayerKind))}, {"member_id": words, "plan_id": words})
contacts = parts(
    {"full_name": names, "relationship": words, "consented": st.just(False), "language": tongues, "time_zone": zones},
    reach,
) | parts(
    {"full_name": names, "relationship": words, "consented": st.just(True)},
    {**reach, "consent_ends": coming},
)
referrals = parts(
    {
        "channel": st.just("fhir"),
        "priority": st.sampled_from(["routine", "urgent"]),
        "referrer": referrers,
        "patient": people,
        "diagnoses": st.lists(diagnoses | told_in_words, min_size=1, max_size=4, unique_by=said_in_it),
    },
    {
        "payer": payers,
        "on_hospice": st.booleans(),
        "stated_at": past,
        "contact": contacts,
        "referral_note": words,
        "requested_services": st.lists(words, max_size=3),
    },
) | st.just({**body(), "payer": PAYER, "channel": "fhir", "died_on": "2026-01-02", **PLACED})


@given(stated=referrals, kind=st.sampled_from(["transaction", "message"]))
def test_a_referral_that_is_written_and_read_again_is_the_same(stated: dict[str, Any], kind: str) -> None:
    referral = DirectReferral.stated(stated, NOW)
    bundle = bundle_of(referral, kind)
    get_fhir_model_class("Bundle").model_validate(bundle)
    assert read(orjson.dumps(bundle), NOW)[0] == referral


@pytest.mark.parametrize("one", Sample().patients()[::9], ids=lambda one: one.source_id[:8])
def test_the_samples_people_are_the_same_by_fhir(one: Any) -> None:
    stated = {**referral_of(7, one), "channel": "fhir"}
    now = Sample().opens_at
    referral = DirectReferral.stated(stated, now)
    assert read(orjson.dumps(bundle_of(referral)), now)[0] == referral


def test_a_name_in_parts_is_written_in_parts() -> None:
    stated = {**body(patient=patient(suffix="Jr.")), "channel": "fhir"}
    (person,) = (
        e["resource"]
        for e in bundle_of(DirectReferral.stated(stated, NOW))["entry"]
        if e["resource"]["resourceType"] == "Patient"
    )
    assert person["name"] == [{"use": "official", "family": "Quimby90", "given": ["Ottoline672"], "suffix": ["Jr."]}]
