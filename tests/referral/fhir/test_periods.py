"""What has ended is no longer read: names, addresses, phones, coverages and conditions, as of now."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from carebus.contracts.people import PayerKind
from tests.referral import bundles as b
from tests.referral.read_as import broken, referral

ENDED = {"end": "2026-03-01"}
COMING = {"start": "2026-03-03"}
RUNNING = {"start": "2019", "end": "2026-03-02"}
NONE: dict[str, str] = {}
HOLDS = [(ENDED, False), (COMING, False), (RUNNING, True), (NONE, True)]


def held(period: dict[str, str]) -> dict[str, Any]:
    return {"period": period} if period else {}


@pytest.mark.parametrize(("period", "holds"), HOLDS)
def test_a_name_is_read_that_is_borne_today(period: dict[str, str], holds: bool) -> None:
    names = [{"use": "official", "family": "Ash", "given": ["A"], **held(period)}, {"family": "Birch", "given": ["B"]}]
    assert referral(b.transaction(patient={"name": names})).patient.family_name == ("Ash" if holds else "Birch")


def test_a_name_that_ended_is_better_than_none() -> None:
    names = [{"family": "Ash", "given": ["A"], "period": ENDED}]
    assert referral(b.transaction(patient={"name": names})).patient.family_name == "Ash"


def test_former_names_are_those_of_the_uses_maiden_and_old() -> None:
    names = [
        {"use": "maiden", "family": "Ash"},
        {"use": "old", "family": "Birch", "given": ["B"], "period": ENDED},
        {"use": "old", "family": "Oak"},
        {"use": "old", "family": "Ash"},
        {"use": "nickname", "family": "Elm"},
        {"use": "official", "family": "Oak", "given": ["O"]},
    ]
    person = referral(b.transaction(patient={"name": names})).patient
    assert (person.family_name, person.former_names) == ("Oak", ("Ash", "Birch"))


@pytest.mark.parametrize(("period", "holds"), HOLDS)
def test_a_phone_and_an_address_are_those_of_today(period: dict[str, str], holds: bool) -> None:
    phone = {"system": "phone", "value": "413-555-0199", "rank": 1, **held(period)}
    home = {"use": "home", "line": ["1 Elm St"], "city": "Akron", "state": "OH", **held(period)}
    person = referral(b.transaction(patient={"telecom": [phone], "address": [home]})).patient
    assert (person.phone, person.address.city) == (("413-555-0199", "Akron") if holds else (None, ""))


@pytest.mark.parametrize(
    ("address", "is_home"),
    [
        ({"line": ["PO Box 12"]}, False),
        ({"line": ["P.O. Box 12"]}, False),
        ({"line": ["P O BOX 12"]}, False),
        ({"line": ["Post Office Box 7"]}, False),
        ({"line": ["POB 12"], "use": "home"}, False),
        ({"line": ["Box 12"], "type": "both"}, False),
        ({"use": "old", "line": ["3 Elm St"]}, False),
        ({"line": ["12 Elm St", "PO Box 12"]}, True),
        ({"line": ["RR 2 Box 45"]}, True),
        ({"line": ["3 Boxwood Ave"]}, True),
        ({"line": ["3 Poble Road"], "type": "postal"}, True),
        ({"city": "Akron"}, True),
    ],
)
def test_a_post_office_box_is_no_home(address: dict[str, Any], is_home: bool) -> None:
    at = referral(b.transaction(patient={"address": [{"city": "Akron", **address}]})).patient.address
    assert bool(at.city) is is_home


def test_the_home_is_read_though_a_box_is_named_first() -> None:
    box, house = {"use": "home", "line": ["PO Box 12"]}, {"line": ["1 Elm St"], "type": "physical"}
    postal = {"use": "home", "line": ["9 Mail Drop"], "type": "postal"}
    assert referral(b.transaction(patient={"address": [box, postal, house]})).patient.address.street in {
        "1 Elm St",
        "9 Mail Drop",
    }
    assert referral(b.transaction(patient={"address": [box, house]})).patient.address.street == "1 Elm St"


STATUSES = ["active", "cancelled", "draft", "entered-in-error"]
PERIODS = [{}, {"end": "2026-03-01"}, {"start": "2026-04-01"}, {"start": "2020-01-01", "end": "2026-03-02"}]
HELD = [True, False, False, True]
ORDERS = [None, 1, 2]
NAMED = [False, True]
KINDS = [*product(STATUSES, range(len(PERIODS)), ORDERS, NAMED)]


def coverage(kind: tuple[str, int, int | None, bool], name: str) -> dict[str, Any]:
    status, period, order, _ = kind
    said = {"id": name, "status": status, "order": order, "payor": [{"display": name}], "identifier": None}
    return b.changed(b.COVERAGE, {**said, "period": PERIODS[period] or None})


def expected(kinds: list[tuple[str, int, int | None, bool]]) -> str | None:
    """By the words of the issue: active, in force, one that the order names, lowest in order, else as they come."""
    counting = [
        (not named, order or 99, n)
        for n, (status, period, order, named) in enumerate(kinds)
        if status == "active" and HELD[period]
    ]
    return f"plan{min(counting)[-1]}" if counting else None


@pytest.mark.parametrize("first", KINDS, ids=str)
def test_the_payer_is_active_in_force_and_first_in_order(first: tuple[str, int, int | None, bool]) -> None:
    for second in KINDS:
        kinds = [first, second]
        bundle = b.posted(*(coverage(kind, f"plan{n}") for n, kind in enumerate(kinds)))
        named = [{"reference": f"Coverage/plan{n}"} for n, kind in enumerate(kinds) if kind[-1]]
        bundle["entry"] += b.transaction(order={"insurance": named or None}, coverage={"status": "draft"})["entry"]
        payer = referral(bundle).payer
        assert (payer.name if payer else None) == expected(kinds), kinds


def test_current_medicare_is_the_payer_though_a_cancelled_plan_stands_first() -> None:
    cancelled = b.changed(b.COVERAGE, {"status": "cancelled", "payor": [{"display": "Cancelled Plan"}]})
    current = b.changed(b.COVERAGE, {"id": "v2", "payor": [{"display": "Current Medicare"}]})
    payer = referral(b.posted(cancelled, current, b.ORDER, b.PATIENT, b.CONDITION, b.ROLE, b.ORGANIZATION)).payer
    assert payer is not None
    assert (payer.name, payer.kind) == ("Current Medicare", PayerKind.MEDICARE)


def status(kind: str, code: str) -> dict[str, Any]:
    return {kind: b.concept(f"http://terminology.hl7.org/CodeSystem/condition-{kind[:5]}", code)}


@pytest.mark.parametrize(
    ("changes", "is_one"),
    [
        *((status("clinicalStatus", code), code in {"active", "recurrence", "relapse"})
          for code in ("active", "recurrence", "relapse", "inactive", "remission", "resolved")),
        *((status("verificationStatus", code), code == "confirmed")
          for code in ("confirmed", "unconfirmed", "provisional", "differential", "refuted", "entered-in-error")),
        ({"abatementDateTime": "2025"}, False),
        ({"abatementDateTime": "2026-12-01"}, True),
        ({"abatementString": "last year"}, False),
        ({"abatementAge": {"value": 70}}, False),
        ({"abatementPeriod": {"start": "2020-01-01"}}, False),
    ],
)  # fmt: skip
def test_what_is_over_or_not_sure_is_no_diagnosis(changes: dict[str, Any], is_one: bool) -> None:
    if is_one:
        assert len(referral(b.transaction(condition=changes)).diagnoses) == 1
    else:
        assert broken(b.transaction(condition=changes)) == {
            "Bundle.entry[0].resource.reasonReference": "Give at least 1."
        }


@pytest.mark.parametrize(
    ("system", "code", "known"),
    [
        ("urn:oid:2.16.840.1.113883.6.90", "I50.22", "ICD-10-CM"),
        ("2.16.840.1.113883.6.90", "I50.22", "ICD-10-CM"),
        ("http://hl7.org/fhir/sid/icd-10-cm|2026", "I50.22", "ICD-10-CM"),
        ("urn:oid:2.16.840.1.113883.6.96", "88805009", "SNOMED-CT"),
        ("http://snomed.info/sct/731000124108", "88805009", "SNOMED-CT"),
        ("http://snomed.info/sct/731000124108/version/20240901", "88805009", "SNOMED-CT"),
        ("http://snomed.info/sct|http://snomed.info/sct/731000124108/version/20240901", "88805009", "SNOMED-CT"),
        ("http://snomed.info/sctx", "88805009", "http://snomed.info/sctx"),
        ("urn:oid:2.16.840.1.113883.6.103", "428.0", "urn:oid:2.16.840.1.113883.6.103"),
    ],
)
def test_a_code_system_is_known_by_its_other_names_and_versions(system: str, code: str, known: str) -> None:
    (found,) = referral(b.transaction(condition={"code": b.concept(system, code)})).diagnoses
    assert (found.system, found.code) == (known, code)


@pytest.mark.parametrize("npi", ["1234567890", "12345", "x", "1234567893 "])
def test_a_wrong_npi_refuses_nothing_and_is_left_out(npi: str) -> None:
    for system in ("http://hl7.org/fhir/sid/us-npi", "urn:oid:2.16.840.1.113883.4.6"):
        found = referral(b.transaction(practitioner={"identifier": [{"system": system, "value": npi}]})).referrer
        assert (found.name, found.npi) == ("Rita Osei", "1234567893" if npi.strip() == "1234567893" else None)
