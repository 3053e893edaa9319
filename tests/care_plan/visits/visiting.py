"""A person in care whose visits are recorded and corrected, in memory."""

from __future__ import annotations

from copy import copy
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from carebus.contracts import Event, patient_stream
from carebus.contracts.care_plan import Assessments, VisitMode
from carebus.contracts.people import Role
from services.care_plan.api.visits.commands import COMPLETE, CORRECT, SCHEDULE
from services.care_plan.domain.care import Care, VisitRecord
from services.care_plan.domain.visits.booking import ScheduleVisit
from services.care_plan.domain.visits.completing import CompleteVisit
from services.care_plan.domain.visits.correcting import CorrectVisit
from tests.care_plan.clinic import full_clinic

E = TypeVar("E", bound=Event)
STREAM = patient_stream(UUID(int=1))
HOUR = timedelta(hours=1)


class Visiting:
    """A clinic with one person in care; hours count from when they were taken on."""

    def __init__(self) -> None:
        self.clinic = full_clinic()
        self.clinic.take_on(1)
        self.began = self.clinic.now

    @property
    def care(self) -> Care:
        """What is known of the person."""
        return self.clinic.cares[STREAM]

    def another(self) -> Visiting:
        """The same, to go on in another way."""
        other, clinic = copy(self), copy(self.clinic)
        clinic.states, clinic.timers, clinic.told = dict(clinic.states), dict(clinic.timers), list(clinic.told)
        clinic._causes = clinic._causes.copy()
        other.clinic = clinic
        return other

    def at(self, hour: float) -> datetime:
        """So many hours after they were taken on."""
        return self.began + hour * HOUR

    def planned(self, hour: float, mode: VisitMode = VisitMode.HOME) -> UUID:
        """A visit is agreed upon."""
        known = {visit.visit_id for visit in self.care.visits}
        nurse = next(member for member in self.care.team if member.role is Role.NURSE)
        self.clinic.decide(
            SCHEDULE.reaction, STREAM, ScheduleVisit(people=(nurse,), starts_at=self.at(hour), mode=mode)
        )
        return next(visit.visit_id for visit in self.care.visits if visit.visit_id not in known)

    def recorded(self, visit_id: UUID, ends: float, found: dict[str, Any], **said: Any) -> None:
        """A visit that ended so many hours after they were taken on is recorded now."""
        times = {"started_at": self.at(ends - 1), "ended_at": self.at(ends)}
        body = {"visit_id": visit_id, "assessments": Assessments.model_validate(found), **times, **said}
        self.clinic.decide(COMPLETE, STREAM, CompleteVisit.model_validate(body))

    def corrected(self, visit_id: UUID, found: dict[str, Any], ends: float | None = None, **said: Any) -> None:
        """What was stated of a visit is corrected."""
        times = {} if ends is None else {"started_at": self.at(ends - 1), "ended_at": self.at(ends)}
        body = {"visit_id": visit_id, "assessments": Assessments.model_validate(found), **times, **said}
        self.clinic.decide(CORRECT, STREAM, CorrectVisit.model_validate({"reason_text": "Written wrongly.", **body}))

    def passes(self, hours: float) -> None:
        """Time goes on."""
        self.clinic.passes(hours * HOUR)

    def record(self, visit_id: UUID) -> VisitRecord:
        """The document of a visit that is over."""
        return next(
            one for one in self.clinic.states.values() if isinstance(one, VisitRecord) and one.visit_id == visit_id
        )

    def told(self, kind: type[E]) -> list[E]:
        """What was told, of one kind."""
        return [event for _, event in self.clinic.told if isinstance(event, kind)]
