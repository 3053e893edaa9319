"""Commands of care plan in a full clinic: beside a roster document under one lock, after ten years, while it plans.

The service runs in this process on a real PostgreSQL, its planner's solver in a process of its own. No broker:
commands need none.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import timedelta
from uuid import UUID

from pydantic import BaseModel

from bench.care_plan import clinic
from bench.care_plan.full_clinic import asked, care_plan, one_per_patient, parts_of, pass_days, plan, staff, take_on
from bench.figures import Latency, middle, paired_ratio
from bench.ground import Servers, execute
from bench.saying import Json, Say
from carebus.contracts import patient_stream
from carebus.contracts.care_plan import Assessments, EsasR, Phase, VisitReason
from carebus.contracts.event import Stream, Value
from carebus.deciding.commands import Done
from carebus.decisions import Cause, Decision, Reaction, State, on
from carebus.storage.states import Documents
from carebus.testing import Bench
from services.care_plan.api.visits.commands import ACTS, COMPLETE, SCHEDULE
from services.care_plan.channels.planner.problem import Problem
from services.care_plan.channels.planner.solving import Solver
from services.care_plan.domain.care import Care, Visit, VisitRecord
from services.care_plan.domain.visits.booking import ScheduleVisit
from services.care_plan.domain.visits.changing import CancelVisit
from services.care_plan.domain.visits.completing import CompleteVisit, complete_visit
from services.care_plan.store import episode
from services.care_plan.store.rulesets import assignment_weights, travel_rules

PATIENTS, CLINICIANS, CALLERS = 5000, 200, 16
ROUNDS, IN_A_ROUND = 3, 400
BOOKED_EACH = 25
"""Hours that the roster document holds of each clinician."""
WEEKS = 520
PAIRS = 60
PAGES = 20
ANSWERED = EsasR.model_validate({name: n % 5 for n, name in enumerate(EsasR.model_fields)})
FOUND = Assessments(esas_r=ANSWERED, akps=60, phase=Phase.DETERIORATING)


class Booked(Value):
    """A clinician in the roster document, with the hours that are taken, as it was before they became rows."""

    clinician_id: UUID
    name: str
    capacity: int
    load: int
    booked: tuple[int, ...]


class RosterDocument(State):
    """Everybody in one document, under one lock."""

    LIVES_ON = Stream("roster/main")

    members: tuple[Booked, ...] = ()


def complete_with_roster(
    care: Care, record: VisitRecord, roster: RosterDocument, done: CompleteVisit, cause: Cause
) -> Decision:
    """A visit is completed, and its clinician's hours change in the document."""
    decision = complete_visit(care, record, done, cause)
    who = care.visit(done.visit_id).clinician.clinician_id
    at = int(cause.now.timestamp()) // 60
    members = roster.members or tuple(_full(n, at) for n in range(CLINICIANS))
    changed = tuple(
        _taken(each, at) if each.clinician_id.int % CLINICIANS == who.int % CLINICIANS else each for each in members
    )
    return decision._replace(states=(*decision.states, roster.model_copy(update={"members": changed})))


WITH_ROSTER = on(Care, VisitRecord, RosterDocument, complete_with_roster)


async def measure(made: Servers, scale: float, say: Say) -> Json:
    """All of it in one run, in one clinic."""
    many = max(400, int(PATIENTS * scale))
    async with care_plan(made, CALLERS) as service:
        await _with_roster_table(service)
        await staff(service, CLINICIANS, many)
        old, *people = one_per_patient(many)
        await take_on(service, [old])
        visits = await _ten_years(service, old.patient_id, max(4, int(WEEKS * scale)))
        say(f"  {visits} visits of one patient in ten years")
        begun = time.perf_counter()
        await take_on(service, people)
        pass_days(service, 10)
        say(f"  {many} patients taken on in {time.perf_counter() - begun:.0f} s")
        to_complete = iter(await _planned(service, [one.patient_id for one in people[2:]]))
        aged = await _aged(service, old.patient_id, people[0].patient_id, max(5, int(PAIRS * scale)))
        rates = await _rates(service, to_complete, max(20, int(IN_A_ROUND * scale)))
        solving = await _while_solving(service, to_complete, many, max(20, int(IN_A_ROUND * scale)))
    found: Json = {"patients": many, "clinicians": CLINICIANS, "callers": CALLERS, "visits": visits}
    return {**found, "aged": aged, "rates": rates, "solving": solving}


async def _with_roster_table(service: Bench) -> None:
    core = service.service.core
    core.states[RosterDocument] = Documents("roster_document", RosterDocument)  # type: ignore[index]
    url = core.settings.database_url
    await execute(url, "create table roster_document (stream text primary key, doc jsonb not null)")


async def _ten_years(service: Bench, patient_id: UUID, weeks: int) -> int:
    """A visit each week, booked by the planner; gives how many took place."""
    for _ in range(weeks):
        pass_days(service, 7)
        for patient, visit in await _planned(service, [patient_id]):
            await _complete(service, COMPLETE, patient, visit)
        await plan(service)
    return weeks


