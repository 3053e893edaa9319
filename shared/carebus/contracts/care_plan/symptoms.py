"""What answers set off: a strong symptom is followed up in person, a person's safety looked at, an unstable phase."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from carebus.contracts.event import PatientEvent
from carebus.contracts.phi import Phi


class SymptomFollowUpOpened(PatientEvent):
    """A symptom became moderate or severe: it is to be assessed again in person by the end of `due_on`.

    symptom, band, instrument: as codes.  score: by that instrument.  visit_id: at which it was found.
    named: what the respondent called it, where it is the other symptom of the ESAS-r.
    was: empty at first. A correction tells it again under the same id: "met" when what had met it was wrong, so that it
    is open again; "open" when only what is said of it here was.
    """

    follow_up_id: UUID
    episode_id: UUID
    visit_id: UUID
    symptom: str
    band: str
    score: int
    instrument: str
    due_on: Annotated[date, Phi.DATE]
    opened_at: Annotated[datetime, Phi.DATE]
    named: Annotated[str, Phi.TEXT] = ""
    was: str = ""


class SymptomFollowUpMet(PatientEvent):
    """The symptom was assessed again in person, in time."""

    follow_up_id: UUID
    episode_id: UUID
    visit_id: UUID
    symptom: str
    met_at: Annotated[datetime, Phi.DATE]


class SymptomFollowUpMissed(PatientEvent):
    """The day is over, and nobody has assessed the symptom again in person."""

    OWN_TIME = "missed_at"

    follow_up_id: UUID
    episode_id: UUID
    symptom: str
    missed_at: Annotated[datetime, Phi.DATE]


class SymptomFollowUpCancelled(PatientEvent):
    """It is not to be followed up after all: care ended, or what was recorded was wrong. `because` is a code.

    was: what had been told of it, "open", "missed" or "met"; empty in events of a release that did not say.
    """

    follow_up_id: UUID
    episode_id: UUID
    symptom: str
    because: str
    cancelled_at: Annotated[datetime, Phi.DATE]
    was: str = ""


class SafetyTaskOpened(PatientEvent):
    """Somebody said that they thought of being better off dead, or of harming themselves: today it is looked at."""

    task_id: UUID
    episode_id: UUID
    visit_id: UUID
    due_on: Annotated[date, Phi.DATE]
    opened_at: Annotated[datetime, Phi.DATE]


class SafetyTaskClosed(PatientEvent):
    """Somebody has done the safety task; `outcome` says what they found."""

    task_id: UUID
    episode_id: UUID
    outcome: Annotated[str, Phi.TEXT]
    closed_at: Annotated[datetime, Phi.DATE]


class UnstablePhaseFound(PatientEvent):
    """The phase is unstable: the plan is to change by the end of `plan_due_on`, and the phase to be reviewed by the end
    of `review_due_on` (PCOC)."""

    episode_id: UUID
    visit_id: UUID
    plan_due_on: Annotated[date, Phi.DATE]
    review_due_on: Annotated[date, Phi.DATE]
    found_at: Annotated[datetime, Phi.DATE]


class UnstablePhaseReviewed(PatientEvent):
    """The unstable phase was assessed again, in time."""

    episode_id: UUID
    visit_id: UUID
    reviewed_at: Annotated[datetime, Phi.DATE]


class UnstablePhaseMissed(PatientEvent):
    """A day is over: `what` (plan_change or review) did not come about in time."""

    episode_id: UUID
    visit_id: UUID
    what: str
    missed_at: Annotated[datetime, Phi.DATE]
