"""Who decides for the patient when they can't: named, changed, and no more named."""

from datetime import date
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from pydantic import Field

from carebus.contracts.people import Name
from carebus.contracts.phi import Phi
from carebus.contracts.wishes import Agent, AgentPower, AgentRank, HealthCareAgentAppointed
from carebus.decisions import Cause, Command, Decision
from carebus.errors import CarebusError
from services.wishes.domain.concluding import concluded
from services.wishes.domain.wishes import Wishes

MOST = 10
ALL_POWERS = tuple(AgentPower)


class AgentUnknown(CarebusError):
    """There is no such agent."""

    status = HTTPStatus.NOT_FOUND


class NoPower(CarebusError):
    """Say what the agent may decide; an agent who may decide nothing is none."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class TooManyAgents(CarebusError):
    """There are {most} agents already. Take out whoever is none any more."""

    status = HTTPStatus.CONFLICT


class AppointedInFuture(CarebusError):
    """An agent can't have been named in the future."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class AppointedBeforeBirth(CarebusError):
    """That is before the patient was born."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class AppointAgent(Command):
    """The patient named somebody. A first agent takes the place of the one before, who becomes an alternate."""

    agent_id: UUID
    by: str
    full_name: Name
    relationship: Annotated[str, Phi.TEXT, Field(max_length=100)] = ""
    phone: Annotated[str, Phi.PHONE, Field(max_length=40)] = ""
    rank: AgentRank = AgentRank.FIRST
    powers: tuple[AgentPower, ...] = ALL_POWERS
    limits: Annotated[str, Phi.TEXT, Field(max_length=1000)] = ""
    language: str = "en"
    document_id: UUID | None = None
    appointed_on: date


class TakeOutAgent(Command):
    """Somebody is no agent any more: taken back, not willing, or died."""

    agent_id: UUID
    by: str
    because: Annotated[str, Phi.TEXT, Field(min_length=1, max_length=1000)]


def appoint_agent(wishes: Wishes, appoint: AppointAgent, cause: Cause) -> Decision:
    """They decide when the patient can't, and not before. The same agent said again is put right."""
    wishes.require_open()
    if not appoint.powers:
        raise NoPower(field="powers")
    if appoint.appointed_on > cause.now.date():
        raise AppointedInFuture(field="appointed_on")
    if wishes.patient and appoint.appointed_on < wishes.patient.birth_date:
        raise AppointedBeforeBirth(field="appointed_on")
    others = [one for one in wishes.agents if one.agent_id != appoint.agent_id]
    if len(others) >= MOST:
        raise TooManyAgents(most=MOST)
    agent = Agent.model_validate(appoint.model_dump(include=set(Agent.model_fields)))
    agents = _ranked([*others, agent], agent)
    event = HealthCareAgentAppointed(
        agent=agent, appointed_on=appoint.appointed_on, recorded_by=appoint.by, recorded_at=cause.now
    )
    return concluded(wishes, wishes.but(agents=agents), cause, event)


def take_out_agent(wishes: Wishes, take: TakeOutAgent, cause: Cause) -> Decision:
    """The next one is first."""
    wishes.require_open()
    left = tuple(one for one in wishes.agents if one.agent_id != take.agent_id)
    if len(left) == len(wishes.agents):
        raise AgentUnknown
    first = [one for one in left if one.rank is AgentRank.FIRST] or list(left[:1])
    return concluded(wishes, wishes.but(agents=_ranked(left, first[0]) if first else ()), cause)


def deciding(wishes: Wishes) -> Agent | None:
    """Who decides now in the patient's place; None while the patient does, or where nobody is named."""
    return wishes.agents[0] if wishes.incapacity and wishes.agents else None


def _ranked(agents: "list[Agent] | tuple[Agent, ...]", latest: Agent) -> tuple[Agent, ...]:
    """One is first, at the head; whoever was first before is an alternate."""
    if latest.rank is AgentRank.ALTERNATE and any(one.rank is AgentRank.FIRST for one in agents):
        return tuple(sorted(agents, key=lambda one: one.rank is not AgentRank.FIRST))
    others = [one.model_copy(update={"rank": AgentRank.ALTERNATE}) for one in agents if one is not latest]
    return (latest.model_copy(update={"rank": AgentRank.FIRST}), *others)
