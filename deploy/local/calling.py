"""The simulated nights: some families call, and a nurse answers, looks at the sheet, advises and calls back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from zlib import crc32

from carebus.contracts.people import Role
from deploy.local.cases import Case, Cases, for_each
from deploy.local.commands import CommandRefused, Commands, Json
from deploy.local.invented import contact, roster
from deploy.local.invented.chance import known_id

CALLS_EACH = 40
"""One family in so many calls in a night."""
SAID = (
    ("He can't breathe lying down.", "call_back_today"),
    ("She has more pain since the evening.", "clinician_now"),
    ("Which of the tablets is for the night?", "care_at_home"),
    ("He is confused and does not sleep.", "visit_tomorrow"),
)
"""What families say, and what they are advised."""


@dataclass(frozen=True)
class Calling:
    """Lets families call, the same ones in the same nights of every run."""

    seed: int
    commands: Commands
    cases: Cases

    async def night(self, of: date) -> None:
        """One night."""
        callers = [case for case in self.cases.values() if case.accepted and self._chance(case, of) % CALLS_EACH == 0]
        await for_each([(case, of) for case in callers], self._call)

    def _chance(self, case: Case, of: date) -> int:
        return crc32(f"{self.seed}/{case.patient.source_id}/{of}".encode())

    async def _call(self, who: tuple[Case, date]) -> None:
        case, of = who
        family = contact(self.seed, case.patient) or {}
        note, disposition = SAID[self._chance(case, of) // CALLS_EACH % len(SAID)]
        call = (await self._post("/api/calls", {"from_number": family.get("phone") or ""}, who))["call_id"]
        patient = {"patient_id": case.patient_id}
        try:
            await self._post(f"/api/calls/{call}/link", patient, who)
        except CommandRefused as refused:
            if refused.args[2] != HTTPStatus.NOT_FOUND:  # the line has not heard of them yet: a call all the same
                raise
            return await self._close(call, who, "information_given")
        said = {
            "caller_name": family.get("full_name", ""),
            "relationship": family.get("relationship", ""),
            "note": note,
        }
        await self._post(f"/api/calls/{call}/describe", said, who)
        because = {"because": "They ask for it."}
        await self._post(f"/api/calls/{call}/triage", {**patient, **because, "disposition": disposition}, who)
        return await self._close(call, who, "advised")

    async def _close(self, call: str, who: tuple[Case, date], outcome: str) -> None:
        await self._post(f"/api/calls/{call}/close", {"outcome": outcome}, who)

    async def _post(self, path: str, body: Json, who: tuple[Case, date]) -> Json:
        case, of = who
        key = known_id(self.seed, "call", f"{case.patient.source_id}/{of}/{path.rpartition('/')[2]}")
        return await self.commands.post("call", "line", path, body, key, self._nurse)

    @property
    def _nurse(self) -> str:
        return next(str(one.clinician_id) for one in roster(self.seed) if one.role == Role.NURSE)
