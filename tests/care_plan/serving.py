"""A clinic in the middle of its work behind a real server: patients with visits, one overdue, one without a team."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import uvicorn

from carebus.contracts.people import Condition, Role
from carebus.contracts.referral import Priority
from carebus.testing import Bench
from services.care_plan import app
from services.care_plan.settings import Settings
from tests.bearing import Bearing
from tests.benches import service_bench
from tests.care_plan.people import accepted, clinician, due_visits, just_now

FOUR_VISITS = UUID("018f0000-0000-7000-8000-000000000001")
OVERDUE = UUID("018f0000-0000-7000-8000-000000000002")
NO_VISIT_YET = UUID("018f0000-0000-7000-8000-000000000003")
NO_TEAM = UUID("018f0000-0000-7000-8000-000000000004")
ITEMS = (
    "pain", "tiredness", "drowsiness", "nausea", "lack_of_appetite", "shortness_of_breath", "depression", "anxiety",
    "wellbeing",
)  # fmt: skip
VISITS: list[tuple[list[int | None], int, str]] = [
    ([8, 7, 4, 3, 6, 5, 4, 6, 7], 60, "unstable"),
    ([6, 7, 5, 2, 6, 4, 4, 5, 6], 60, "deteriorating"),
    ([4, 6, 4, 0, 5, 3, None, 4, 5], 50, "stable"),
    ([3, 5, 4, 0, 4, 2, 2, 3, 4], 50, "stable"),
]


@dataclass(frozen=True, slots=True)
class Clinic:
    """Where the clinic is, and the next visit of each of its patients."""

    address: str
    visits: dict[UUID, str]


@contextmanager
def served_clinic(postgres_url: str, folder: Path) -> Iterator[Clinic]:
    """The clinic behind a real server on a free port, on a database of its own."""
    ready, stop, found = threading.Event(), threading.Event(), list[Clinic]()
    work = _serve(postgres_url, folder, found, ready, stop)
    running = threading.Thread(target=lambda: asyncio.run(work), daemon=True)
    running.start()
    assert ready.wait(60)
    yield found[0]
    stop.set()
    running.join(30)


async def _serve(
    postgres_url: str, folder: Path, found: list[Clinic], ready: threading.Event, stop: threading.Event
) -> None:
    made = service_bench(
        "care_plan", app.make, Settings, admin_url=postgres_url, folder=folder, help_line="800-555-0199"
    )
    async with made as bench:
        await _work(bench)
        visits = {UUID(visit["patient_id"]): visit["visit_id"] for visit in await due_visits(bench)}
        with socket.socket() as door:
            door.bind(("127.0.0.1", 0))
            server = uvicorn.Server(uvicorn.Config(Bearing(bench.service), log_level="warning", lifespan="off"))
            serving = asyncio.create_task(server.serve(sockets=[door]))
            while not server.started:
                await asyncio.sleep(0.01)
            found.append(Clinic(f"http://127.0.0.1:{door.getsockname()[1]}", visits))
            ready.set()
            await asyncio.to_thread(stop.wait)
            server.should_exit = True
            await serving


async def _work(bench: Bench) -> None:
    await _join(bench)
    first = accepted(
        priority=Priority.URGENT, conditions=(Condition.CANCER, Condition.HEART_FAILURE), name="Rosa Almeida"
    )
    await bench.hears(first, patient=FOUR_VISITS)
    for scores, akps, phase in VISITS:
        await _visit(bench, FOUR_VISITS, scores, akps, phase)
    late = accepted(priority=Priority.URGENT, conditions=(Condition.COPD,), name="Bartholomew Featherstonehaugh-Li")
    await bench.hears(late, patient=OVERDUE)
    await bench.passes(days=5)
    await bench.hears(accepted(conditions=(Condition.PARKINSONS,), name="Walter Nguyen"), patient=NO_VISIT_YET)
    waiting = accepted(priority=Priority.URGENT, conditions=(Condition.DEMENTIA,), name="Ines Ferreira")
    await bench.hears(waiting, patient=NO_TEAM)


async def _join(bench: Bench) -> None:
    people = {
        Role.DOCTOR: [("Dr. Amara Osei", 50), ("Dr. Helen Brandt", 40)],
        Role.ADVANCED_PRACTICE_PROVIDER: [("Colleen Hart, NP", 30)],
        Role.NURSE: [("Anita Joseph, RN", 2), ("Brendan Foley, RN", 1)],
        Role.SOCIAL_WORKER: [("Elise Moreau, LICSW", 30)],
    }
    for role, members in people.items():
        for n, (name, capacity) in enumerate(members):
            answer = await bench.command("/api/roster", clinician(role, n, capacity) | {"name": name})
            assert answer.status_code == 201, answer.text


async def _visit(bench: Bench, patient: UUID, scores: list[int | None], akps: int, phase: str) -> None:
    (visit,) = [visit for visit in await due_visits(bench) if visit["patient_id"] == str(patient)]
    await bench.passes(days=14 if phase == "stable" else 5)
    esas_r = dict(zip(ITEMS, scores, strict=True))
    found = {"esas_r": esas_r, "akps": akps, "phase": phase, "respondent": "patient"}
    body = {
        **just_now(bench),
        "assessments": found,
        "visit_note": "Daughter shown how to use the pump. Slept better since Monday.",
    }
    answer = await bench.command(f"/api/visits/{visit['visit_id']}/complete", body)
    assert answer.status_code == 200, answer.text
