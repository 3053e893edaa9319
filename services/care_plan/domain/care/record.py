"""A visit that is over: what was planned, what took place, what was found, and every correction of it."""

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from carebus.contracts.care_plan import Assessments, VisitPlace
from carebus.contracts.event import Value
from carebus.contracts.people import TeamMember
from carebus.contracts.phi import Phi
from carebus.decisions import State
from services.care_plan.domain.care.found import Found
from services.care_plan.domain.care.visit import Outcome, Visit


class Stated(Value):
    """What those who were there say of a visit: when it began and ended, where it was, who was there, what was found.

    present: of the team.  also_present: others, in words.  recorded_by and recorded_at: who said so, and when.
    """

    started_at: Annotated[datetime, Phi.DATE]
    ended_at: Annotated[datetime, Phi.DATE]
    place: VisitPlace | None = None
    present: tuple[TeamMember, ...] = ()
    also_present: Annotated[str, Phi.TEXT] = ""
    assessments: Assessments = Assessments()
    visit_note: Annotated[str, Phi.TEXT] = ""
    recorded_by: str = ""
    recorded_at: Annotated[datetime, Phi.DATE]


class VisitRecord(State):
    """One visit that is over: a part of the patient's stream, loaded by the id that a command names.

    version: 1 as first stated; `earlier` are the statements that were corrected since, oldest first.
    before: what was last found before this visit, which its answers are compared with.
    referral_id, opened_at: of the visit's own episode, which may not be the present one; None in earlier records.
    signed_by, signed_at: who stands for the version that is signed.
    """

    PART: ClassVar[str | None] = "visit_id"

    visit_id: UUID | None = None
    episode_id: UUID | None = None
    referral_id: UUID | None = None
    opened_at: Annotated[datetime | None, Phi.DATE] = None
    outcome: Outcome | None = None
    planned: Visit | None = None
    stated: Stated | None = None
    version: int = 1
    earlier: tuple[Stated, ...] = ()
    before: Found = Found()
    before_ordinal: int | None = None
    reason: str = ""
    reason_text: Annotated[str, Phi.TEXT] = ""
    over_at: Annotated[datetime | None, Phi.DATE] = None
    signed_by: str = ""
    signed_at: Annotated[datetime | None, Phi.DATE] = None
