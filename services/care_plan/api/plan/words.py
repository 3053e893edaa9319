"""What codes of a plan are called on pages, and which tone they take."""

from carebus.contracts.care_plan import (
    ConflictSettlement,
    GoalAchievement,
    GoalStatus,
    InterventionKind,
    NeedDomain,
    Respondent,
    WhyNotAssessed,
)

GOAL_STATES = {
    GoalStatus.PROPOSED: "Proposed",
    GoalStatus.PLANNED: "Planned",
    GoalStatus.ACCEPTED: "Agreed",
    GoalStatus.ACTIVE: "Pursued",
    GoalStatus.ON_HOLD: "On hold",
    GoalStatus.COMPLETED: "Completed",
    GoalStatus.CANCELLED: "Given up",
    GoalStatus.ENTERED_IN_ERROR: "Entered in error",
    GoalStatus.REJECTED: "Not wanted",
}
GOAL_TONES = {
    GoalStatus.ACTIVE: "good",
    GoalStatus.ACCEPTED: "good",
    GoalStatus.COMPLETED: "good",
    GoalStatus.ON_HOLD: "wait",
}
ACHIEVEMENTS = {
    GoalAchievement.IN_PROGRESS: "Under way",
    GoalAchievement.IMPROVING: "Coming nearer",
    GoalAchievement.WORSENING: "Getting farther",
    GoalAchievement.NO_CHANGE: "No change",
    GoalAchievement.ACHIEVED: "Achieved",
    GoalAchievement.SUSTAINING: "Kept up",
    GoalAchievement.NOT_ACHIEVED: "Not achieved",
    GoalAchievement.NO_PROGRESS: "No progress",
    GoalAchievement.NOT_ATTAINABLE: "Can't be achieved",
}
KINDS = {
    InterventionKind.VISIT: "Visit",
    InterventionKind.CALL: "Call",
    InterventionKind.TEACHING: "Teaching",
    InterventionKind.SUPPORT: "Support",
    InterventionKind.MEDICINES: "Medicines",
    InterventionKind.EQUIPMENT: "Equipment",
    InterventionKind.TREATMENT: "Treatment",
    InterventionKind.REFERRAL: "Referral",
    InterventionKind.HOSPITAL: "Emergency room or hospital",
    InterventionKind.OTHER: "Other",
}
NEEDS: dict[str, str] = {
    NeedDomain.PHYSICAL: "Physical needs",
    NeedDomain.EMOTIONAL: "Emotional needs",
    NeedDomain.NUTRITIONAL: "Nutritional needs",
    NeedDomain.SPIRITUAL: "Spiritual needs",
    NeedDomain.SOCIAL: "Social needs",
    NeedDomain.BEHAVIOURAL: "Behavioural needs",
}
WHY_NOT = {
    WhyNotAssessed.NOT_WANTED: "The patient did not want it",
    WhyNotAssessed.TOO_UNWELL: "The patient was too unwell",
    WhyNotAssessed.DONE_ELSEWHERE: "Somebody else has assessed them",
    WhyNotAssessed.OTHER: "Another reason",
}
SAID_BY = {
    Respondent.PATIENT: "The patient",
    Respondent.PROXY: "A family member or caregiver, for the patient",
    Respondent.STAFF: "Staff, as they understood the patient",
}
SETTLEMENTS = {
    ConflictSettlement.OURS_STANDS: "Ours stands",
    ConflictSettlement.THEIRS_STANDS: "Theirs stands",
    ConflictSettlement.BOTH_STAND: "Both stand, knowingly",
}

PARTS = {
    "goals": "Goal",
    "problems": "Problem",
    "interventions": "What is done",
    "needs": "Need",
    "elsewhere": "Planned by others",
}
"""The parts of a plan, of one item."""
