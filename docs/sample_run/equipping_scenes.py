"""Scenes of the sample run in which something is needed at home, comes, breaks, and goes again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from carebus.contracts.equipment import DenialReason, OxygenHazard, PickupReason
from deploy.local.patient import Patient
from docs.sample_run.care_scenes import taken_on
from docs.sample_run.clinic import Clinic

BED, OXYGEN, COMMODE = "E0260", "E1390", "E0163"


def oxygen_is_denied_appealed_brought_and_fetched(clinic: Clinic, patient: Patient) -> None:
    """A payer wants to know more, denies, and pays in part after an appeal; the concentrator fails and is replaced."""
    taken_on(clinic, patient)
    request = clinic.of_equipment("request", patient, item_code=OXYGEN, units=2, justification="Breathless at rest.")
    clinic.of_equipment("ask-payer", patient, request_id=request)
    clinic.of_equipment("pended", patient, request_id=request, because="Which saturation without oxygen?")
    today = clinic.company.now.date()
    letter: dict[str, Any] = {"reason": DenialReason.DOCUMENTS_MISSING, "appeal_until": today + timedelta(days=30)}
    clinic.of_equipment("denied", patient, request_id=request, because="No note.", **letter)
    clinic.of_equipment("appeal", patient, request_id=request, because="The note of today is with this letter.")
    days: dict[str, Any] = {
        "starts_on": today - timedelta(days=1),
        "ends_on": today + timedelta(days=20),
        "number": "A-2231",
    }
    clinic.of_equipment("partly-approved", patient, request_id=request, units=1, because="One is enough.", **days)
    order = clinic.of_equipment(
        "order", patient, request_id=request, email="orders@river.example", due_on=today + timedelta(days=1)
    )
    clinic.mail_goes_out(patient)
    clinic.passes(days=3)
    loan = clinic.of_equipment("delivered", patient, order_id=order, serial="OX 1207")
    clinic.of_equipment("correct", patient, loan_id=loan, serial="OX 1702", because="Two digits were changed round.")
    looked_after(clinic, patient, loan)
    new = clinic.of_equipment("replaced", patient, loan_id=loan, serial="OX 1811", because="It stops and beeps.")
    clinic.of_equipment("pickup", patient, "first", loan_id=new, reason=PickupReason.NOT_NEEDED)
    clinic.of_equipment("cancel-pickup", patient, loan_id=new, because="Breathless again.")
    clinic.of_equipment("pickup", patient, "second", loan_id=new, reason=PickupReason.NOT_NEEDED)
    clinic.passes(days=9)
    clinic.of_equipment("returned", patient, loan_id=new)
    clinic.passes(days=15)


def looked_after(clinic: Clinic, patient: Patient, loan: UUID) -> None:
    """It is set up and shown, looked at, and mended once."""
    clinic.of_equipment("set-up", patient, loan_id=loan)
    clinic.of_equipment("training", patient, loan_id=loan, trained="The daughter")
    clinic.of_equipment("oxygen", patient, loan_id=loan, hazards=(OxygenHazard.OPEN_FLAME,), words="Gas stove.")
    clinic.of_equipment("fault", patient, loan_id=loan, words="Hardly any flow.", urgent=True)
    (fault,) = clinic.equipment_of(patient).loan(loan).open_faults
    clinic.of_equipment("resolved", patient, loan_id=loan, fault_id=fault.record_id, words="A kink in the tube.")


def a_bed_is_rented_to_the_end_and_a_commode_is_lost(clinic: Clinic, patient: Patient) -> None:
    """What was there before is recorded; a refusal lapses, an order is cancelled, and a record is taken back."""
    taken_on(clinic, patient)
    now = clinic.company.now
    clinic.of_equipment("found", patient, "bed", item_code=BED, serial="B-77", at=now - timedelta(days=400))
    oxygen = clinic.of_equipment("found", patient, "oxygen", item_code=OXYGEN, at=now - timedelta(days=90))
    clinic.of_equipment("lost", patient, loan_id=oxygen, because="It went along when they moved.")
    request = clinic.of_equipment("request", patient, "commode", item_code=COMMODE, justification="Falls at night.")
    clinic.of_equipment("not-required", patient, request_id=request)
    tomorrow, to = now.date() + timedelta(days=1), "orders@river.example"
    order = clinic.of_equipment("order", patient, request_id=request, due_on=tomorrow, email=to)
    clinic.mail_comes_back(patient)
    clinic.of_equipment("cancel-order", patient, order_id=order, because="The supplier has none.")
    clinic.of_equipment("withdraw", patient, request_id=request, because="The family has bought one.")
    second = clinic.of_equipment("request", patient, "lift", item_code="E0630", justification="Can't be lifted by one.")
    clinic.of_equipment("ask-payer", patient, request_id=second)
    until = now.date() + timedelta(days=5)
    clinic.of_equipment("denied", patient, request_id=second, reason=DenialReason.NOT_COVERED, appeal_until=until)
    third = clinic.of_equipment("request", patient, "chair", item_code="K0001", justification="Can't walk far.")
    clinic.of_equipment("ask-payer", patient, request_id=third)
    wrong = clinic.equipment_of(patient).request(third).steps[-1].record_id
    clinic.of_equipment("take-back", patient, record_id=wrong, because="It was the other payer.")
    clinic.of_equipment("ask-payer", patient, request_id=third)
    days: dict[str, Any] = {"starts_on": now.date(), "ends_on": now.date() + timedelta(days=4), "number": "A-9"}
    clinic.of_equipment("approved", patient, request_id=third, units=1, **days)
    clinic.passes(days=7)


SCENES = (oxygen_is_denied_appealed_brought_and_fetched, a_bed_is_rented_to_the_end_and_a_commode_is_lost)
