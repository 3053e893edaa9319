"""Scenes of the sample run in which hospitals tell of a patient: who came, was moved, left, and what was a mistake."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from carebus.contracts.event import subject_id
from carebus.contracts.line import DischargedTo, HospitalSource
from carebus.decisions import on
from deploy.local.patient import Patient
from docs.sample_run.care import stream_of
from docs.sample_run.care_scenes import taken_on
from docs.sample_run.clinic import Clinic
from services.line.channels.receiving import NOTE
from services.line.domain.hospital import contacts
from services.line.domain.hospital.contacts import MakeDischargeContact
from services.line.domain.hospital.notice import Fact, Notice, PatientClass, StatedPerson, Trigger
from services.line.domain.hospital.noting import ReceiveNotice, stay_of
from services.line.domain.hospital.record import HospitalRecord

HOSPITAL = "General Hospital"
MADE = on(HospitalRecord, contacts.make_contact)


def somebody_is_in_hospital(clinic: Clinic, patient: Patient) -> None:
    """The emergency department by mistake; a stay with a move, and nobody calls in time; what is taken back."""
    taken_on(clinic, patient)
    tells(clinic, patient, "1", Trigger.REGISTER, PatientClass.EMERGENCY)
    tells(clinic, patient, "1", Trigger.CANCEL_ADMIT, PatientClass.EMERGENCY)
    tells(clinic, patient, "2", Trigger.ADMIT, unit="4 West")
    clinic.mail_goes_out(patient)
    tells(clinic, patient, "2", Trigger.TRANSFER, unit="ICU")
    tells(clinic, patient, "2", Trigger.DISCHARGE, discharged_to=DischargedTo.HOME)
    clinic.mail_comes_back(patient)
    clinic.passes(days=3)
    made = MakeDischargeContact(
        stay_id=stay_of(UUID(subject_id(stream_of(patient))), notice(clinic, patient, "2", Trigger.ADMIT))
    )
    clinic.company.asks("line", "nurse:noor", (MADE, stream_of(patient), made))
    tells(clinic, patient, "3", Trigger.ADMIT)
    tells(clinic, patient, "3", Trigger.CANCEL_ADMIT)
    tells(clinic, patient, "4", Trigger.ADMIT)
    yesterday = clinic.company.now.date() - timedelta(days=1)
    tells(clinic, patient, "4", Trigger.DISCHARGE, discharged_to=DischargedTo.DIED, died=True, died_on=yesterday)
    tells(clinic, patient, "4", Trigger.CANCEL_DISCHARGE)


def tells(
    clinic: Clinic,
    patient: Patient,
    stay: str,
    trigger: Trigger,
    patient_class: PatientClass = PatientClass.INPATIENT,
    **said: Any,
) -> None:
    """A hospital tells this, and an hour passes."""
    told = ReceiveNotice(notice=notice(clinic, patient, stay, trigger, patient_class=patient_class, **said))
    clinic.company.asks("line", "program:general", (NOTE, stream_of(patient), told))
    clinic.passes(hours=1)


def notice(clinic: Clinic, patient: Patient, stay: str, trigger: Trigger, **said: Any) -> Notice:
    """A message of now."""
    now = clinic.company.now
    return Notice(
        source=HospitalSource.HL7V2,
        hospital=HOSPITAL,
        visit_number=stay,
        person=StatedPerson(names=((patient.family_name, patient.given_name),), birth_date=patient.birth_date),
        fact=Fact(trigger=trigger, recorded_at=now, happened_at=now, **said),
    )


SCENES = (somebody_is_in_hospital,)
