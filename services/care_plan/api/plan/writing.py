"""The form in which a plan is written: what it begins with, what its fields are called, and how it is read."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import FormData

from carebus.contracts.care_plan import NeedDomain, PlanOfCare
from carebus.contracts.people import Role
from carebus.ids import new_id
from carebus.web import Form
from carebus.web.act_forms import KEY
from services.care_plan.api import rows
from services.care_plan.api.plan.words import NEEDS
from services.care_plan.domain.care import Care, Plan
from services.care_plan.domain.plan.starting import LikelyProblem, StartingPlans, id_in
from services.care_plan.domain.plan.stating import restated

SPARE = 2
"""Empty rows at the end of each part: what does not fit is added after saving."""
ROWS = {
    "plan.problems": ("text",),
    "plan.goals": ("words", "aim"),
    "plan.interventions": ("text", "often", "equipment_code"),
    "plan.needs": ("assessed_on", "why_not", "note"),
    "plan.elsewhere": ("plan_of", "text", "equipment_code"),
}
"""The parts of the form that have rows, and what shows that somebody typed in one."""
MANY = ("problem_ids", "goal_ids")
IDS = {"problems": "problem_id", "goals": "goal_id", "interventions": "intervention_id", "elsewhere": "item_id"}
FIELDS = {
    "problems": {"text": "", "owner.clinician_id": "whose it is"},
    "goals": {
        "words": "",
        "aim": "what the team aims at",
        "due_on": "by when",
        "owner.clinician_id": "who answers for it",
    },
    "interventions": {"text": "", "kind": "what kind", "owner.clinician_id": "who does it"},
    "needs": {"assessed_on": "", "why_not": "why not", "note": "in words"},
    "elsewhere": {"plan_of": "", "text": "what they plan", "kind": "what kind"},
}
"""What fields of a row are called where a page says which to look at again; the main one as the row itself."""
NOUNS = {
    "problems": "Problem",
    "goals": "Goal",
    "interventions": "To do",
    "needs": "Need",
    "elsewhere": "Planned elsewhere",
}


def read(sent: FormData) -> dict[str, Any]:
    """The form as the body of a revision; nothing is for a problem or goal that was taken out or never written."""
    body = rows.typed(sent, ROWS, MANY)
    plan = body["plan"]
    there = {row.get(IDS[part]) for part in ("problems", "goals") for row in plan[part]}
    for row in (*plan["goals"], *plan["interventions"]):
        row.update({name: [one for one in row[name] if one in there] for name in MANY if name in row})
    return body


def shown(body: Mapping[str, Any], key: str) -> Form:
    """The form with this in it, every kind of need in a row of its own, and with what its fields are called."""
    plan = {**body["plan"], "needs": _every_need(body["plan"]["needs"])}
    return Form({**rows.flat({**body, "plan": plan}), KEY: (key,)}, {}, _labels(plan))


def begun(care: Care, plan: Plan, starting: StartingPlans) -> Form:
    """The form as it is opened: with the plan that stands, or with what is likely where none was written yet."""
    stated = _standing(plan.says) if plan.says is not None else _likely(care, plan, starting)
    return shown({"based_on": plan.version, "plan": stated}, str(new_id()))


def refused(form: Form, why: ValidationError | RequestValidationError) -> Form:
    """The form with what is wrong with it, where somebody can put it right."""
    found = form.refused(why)
    return replace(found, errors={_where(name): sentence for name, sentence in found.errors.items()})


def counts(form: Form) -> dict[str, int]:
    """How many rows each part is shown with."""
    return {part: _rows_in(form, part) + SPARE for part in IDS}


def spare_ids(form: Form) -> dict[str, str]:
    """An id for each row that is still empty, by the field that holds it."""
    names = [f"plan.{part}.{n}.{IDS[part]}" for part, most in counts(form).items() for n in range(most)]
    return {name: form.value(name) or str(new_id()) for name in names}


def hints(care: Care, plan: Plan, starting: StartingPlans) -> dict[str, str]:
    """What the team often aims at, by the id of the goal that has no words of the patient's yet."""
    if plan.says is not None:
        return {}
    return {str(id_in(plan.plan_id, "goal", each.goal)): each.aim for each in starting.likely(care.conditions)}


def _where(name: str) -> str:
    """What is wrong with an owner stands at the choice of one, with a row at its main field, with all above all."""
    if name.endswith(".owner"):
        return f"{name}.clinician_id"
    part, _, n = name.removeprefix("plan.").partition(".")
    if n.isdigit() and part in FIELDS:
        return f"{name}.{next(iter(FIELDS[part]))}"
    return "" if name == "plan" else name


def _standing(says: PlanOfCare) -> dict[str, Any]:
    found: dict[str, Any] = restated(says).model_dump(mode="json", exclude_none=True)
    return found


def _likely(care: Care, plan: Plan, starting: StartingPlans) -> dict[str, Any]:
    of_role = {member.role: str(member.clinician_id) for member in reversed(care.team)}
    problems = starting.likely(care.conditions)
    return {
        "problems": [_problem(plan.plan_id, each) for each in problems],
        "goals": [_goal(plan.plan_id, each) for each in problems],
        "interventions": [row for each in problems for row in _interventions(plan.plan_id, each, of_role)],
        "needs": [],
        "elsewhere": [],
    }


def _problem(plan_id: UUID, each: LikelyProblem) -> dict[str, Any]:
    return {"problem_id": id_in(plan_id, "problem", each.code), "code": each.code, "text": each.text}


def _goal(plan_id: UUID, each: LikelyProblem) -> dict[str, Any]:
    return {
        "goal_id": id_in(plan_id, "goal", each.goal),
        "code": each.goal,
        "problem_ids": [id_in(plan_id, "problem", each.code)],
    }


def _interventions(plan_id: UUID, each: LikelyProblem, of_role: Mapping[Role, str]) -> list[dict[str, Any]]:
    return [
        {
            **one.model_dump(exclude={"role"}),
            "intervention_id": id_in(plan_id, "intervention", one.code),
            "problem_ids": [id_in(plan_id, "problem", each.code)],
            "owner": {"clinician_id": of_role.get(one.role)},
        }
        for one in each.interventions
    ]


def _every_need(stated: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What is stated, in its order, then the kinds that nothing is stated of."""
    known = {need.get("domain") for need in stated}
    return [*stated, *({"domain": domain} for domain in NeedDomain if domain not in known)]


def _rows_in(form: Form, part: str) -> int:
    start = f"plan.{part}."
    numbers = [int(name.removeprefix(start).partition(".")[0]) for name in form.values if name.startswith(start)]
    return max(numbers, default=-1) + 1


def _labels(plan: Mapping[str, Any]) -> dict[str, str]:
    return {
        f"plan.{part}.{n}.{name}": ": ".join(filter(None, (_noun(part, n, row), called)))
        for part, fields in FIELDS.items()
        for n, row in enumerate([*plan[part], *[{}] * SPARE])
        for name, called in fields.items()
    }


def _noun(part: str, n: int, row: Mapping[str, Any]) -> str:
    return NEEDS.get(row.get("domain", ""), NOUNS[part]) if part == "needs" else f"{NOUNS[part]} {n + 1}"
