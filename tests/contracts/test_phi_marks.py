"""Which fields are protected is declared once, and every field that could say who a person is has been thought of."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any, get_args, get_origin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from carebus.contracts import PHI_NAMES, Phi, Value, phi_names, phi_paths
from tests.contracts.events import KINDS, any_of, example, models
from tests.contracts.of_equipment import OF_EQUIPMENT

UNPROTECTED = {
    "Address.state": "Safe Harbor keeps states",
    "Payer.name": "an insurer's name",
    "Payer.plan_id": "an insurer's plan, the same for all its members",
    "Diagnosis.system": "the name of a code system",
    "Diagnosis.code": "a code",
    "Person.sex": "a code, not an identifier of Safe Harbor",
    "Person.language": "a language tag",
    "Person.time_zone": "a zone's name, wider than a state",
    "FamilyContact.language": "a language tag",
    "FamilyContact.time_zone": "a zone's name, wider than a state",
    "Referrer.organization": "a referring organization, which is no patient",
    "Referrer.npi": "a professional's public number",
    "TeamMember.name": "a clinician, in that role",
    "ClinicianJoined.name": "a clinician, in that role",
    "ClinicianJoined.languages": "language tags",
    "ClinicianJoined.skills": "codes",
    "ClinicianJoined.holidays": "a country or a state",
    "ClinicianChanged.name": "a clinician, in that role",
    "ClinicianChanged.languages": "language tags",
    "ClinicianChanged.skills": "codes",
    "ClinicianChanged.holidays": "a country or a state",
    "ClinicianLeaveTaken.first_day": "a day of a member of staff",
    "ClinicianLeaveTaken.last_day": "a day of a member of staff",
    "ClinicianLeft.last_day": "a day of a member of staff",
    "EpisodeEnded.source": "a code: where the word came from",
    "CareHeld.source": "a code: where the word came from",
    "SymptomFollowUpOpened.symptom": "a code",
    "SymptomFollowUpOpened.band": "a code",
    "SymptomFollowUpOpened.instrument": "a code",
    "SymptomFollowUpMet.symptom": "a code",
    "SymptomFollowUpMissed.symptom": "a code",
    "SymptomFollowUpCancelled.symptom": "a code",
    "SymptomFollowUpCancelled.because": "a code",
    "SymptomFollowUpCancelled.was": "a code",
    "SymptomFollowUpOpened.was": "a code",
    "UnstablePhaseMissed.what": "a code",
    "Licence.state": "Safe Harbor keeps states",
    "Licence.until": "a day of a member of staff",
    "HomeArea.postal_code": "where a member of staff sets out from",
    "HomeArea.town": "where a member of staff sets out from",
    "HomeArea.state": "Safe Harbor keeps states",
    "Criterion.id": "the name of a rule",
    "Criterion.evidence": "codes that the rule rests on",
    "Criterion.missing": "names of fields",
    "ReferralReceived.placer_assigner": "the system that numbers a referrer's orders",
    "ReferralReceived.raw_hash": "a hash of a whole document, from which nothing can be read",
    "ReferralReceived.requested_services": "codes or names of services",
    "ReferralAmended.changed": "names of fields",
    "ReferralChangeHeld.fields": "names of fields",
    "IdentityCandidate.combination": "the name of a rule",
    "IdentityCandidate.grade": "a code",
    "ReferralTriaged.clinician": "a clinician, in that role",
    "ReferralAssigned.assignee": "a member of the office, in that role",
    "ReferralRedirected.redirect_to": "an organization",
    "ReferralDeadlineBreached.owner": "a member of the office or a queue",
    "EligibilityAssessed.ruleset": "the name of a set of rules",
    "EligibilityAssessed.missing": "names of fields",
    "EligibilityAssessed.barred_by": "the name of a rule",
    "EligibilityAssessed.says": "a fixed sentence of a set of rules",
    "EligibilityAssessed.ruleset_digest": "the hash of a set of rules",
    "CarePlanDrafted.concerns": "codes",
    "CarePlanDrafted.goals": "codes",
    "PlanProblem.code": "a code of a starting plan",
    "PlanGoal.code": "a code of a starting plan",
    "PlanIntervention.code": "a code of a starting plan",
    "PlanIntervention.equipment_code": "a code of equipment",
    "PlannedElsewhere.code": "a code of the one who plans",
    "PlannedElsewhere.equipment_code": "a code of equipment",
    "PlanConflict.rule": "the name of a rule",
    "PlanConflict.says": "a fixed sentence of a rule",
    "PlanConflictSettled.rule": "the name of a rule",
    "MedicineLine.code": "a code of RxNorm",
    "MedicineDisagreement.differ": "names of fields",
    "MedicineFinding.rule": "the name of a rule",
    "MedicineFinding.says": "a fixed sentence of a rule",
    "MedicinesReconciled.ruleset": "the name of a set of rules",
    "NotificationRequested.template": "the name of a template",
    "NotificationSent.message_id": "derived from random ids",
    "ReferrerStatusChanged.reference": "made of the referral's random id",
    "ReferrerStatusChanged.status": "a code",
    "ReferrerStatusChanged.task_status": "a code of FHIR",
    "ReferrerStatusChanged.business_status": "a code of BSeR",
    "ReferrerUpdateRequested.reference": "made of the referral's random id",
    "ReferrerUpdateRequested.status": "a code",
    "ReferrerStatusViewed.status": "a code",
    "AuditRow.at": "when somebody of ours looked, not when something happened to the patient",
    "AuditRow.clinic_at": "the same by the clinic's clock",
    "AuditRow.who": "an opaque account, or what kind of stranger",
    "AuditRow.role": "a code",
    "AuditRow.name": "the name of a command or a route",
    "AuditRow.client": "the name of a program",
    "AuditRow.outcome": "a code",
    "AuditSealed.previous": "a hash",
    "AuditSealed.head": "a hash",
    "ReferrerLetterRequested.status": "a code",
    "ReferrerLetterRequested.template": "the name of a template",
    "ReferrerLetterSent.status": "a code",
    "ReferrerLetterSent.message_id": "derived from random ids",
    "VisitSummaryDelivered.message_id": "derived from random ids",
    "CallReceived.to_number": "a number of the clinic's own",
    "PageHandedOver.message_id": "derived from random ids",
    "HandedOver.nurse": "a member of staff, in that role",
    "HandedOver.subject": "the name of a protocol",
    "HospitalNumber.assigner": "who gave a number out, which is no patient",
    "DeathReported.reported_by": "a code",
    "TeamLetterSent.topic": "a code",
    "TeamLetterSent.message_id": "derived from random ids",
    "TeamLetterFailed.topic": "a code",
    "AcpConversationHeld.guide": "the name of a guide",
    "AcpConversationHeld.language": "a code of the guide's",
    "AcpConversationHeld.led_by": "a member of staff",
    "AcpDocumentFiled.filed_by": "a member of staff",
    "AcpDocumentFiled.verified_by": "a member of staff",
    "HealthCareAgentAppointed.recorded_by": "a member of staff",
    "PreferenceConflictSettled.settled_by": "a member of staff",
    "Agent.language": "a code of a language",
    "DocumentLink.path": "an address of opaque ids",
    "BenefitEnd.benefit": "a fixed name of a rule",
    "BenefitEnd.missing": "names of fields",
    "BenefitEnd.rule": "the name of a rule",
    "BenefitEnd.says": "a fixed sentence of a rule",
    "BenefitEnd.source": "a law or a letter of a payer's",
    "BereavedPersonStated.language": "a language tag",
    "BereavementBegan.schedule": "the name of a set of rules",
    "BereavementContactMade.code": "a code",
    "BereavementContactMissed.code": "a code",
    "CondolenceLetterWritten.language": "a language tag",
    "HospiceAgency.name": "an organization",
    "HospiceAgency.npi": "an organization's public number",
    "HospiceAgency.phone": "an organization's telephone",
    "HospiceEntryWithdrawn.what": "a code",
    "HospicePrompted.evidence": "codes that the rule rests on",
    "HospicePrompted.rule": "the name of a rule",
    "HospicePrompted.ruleset": "the name of a set of rules",
    "HospicePrompted.says": "a fixed sentence of a rule",
    "PlannedContact.code": "a code",
    **OF_EQUIPMENT,
    "Nurse.account": "an opaque account",
    "Nurse.name": "a member of staff, in that role",
    "ClinicianPaged.name": "a member of staff, in that role",
    "CallTriaged.subject": "the name of a protocol",
    "CallTriaged.protocol_digest": "a hash",
    "CallTriaged.proposed_by": "a step of a protocol",
    "SummaryRecipient.organization": "an organization outside, which is no patient",
}
"""Texts and dates without a mark, each with the reason why it needs none."""


def sayable(annotation: Any) -> bool:
    """Whether such a field can hold words or a date."""
    if isinstance(annotation, type):
        return issubclass(annotation, str | date | datetime) and not issubclass(annotation, Enum)
    return any(sayable(part) for part in get_args(annotation) if not isinstance(part, Phi))


def worded() -> dict[str, bool]:
    """Every field that can hold words or a date, and whether it is marked."""
    return {
        f"{model.__name__}.{name}": name in phi_paths(model)
        for model in models()
        for name, field in model.model_fields.items()
        if sayable(field.annotation)
    }


def test_every_text_and_date_is_marked_or_has_a_reason_not_to_be() -> None:
    assert {field for field, marked in worded().items() if not marked} - UNPROTECTED.keys() == set()


def test_no_reason_outlives_its_field() -> None:
    assert UNPROTECTED.keys() - {field for field, marked in worded().items() if not marked} == set()


def test_ids_are_opaque_and_the_only_other_kinds_of_values_are_numbers_and_codes() -> None:
    for model in models():
        for name, field in model.model_fields.items():
            assert "ssn" not in name
            assert field.annotation is not Any


class Inner(Value):
    """For the test: a part."""

    word: Annotated[str, Phi.TEXT]


class Outer(Value):
    """For the test: parts in every place that a type can have them."""

    one: Inner
    perhaps: Inner | None = None
    many: tuple[Inner, ...] = ()
    named: dict[str, Inner] = {}
    marked_inside: tuple[Annotated[str, Phi.NAME], ...] = ()


def test_marks_are_found_wherever_a_type_can_hide_them() -> None:
    assert phi_paths(Outer) == {
        "one.word": Phi.TEXT,
        "perhaps.word": Phi.TEXT,
        "many.word": Phi.TEXT,
        "named.word": Phi.TEXT,
        "marked_inside": Phi.NAME,
    }
    assert phi_names((Outer,)) == {"word", "marked_inside"}


def test_names_to_redact_come_from_the_marks() -> None:
    assert {"family_name", "birth_date", "phone", "email", "postal_code", "member_id", "visit_note"} <= PHI_NAMES
    assert get_origin(PHI_NAMES) is None
    assert "name" in PHI_NAMES, "whoever refers may be the person or a relative"
    assert "organization" not in PHI_NAMES


MARKER = "Zyxwv-Planted"


def planted(kind: type[BaseModel]) -> Any:
    """An example in which every protected text holds the marker."""

    def fill(model: Any) -> Any:
        kind: type[BaseModel] = type(model)
        marked = phi_paths(kind)
        changes: dict[str, Any] = {}
        for name, value in model:
            if name in marked and isinstance(value, str):
                changes[name] = MARKER
            elif isinstance(value, BaseModel):
                changes[name] = fill(value)
            elif isinstance(value, tuple):
                changes[name] = tuple(fill(v) if isinstance(v, BaseModel) else v for v in value)
        return model.model_copy(update=changes)

    return fill(example(kind))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_no_text_form_of_an_event_shows_a_protected_text(kind: type[BaseModel]) -> None:
    event = planted(kind)
    assert MARKER in event.model_dump_json() or not any(mark is not Phi.DATE for mark in phi_paths(kind).values()), (
        "the marker was planted"
    )
    assert MARKER not in f"{event} {event!r} {[event]} {event!s}"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@settings(max_examples=10)
@given(drawn=st.data())
def test_no_text_form_of_an_event_shows_a_protected_field_of_its_own(
    kind: type[BaseModel], drawn: st.DataObject
) -> None:
    event = drawn.draw(any_of(kind))
    for path in phi_paths(kind):
        if "." not in path and getattr(event, path) is not None:
            assert f"{path}='[phi]'" in repr(event)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_refused_body_is_not_quoted(kind: type[BaseModel]) -> None:
    for body in (f'"{MARKER}"', f'{{"{next(iter(kind.model_fields))}": "{MARKER}"}}', f"{{{MARKER}"):
        with pytest.raises(ValidationError) as refused:
            kind.model_validate_json(body)
        assert MARKER not in str(refused.value)
    every = {name: {MARKER: MARKER} for name in kind.model_fields}
    with pytest.raises(ValidationError) as refused:
        kind.model_validate(every)
    assert MARKER not in str(refused.value)
