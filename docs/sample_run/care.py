"""What the sample run's care teams and planner do: in memory, by the decisions that the service takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Coroutine, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid5

from pydantic import BaseModel

from carebus.contracts import Stream, Subject, patient_stream
from carebus.contracts.care_plan import Assessments
from carebus.contracts.event import subject_id
from carebus.decisions import Handlers, Reaction, State
from deploy.local.clinic import SEED
from deploy.local.invented import assessments, roster
from deploy.local.patient import Patient
from docs.sample_run.company import ROOT, Company
from services.care_plan.api.bereavement.commands import ACTS as OF_BEREAVEMENT
from services.care_plan.api.episode.commands import ACTS as OF_CARE
from services.care_plan.api.hospice.commands import ACTS as OF_HOSPICE
from services.care_plan.api.medicines.commands import ACTS as OF_MEDICINES
from services.care_plan.api.plan.commands import ACTS as OF_PLAN
from services.care_plan.api.summaries.commands import ACKNOWLEDGE, SEND
from services.care_plan.api.team.commands import ACTS as OF_CLINICIAN
from services.care_plan.api.visits.commands import ACTS as OF_VISIT
from services.care_plan.api.visits.commands import COMPLETE, CORRECT
from services.care_plan.channels.planner import hours, teams
from services.care_plan.channels.planner.assignment import assign
from services.care_plan.channels.planner.planning import BOOK_WANTED, TAKE_INTO_CARE
from services.care_plan.channels.planner.problem import Assignment, Problem
from services.care_plan.domain.care import Care
from services.care_plan.domain.summaries.sharing import AcknowledgeSummary, Sharing
from services.care_plan.domain.team.clinicians import Clinician
from services.care_plan.domain.visits.completing import CompleteVisit
from services.care_plan.domain.visits.correcting import CorrectVisit
from services.care_plan.store.team import Looking
from services.care_plan.store.visits import Hour

T = TypeVar("T")


def stream_of(patient: Patient) -> Stream:
    """The journal of a patient of the sample."""
    return patient_stream(uuid5(ROOT, patient.source_id))


class CareTeam:
    """The part of the clinic that looks after those who were taken on."""

    def __init__(self, hears: Mapping[str, Handlers], patients: list[Stream], opens_at: datetime) -> None:
        self.patients = patients
        self.clinicians = [Subject.ROSTER.stream(one.clinician_id) for one in roster(SEED)]
        self.company = Company(hears, [*self.clinicians, *patients], opens_at)

    def passes(self, **span: float) -> None:
        """Time passes, and the planner looks."""
        self.company.passes(**span)
        self.plans()

    def known(self, service: str, kind: type[State], patient: Patient) -> Any:
        """What a service knows of a patient."""
        return self.company.state(service, kind, stream_of(patient))

    def of_clinician(self, act: str, which: int = 0, **said: Any) -> None:
        """A clinician changes, takes leave or resigns."""
        stream = self.clinicians[which]
        command = OF_CLINICIAN[act].command.model_validate({"clinician_id": subject_id(stream), **said})
        self.company.asks("care_plan", "supervisor:ines", (OF_CLINICIAN[act].reaction, stream, command))
        self.plans()

    def of_care(self, act: str, patient: Patient, **said: Any) -> None:
        """Somebody does this with somebody's care as a whole."""
        command = OF_CARE[act].command.model_validate(said)
        self.company.asks("care_plan", "coordinator:ann", (OF_CARE[act].reaction, stream_of(patient), command))
        self.plans()

    def of_visit(self, act: str, patient: Patient, **said: Any) -> None:
        """Somebody does this with the visit that is planned first."""
        visit = self.known("care_plan", Care, patient).planned
        command = OF_VISIT[act].command.model_validate({"visit_id": visit.visit_id, **said})
        actor = f"clinician:{visit.clinician.clinician_id}"
        self.company.asks("care_plan", actor, (OF_VISIT[act].reaction, stream_of(patient), command))
        self.plans()

    def corrects(self, patient: Patient, visit_id: UUID, reason: str) -> None:
        """What was recorded of a visit was wrong: nothing is stated anew but its note."""
        said = CorrectVisit(
            visit_id=visit_id,
            assessments=assessments(SEED, patient, 1),
            visit_note="Slept well; the night was quiet.",
            reason_text=reason,
        )
        self.company.asks("care_plan", "clinician:her", (CORRECT, stream_of(patient), said))

    def plans(self) -> None:
        """The planner finds teams, and then hours."""
        cares = self._cares()
        looking = {s: c for s, c in cares.items() if c.in_care and not c.waits and c.lacking}
        found = at_once(teams.find(looking, self._people(cares), self.company.now, _here)) if looking else {}
        for stream, team in found.items():
            self.company.asks("care_plan", "planner", (TAKE_INTO_CARE, stream, team))
        cares = self._cares()
        waiting = {s: c for s, c in cares.items() if c.in_care and not c.waits and c.wanted}
        clinicians = {one.clinician.clinician_id: one.clinician for one in self._people(cares)}
        taken = [
            Hour(who.clinician_id, v.starts_at, v.starts_at + timedelta(minutes=v.minutes), care.patient.address)
            for care in cares.values()
            if care.patient
            for v in care.visits
            for who in v.people
        ]
        people = {k: v for k, v in clinicians.items() if k}
        for stream, books in hours.find(waiting, people, taken, self.company.now).items():
            for book in books:
                self.company.asks("care_plan", "planner", (BOOK_WANTED, stream, book))

    def _cares(self) -> dict[Stream, Care]:
        found = {stream: self.company.state("care_plan", Care, stream) for stream in self.patients}
        return {stream: care for stream, care in found.items() if isinstance(care, Care)}

    def _people(self, cares: Mapping[Stream, Care]) -> list[Looking]:
        load = Counter(one.clinician_id for care in cares.values() if care.in_care for one in care.team)
        found = [self.company.state("care_plan", Clinician, stream) for stream in self.clinicians]
        return [
            Looking(one, load[one.clinician_id]) for one in found if isinstance(one, Clinician) and one.clinician_id
        ]

    def finds(self, patient: Patient, **found: Any) -> None:
        """The visit that is planned takes place at its time, and this is found."""
        visit = self.known("care_plan", Care, patient).planned
        self.passes(seconds=max(0.0, (visit.starts_at - self.company.now).total_seconds()) + 60 * visit.minutes)
        said = CompleteVisit(visit_id=visit.visit_id, assessments=Assessments.model_validate(found))
        self._asks(COMPLETE, patient, said)

    def of_plan(self, act: str, patient: Patient, **said: Any) -> None:
        """Somebody does this with the plan of care."""
        self._asks(OF_PLAN[act].reaction, patient, OF_PLAN[act].command.model_validate(said))

    def of_medicines(self, patient: Patient, **said: Any) -> None:
        """Somebody goes through the medicines with the patient."""
        act = OF_MEDICINES["reconcile"]
        self._asks(act.reaction, patient, act.command.model_validate(said))

    def of_hospice(self, act: str, patient: Patient, **said: Any) -> None:
        """Somebody does this on the patient's way to hospice."""
        self._asks(OF_HOSPICE[act].reaction, patient, OF_HOSPICE[act].command.model_validate(said))

    def of_bereavement(self, act: str, patient: Patient, **said: Any) -> None:
        """Somebody does this for those who stay."""
        self._asks(OF_BEREAVEMENT[act].reaction, patient, OF_BEREAVEMENT[act].command.model_validate(said))

    def sends_summary(self, patient: Patient, visit_id: UUID, **said: Any) -> None:
        """Staff send the summary of a visit to somebody outside."""
        self._asks(SEND.reaction, patient, SEND.command.model_validate({"visit_id": visit_id, **said}))

    def has_read(self, patient: Patient) -> None:
        """Who was sent a summary says that they have it."""
        sending = self.known("care_plan", Sharing, patient).sendings[0]
        read = AcknowledgeSummary(sending_id=sending.sending_id, version=sending.version)
        self._asks(ACKNOWLEDGE, patient, read)

    def _asks(self, reaction: Reaction, patient: Patient, command: BaseModel) -> None:
        self.company.asks("care_plan", "clinician:her", (reaction, stream_of(patient), command))
        self.plans()


async def _here(problem: Problem) -> Assignment:
    return assign(problem)


def at_once(work: Coroutine[Any, Any, T]) -> T:
    """The result of work that waits for nothing."""
    try:
        work.send(None)
    except StopIteration as done:
        found: T = done.value
        return found
    raise AssertionError("it waits")
