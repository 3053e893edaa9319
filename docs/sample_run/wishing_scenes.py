"""Scenes of the sample run in which somebody says, and signs, what they want."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid5

from carebus.contracts.wishes import AgentPower, Choice, ConflictOutcome, DocumentKind, Statement, WishTopic
from deploy.local.patient import Patient
from docs.sample_run.care_scenes import taken_on
from docs.sample_run.clinic import Clinic
from docs.sample_run.company import ROOT


def what_is_said_contradicts_what_was_signed(clinic: Clinic, patient: Patient) -> None:
    """A conversation, an agent and an older order that says otherwise; a doctor asks, and settles it."""
    taken_on(clinic, patient)
    today = clinic.company.now.date()
    clinic.speaks_of_wishes(
        patient, treatment=Choice.COMFORT_ONLY, cpr=Choice.NO_CPR, hospital=Choice.NO_HOSPITAL,
        place_of_care=Choice.AT_HOME,
    )  # fmt: skip
    clinic.of_wishes(
        "appoint",
        patient,
        agent_id=uuid5(ROOT, "agent"),
        full_name="Ines Moreno",
        relationship="daughter",
        phone="(413) 555-0142",
        powers=tuple(AgentPower),
        appointed_on=today,
    )
    said = (Statement(topic=WishTopic.CPR, choice=Choice.ATTEMPT_CPR),)
    signed_on = today - timedelta(days=400)
    document_id = clinic.files(patient, kind=DocumentKind.PORTABLE_ORDER, statements=said, signed_on=signed_on)
    clinic.of_wishes("verify", patient, document_id=document_id, version=1, gone_through_with="patient")
    for one in clinic.wishes_of(patient).conflicts:
        stands = ConflictOutcome.FIRST_STANDS
        asked = {"asked": "The patient", "because": "The order is from before the last stay in hospital."}
        clinic.of_wishes("settle", patient, conflict_id=one.conflict_id, outcome=stands, **asked)


SCENES = (what_is_said_contradicts_what_was_signed,)
