"""The plan of care: what it says, version by version, who approved it, and where it conflicts with another."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from carebus.contracts.care_plan.instruments import Respondent
from carebus.contracts.event import PatientEvent, Value
from carebus.contracts.people import TeamMember
from carebus.contracts.phi import Phi

Text = Annotated[str, Phi.TEXT]
Day = Annotated[date | None, Phi.DATE]


class GoalStatus(StrEnum):
    """Where a goal stands: FHIR R4 GoalLifecycleStatus, all of it, with an underscore for the hyphen."""

    PROPOSED = "proposed"
    PLANNED = "planned"
    ACCEPTED = "accepted"
    ACTIVE = "active"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    ENTERED_IN_ERROR = "entered_in_error"
    REJECTED = "rejected"


class GoalAchievement(StrEnum):
    """How near a goal is: HL7's code system `goal-achievement`, all of it, with an underscore for the hyphen."""

    IN_PROGRESS = "in_progress"
    IMPROVING = "improving"
    WORSENING = "worsening"
    NO_CHANGE = "no_change"
    ACHIEVED = "achieved"
    SUSTAINING = "sustaining"
    NOT_ACHIEVED = "not_achieved"
    NO_PROGRESS = "no_progress"
    NOT_ATTAINABLE = "not_attainable"


class InterventionKind(StrEnum):
    """What is done. HOSPITAL is the emergency room or any stay; a plan for a bad day may name it too."""

    VISIT = "visit"
    CALL = "call"
    TEACHING = "teaching"
    SUPPORT = "support"
    MEDICINES = "medicines"
    EQUIPMENT = "equipment"
    TREATMENT = "treatment"
    REFERRAL = "referral"
    HOSPITAL = "hospital"
    OTHER = "other"


class NeedDomain(StrEnum):
    """The kinds of needs that palliative care looks after."""

    PHYSICAL = "physical"
    EMOTIONAL = "emotional"
    NUTRITIONAL = "nutritional"
    SPIRITUAL = "spiritual"
    SOCIAL = "social"
    BEHAVIOURAL = "behavioural"


class WhyNotAssessed(StrEnum):
    """Why needs of a kind were not assessed."""

    NOT_WANTED = "not_wanted"
    TOO_UNWELL = "too_unwell"
    DONE_ELSEWHERE = "done_elsewhere"
    OTHER = "other"


class ConflictSettlement(StrEnum):
    """How a conflict came to its end. REVISED: the plan was changed, and it is no more."""

    REVISED = "revised"
    OURS_STANDS = "ours_stands"
    THEIRS_STANDS = "theirs_stands"
    BOTH_STAND = "both_stand"


class PlanOwner(Value):
    """The one who answers for something: somebody of the care team, or outside it a doctor or other person by name.

    clinician_id: of the care team; None is somebody outside.  profession: in words, such as `Nurse` or `Cardiologist`.
    """

    clinician_id: UUID | None = None
    name: Annotated[str, Phi.NAME]
    profession: Text = ""


class PlanProblem(Value):
    """What troubles the patient. code: of a starting plan; empty when the team wrote it."""

    problem_id: UUID
    code: str = ""
    text: Text
    owner: PlanOwner


class PlanGoal(Value):
    """What the patient wants. words: the patient's own, and `said_by` whether it was the patient who said them.

    aim: the same as the team pursues it.  problem_ids: which problems it answers; a goal of life answers none.
    at_home: it is comfort, or to stay at home: the emergency room and the hospital go against it.
    """

    goal_id: UUID
    code: str = ""
    words: Text
    said_by: Respondent = Respondent.PATIENT
    aim: Text = ""
    problem_ids: tuple[UUID, ...] = ()
    at_home: bool = False
    due_on: Day = None
    owner: PlanOwner
    status: GoalStatus = GoalStatus.PROPOSED
    achievement: GoalAchievement | None = None


class PlanIntervention(Value):
    """What is done, by one owner.

    code: what it is, the same in every plan that has it (of a starting plan, or of the one who plans elsewhere).
    equipment_code: what kind of equipment, by HCPCS or another list.  often: how often, in words.
    """

    intervention_id: UUID
    code: str = ""
    kind: InterventionKind
    text: Text
    often: Text = ""
    equipment_code: str = ""
    problem_ids: tuple[UUID, ...] = ()
    goal_ids: tuple[UUID, ...] = ()
    owner: PlanOwner


