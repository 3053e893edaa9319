"""The simulated nights: some families call, and a nurse answers, looks at the sheet, advises and calls back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from types import MappingProxyType
from typing import NamedTuple
from zlib import crc32

from carebus.contracts.people import Role
from deploy.local.cases import Case, Cases, for_each
from deploy.local.commands import CommandRefused, Commands, Json
from deploy.local.invented import contact, roster
from deploy.local.invented.chance import known_id

CALLS_EACH = 40
"""One family in so many calls in a night."""


class Complaint(NamedTuple):
    """What a family says, what it answers to which protocol, and what it is advised."""

    note: str
    disposition: str
    protocol: str = ""
    answers: Mapping[str, bool | float | str] = MappingProxyType({})


def _no(*names: str) -> dict[str, bool]:
    return dict.fromkeys(names, False)


SAID = (
    Complaint(
        "He can't breathe lying down.",
        "call_back_today",
        "breathlessness",
        {
            **_no("choking", "blue_or_fainting", "airway_swelling", "chest_pain", "opioid_toxic", "oxygen_failed"),
            "when": "resting",
            "relief": "not_given",
        },
    ),
    Complaint(
        "She has more pain since the evening.",
        "clinician_now",
        "pain",
        {
            **_no("cord_signs", "opioid_toxic", "chest_pain", "broken", "hard_belly", "last_days"),
            "score": 8,
            "extra_dose": "did_not_help",
        },
    ),
    Complaint("Which of the tablets is for the night?", "care_at_home"),
    Complaint(
        "He is muddled since yesterday.",
        "visit_tomorrow",
        "confusion",
        {
            **_no("danger", "no_response", "stroke_signs", "head_injury", "opioid_toxic", "infection_signs"),
            **_no("no_urine_or_stool", "new_medicine"),
            "mood": "calm",
            "caller_copes": True,
            "sudden": True,
        },
    ),
)
"""What families say, and what the protocols come to."""


@dataclass(frozen=True)
class Calling:
    """Lets families call, the same ones in the same nights of every run."""

    seed: int
    commands: Commands
    cases: Cases

    async def night(self, of: date) -> None:
        """One night; nobody calls where no line was started."""
        if not self.commands.reach("line"):
            return
        callers = [case for case in self.cases.values() if case.accepted and self._chance(case, of) % CALLS_EACH == 0]
        await for_each([(case, of) for case in callers], self._call)

    def _chance(self, case: Case, of: date) -> int:
        return crc32(f"{self.seed}/{case.patient.source_id}/{of}".encode())

    async def _call(self, who: tuple[Case, date]) -> None:
        case, of = who
        family = contact(self.seed, case.patient) or {}
        said_so = SAID[self._chance(case, of) // CALLS_EACH % len(SAID)]
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
            "note": said_so.note,
        }
        await self._post(f"/api/calls/{call}/describe", said, who)
        if said_so.protocol:
            chosen = {"protocol": said_so.protocol}
            await self._post(f"/api/calls/{call}/protocol", {**chosen, "language": "en"}, who)
            await self._post(f"/api/calls/{call}/answers", {**chosen, "answers": dict(said_so.answers)}, who)
        because = {"because": "They ask for it."}
        await self._post(f"/api/calls/{call}/triage", {**patient, **because, "disposition": said_so.disposition}, who)
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
