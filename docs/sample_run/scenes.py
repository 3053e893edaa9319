"""The scenes of the sample run: a few patients, each of whose stories has events that no other's has."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from typing import Any

from carebus.contracts.referral import (
    AttemptOutcome,
    CancellationReason,
    ContactChannel,
    DeclineReason,
    IdentityDecision,
    InformationItem,
    Party,
    Priority,
    WaitReason,
)
from deploy.local.clinic import SEED
from deploy.local.invented import contact
from deploy.local.patient import Patient
from deploy.local.synthea import Sample
from docs.sample_run import (
    calling_scenes,
    care_scenes,
    equipping_scenes,
    hospice_scenes,
    hospital_scenes,
    wishing_scenes,
)
from docs.sample_run.clinic import PRACTICE, Clinic
from services.referral.domain import Act

Scene = Callable[[Clinic, Patient], None]


def play() -> Clinic:
    """Play all scenes, in order."""
    sample = Sample()
    cast = eligible(sample.patients())
    clinic = Clinic(cast, sample.opens_at.astimezone(UTC))
    for scene in SCENES:
        scene(clinic, next(patient for patient in cast if not clinic.knows(patient)))
    return clinic


def eligible(patients: list[Patient]) -> list[Patient]:
    """Who can be taken on, and has a loved one who may be told."""
    return [patient for patient in patients if patient.conditions and not patient.died_on and _may_be_told(patient)]


def _may_be_told(patient: Patient) -> bool:
    family = contact(SEED, patient)
    return bool(family and family["consented"] and family["email"] and not patient.on_hospice and patient.payer)


def care_goes_on_to_the_second_visit(clinic: Clinic, patient: Patient) -> None:
    """The first patient waits for a team; the second visit is never reported."""
    clinic.refers(patient)
    clinic.does(Act.ASSIGN, patient, assignee="ann")
    clinic.does(Act.TRIAGE, patient, urgency=Priority.ROUTINE, clinician="j.osei")
    clinic.does(Act.ACCEPT, patient)
    clinic.staff_joins()
    clinic.passes(hours=1)
    clinic.mail_goes_out(patient)
    clinic.does(Act.MAKE_CONTACT, patient)
    clinic.visits(patient)
    clinic.mail_goes_out(patient)
    clinic.passes(days=30)


def something_is_missing_and_comes(clinic: Clinic, patient: Patient) -> None:
    """A reminder goes out, what was missing comes, and the patient waits for a place."""
    clinic.refers(patient)
    clinic.does(Act.REQUEST_INFORMATION, patient, items=(InformationItem.FUNCTION,), owed_by=Party.REFERRER)
    clinic.passes(days=4)
    clinic.does(Act.SUPPLY_INFORMATION, patient, actor="referrer:elm", note="Needs help with most things.")
    clinic.does(Act.WAITLIST, patient, reason=WaitReason.NO_CAPACITY)


def nothing_comes_and_it_is_declined(clinic: Clinic, patient: Patient) -> None:
    """What was missing does not come; later the referral is taken up again, and taken back by who sent it."""
    clinic.refers(patient)
    clinic.does(Act.REQUEST_INFORMATION, patient, items=(InformationItem.COVERAGE,), owed_by=Party.REFERRER)
    clinic.passes(days=12)
    clinic.does(Act.DECLINE, patient, reason=DeclineReason.CRITERIA_UNKNOWN)
    clinic.does(Act.REOPEN, patient)
    wanted = {"reason": CancellationReason.NO_LONGER_NEEDED}
    clinic.does(Act.REQUEST_CANCELLATION, patient, actor="referrer:elm", **wanted)
    clinic.does(Act.CANCEL, patient, **wanted)


def nobody_answers(clinic: Clinic, patient: Patient) -> None:
    """Three tries and a letter reach nobody, mail comes back, and then the person does not want it."""
    clinic.refers(patient)
    clinic.does(Act.ACCEPT, patient)
    for channel in (ContactChannel.PHONE, ContactChannel.TEXT, ContactChannel.PHONE):
        clinic.does(Act.ATTEMPT_CONTACT, patient, channel=channel, outcome=AttemptOutcome.NO_ANSWER)
        clinic.passes(days=1)
    letter = {"channel": ContactChannel.LETTER, "outcome": AttemptOutcome.LETTER_SENT}
    clinic.does(Act.ATTEMPT_CONTACT, patient, **letter)
    clinic.does(Act.DECLARE_UNREACHABLE, patient)
    clinic.mail_comes_back(patient)
    clinic.does(Act.PATIENT_DECLINES, patient)


def the_family_may_not_be_told(clinic: Clinic, patient: Patient) -> None:
    """There is a loved one, and no consent; the referrer's private page is looked at, renewed and ended."""
    family = contact(SEED, patient)
    assert family
    clinic.refers(patient, contact={**family, "consented": False})
    clinic.does(Act.ACCEPT, patient)
    clinic.looks(patient)
    clinic.asks_for_a_new_link(patient)
    clinic.ends_the_link(patient)


