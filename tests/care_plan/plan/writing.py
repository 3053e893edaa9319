"""Somebody in care with a team, and plans that are written for them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid5

from carebus.contracts.event import Event, patient_stream
from carebus.contracts.people import Condition, Person, Role, TeamMember
from carebus.decisions import Cause, Decision
from services.care_plan.domain.care import Care, Plan
from services.care_plan.domain.plan.approving import ApprovePlan, approving
from services.care_plan.domain.plan.drafts import draft_plan
from services.care_plan.domain.plan.revising import RevisePlan, revise_plan
from services.care_plan.store.rulesets import starting_plans

PATIENT = UUID("018f0000-0000-7000-8000-00000000000a")
NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)
TODAY = date(2026, 3, 2)
NEEDS = ("physical", "emotional", "nutritional", "spiritual", "social", "behavioural")
RULES = starting_plans()
approve = approving(RULES)
E = TypeVar("E", bound=Event)


def id_of(name: str) -> UUID:
    """The same id for the same name."""
    return uuid5(PATIENT, name)


def member(role: Role, *, primary: bool = False) -> TeamMember:
    """Somebody of the team; a nurse leads it."""
    name = role.value.replace("_", " ").capitalize()
    return TeamMember(clinician_id=id_of(role), name=name, role=role, primary=primary, account=id_of(f"account {role}"))


NURSE, DOCTOR = member(Role.NURSE, primary=True), member(Role.DOCTOR)


def cause(n: int = 0, *, days: int = 0, role: Role = Role.DOCTOR) -> Cause:
    """A command of somebody of the team."""
    now = NOON + timedelta(days=days)
    command_id = uuid5(PATIENT, f"command {n}")
    actor = str(id_of(f"account {role}"))
    return Cause(command_id, patient_stream(PATIENT), now, actor, command_id, now, role=role)


def in_care(*team: TeamMember) -> Care:
    """Somebody with cancer who was taken on; the plan is a draft."""
    return Care(
        patient=Person(given_name="Rosa", family_name="Almeida", birth_date=date(1948, 5, 17)),
        episode_id=id_of("episode"),
        conditions=(Condition.CANCER,),
        opened_at=NOON - timedelta(days=1),
        team=team or (DOCTOR, NURSE),
        plan=draft_plan(id_of("plan"), [Condition.CANCER]),
    )


def whole(**parts: Any) -> dict[str, Any]:
    """A plan with one problem, goal and thing to do, and every kind of need; `parts` stand instead."""
    return {
        "problems": [{"problem_id": id_of("pain"), "text": "Pain in the hip"}],
        "goals": [{"goal_id": id_of("garden"), "words": "I want to sit in my garden"}],
        "interventions": [
            {
                "intervention_id": id_of("medicines"),
                "kind": "medicines",
                "text": "Adjust pain medicines",
                "owner": {"clinician_id": DOCTOR.clinician_id},
            }
        ],
        "needs": [{"domain": domain, "assessed_on": TODAY} for domain in NEEDS],
        **parts,
    }


def revises(based_on: int = 1, **parts: Any) -> RevisePlan:
    """The command that makes the whole plan be so."""
    return RevisePlan.model_validate({"based_on": based_on, "plan": whole(**parts)})


def after(decision: Decision) -> Care:
    """The care that a decision leaves."""
    (care,) = decision.states
    assert isinstance(care, Care)
    return care


def plan_after(decision: Decision) -> Plan:
    """The plan that a decision leaves."""
    plan = after(decision).plan
    assert plan is not None
    return plan


def told(decision: Decision, kind: type[E]) -> E:
    """The one event of this kind that a decision tells."""
    (event,) = [event for event in decision.events if isinstance(event, kind)]
    return event


def written(**parts: Any) -> Care:
    """Somebody whose plan was written: version 2, not approved."""
    return after(revise_plan(in_care(), revises(**parts), cause()))


def approved(**parts: Any) -> Care:
    """Somebody whose plan was written and approved."""
    return after(approve(written(**parts), ApprovePlan(version=2), cause(1)))
