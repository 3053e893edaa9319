"""Scenes of the sample run on the way to hospice, back from it, and with those who stay after a death."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from carebus.contracts.care_plan import HospiceDischargeReason, HospiceSource
from carebus.contracts.wishes import Choice
from deploy.local.patient import Patient
from docs.sample_run.care_scenes import taken_on
from docs.sample_run.clinic import Clinic
from services.care_plan.domain.bereavement.state import Bereaved, Bereavement
from services.care_plan.domain.hospice.state import Enrolment, Hospice
from services.referral.domain import Act

ELECTION = {
    "hospice_name": "Evergreen Hospice",
    "hospice_npi": "1234567893",
    "hospice_phone": "(413) 555-0177",
    "attending": "Dr. Ruth Adeyemi",
    "diagnosis_code": "I50.9",
    "diagnosis": "Heart failure",
    "source": HospiceSource.HOSPICE,
}


def hospice_is_prepared_elected_and_revoked(clinic: Clinic, patient: Patient) -> None:
    """Two reasons to talk, a no, a talk of another patient's, an election with a slip, a late notice, and back."""
    taken_on(clinic, patient)
    clinic.speaks_of_wishes(patient, hospital=Choice.HOSPITAL_IF_NEEDED)
    clinic.finds(patient, phase="terminal", akps=20)
    clinic.passes(hours=1)
    right, early = _way(clinic, patient).open_prompts
    clinic.of_hospice("confirm-prompt", patient, prompt_id=right.prompt_id)
    clinic.of_hospice("dismiss-prompt", patient, prompt_id=early.prompt_id, because="She walks in her garden again.")
    clinic.of_hospice("discuss", patient, discussed_on=_day(clinic), said="She wants to think it over.")
    clinic.of_hospice("refer", patient, hospice_name="Evergreen Hospice", referred_on=_day(clinic))
    clinic.of_hospice(
        "decline", patient, declined_on=_day(clinic), because="Not before Easter.", ask_again_on=_day(clinic, 7)
    )
    clinic.passes(days=7)
    clinic.of_hospice("discuss", patient, discussed_on=_day(clinic))
    wrong = _way(clinic, patient).discussions[-1].entry_id
    clinic.of_hospice("withdraw", patient, entry_id=wrong, because="It was another patient.")
    elects(clinic, patient, days=2)
    said = {**ELECTION, "attending": "Dr. Ruth Adeyemi-Cole", **_days(clinic, 3)}
    enrolment_id = _elected(clinic, patient).entry_id
    clinic.of_hospice("correct-election", patient, enrolment_id=enrolment_id, because="The day was mistyped.", **said)
    clinic.passes(days=10)
    clinic.of_hospice("notice", patient, enrolment_id=enrolment_id, accepted_on=_day(clinic))
    clinic.of_hospice("send-package", patient, to="M. Ortiz, RN", how="by Direct")
    package_id = _way(clinic, patient).packages[0].package_id
    received = {"received_by": "M. Ortiz, RN", "received_on": _day(clinic)}
    clinic.of_hospice("receipt", patient, package_id=package_id, **received)
    clinic.passes(days=20)
    clinic.of_hospice(
        "revoke", patient, enrolment_id=enrolment_id, revoked_on=_day(clinic), source=HospiceSource.PATIENT
    )
    clinic.mail_goes_out(patient)
    clinic.does(Act.REOPEN, patient)
    clinic.does(Act.ACCEPT, patient)


def a_hospice_discharges_somebody(clinic: Clinic, patient: Patient) -> None:
    """A reason to talk is gone at the next visit; the election begins at once, and the hospice discharges her."""
    taken_on(clinic, patient)
    clinic.finds(patient, phase="terminal")
    clinic.passes(hours=1)
    clinic.finds(patient, phase="stable")
    clinic.passes(hours=1)
    elects(clinic, patient, days=0)
    clinic.passes(days=90)
    gone = {"reason": HospiceDischargeReason.NOT_TERMINALLY_ILL, "source": HospiceSource.HOSPICE}
    enrolment_id = _elected(clinic, patient).entry_id
    clinic.of_hospice("discharge", patient, enrolment_id=enrolment_id, discharged_on=_day(clinic), **gone)


def those_who_stay_are_looked_after(clinic: Clinic, patient: Patient) -> None:
    """A letter, a call in time and one that nobody made; a namesake; and in the end it was not true."""
    taken_on(clinic, patient)
    clinic.visits(patient)
    clinic.of_care("report-death", patient, source="family")
    clinic.of_care("confirm-death", patient, died_on=_day(clinic))
    clinic.of_bereavement("letter", patient, person_id=_first(clinic, patient).person_id)
    clinic.of_bereavement("withdraw-letter", patient, person_id=_first(clinic, patient).person_id)
    known = _first(clinic, patient).model_dump(include={"person_id", "full_name", "relationship", "language", "phone"})
    clinic.of_bereavement("change", patient, consent="given", risk="moderate", **known)
    clinic.passes(days=12)
    called = {"person_id": known["person_id"], "way": "phone", "outcome": "reached", "contacted_on": _day(clinic)}
    clinic.of_bereavement("contact", patient, code="two_weeks", said="She sleeps badly.", **called)
    clinic.of_bereavement("contact", patient, **called)
    wrong = {"contact_id": _first(clinic, patient).made[-1].contact_id, "because": "It was recorded twice."}
    clinic.of_bereavement("withdraw-contact", patient, person_id=known["person_id"], **wrong)
    clinic.of_bereavement("add", patient, full_name="Alma Reyes", relationship="neighbour")
    namesake = clinic.known("care_plan", Bereavement, patient).people[-1].person_id
    clinic.of_bereavement("take-out", patient, person_id=namesake, because="Of another family.")
    clinic.passes(days=30)
    clinic.of_bereavement("withdraw", patient)


def elects(clinic: Clinic, patient: Patient, days: int) -> None:
    """Hospice is elected today, from so many days on."""
    clinic.of_hospice("elect", patient, **{**ELECTION, **_days(clinic, days)})


def _days(clinic: Clinic, days: int) -> dict[str, Any]:
    return {"signed_on": _day(clinic), "effective_on": _day(clinic, days)}


def _day(clinic: Clinic, days: int = 0) -> Any:
    return clinic.company.now.date() + timedelta(days=days)


def _way(clinic: Clinic, patient: Patient) -> Hospice:
    found = clinic.known("care_plan", Hospice, patient)
    assert isinstance(found, Hospice)
    return found


def _elected(clinic: Clinic, patient: Patient) -> Enrolment:
    return _way(clinic, patient).require_enrolled()


def _first(clinic: Clinic, patient: Patient) -> Bereaved:
    found: Bereaved = clinic.known("care_plan", Bereavement, patient).people[0]
    return found


SCENES = (
    hospice_is_prepared_elected_and_revoked,
    a_hospice_discharges_somebody,
    those_who_stay_are_looked_after,
)
