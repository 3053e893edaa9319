"""Health care agents: whom the patient named to decide for them, with which powers."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from carebus.contracts.event import PatientEvent, Value
from carebus.contracts.people import Name
from carebus.contracts.phi import Phi


class AgentRank(StrEnum):
    """Who decides first, and who when that person can't be reached."""

    FIRST = "first"
    ALTERNATE = "alternate"


class AgentPower(StrEnum):
    """What an agent may decide. What is not named they may not."""

    TREATMENT = "treatment"
    LIFE_SUPPORT = "life_support"
    NUTRITION = "nutrition"
    PLACE_OF_CARE = "place_of_care"
    HOSPICE = "hospice"
    RECORDS = "records"


class Agent(Value):
    """A health care agent. limits: what they may not decide, in the document's words."""

    agent_id: UUID
    full_name: Name
    relationship: Annotated[str, Phi.TEXT] = ""
    phone: Annotated[str, Phi.PHONE] = ""
    rank: AgentRank = AgentRank.FIRST
    powers: tuple[AgentPower, ...] = ()
    limits: Annotated[str, Phi.TEXT] = ""
    language: str = "en"
    document_id: UUID | None = None


class HealthCareAgentAppointed(PatientEvent):
    """The patient named somebody to decide for them. Whether they decide now is in `WishesSummarised`."""

    agent: Agent
    appointed_on: Annotated[date, Phi.DATE]
    recorded_by: str
    recorded_at: Annotated[datetime, Phi.DATE]
    OWN_TIME = "recorded_at"
