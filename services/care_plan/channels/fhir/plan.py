"""The plan of care as FHIR: CarePlan with Conditions, Goals and activities, all by reference. Pure.

HL7's eCare plan (MCC): `CarePlan.activity.detail` is never used; `reference` is what is planned, `outcomeReference`
what took place (StructureDefinition mccCarePlan).
"""

from collections.abc import Iterator, Sequence
from uuid import UUID, uuid5

from carebus.contracts.care_plan import EndReason, PlanGoal, PlanIntervention, PlanProblem, Respondent
from carebus.web.fhir.resources import Json, Resources, clean, concept, instant
from services.care_plan.channels.fhir import codes as c
from services.care_plan.channels.fhir.people import care_team, owner
from services.care_plan.channels.fhir.visits import appointment
from services.care_plan.domain.care import Care, Plan


def care_plan(resources: Resources, care: Care, subject: Json, took_place: Sequence[Json]) -> Json | None:
    """The plan with all it refers to; None for whoever has none. took_place: the visits that did."""
    plan = care.plan
    if plan is None or care.episode_id is None:
        return None
    team = care_team(resources, care, subject)
    troubled = {
        **_illnesses(resources, care, care.episode_id, subject),
        **_problems(resources, care, plan, subject),
    }
    goals = list(_goals(resources, plan, subject, troubled))
    planned = [*_interventions(resources, care, plan, subject, troubled), *_visits(resources, care, subject)]
    activities = [{"reference": each} for each in planned] + [{"outcomeReference": [each]} for each in took_place]
    return resources.add(
        plan.plan_id,
        clean(
            {
                "resourceType": "CarePlan",
                "meta": {"versionId": str(plan.version)},
                "status": status_of(care, plan),
                "intent": "plan",
                "category": [concept(c.PLAN_CATEGORY, "assess-plan")],
                "title": "Plan of palliative care",
                "subject": subject,
                "period": {"start": instant(care.opened_at)} if care.opened_at else None,
                "careTeam": [team],
                "addresses": list(troubled.values()),
                "goal": goals,
                "activity": activities,
                "note": [{"text": _approval(plan)}],
            }
        ),
    )


def status_of(care: Care, plan: Plan) -> str:
    """Draft until some version was approved; on hold and ended as care is."""
    if care.ended is not None:
        wrong = care.ended.reason is EndReason.ENTERED_IN_ERROR
        return "entered-in-error" if wrong else "completed"
    if care.holds:
        return "on-hold"
    return "active" if plan.is_active else "draft"


def _approval(plan: Plan) -> str:
    if plan.approved_at is None:
        return f"Version {plan.version}, approved by nobody yet."
    by = f" by {plan.approved_by.name}" if plan.approved_by else ""
    return f"Version {plan.version}. Version {plan.approved_version} was approved{by} on {plan.approved_at:%Y-%m-%d}."


def _illnesses(resources: Resources, care: Care, episode_id: UUID, subject: Json) -> dict[UUID, Json]:
    found = {uuid5(episode_id, f"illness/{illness}"): illness for illness in care.conditions}
    return {
        illness_id: _condition(
            resources, illness_id, subject, c.ILLNESSES, illness.value, illness.value.replace("_", " ")
        )
        for illness_id, illness in found.items()
    }


def _problems(resources: Resources, care: Care, plan: Plan, subject: Json) -> dict[UUID, Json]:
    if plan.says is None:  # a draft has codes only
        drafted = {uuid5(plan.plan_id, f"concern/{code}"): code for code in plan.concerns}
        return {
            of: _condition(resources, of, subject, c.PROBLEMS, code, code.replace("_", " "))
            for of, code in drafted.items()
        }
    return {problem.problem_id: _problem(resources, care, subject, problem) for problem in plan.says.problems}


def _problem(resources: Resources, care: Care, subject: Json, problem: PlanProblem) -> Json:
    asserted = owner(resources, care, problem.owner)
    return _condition(resources, problem.problem_id, subject, c.PROBLEMS, problem.code, problem.text, asserted)


def _condition(
    resources: Resources,
    condition_id: UUID,
    subject: Json,
    system: str,
    code: str,
    text: str,
    asserter: Json | None = None,
) -> Json:
    told = {
        "resourceType": "Condition",
        "clinicalStatus": concept(c.CLINICAL_STATUS, "active"),
        "code": concept(system, code, text=text) if code else {"text": text},
        "subject": subject,
        "asserter": asserter,
    }
    return resources.add(condition_id, clean(told))


def _goals(resources: Resources, plan: Plan, subject: Json, troubled: dict[UUID, Json]) -> Iterator[Json]:
    if plan.says is None:  # a draft has codes only
        for code in plan.goals:
            said = {"lifecycleStatus": "proposed", "description": {"text": code.replace("_", " ")}}
            told = {"resourceType": "Goal", **said, "subject": subject}
            yield resources.add(uuid5(plan.plan_id, f"goal/{code}"), told)
        return
    for goal in plan.says.goals:
        yield resources.add(goal.goal_id, _goal(goal, subject, troubled))


def _goal(goal: PlanGoal, subject: Json, troubled: dict[UUID, Json]) -> Json:
    """A goal in the patient's own words; as the team pursues it, and who of it does, as notes."""
    notes = filter(None, (goal.aim, f"Looked after by {goal.owner.name}"))
    return clean(
        {
            "resourceType": "Goal",
            "lifecycleStatus": c.as_fhir(goal.status),
            "achievementStatus": concept(c.ACHIEVEMENT, c.as_fhir(goal.achievement)) if goal.achievement else None,
            "description": {"text": goal.words},
            "subject": subject,
            "target": [{"dueDate": goal.due_on.isoformat()}] if goal.due_on else None,
            "expressedBy": subject if goal.said_by is Respondent.PATIENT else None,
            "addresses": [troubled[each] for each in goal.problem_ids if each in troubled],
            "note": [{"text": text} for text in notes],
        }
    )


def _interventions(
    resources: Resources, care: Care, plan: Plan, subject: Json, troubled: dict[UUID, Json]
) -> Iterator[Json]:
    status = "active" if status_of(care, plan) == "active" else "draft"
    for each in plan.says.interventions if plan.says else ():
        told = _intervention(resources, care, each, subject, troubled)
        yield resources.add(each.intervention_id, clean({**told, "status": status}))


def _intervention(
    resources: Resources, care: Care, each: PlanIntervention, subject: Json, troubled: dict[UUID, Json]
) -> Json:
    text = ", ".join(filter(None, (each.text, each.often)))
    return {
        "resourceType": "ServiceRequest",
        "intent": "plan",
        "category": [concept(c.ACTIVITIES, each.kind.value)],
        "code": concept(c.ACTIVITIES, each.code, text=text) if each.code else {"text": text},
        "subject": subject,
        "performer": [owner(resources, care, each.owner)],
        "reasonReference": [troubled[one] for one in each.problem_ids if one in troubled],
    }


def _visits(resources: Resources, care: Care, subject: Json) -> Iterator[Json]:
    for visit in care.visits:
        if not visit.overdue:
            yield appointment(resources, visit, subject)
