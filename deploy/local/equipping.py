"""What the simulated clinic does about equipment: some need a bed or oxygen, a payer answers, a supplier brings it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from carebus.contracts.people import Role
from deploy.local.cases import Case, Cases, for_each
from deploy.local.clock import SimulatedClock
from deploy.local.commands import CommandRefused, Commands
from deploy.local.invented import roster
from deploy.local.invented.chance import chance, known_id

NEEDS_EACH, DENIED_EACH, FAULTY_EACH, OVERDUE_EACH, FETCHED_EACH = 2, 8, 9, 7, 12
"""One patient in so many needs something; of those one in so many is denied, is brought something faulty, waits for a
supplier who does not come, or has it fetched again."""
SUPPLIERS = (
    {"id": "river", "name": "River Medical", "email": "orders@river.example", "phone": "(413) 555-0171"},
    {"id": "oxbow", "name": "Oxbow Oxygen", "email": "orders@oxbow.example", "phone": "(413) 555-0172"},
)
ITEMS = (
    ("E0260", "river", "Can’t turn or sit up in bed alone."),
    ("E1390", "oxbow", "Breathless at rest; 86 % without oxygen."),
    ("E0143", "river", "Falls on the way to the bathroom."),
    ("E0163", "river", "Can’t reach the bathroom at night."),
    ("K0001", "river", "Can’t walk from room to room."),
)
OXYGEN = "E1390"
DATED = ("approved", "denied", "order")


def as_known_to_equipment() -> str:
    """The suppliers, as the service is told of them."""
    return json.dumps(SUPPLIERS)


@dataclass
class Equipping:
    """Lets patients need things, and the office have them paid for and brought; the same ones in every run."""

    seed: int
    commands: Commands
    cases: Cases
    clock: SimulatedClock
    _begun: set[str] = field(default_factory=set)
    _done: set[str] = field(default_factory=set)

    async def round(self) -> None:
        """Once a day: whoever was visited gets what they need."""
        new = [one for one in self.cases.values() if one.completed and one.patient_id not in self._done]
        await for_each(new, self._need)

    async def _need(self, case: Case) -> None:
        dice = chance(self.seed, "equipment", case.patient.source_id)
        if not dice.randrange(NEEDS_EACH):
            item, supplier, why = dice.choice(ITEMS)
            denied, faulty, overdue, fetched = (
                not dice.randrange(each) for each in (DENIED_EACH, FAULTY_EACH, OVERDUE_EACH, FETCHED_EACH)
            )
            try:
                request = await self._answered(case, item, why, denied=denied)
                loan = "" if denied else await self._brought(case, request, supplier, comes=not overdue)
                if loan:
                    await self._used(case, loan, item, faulty=faulty, fetched=fetched)
            except CommandRefused as refused:
                if refused.args[2] not in (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT):
                    raise
                if case.patient_id not in self._begun:
                    return  # it has not heard of them yet, or a death was reported: another day
        self._done.add(case.patient_id)

    async def _answered(self, case: Case, item: str, why: str, *, denied: bool) -> str:
        request = (await self._do(case, "request", Role.NURSE, item_code=item, justification=why))["request_id"]
        self._begun.add(case.patient_id)
        await self._do(case, "ask-payer", Role.SOCIAL_WORKER, request_id=request)
        today = self.clock.now().date()
        if denied:
            until = (today + timedelta(days=30)).isoformat()
            said = {"reason": "documents_missing", "because": "Send the last note.", "appeal_until": until}
            await self._do(case, "denied", Role.SOCIAL_WORKER, request_id=request, **said)
        else:
            days = {
                "starts_on": (today - timedelta(days=1)).isoformat(),
                "ends_on": (today + timedelta(days=90)).isoformat(),
            }
            number = f"A-{str(known_id(self.seed, 'authorisation', case.patient_id))[:8]}"
            await self._do(case, "approved", Role.SOCIAL_WORKER, request_id=request, units=1, number=number, **days)
        return str(request)

    async def _brought(self, case: Case, request: str, supplier: str, *, comes: bool) -> str:
        due_on = (self.clock.now().date() + timedelta(days=2)).isoformat()
        said = {"request_id": request, "supplier_id": supplier, "due_on": due_on}
        order = (await self._do(case, "order", Role.SOCIAL_WORKER, **said))["order_id"]
        if not comes:
            return ""
        serial = f"SN-{str(known_id(self.seed, 'serial', case.patient_id))[:6]}"
        return str((await self._do(case, "delivered", Role.NURSE, order_id=order, serial=serial))["loan_id"])

    async def _used(self, case: Case, loan: str, item: str, *, faulty: bool, fetched: bool) -> None:
        await self._do(case, "set-up", Role.NURSE, loan_id=loan)
        await self._do(case, "training", Role.NURSE, loan_id=loan, trained="The family")
        if item == OXYGEN:
            await self._do(case, "oxygen", Role.NURSE, loan_id=loan, hazards=["tripping"])
        if faulty:
            await self._do(case, "fault", Role.NURSE, loan_id=loan, words="It stops and beeps.")
        if fetched and item in ("E0260", OXYGEN, "K0001"):
            await self._do(case, "pickup", Role.SOCIAL_WORKER, loan_id=loan)

    async def _do(self, case: Case, act: str, role: Role, **body: Any) -> dict[str, Any]:
        dated = self.clock.now().date() if act in DATED else ""  # of another day it is another, and comes too late
        key = known_id(self.seed, act, f"{case.patient_id}{dated}")
        path = f"/api/patients/{case.patient_id}/{act}"
        answer = await self.commands.post(act, "equipment", path, body, key, self._staff(role))
        made: dict[str, Any] = answer["made"]
        return made

    def _staff(self, role: Role) -> str:
        return str(next(one.clinician_id for one in roster(self.seed) if one.role is role))
