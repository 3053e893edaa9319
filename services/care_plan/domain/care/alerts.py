"""What a patient's answers have set off and is not yet settled."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from carebus.contracts.event import Value
from carebus.contracts.phi import Phi

Day = Annotated[date, Phi.DATE]


class FollowUp(Value):
    """A strong symptom that is to be assessed again in person by the end of a day. `missed`: that day is over.

    named: what the respondent called it, where it is the other symptom.  met_by: the visit that assessed it again.
    """

    follow_up_id: UUID
    visit_id: UUID
    symptom: str
    band: str
    score: int
    instrument: str
    rule: str = ""
    due_on: Day
    missed: bool = False
    named: Annotated[str, Phi.TEXT] = ""
    met_by: UUID | None = None

    @property
    def title(self) -> str:
        """What the symptom is called: as the respondent named it, else by its code in words."""
        return self.named or self.symptom.replace("_", " ").capitalize()


class SafetyTask(Value):
    """A person's safety is to be looked at on this day; it is shown until somebody has."""

    task_id: UUID
    visit_id: UUID
    due_on: Day
    opened_at: Annotated[datetime, Phi.DATE]


class ClosedTask(Value):
    """A safety task that somebody looked at: what was found and agreed, by whom and when."""

    task_id: UUID
    visit_id: UUID
    outcome: Annotated[str, Phi.TEXT]
    closed_by: str
    closed_at: Annotated[datetime, Phi.DATE]


class Unstable(Value):
    """An unstable phase, by when the plan is to change and the phase to be reviewed; what was missed, as codes."""

    visit_id: UUID
    found_at: Annotated[datetime, Phi.DATE]
    plan_due_on: Day
    review_due_on: Day
    missed: tuple[str, ...] = ()
