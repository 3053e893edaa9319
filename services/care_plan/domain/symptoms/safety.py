"""An answer that says somebody may harm themselves is looked at on the same day, and shown until it was."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from pydantic import Field

from carebus.contracts.care_plan import SafetyTaskClosed, SafetyTaskOpened
from carebus.contracts.event import Value
from carebus.contracts.phi import Phi
from carebus.decisions import Cause, Command, Decision, changed
from carebus.errors import CarebusError
from services.care_plan.domain.care import Care, VisitRecord, episode_of
from services.care_plan.domain.care.alerts import ClosedTask, SafetyTask
from services.care_plan.domain.care.zones import day_of
from services.care_plan.domain.instruments import needs_safety_task
from services.care_plan.domain.symptoms.follow_ups import care_in, with_care

CORRECTED = "What was recorded was wrong, and was corrected."
CLOSED_KEPT = 3
"""So many tasks that somebody looked at a patient's document keeps; every one is in its event."""


class TaskUnknown(CarebusError):
    """There is no such task, or it was closed already."""

    status = HTTPStatus.NOT_FOUND
    field = "task_id"


class CloseSafetyTask(Value, Command):
    """Somebody has looked at it today: what was found and agreed."""

    task_id: UUID
    outcome: Annotated[str, Phi.TEXT, Field(min_length=3, max_length=2000)]


def look_after_safety(decision: Decision, record: VisitRecord, cause: Cause) -> Decision:
    """The decision on a visit with a task for today, if its answer asks for one; without one that was wrong.

    Each visit has its own task, which no other visit's answer settles. One that was closed is not opened again by a
    correction of something else.
    """
    care, stated = care_in(decision), record.stated
    if stated is None or record.visit_id is None or care.episode_id is None:
        return decision
    open_one = next((one for one in care.safety_tasks if one.visit_id == record.visit_id), None)
    needed = needs_safety_task(stated.assessments)
    if open_one is not None and not needed:
        return _closed(decision, care, open_one, CORRECTED, cause)
    was_needed = bool(record.earlier) and needs_safety_task(record.earlier[-1].assessments)
    if open_one is not None or not needed or was_needed or not care.in_care:
        return decision
    task = SafetyTask(
        task_id=cause.derive("safety"),
        visit_id=record.visit_id,
        due_on=day_of(care, cause.now),
        opened_at=cause.now,
    )
    told = SafetyTaskOpened(**task.model_dump(), episode_id=care.episode_id)
    return with_care(decision, care.but(safety_tasks=(*care.safety_tasks, task))).tells(told)


def close_safety_task(care: Care, closes: CloseSafetyTask, cause: Cause) -> Decision:
    """It was looked at. Raises TaskUnknown."""
    task = next((one for one in care.safety_tasks if one.task_id == closes.task_id), None)
    if task is None:
        raise TaskUnknown
    closed = ClosedTask(
        task_id=task.task_id, visit_id=task.visit_id, outcome=closes.outcome, closed_by=cause.by, closed_at=cause.now
    )
    kept = care.but(safety_closed=(closed, *care.safety_closed)[:CLOSED_KEPT])
    return _closed(changed(kept).part_of(care.journey_id), kept, task, closes.outcome, cause)


def _closed(decision: Decision, care: Care, task: SafetyTask, outcome: str, cause: Cause) -> Decision:
    left = tuple(one for one in care.safety_tasks if one is not task)
    told = SafetyTaskClosed(task_id=task.task_id, episode_id=episode_of(care), outcome=outcome, closed_at=cause.now)
    return with_care(decision, care.but(safety_tasks=left)).tells(told)
