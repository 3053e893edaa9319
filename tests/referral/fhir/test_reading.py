"""A Bundle is read as the referral it is, and what can't be read is refused by place and rule."""

from __future__ import annotations

from typing import Any

import pytest

from carebus.contracts.people import PayerKind
from services.referral.channels.fhir.reading import ORGANIZATION_NEEDED
from tests.referral import bundles as b
from tests.referral.read_as import broken, referral


def test_a_transaction_is_read_whole() -> None:
    found = referral(b.transaction())
    person, referrer = found.patient, found.referrer
    assert (person.given_name, person.family_name, str(person.birth_date)) == (
        "Ottoline672 M.",
        "Quimby90",
        "1941-05-06",
    )
    assert (person.sex, person.phone, person.language) == ("female", "413-555-0123", "es-MX")
    assert (person.address.street, person.address.city) == ("8 Larch Way, Apt 2", "Lynn")
    assert (referrer.organization, referrer.name, referrer.npi) == ("Elm Street Cardiology", "Rita Osei", "1234567893")
    assert (referrer.kind, referrer.phone) == ("provider", "508-580-2730")
    assert [(each.system, each.code, str(each.onset)) for each in found.diagnoses] == [
        ("ICD-10-CM", "I50.22", "2019-02-03")
    ]
    assert found.payer is not None
    assert (found.payer.name, found.payer.kind, found.payer.member_id) == (
        "Blue Harbor Medicare Advantage",
        PayerKind.MEDICARE,
        "MBI-77231",
    )
    assert (found.channel, found.priority, found.referral_note) == ("fhir", "urgent", "Short of breath at rest.")
    assert (found.placer_id, found.placer_assigner) == ("ORD-1", "urn:oid:1.2.3")
    assert found.requested_services == ("Referral to palliative care",)


def test_bsers_message_is_read_with_the_document_inside() -> None:
    found = referral(b.bser())
    assert (found.placer_id, found.patient.family_name, found.referrer.name) == ("ORD-1", "Quimby90", "Rita Osei")
    assert [each.code for each in found.diagnoses] == ["I50.22"]


def test_gravitys_task_leads_to_its_order_by_urns_and_contained_resources() -> None:
    found = referral(b.gravity())
    assert (found.placer_id, found.referrer.name) == ("TASK-1", "Jan Water")
    assert [each.code for each in found.diagnoses] == ["I50.22"]


@pytest.mark.parametrize(
    "reference",
    [
        {"reference": "Patient/p1"},
        {"reference": "Patient/p1/_history/3"},
        {"reference": f"{b.BASE}/Patient/p1"},
        {"reference": "Patient?identifier=urn:mrn|77"},
        {"type": "Patient", "identifier": {"system": "urn:mrn", "value": "77"}},
    ],
)
def test_a_person_is_found_by_any_kind_of_reference(reference: dict[str, Any]) -> None:
    named = {"identifier": [{"system": "urn:mrn", "value": "77"}]}
    found = referral(b.transaction(order={"subject": reference}, patient=named))
    assert found.patient.family_name == "Quimby90"


@pytest.mark.parametrize(
    ("code", "kept", "eligible_by"),
    [
        ({"text": "failing heart"}, ("text", "none", "failing heart"), False),
        ({"coding": [{"system": "urn:local", "code": "HF 1"}]}, ("urn:local", "other", "HF 1"), False),
        ({"coding": [{"system": "urn:local", "code": "HF1"}]}, ("urn:local", "HF1", ""), False),
        ({"coding": [{"code": "88805009", "system": "http://snomed.info/sct"}]}, ("SNOMED-CT", "88805009", ""), True),
    ],
)
def test_a_code_of_an_unknown_system_is_kept_and_nobody_guesses(
    code: dict[str, Any], kept: tuple[str, ...], eligible_by: bool
) -> None:
    (found,) = referral(b.transaction(condition={"code": code})).diagnoses
    assert (found.system, found.code, found.description) == kept
    assert (found.system == "SNOMED-CT") is eligible_by


@pytest.mark.parametrize(("kind", "status"), [("clinicalStatus", "resolved"), ("verificationStatus", "refuted")])
def test_a_condition_that_is_over_or_was_none_is_no_diagnosis(kind: str, status: str) -> None:
    said = broken(b.transaction(condition={kind: b.concept("http://terminology.hl7.org/CodeSystem/x", status)}))
    assert said == {"Bundle.entry[0].resource.reasonReference": "Give at least 1."}