async def _rates(service: Bench, visits: Iterator[tuple[UUID, Visit]], many: int) -> Json:
    """Completions per second by all callers, in rounds that take turns."""
    rows, roster = list[float](), list[float]()
    waits = {"rows": list[float](), "roster": list[float]()}
    for _ in range(ROUNDS):
        for name, reaction, into in (("rows", COMPLETE, rows), ("roster", WITH_ROSTER, roster)):
            begun = time.perf_counter()
            took = await _all(service, reaction, [next(visits) for _ in range(many)])
            into.append(many / (time.perf_counter() - begun))
            waits[name] += took
    return {
        "rows": middle(rows),
        "roster": middle(roster),
        "times": paired_ratio(rows, roster),
        "rows_latency": asdict(Latency.of(waits["rows"])),
        "roster_latency": asdict(Latency.of(waits["roster"])),
    }


async def _while_solving(service: Bench, visits: Iterator[tuple[UUID, Visit]], patients: int, many: int) -> Json:
    """The same commands, first alone, then while an assignment of the whole clinic is looked for again and again."""
    alone, meanwhile = list[float](), list[float]()
    async with Solver() as solver:
        for _ in range(ROUNDS):
            alone += await _all(service, COMPLETE, [next(visits) for _ in range(many)])
            async with _solving(solver, patients):
                meanwhile += await _all(service, COMPLETE, [next(visits) for _ in range(many)])
    before, then = Latency.of(alone), Latency.of(meanwhile)
    return {"alone": asdict(before), "meanwhile": asdict(then), "p99_times": then.p99 / before.p99}


@asynccontextmanager
async def _solving(solver: Solver, patients: int) -> AsyncIterator[None]:
    wanted, people = clinic.patients(patients), clinic.clinicians(CLINICIANS, patients)
    problem = Problem(
        wanted=tuple(wanted), candidates=tuple(people), weights=assignment_weights(), travel=travel_rules()
    )

    async def again_and_again() -> None:
        while True:
            await solver.assign(problem)

    task = asyncio.create_task(again_and_again())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _aged(service: Bench, old: UUID, new: UUID, pairs: int) -> Json:
    """The pages of the patient of ten years and of a new one; then a visit of each is scheduled and cancelled."""
    pages = {patient: await _page(service, patient) for patient in (old, new)}
    took = {old: list[float](), new: list[float]()}
    for n in range(pairs):
        for patient in (old, new):
            begun = time.perf_counter()
            await _schedule_and_cancel(service, patient, n)
            took[patient].append(time.perf_counter() - begun)
    return {
        "old": asdict(Latency.of(took[old])),
        "new": asdict(Latency.of(took[new])),
        "times": paired_ratio(took[old], took[new]),
        "page": pages[old],
        "new_page": pages[new],
    }


async def _schedule_and_cancel(service: Bench, patient: UUID, n: int) -> None:
    commands, stream = parts_of(service).commands, patient_stream(patient)
    async with service.service.core.database.connection() as db:
        care = (await episode.cares(db, [stream]))[stream]
    at = service.now() + timedelta(days=30, hours=2 * n)
    wanted = ScheduleVisit(people=(care.team[0],), starts_at=at)
    await commands.perform(SCHEDULE.reaction, stream, wanted, asked(), _nothing)
    ((_, visit),) = [each for each in await _planned(service, [patient]) if each[1].starts_at == at]
    cancels = CancelVisit(visit_id=visit.visit_id, reason=VisitReason.PLANNED_TWICE, again=False)
    await commands.perform(ACTS["cancel"].reaction, stream, cancels, asked(), _nothing)


async def _page(service: Bench, patient: UUID) -> Json:
    took, size = list[float](), 0
    for _ in range(PAGES):
        begun = time.perf_counter()
        answer = await service.http.get(f"/patients/{patient}", headers={"Accept": "text/html"})
        took.append(time.perf_counter() - begun)
        answer.raise_for_status()
        size = len(answer.content)
    return {"bytes": size, **asdict(Latency.of(took))}


async def _all(service: Bench, reaction: Reaction, visits: Sequence[tuple[UUID, Visit]]) -> list[float]:
    """Complete these visits by all callers at once; gives how long each took."""
    left, took = iter(visits), list[float]()

    async def caller() -> None:
        for patient, visit in left:
            begun = time.perf_counter()
            await _complete(service, reaction, patient, visit)
            took.append(time.perf_counter() - begun)

    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return took


async def _complete(service: Bench, reaction: Reaction, patient: UUID, visit: Visit) -> None:
    began = service.now() - timedelta(minutes=30)  # whenever it was planned
    done = CompleteVisit(visit_id=visit.visit_id, assessments=FOUND, visit_note="Slept well.", started_at=began)
    await parts_of(service).commands.perform(reaction, patient_stream(patient), done, asked(), _nothing)


async def _planned(service: Bench, patients: Sequence[UUID]) -> list[tuple[UUID, Visit]]:
    async with service.service.core.database.connection() as db:
        cares = await episode.cares(db, [patient_stream(patient) for patient in patients])
    return [(patient, visit) for patient in patients for visit in cares[patient_stream(patient)].visits]


class Nothing(BaseModel):
    """An answer that says nothing."""


def _nothing(_: Done) -> Nothing:
    return Nothing()


def _full(n: int, at: int) -> Booked:
    hours = tuple(at + 60 * hour for hour in range(BOOKED_EACH))
    return Booked(clinician_id=UUID(int=n), name=f"Clinician {n} of the roster", capacity=100, load=25, booked=hours)


def _taken(of: Booked, at: int) -> Booked:
    return of.model_copy(update={"booked": (*of.booked[1:], at)})
