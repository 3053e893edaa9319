"""Scenes of the sample run in which a care team plans, looks after what it finds, and lets other doctors know."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID, uuid5

from carebus.contracts.care_plan import (
    ConflictSettlement,
    GoalAchievement,
    GoalStatus,
    InterventionKind,
    MedicineSource,
    MedicineUse,
    NeedDomain,
    VisitMode,
    VisitParty,
    VisitReason,
)
from deploy.local.patient import Patient
from docs.sample_run.clinic import Clinic
from docs.sample_run.company import ROOT
from services.care_plan.domain.care import Care
from services.care_plan.domain.team.clinicians import Clinician
from services.referral.domain import Act


def taken_on(clinic: Clinic, patient: Patient) -> None:
    """Somebody is referred and accepted."""
    clinic.refers(patient)
    clinic.does(Act.ACCEPT, patient)


def a_visit_is_moved_converted_and_corrected(clinic: Clinic, patient: Patient) -> None:
    """Weather moves a visit, it becomes a call, is recorded and signed late, and corrected; the next meets nobody."""
    taken_on(clinic, patient)
    clinic.of_visit("confirm", patient)
    later = clinic.company.now + timedelta(days=8)
    weather = {"reason": VisitReason.WEATHER_OR_ROAD, "by": VisitParty.OFFICE}
    clinic.of_visit("reschedule", patient, starts_at=later, **weather)
    clinic.of_visit("convert", patient, mode=VisitMode.PHONE, **weather)
    clinic.passes(days=8)
    clinic.of_visit("start", patient)
    visit = clinic.visits(patient, sign=False)
    clinic.passes(days=3)
    clinic.corrects(patient, visit, "The note was another patient's.")
    clinic.passes(days=15)
    clinic.of_visit("no-show", patient, reason=VisitReason.NOT_AT_HOME)
    clinic.of_visit("cancel", patient, reason=VisitReason.IN_HOSPITAL, by=VisitParty.FAMILY)


def a_death_is_reported_dismissed_and_later_true(clinic: Clinic, patient: Patient) -> None:
    """The wrong person was meant; weeks later it is true, and care ends."""
    taken_on(clinic, patient)
    clinic.visits(patient)
    clinic.of_care("report-death", patient, source="hospital")
    clinic.of_care("dismiss-death", patient, reason_text="Another person of this name.")
    clinic.passes(days=12)
    clinic.of_care("report-death", patient, source="family")
    clinic.of_care("confirm-death", patient, died_on=clinic.company.now.date() - timedelta(days=1))


def clinicians_change_and_leave(clinic: Clinic, _: Patient) -> None:
    """Another language, a week away that is taken back, and a last day."""
    clinic.of_clinician("change", languages=("en", "pt"))
    day = clinic.company.now.date()
    clinic.of_clinician("leave", first_day=day + timedelta(days=40), last_day=day + timedelta(days=47))
    leave = clinic.company.state("care_plan", Clinician, clinic.clinicians[0])
    assert isinstance(leave, Clinician)
    clinic.of_clinician("cancel-leave", leave_id=leave.leave[0].leave_id)
    clinic.of_clinician("resign", last_day=day + timedelta(days=90))


def a_strong_symptom_is_followed_up(clinic: Clinic, patient: Patient) -> None:
    """Severe pain, a thought of self-harm and an unstable phase: one visit in time, and what nobody did in time."""
    taken_on(clinic, patient)
    found = {"esas_r": {"pain": 8}, "phq_9": {"self_harm": 1}, "phase": "unstable"}
    clinic.finds(patient, **found)
    task = clinic.known("care_plan", Care, patient).safety_tasks[0]
    clinic.of_care("close-safety-task", patient, task_id=task.task_id, outcome="Talked; her daughter stays tonight.")
    clinic.finds(patient, esas_r={"pain": 3}, phase="deteriorating")
    clinic.finds(patient, esas_r={"pain": 9}, phase="unstable")
    clinic.passes(days=9)


def a_plan_is_written_approved_and_reviewed(clinic: Clinic, patient: Patient) -> None:
    """The patient's words first; a doctor outside plans the hospital; it is settled, approved and due for a review."""
    taken_on(clinic, patient)
    goal, need, theirs, bed = (uuid5(ROOT, name) for name in ("goal", "need", "theirs", "bed"))
    nurse = clinic.known("care_plan", Care, patient).team[-1].clinician_id
    today = clinic.company.now.date()
    plan = {
        "problems": [{"problem_id": need, "code": "breathlessness", "text": "Short of breath on the stairs"}],
        "goals": [{"goal_id": goal, "words": "I want to stay at home.", "problem_ids": [need], "at_home": True}],
        "interventions": [_intervention(bed, need, nurse)],
        "needs": [{"domain": each, "assessed_on": today} for each in NeedDomain],
        "elsewhere": [_elsewhere(theirs, today)],
    }
    clinic.of_plan("revise", patient, based_on=1, plan=plan, reason_text="Written with the patient.")
    conflict = clinic.known("care_plan", Care, patient).plan.conflicts[0]
    agreed = {"how": ConflictSettlement.OURS_STANDS, "agreed": "Agreed with Dr. Lind by phone."}
    clinic.of_plan("settle-conflict", patient, conflict_id=conflict.conflict_id, **agreed)
    clinic.of_plan("approve", patient, version=2)
    better = {"status": GoalStatus.ACTIVE, "achievement": GoalAchievement.IMPROVING}
    clinic.of_plan("goal", patient, goal_id=goal, **better)
    clinic.passes(days=70)


def _intervention(intervention: UUID, need: UUID, owner: UUID) -> dict[str, object]:
    return {
        "intervention_id": intervention,
        "kind": InterventionKind.TEACHING,
        "text": "Shows how to breathe with pursed lips",
        "problem_ids": [need],
        "owner": {"clinician_id": owner},
    }


def _elsewhere(item: UUID, on: date) -> dict[str, object]:
    return {
        "item_id": item,
        "plan_of": "Dr. Lind, cardiology",
        "stated_on": on,
        "kind": InterventionKind.HOSPITAL,
        "text": "To the emergency room when short of breath",
    }


def medicines_are_gone_through_and_a_summary_is_sent(clinic: Clinic, patient: Patient) -> None:
    """An opioid without a laxative; then two doctors outside get the summary of a visit, one of them never."""
    taken_on(clinic, patient)
    today = clinic.company.now.date()
    morphine = {"line_id": uuid5(ROOT, "morphine"), "text": "Morphine Sulfate 15 MG Oral Tablet", "stated_on": today}
    clinic.of_medicines(patient, medicines=[{**morphine, "source": MedicineSource.HOSPITAL, "use": MedicineUse.TAKEN}])
    visit = clinic.visits(patient)
    for name, email in (("Dr. Lind", "lind@cardio.example"), ("Dr. Roe", "roe@gone.example")):
        clinic.sends_summary(patient, visit, recipients=[{"name": name, "email": email}])
        if name == "Dr. Lind":
            clinic.mail_goes_out(patient)
    clinic.mail_comes_back(patient)
    clinic.has_read(patient)


SCENES = (
    a_visit_is_moved_converted_and_corrected,
    a_death_is_reported_dismissed_and_later_true,
    clinicians_change_and_leave,
    a_strong_symptom_is_followed_up,
    a_plan_is_written_approved_and_reviewed,
    medicines_are_gone_through_and_a_summary_is_sent,
)
