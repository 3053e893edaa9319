"""The planner: finds a team for whoever lacks one and an hour for every visit that is wanted, and has both confirmed.

It only proposes. Each proposal is a decision of its own on the patient's newest state, and an hour is a row that no
two can take: what does not come about stays wanted, and is looked for again, after a crash by whoever leads then.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid5

import structlog
from pydantic import BaseModel

from carebus.access import own_work
from carebus.contracts.event import Stream, patient_stream, subject_id
from carebus.deciding.commands import Asked
from carebus.decisions import Cause, Reaction, on
from carebus.ids import new_id
from carebus.web.http import Parts
from services.care_plan.channels.planner import hours, proposing, teams
from services.care_plan.channels.planner.one_by_one import one_by_one
from services.care_plan.channels.planner.passing_on import pass_on
from services.care_plan.channels.planner.solving import Solver
from services.care_plan.domain.care import Care
from services.care_plan.domain.team import arranging, staffing
from services.care_plan.domain.team.staffing import TakeIntoCare
from services.care_plan.domain.visits import booking
from services.care_plan.domain.visits.booking import BookWanted
from services.care_plan.settings import Settings
from services.care_plan.store import episode, proposals, team, visits

PLANNER = "planner"
"""The worker's name."""
AT_ONCE = 500
TAKE_INTO_CARE = on(Care, staffing.take_into_care)
BOOK_WANTED = on(Care, booking.book_wanted)
WITHDRAW = on(Care, arranging.withdraw_change)

log = structlog.get_logger()


async def plan(parts: Parts, stop: asyncio.Event) -> None:
    """Find what is wanted until `stop`; one process only (the kit's lead)."""
    work = parts.notices.work(PLANNER)
    async with Solver() as solver:
        planner = Planner(parts, solver)
        while not stop.is_set():
            if not await planner.round():
                await work.wait()


class Planner:
    """What is wanted, what was found for it, and for whom it was looked in vain since somebody last had room."""

    def __init__(self, parts: Parts, solver: Solver) -> None:
        self._parts = parts
        self._solver = solver
        self._in_vain = InVain()
        assert isinstance(parts.settings, Settings), "the planner is this service's"
        self._own_rules = parts.settings.rulesets

    async def round(self) -> int:
        """Look once for teams, hours and stand-ins; gives for how many patients something came about."""
        found = await pass_on(self._parts, PLANNER) + await self._teams() + await self._hours()
        if not found and self._in_vain.is_news():
            await self._proposals()
        return found

    async def _proposals(self) -> None:
        """Who is to take whose place, as the roster and the teams stand now."""
        today = self._parts.clock.now().date()
        async with self._parts.database.connection() as db:
            people = await team.clinicians(db)
            patients = await proposals.looked_after(db) if proposing.is_needed(people, today) else []
        found = (
            await self._solver.propose(proposing.caseload(patients, people, today, self._own_rules)) if patients else ()
        )
        await self._withdraw(patients, people)
        async with self._parts.database.transaction() as db:
            await proposals.keep(db, proposing.as_rows(proposing.still_open(found, patients)))

    async def _withdraw(self, patients: Sequence[proposals.LookedAfter], people: Sequence[team.Looking]) -> None:
        stale = [(patient_stream(patient), message) for patient, message in proposing.in_vain(patients, people)]
        await self._perform(WITHDRAW, stale)

    async def _teams(self) -> int:
        now = self._parts.clock.now()
        async with self._parts.database.connection() as db:
            people = await team.clinicians(db)
            self._in_vain.look(people, now)
            cares = await episode.cares(db, await team.wanted(db, "team", self._in_vain.teams, AT_ONCE))
        if not cares:
            return 0

        async def find(some: Mapping[Stream, Care]) -> dict[Stream, TakeIntoCare]:
            return await teams.find(some, people, now, self._solver.assign, self._own_rules)

        found = await one_by_one(cares, find)
        self._in_vain.teams += [_patient(stream) for stream, message in found.items() if message.lacking]
        return await self._perform(TAKE_INTO_CARE, list(found.items()))

    async def _hours(self) -> int:
        now = self._parts.clock.now()
        async with self._parts.database.connection() as db:
            cares = await episode.cares(db, await team.wanted(db, "visit", self._in_vain.hours, AT_ONCE))
            visiting = sorted({member.clinician_id for care in cares.values() for member in care.team})
            people = await team.clinicians_of(db, visiting)
            taken = await visits.taken(db, visiting, *hours.span(cares.values(), now)) if cares else []

        async def find(some: Mapping[Stream, Care]) -> dict[Stream, list[BookWanted]]:
            return hours.find(some, people, taken, now, self._own_rules)

        by_patient = await one_by_one(cares, find)
        found = [(stream, book) for stream, books in by_patient.items() for book in books]
        have_one = {stream for stream, _ in found}
        self._in_vain.hours += [_patient(stream) for stream in cares if stream not in have_one]
        return await self._perform(BOOK_WANTED, found)

    async def _perform(self, reaction: Reaction, found: Sequence[tuple[Stream, BaseModel]]) -> int:
        """Have it confirmed; what is refused, as an hour that somebody took meanwhile, is looked for again."""
        items = [(reaction, message, self._cause(stream, message)) for stream, message in found]
        failed = await self._parts.commands.perform_all(items) if items else []
        if items:
            log.info("planned", kind=type(items[0][1]).__name__, found=len(items), refused=len(failed))
        return len(items) - len(failed)

    def _cause(self, stream: Stream, message: BaseModel) -> Cause:
        """The same for the same proposal at the same time, so that the same story has the same ids."""
        cause = self._parts.commands.cause(stream, Asked(None, own_work(PLANNER), new_id()), PLANNER)
        return cause._replace(id=uuid5(_patient(stream), f"{cause.now.isoformat()} {message.model_dump_json()}"))


class InVain:
    """For whom it is known that nothing can be found, as long as the roster and the hour stay as they are."""

    def __init__(self) -> None:
        self._seen: object = None
        self._told = False
        self.teams: list[UUID] = []
        self.hours: list[UUID] = []

    def look(self, people: Sequence[team.Looking], now: datetime) -> None:
        """Forget it once somebody joined, changed or has another load, and every hour."""
        seen = ([(one.clinician, one.load) for one in people], now.replace(minute=0, second=0, microsecond=0))
        if seen != self._seen:
            self._seen, self.teams, self.hours, self._told = seen, [], [], False

    def is_news(self) -> bool:
        """Whether the roster, a load or the hour is another than when this was asked last."""
        told, self._told = self._told, True
        return not told


def _patient(stream: Stream) -> UUID:
    return UUID(subject_id(stream))