class PlannedElsewhere(Value):
    """What somebody outside the team plans for the patient, as far as we were told: by whose plan, and since when."""

    item_id: UUID
    plan_of: Annotated[str, Phi.NAME]
    stated_on: Day = None
    code: str = ""
    kind: InterventionKind
    text: Text
    equipment_code: str = ""
    owner: PlanOwner


class PlanNeed(Value):
    """Needs of one kind: assessed on a day with what was found, or not, and why not."""

    domain: NeedDomain
    assessed_on: Day = None
    why_not: WhyNotAssessed | None = None
    note: Text = ""


class PlanOfCare(Value):
    """All that a plan says. elsewhere: what others plan, kept beside ours so that it is seen together."""

    problems: tuple[PlanProblem, ...] = ()
    goals: tuple[PlanGoal, ...] = ()
    interventions: tuple[PlanIntervention, ...] = ()
    needs: tuple[PlanNeed, ...] = ()
    elsewhere: tuple[PlannedElsewhere, ...] = ()


class ConflictSide(Value):
    """One of the things that conflict: a problem, goal, intervention, or something planned elsewhere."""

    item_id: UUID
    text: Text
    owner: PlanOwner
    plan_of: Annotated[str, Phi.NAME] = ""


class PlanConflict(Value):
    """Things in the plan that can't both be so. rule: its name.  says: the rule in a sentence, the same for everybody.

    conflict_id: the same for the same things with the same owners, in whichever version.
    """

    conflict_id: UUID
    rule: str
    says: str
    sides: tuple[ConflictSide, ...]


class CarePlanDrafted(PatientEvent):
    """A first plan of care: what concerns it answers and what it aims at, as codes."""

    plan_id: UUID
    episode_id: UUID
    version: int
    concerns: tuple[str, ...]
    goals: tuple[str, ...]


class CarePlanRevised(PatientEvent):
    """The plan says something else from now on: all of it is told. It is not approved yet, in this version.

    based_on: the version that it was made from.  revised_by: who of the team, where that is known.
    """

    plan_id: UUID
    episode_id: UUID
    version: int
    based_on: int
    plan: PlanOfCare
    reason_text: Text = ""
    revised_by: TeamMember | None = None
    revised_at: Annotated[datetime, Phi.DATE]


class CarePlanApproved(PatientEvent):
    """A doctor or advanced practice provider stands for this version; told again when it was reviewed and stands.

    approved_by: who, where that is one of the team.
    """

    plan_id: UUID
    episode_id: UUID
    version: int
    approved_by: TeamMember | None = None
    next_review_on: Annotated[date, Phi.DATE]
    approved_at: Annotated[datetime, Phi.DATE]


class CarePlanReviewDue(PatientEvent):
    """The day has come on which the plan was to be reviewed, and nobody has approved it anew."""

    plan_id: UUID
    episode_id: UUID
    version: int
    review_on: Annotated[date, Phi.DATE]
    due_at: Annotated[datetime, Phi.DATE]


class GoalStatusChanged(PatientEvent):
    """A goal of the plan stands otherwise, or is nearer or farther; the version of the plan stays the same."""

    plan_id: UUID
    episode_id: UUID
    version: int
    goal_id: UUID
    words: Text
    was: GoalStatus
    status: GoalStatus
    achievement: GoalAchievement | None = None
    reason_text: Text = ""
    changed_at: Annotated[datetime, Phi.DATE]


class PlanConflictDetected(PatientEvent):
    """Something in the plan conflicts, by a rule that is named. It is open until it is settled."""

    plan_id: UUID
    episode_id: UUID
    version: int
    conflict: PlanConflict
    detected_at: Annotated[datetime, Phi.DATE]


class PlanConflictSettled(PatientEvent):
    """A conflict is settled. agreed: what was agreed, and with whom."""

    plan_id: UUID
    episode_id: UUID
    version: int
    conflict_id: UUID
    rule: str
    how: ConflictSettlement
    agreed: Text = ""
    settled_at: Annotated[datetime, Phi.DATE]
