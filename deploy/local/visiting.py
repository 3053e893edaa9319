"""The second half of the simulated clinic: the clinicians complete the visits that are due, day by day."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from deploy.local.cases import Case, Cases, Stuck, for_each, named
from deploy.local.clock import SimulatedClock
from deploy.local.closing import Closing
from deploy.local.commands import Commands, Json
from deploy.local.equipping import Equipping
from deploy.local.invented import assessments, visit_note
from deploy.local.invented.chance import known_id
from deploy.local.nights import Nights
from deploy.local.parting import Parting
from deploy.local.progress import Progress, Stage
from deploy.local.wishing import Wishing

ROUNDS_A_DAY = 16
FALLS_BEHIND_AFTER = 0.25
VISITS_PAGE = 500
HORIZON = timedelta(days=120)
QUIET_DAYS = timedelta(days=30)
QUIET_S = 45.0


@dataclass
class Visiting:
    """Lets the clinic's days pass and has every due visit of the sample completed.

    The clock plays a day in `day` seconds as long as the services keep up: when a round takes longer than a quarter
    of a day, time passes as it does outside until the round is done, so a slow or killed service is no lost week.
    """

    seed: int
    visits_each: int
    day: float
    commands: Commands
    clock: SimulatedClock
    progress: Progress
    cases: Cases
    closing: Closing
    nights: Nights | None = None
    wishing: Wishing | None = None
    parting: Parting | None = None
    equipping: Equipping | None = None
    _closed_on: date | None = field(default=None, init=False)
    _moved: tuple[float, datetime] = field(init=False)

    async def visits(self) -> None:
        """Go on until everyone accepted had `visits_each` visits. Raises `Stuck` when nothing moves any more."""
        self.progress.stage = Stage.VISITS
        await self._recall()
        self._moved = time.monotonic(), self.clock.now()
        self.clock.play(self.day)
        try:
            while self._waiting():
                await self._at_pace(self._round())
                await self._page()
                await self._mind_standstill()
                await asyncio.sleep(self.day / ROUNDS_A_DAY)
        finally:
            self.clock.hold()

    def _accepted(self) -> dict[str, Case]:
        return {case.patient_id: case for case in self.cases.values() if case.accepted}

    def _waiting(self) -> list[Case]:
        waiting = [case for case in self._accepted().values() if case.completed < self.visits_each]
        self.progress.cared_for = self.progress.accepted - len(waiting)
        return waiting

    async def _planned(self, due_by: datetime) -> list[Json]:
        page = await self.commands.get(
            "care_plan", "/api/visits", status="scheduled", due_by=due_by.isoformat(), limit=VISITS_PAGE
        )
        accepted = self._accepted()
        return [visit for visit in page["items"] if visit["patient_id"] in accepted]

    async def _recall(self) -> None:
        """Learn what an earlier run did: whose first planned visit is the third had two."""
        accepted, first = self._accepted(), dict[str, int]()
        for visit in await self._planned(self.clock.now() + HORIZON):
            patient_id, ordinal = str(visit["patient_id"]), int(visit["ordinal"])
            first[patient_id] = min(ordinal, first.get(patient_id, ordinal))
        for patient_id, ordinal in first.items():
            self._note(accepted[patient_id], ordinal - 1)

    async def _round(self) -> None:
        await for_each(await self._planned(self.clock.now()), self._complete)
        today = self.clock.now().date()
        if today != self._closed_on:  # once a day the office looks who has the summary
            self._closed_on = today
            await self.closing.round()
            if self.wishing:
                await self.wishing.round()
            if self.parting:
                await self.parting.round()
            if self.equipping:
                await self.equipping.round()
            if self.nights:
                await self.nights.night(today)

    async def _page(self) -> None:
        if self.nights and self.nights.calling.needs_somebody:
            await self.nights.page()
            self.clock.play(self.day)

    async def _complete(self, visit: Json) -> None:
        """Complete one visit, unless somebody did in the pages."""
        case, ordinal = self._accepted()[visit["patient_id"]], int(visit["ordinal"])
        found = assessments(self.seed, case.patient, ordinal).model_dump(mode="json")
        body = {"assessments": found, "visit_note": visit_note(self.seed, case.patient, ordinal)}
        key = known_id(self.seed, "complete", visit["visit_id"])
        path = f"/api/visits/{visit['visit_id']}/complete"
        actor = visit["clinician"]["clinician_id"]
        await self.commands.post_unless_done("complete", "care_plan", path, body, key, actor)
        self._note(case, case.completed + 1)  # its number says nothing: a later one may take place first

    def _note(self, case: Case, completed: int) -> None:
        """Count a visit. Only one that somebody still needed is progress: the others' visits go on for ever."""
        if completed > case.completed:
            if case.completed < self.visits_each:
                self._moved = time.monotonic(), self.clock.now()
            self.progress.visits += completed - case.completed
            case.completed = completed

    async def _at_pace(self, work: Coroutine[Any, Any, None]) -> None:
        """Do a round; if it falls behind, hold the clock until it is done."""
        task = asyncio.ensure_future(work)
        try:
            _, behind = await asyncio.wait({task}, timeout=self.day * FALLS_BEHIND_AFTER)
            if behind:
                self.clock.hold()
            await task
            if behind:
                self.clock.play(self.day)
        finally:
            task.cancel()

    async def _mind_standstill(self) -> None:
        real, clinic = self._moved
        if time.monotonic() - real > QUIET_S and self.clock.now() - clinic > QUIET_DAYS:
            raise Stuck(await self._standstill())

    async def _standstill(self) -> str:
        planned = {visit["patient_id"] for visit in await self._planned(self.clock.now() + HORIZON)}
        waiting = self._waiting()
        unplanned = [case for case in waiting if case.patient_id not in planned]
        later = [case for case in waiting if case.patient_id in planned]
        reasons = [f"{len(waiting)} of {self.progress.accepted} patients still lack visits and nothing moves"]
        if unplanned:
            reasons.append(f"no visit is planned for {len(unplanned)} (no team, or events wait): {named(unplanned)}")
        if later:
            reasons.append(f"a visit is planned, not due, for {len(later)}: {named(later)}")
        return "; ".join(reasons)