def it_is_not_for_us(clinic: Clinic, patient: Patient) -> None:
    """Another organization fits better."""
    clinic.refers(patient)
    clinic.does(Act.REDIRECT, patient, redirect_to="Harbour Hospice")


def advice_is_enough(clinic: Clinic, patient: Patient) -> None:
    """The referrer goes on with our advice."""
    clinic.refers(patient)
    clinic.does(Act.RETURN_WITH_ADVICE, patient, advice="Start a bowel regimen with the opioid.")


def it_was_a_mistake(clinic: Clinic, patient: Patient) -> None:
    """The wrong person was referred."""
    clinic.refers(patient)
    clinic.does(Act.MARK_ERROR, patient)


def it_comes_again(clinic: Clinic, patient: Patient) -> None:
    """The same number comes with other words, then with the same; and another practice refers the same person."""
    numbered: dict[str, Any] = {"placer_id": "R-1041", "placer_assigner": "Elm Street Cardiology"}
    clinic.refers(patient, **numbered)
    for _ in range(2):
        clinic.refers(patient, **numbered, priority="urgent")
    clinic.refers(patient, placer_id="R-7")


def a_change_waits_and_a_cancellation_is_turned_down(clinic: Clinic, patient: Patient) -> None:
    """A phone is stated by somebody who has not signed in; the office takes it over, and later goes on after all."""
    numbered: dict[str, Any] = {"placer_id": "R-2207", "placer_assigner": "Elm Street Cardiology"}
    clinic.refers(patient, **numbered)
    clinic.refers(patient, **numbered, referrer={**PRACTICE, "phone": "413-555-0190"})
    [waits] = clinic.newest(patient).proposals
    clinic.does(Act.TAKE_OVER_CHANGE, patient, proposal_id=waits.proposal_id)
    wanted = {"reason": CancellationReason.NO_LONGER_NEEDED}
    clinic.does(Act.REQUEST_CANCELLATION, patient, actor="referrer:elm", **wanted)
    clinic.does(Act.TURN_DOWN_CANCELLATION, patient)


def two_records_of_one_person(clinic: Clinic, patient: Patient) -> None:
    """A misspelt name is looked at, found to be the same person, and found later not to be."""
    clinic.refers(patient)
    twin = clinic.refers_misspelt(patient)
    clinic.settles(twin, IdentityDecision.MORE_INFORMATION, note="Ask the practice for the street.")
    clinic.settles(twin, IdentityDecision.SAME, of=patient)
    clinic.takes_apart(twin, patient)


SCENES: tuple[Scene, ...] = (
    care_goes_on_to_the_second_visit,
    *care_scenes.SCENES,
    *calling_scenes.SCENES,
    *hospital_scenes.SCENES,
    *wishing_scenes.SCENES,
    *hospice_scenes.SCENES,
    *equipping_scenes.SCENES,
    something_is_missing_and_comes,
    nothing_comes_and_it_is_declined,
    nobody_answers,
    the_family_may_not_be_told,
    it_is_not_for_us,
    advice_is_enough,
    it_was_a_mistake,
    it_comes_again,
    a_change_waits_and_a_cancellation_is_turned_down,
    two_records_of_one_person,
)