@pytest.mark.parametrize(("when", "onset"), [("2019", None), ("2019-02", None), ("2019-02-03", "2019-02-03")])
def test_a_date_in_part_is_no_onset(when: str, onset: str | None) -> None:
    (found,) = referral(b.transaction(condition={"onsetDateTime": when})).diagnoses
    assert (str(found.onset) if found.onset else None) == onset


@pytest.mark.parametrize(
    ("part", "changes", "place"),
    [
        ("patient", {"birthDate": None}, "entry[1].resource.birthDate"),
        ("patient", {"birthDate": "1941-05"}, "entry[1].resource.birthDate"),
        ("patient", {"birthDate": "1941-02-30"}, "entry[1].resource.birthDate"),
        ("patient", {"birthDate": "2031-01-01"}, "entry[1].resource.birthDate"),
        ("patient", {"name": None}, "entry[1].resource.name.given"),
        ("patient", {"name": [{"family": 3}]}, "entry[1].resource.name[0].family"),
        ("patient", {"gender": "Quimby90"}, "entry[1].resource.gender"),
        ("patient", {"deceasedBoolean": True}, "entry[1].resource.deceasedBoolean"),
        ("patient", {"Quimby90": True}, "entry[1].resource"),
        ("patient", {"modifierExtension": [{"url": "urn:x", "valueCode": "x"}]},
         "entry[1].resource.modifierExtension[0]"),
        ("order", {"status": "completed"}, "entry[0].resource.status"),
        ("order", {"intent": "plan"}, "entry[0].resource.intent"),
        ("order", {"intent": None}, "entry[0].resource.intent"),
        ("order", {"doNotPerform": True}, "entry[0].resource.doNotPerform"),
        ("order", {"subject": {"reference": "Patient/p2"}}, "entry[0].resource.subject"),
        ("order", {"subject": {"reference": "Condition/c1"}}, "entry[0].resource.subject"),
        ("order", {"requester": None}, "entry[0].resource.requester"),
        ("condition", {"onsetDateTime": "2031-01-01"}, "entry[2].resource.onsetDateTime"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_place_and_rule(part: str, changes: dict[str, Any], place: str) -> None:
    assert f"Bundle.{place}" in broken(b.transaction(**{part: changes}))


@pytest.mark.parametrize(
    ("bundle", "place"),
    [
        (b"", "Bundle"),
        (b"{", "Bundle"),
        (b"\xff\xfe{}", "Bundle"),
        (b"[" * 900 + b"]" * 900, "Bundle"),
        (b"[" * 200_000, "Bundle"),
        (b'{"resourceType": "Bundle", "type": "transaction", "x": ' + b"[" * 60 + b"]" * 60 + b"}", "Bundle"),
        ([], "Bundle"),
        (None, "Bundle"),
        ({"resourceType": "Patient"}, "Bundle"),
        ({"resourceType": "Bundle"}, "Bundle.type"),
        ({"resourceType": "Bundle", "type": "batch"}, "Bundle.type"),
        ({"resourceType": "Bundle", "type": "transaction"}, "Bundle.entry"),
        ({"resourceType": "Bundle", "type": "transaction", "entry": 3}, "Bundle.entry"),
        ({"resourceType": "Bundle", "type": "transaction", "entry": [3]}, "Bundle.entry[0]"),
        ({"resourceType": "Bundle", "type": "transaction", "entry": [{"resource": [1]}]}, "Bundle.entry"),
        ({"resourceType": "Bundle", "type": "message", "entry": [b.entry(b.ORDER)]}, "Bundle.entry[0]"),
        (b.posted(b.PATIENT), "Bundle.entry"),
        (b.posted(b.ORDER, {**b.ORDER, "id": "s2"}, b.PATIENT), "Bundle.entry[1].resource"),
        (b.posted(b.TASK, {**b.TASK, "id": "t2"}, b.ORDER, b.PATIENT), "Bundle.entry[1].resource"),
        (b.posted(*[b.PATIENT] * 301), "Bundle.entry"),
        (b.posted(b.TASK, b.PATIENT), "Bundle.entry[0].resource.focus"),
        (b.posted(b.changed(b.TASK, {"focus": {"reference": "Task/t1"}}), b.PATIENT), "Bundle.entry[0].resource.focus"),
        (b.posted(b.changed(b.TASK, {"status": "cancelled"}), b.ORDER, b.PATIENT), "Bundle.entry[0].resource.status"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_no_referral_is_refused_whatever_it_is(bundle: Any, place: str) -> None:
    assert place in broken(bundle)


def test_references_in_circles_lead_nowhere_and_stop_nobody() -> None:
    organization = {"partOf": {"reference": "Organization/o1"}}
    order = {"basedOn": [{"reference": "ServiceRequest/s1"}], "replaces": [{"reference": "ServiceRequest/s1"}]}
    assert (
        referral(b.transaction(organization=organization, order=order)).referrer.organization == "Elm Street Cardiology"
    )


def test_resources_that_nobody_reads_may_be_anything() -> None:
    bundle = b.transaction()
    bundle["entry"] += [{"resource": {"resourceType": "Nope", "x": 1}}, {"resource": {"resourceType": "Observation"}}]
    assert referral(bundle).patient.family_name == "Quimby90"


@pytest.mark.parametrize(("kind", "organization"), [("person", "Self-referral"), ("family", "Referred by family")])
def test_the_person_or_family_may_ask_and_is_not_named_as_an_organization(kind: str, organization: str) -> None:
    related = {
        "resourceType": "RelatedPerson",
        "id": "k1",
        "patient": {"reference": "Patient/p1"},
        "name": [{"text": "Bo"}],
    }
    asks = {"person": "Patient/p1", "family": "RelatedPerson/k1"}[kind]
    bundle = b.transaction(order={"requester": {"reference": asks, "display": "Bo Quimby90"}})
    bundle["entry"].append(b.entry(related))
    referrer = referral(bundle).referrer
    assert (referrer.kind, referrer.organization, referrer.name) == (kind, organization, "")


@pytest.mark.parametrize("ranks", [("1", 2), (1, "2"), ("1", None), (1.0, "2")])
def test_the_preferred_phone_is_told_by_its_rank_also_when_that_is_written_as_text(ranks: tuple[Any, Any]) -> None:
    phones = [
        {"system": "phone", "value": f"413-555-010{n}"} | ({} if rank is None else {"rank": rank})
        for n, rank in reversed(list(enumerate(ranks)))
    ]
    assert referral(b.transaction(patient={"telecom": phones})).patient.phone == "413-555-0100"


ALONE = {"requester": {"reference": "Practitioner/d1"}}
KEPT_BY = {"managingOrganization": {"reference": "Organization/o1"}}


@pytest.mark.parametrize(
    ("changes", "organization"),
    [
        ({}, "Elm Street Cardiology"),
        ({"role": {"organization": {"display": "Oak"}}}, "Oak"),
        ({"role": {"active": False}, "patient": KEPT_BY}, "Elm Street Cardiology"),
        ({"role": {"practitioner": {"display": "Another"}}, "patient": KEPT_BY}, "Elm Street Cardiology"),
        ({"role": {"organization": None}, "patient": {"managingOrganization": {"display": "Oak"}}}, "Oak"),
    ],
)
def test_a_practitioner_who_asks_alone_asks_for_the_organization_of_their_role_or_of_the_record(
    changes: dict[str, Any], organization: str
) -> None:
    found = referral(b.transaction(order=ALONE, **changes)).referrer
    assert (found.organization, found.name, found.npi) == (organization, "Rita Osei", "1234567893")


@pytest.mark.parametrize("other", [None, {**b.ROLE, "id": "r2", "organization": {"display": "Oak"}}])
def test_a_practitioner_of_no_organization_or_of_two_is_refused_with_the_element_and_the_rule(other: Any) -> None:
    bundle = b.transaction(order=ALONE, **({} if other else {"role": {"organization": None}}))
    bundle["entry"] += [b.entry(other)] if other else []
    assert broken(bundle) == {"Bundle.entry[0].resource.requester": ORGANIZATION_NEEDED}


def test_a_role_that_names_no_organization_asks_for_the_one_that_keeps_the_record() -> None:
    bundle = b.transaction(role={"organization": None}, patient=KEPT_BY)
    assert referral(bundle).referrer.organization == "Elm Street Cardiology"


def test_one_of_several_roles_for_one_organization_is_as_good_as_the_other() -> None:
    bundle = b.transaction(order=ALONE)
    bundle["entry"].append(b.entry({**b.ROLE, "id": "r2"}))
    assert referral(bundle).referrer.organization == "Elm Street Cardiology"
