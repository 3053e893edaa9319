"""The simulated nights: some families call, and a nurse answers, looks at the sheet, advises, calls back or pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from http import HTTPStatus
from types import MappingProxyType
from typing import NamedTuple
from zlib import crc32

from carebus.contracts.people import Role
from deploy.local.cases import Case, Cases, for_each
from deploy.local.clock import SimulatedClock
from deploy.local.commands import CommandRefused, Commands, Json
from deploy.local.invented import contact, roster
from deploy.local.invented.chance import known_id
from deploy.local.paging import Paged
from deploy.local.telephone import Telephone

CALLS_EACH = 40
"""One family in so many calls in a night."""
HANGS_UP_EACH, SLEEPS_EACH = 7, 3
"""One caller in so many hangs up before somebody answers; one clinician in so many sleeps through the first page."""
PAGED_A_NIGHT = 1
"""Of several who need a clinician, so many are paged for: time stands still meanwhile."""


class Complaint(NamedTuple):
    """What a family says, what it answers to which protocol, and what it is advised."""

    note: str
    disposition: str
    protocol: str = ""
    answers: Mapping[str, bool | float | str] = MappingProxyType({})
    calls_back: bool = False


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
        calls_back=True,
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
    Complaint("Which of the tablets is for the night?", "care_at_home", calls_back=True),
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


class Caller(NamedTuple):
    """A family that calls in a night, and what the line calls their call."""

    case: Case
    of: date
    call: str = ""

    @property
    def key(self) -> str:
        """What the telephone calls the call."""
        return f"{self.case.patient.source_id}/{self.of}"


@dataclass
class Calling:
    """Lets families call, the same ones in the same nights of every run."""

    seed: int
    commands: Commands
    cases: Cases
    clock: SimulatedClock
    telephone: Telephone
    paged: Paged | None = None
    _waiting: list[Caller] = field(default_factory=list, init=False)

    async def night(self, of: date) -> None:
        """One night."""
        callers = [case for case in self.cases.values() if case.accepted and self._chance(case, of) % CALLS_EACH == 0]
        await for_each([Caller(case, of) for case in callers], self._call)

    @property
    def needs_somebody(self) -> bool:
        """Whether a clinician is to be paged."""
        return bool(self._waiting)

    async def page(self) -> None:
        """Page for whoever needs a clinician now. Time must pass as outside: it is about minutes."""
        waiting, self._waiting = self._waiting, []
        for n, who in enumerate(waiting):
            if n < PAGED_A_NIGHT:
                await self._page(who)
            await self._end(who, "advised" if n < PAGED_A_NIGHT else "passed_on")

    def _chance(self, case: Case, of: date) -> int:
        return crc32(f"{self.seed}/{case.patient.source_id}/{of}".encode())

    def _lot(self, who: Caller) -> int:
        return self._chance(who.case, who.of) // CALLS_EACH

    async def _call(self, who: Caller) -> None:
        family = contact(self.seed, who.case.patient) or {}
        number = family.get("phone") or ""
        who = who._replace(call=await self.telephone.tells(who.key, "ringing", self.clock.now(), number=number))
        if self._lot(who) % HANGS_UP_EACH == 0:
            await self.telephone.tells(who.key, "ended", self.clock.now(), number=number)
            return
        await self.telephone.tells(who.key, "answered", self.clock.now(), number=number, agent="line-1")
        await self._post(who, "take", {"from_other": True})
        await self._listen(who, family)

    async def _listen(self, who: Caller, family: Json) -> None:
        said_so = SAID[self._lot(who) % len(SAID)]
        patient = {"patient_id": who.case.patient_id}
        try:
            await self._post(who, "link", patient)
        except CommandRefused as refused:
            if refused.args[2] != HTTPStatus.NOT_FOUND:  # the line has not heard of them yet: a call all the same
                raise
            return await self._end(who, "information_given")
        said = {
            "caller_name": family.get("full_name", ""),
            "relationship": family.get("relationship", ""),
            "note": said_so.note,
        }
        await self._post(who, "describe", said)
        await self._follow(who, said_so)
        await self._post(who, "triage", {**patient, "because": "They ask for it.", "disposition": said_so.disposition})
        if said_so.disposition == "clinician_now":
            return self._waiting.append(who)
        if said_so.calls_back:
            await self._call_back(who)
        return await self._end(who, "advised")

    async def _follow(self, who: Caller, said_so: Complaint) -> None:
        if said_so.protocol:
            chosen = {"protocol": said_so.protocol}
            await self._post(who, "protocol", {**chosen, "language": "en"})
            await self._post(who, "answers", {**chosen, "answers": dict(said_so.answers)})

    async def _call_back(self, who: Caller) -> None:
        """Promise it, and keep it."""
        await self._post(who, "promise", {})
        found = await self.commands.get("line", f"/api/calls/{who.call}", self._nurse)
        for promise in found["promises"]:
            if not promise["made_at"]:
                await self._post(who, "call-back", {"promise_id": promise["promise_id"]})

    async def _page(self, who: Caller) -> None:
        """By the link that was mailed; where no mail goes, or none came, whoever was dialled takes it on the screen."""
        if self.paged:
            self.paged.looks()
        await self._post(who, "page", {})
        key = known_id(self.seed, "page", who.key)
        if self.paged and await self.paged.takes(key, sleeps_first=self._lot(who) % SLEEPS_EACH == 0):
            return
        page = (await self.commands.get("line", f"/api/calls/{who.call}", self._nurse))["page"]
        if page and not page["taken_at"]:
            await self._post(who, "take-page", {"page_id": page["page_id"]})

    async def _end(self, who: Caller, outcome: str) -> None:
        await self._post(who, "close", {"outcome": outcome})
        await self.telephone.tells(who.key, "ended", self.clock.now())

    async def _post(self, who: Caller, act: str, body: Json) -> Json:
        """An act of an earlier run is answered as it was then; what has moved on since is left as it is."""
        key = known_id(self.seed, "call", f"{who.key}/{act}")
        path = f"/api/calls/{who.call}/{act}"
        try:
            return await self.commands.post("call", "line", path, body, key, self._nurse)
        except CommandRefused as refused:
            if not refused.conflict:
                raise
            return {}

    @property
    def _nurse(self) -> str:
        return next(str(one.clinician_id) for one in roster(self.seed) if one.role == Role.NURSE)
