"""The first draft of a plan of care, from the illnesses: a start that the team revises with the patient."""

from collections.abc import Iterable
from uuid import UUID

from carebus.contracts.people import Condition
from services.care_plan.domain.care import Plan

CONCERNS: dict[Condition, tuple[str, ...]] = {
    Condition.HEART_FAILURE: ("breathlessness", "fatigue", "fluid_overload"),
    Condition.COPD: ("breathlessness", "anxiety", "sudden_worsening"),
    Condition.CANCER: ("pain", "fatigue", "nausea"),
    Condition.DEMENTIA: ("unspoken_distress", "eating_and_drinking", "caregiver_strain"),
    Condition.PARKINSONS: ("stiffness_and_falls", "swallowing", "caregiver_strain"),
}
EVERYONE = ("wishes_not_yet_known",)

GOALS: dict[str, str] = {
    "breathlessness": "breathe_more_easily",
    "fatigue": "save_strength_for_what_matters",
    "fluid_overload": "fluid_in_balance",
    "anxiety": "feel_less_anxious",
    "sudden_worsening": "plan_for_bad_days",
    "pain": "pain_at_a_level_the_patient_accepts",
    "nausea": "nausea_relieved",
    "unspoken_distress": "distress_noticed_and_eased",
    "eating_and_drinking": "eat_and_drink_in_comfort",
    "caregiver_strain": "family_supported",
    "stiffness_and_falls": "move_safely",
    "swallowing": "swallow_safely",
    "wishes_not_yet_known": "wishes_known_and_written_down",
}
"""What each concern is answered by."""


def draft_plan(plan_id: UUID, conditions: Iterable[Condition]) -> Plan:
    """The first version of a plan for somebody with these illnesses."""
    found = [concern for condition in conditions for concern in CONCERNS[condition]]
    concerns = tuple(dict.fromkeys((*found, *EVERYONE)))
    return Plan(plan_id=plan_id, version=1, concerns=concerns, goals=tuple(GOALS[concern] for concern in concerns))
