"""The simulated referrers think again: some state a referral anew or withdraw it, and the office looks at each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from deploy.local.cases import Cases, for_each
from deploy.local.commands import Commands, Json
from deploy.local.front_office import numbered
from deploy.local.invented.chance import known_id
from deploy.local.patient import Patient
from deploy.local.provider.people import HUB

STATED_AGAIN_EACH, WITHDRAWN_EACH = 12, 40
"""One in so many is stated once more with another telephone number, or withdrawn and kept after a call."""
OTHER_PHONE = "413-555-0190"


@dataclass(frozen=True)
class Restating:
    """Who is stated again is the same in every run; a hub passes it on, which proves nothing, so the office looks."""

    seed: int
    patients: Sequence[Patient]
    commands: Commands
    cases: Cases

    async def everybody(self) -> None:
        """State some anew and withdraw some; the office settles both."""
        of = {case.patient.source_id: case.referral_id for case in self.cases.values()}
        known = [(patient, of[patient.source_id]) for patient in self.patients]
        await for_each(known[STATED_AGAIN_EACH - 1 :: STATED_AGAIN_EACH], self._state_again)
        await for_each(known[WITHDRAWN_EACH - 2 :: WITHDRAWN_EACH], self._withdraw)

    async def _state_again(self, one: tuple[Patient, str]) -> None:
        patient, referral_id = one
        body = numbered(self.seed, patient)
        body = {**body, "referrer": {**body["referrer"], "phone": OTHER_PHONE}}
        key = known_id(self.seed, "state again", patient.source_id)
        await self.commands.post("state again", "referral", "/api/referrals", body, key, HUB)
        found = await self.commands.get("referral", f"/api/referrals/{referral_id}")
        await for_each([(referral_id, each["proposal_id"]) for each in found["proposals"]], self._take_over)

    async def _take_over(self, change: tuple[str, str]) -> None:
        referral_id, proposal_id = change
        await self._office(referral_id, "take-over-change", {"proposal_id": proposal_id})

    async def _withdraw(self, one: tuple[Patient, str]) -> None:
        patient, referral_id = one
        stated = numbered(self.seed, patient)
        person = {name: stated["patient"][name] for name in ("given_name", "birth_date")}
        body = {"organization": stated["referrer"]["organization"], "placer_id": stated["placer_id"], **person}
        key = known_id(self.seed, "withdraw", patient.source_id)
        await self.commands.post("withdraw", "referral", "/api/referrals/withdrawals", body, key, HUB)
        await self._office(referral_id, "turn-down-cancellation", {})

    async def _office(self, referral_id: str, act: str, body: Json) -> None:
        key = known_id(self.seed, act, referral_id, *body.values())
        path = f"/api/referrals/{referral_id}/{act}"
        await self.commands.post_unless_done(act, "referral", path, body, key, "coordinator")
