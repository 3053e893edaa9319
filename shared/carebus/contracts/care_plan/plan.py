"""The plan of care."""

from uuid import UUID

from carebus.contracts.event import PatientEvent


class CarePlanDrafted(PatientEvent):
    """A first plan of care: what concerns it answers and what it aims at, as codes."""

    plan_id: UUID
    episode_id: UUID
    version: int
    concerns: tuple[str, ...]
    goals: tuple[str, ...]
