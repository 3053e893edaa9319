"""A change of a care team that is approved and still to come."""

from datetime import date
from typing import Annotated
from uuid import UUID

from carebus.contracts.care_plan import TeamChange
from carebus.contracts.event import Value
from carebus.contracts.people import TeamMember
from carebus.contracts.phi import Phi


class Arranged(Value):
    """On this day somebody takes another's place."""

    arranged_id: UUID
    on: Annotated[date, Phi.DATE]
    leaves: TeamMember
    joins: TeamMember
    reason: TeamChange
    why: str = ""
