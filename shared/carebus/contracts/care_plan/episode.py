"""Episodes of care: how they begin, wait and end."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from carebus.contracts.event import PatientEvent
from carebus.contracts.people import Condition, Payer
from carebus.contracts.phi import Phi


class EndReason(StrEnum):
    """Why an episode ended."""

    DISCHARGED = "discharged"
    WITHDRAWN = "withdrawn"
    MOVED = "moved"
    HOSPICE = "hospice"
    PLAN_LOST = "plan_lost"
    TRANSFERRED = "transferred"
    NOT_REACHED = "not_reached"
    DIED = "died"
    ENTERED_IN_ERROR = "entered_in_error"


class HoldCause(StrEnum):
    """Why care waits, with nothing done and nothing undone."""

    DEATH_REPORTED = "death_reported"


class EpisodeOpened(PatientEvent):
    """An episode of palliative care at home began."""

    episode_id: UUID
    referral_id: UUID
    conditions: tuple[Condition, ...]
    payer: Payer | None = None
    ready_for_care_on: Annotated[date, Phi.DATE]
    opened_at: Annotated[datetime, Phi.DATE]


class EpisodeEnded(PatientEvent):
    """An episode ended: what was planned in it is cancelled, and nothing more is told to the family of visits.

    source: where the word came from, such as `referral`, `visit`, `care_team` or `office`.  hand_over: who goes on
    caring, and what they need to know.
    """

    episode_id: UUID
    reason: EndReason
    ended_on: Annotated[date, Phi.DATE]
    source: str
    hand_over: Annotated[str, Phi.TEXT] = ""
    ended_at: Annotated[datetime, Phi.DATE]


class CareHeld(PatientEvent):
    """Care waits: a death was reported. Nothing is deleted, nothing goes out, until somebody confirms or dismisses it.

    reported_on: the day of the death as reported.  source: as in EpisodeEnded.
    """

    episode_id: UUID
    hold_id: UUID
    cause: HoldCause
    source: str
    reported_on: Annotated[date | None, Phi.DATE] = None
    held_at: Annotated[datetime, Phi.DATE]


class CareResumed(PatientEvent):
    """What held care was wrong: everything goes on as if it had never been said. `hold_id` names the `CareHeld`."""

    episode_id: UUID
    hold_id: UUID
    resumed_at: Annotated[datetime, Phi.DATE]
