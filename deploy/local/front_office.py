"""The first half of the simulated clinic: the staff joins, referrers refer, coordinators decide."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass

from deploy.local.cases import Case, Cases, Stuck, for_each, named
from deploy.local.commands import Commands, Json
from deploy.local.invented import Clinician, contact, referral_note, roster
from deploy.local.invented.chance import known_id
from deploy.local.patient import Patient
from deploy.local.progress import Progress, Stage
from deploy.local.provider.people import PROGRAM

WORKLIST_PAGE = 200
PATIENCE_S = 60.0
PAUSE_S = 0.1


@dataclass
class FrontOffice:
    """Feeds the sample and triages it; what it finds out is in `cases`."""

    seed: int
    patients: Iterable[Patient]
    commands: Commands
    progress: Progress
    cases: Cases
    patience: float = PATIENCE_S

    async def feed(self) -> None:
        """The staff joins, then everyone in the sample is referred."""
        self.progress.stage = Stage.ROSTER
        if self.commands.reaches("care_plan"):
            await for_each(roster(self.seed), self._join)
        self.progress.stage = Stage.REFERRALS
        await for_each(self.patients, self._refer)

    async def triage(self) -> None:
        """Decide what the worklist holds of the sample, oldest first, by the suggestion.

        A referral of the sample that is on no worklist was decided before, by an earlier run or in the pages.
        """
        self.progress.stage = Stage.TRIAGE
        last_moved, decided = time.monotonic(), self.progress.decided
        while undecided := [case for case in self.cases.values() if not case.decided]:
            await self._tell_apart()
            await for_each(await self._worklist() or undecided, self._decide)
            if self.progress.decided > decided:
                last_moved, decided = time.monotonic(), self.progress.decided
            elif time.monotonic() - last_moved > self.patience:
                raise Stuck(f"referrals that nobody can decide: {named(undecided)}")
            else:
                await asyncio.sleep(PAUSE_S)

    async def _join(self, clinician: Clinician) -> None:
        key = known_id(self.seed, "join", clinician.clinician_id)
        body = {**clinician.body(), "account": str(self.commands.acting.account(clinician.clinician_id))}
        await self.commands.post_unless_done("join", "care_plan", "/api/roster", body, key, "supervisor")
        self.progress.joined += 1

    async def _refer(self, patient: Patient) -> None:
        key = known_id(self.seed, "refer", patient.source_id)
        body = numbered(self.seed, patient)
        answer = await self.commands.post("refer", "referral", "/api/referrals", body, key, program_of(body))
        case = Case(patient, answer["referral_id"], answer["patient_id"], "triage", answer["suggested_decline_reason"])
        self.cases[case.referral_id] = case
        self.progress.received += 1

    async def _tell_apart(self) -> None:
        """Answer the question whether two of the sample are one person: they are as many as there are."""
        page = await self.commands.get("referral", "/api/identity/reviews", limit=WORKLIST_PAGE)
        await for_each([each for each in page["items"] if each["referral_id"] in self.cases], self._tell_one_apart)

    async def _tell_one_apart(self, review: Json) -> None:
        path, key = f"/api/identity/reviews/{review['review_id']}/decide", known_id(self.seed, review["review_id"])
        body = {"decision": "different"}
        await self.commands.post_unless_done("tell apart", "referral", path, body, key, "coordinator")

    async def _worklist(self) -> list[Case]:
        page = await self.commands.get("referral", "/api/referrals", status="triage", limit=WORKLIST_PAGE)
        return [self.cases[item["referral_id"]] for item in page["items"] if item["referral_id"] in self.cases]

    async def _decide(self, case: Case) -> None:
        """Decide one referral unless somebody did; the service's own view of it is what counts."""
        path = f"/api/referrals/{case.referral_id}"
        found = await self.commands.get("referral", path)
        if found["status"] == "triage":
            await self._give(path, "accept" if found["eligible"] else "decline", case)
            found = await self.commands.get("referral", path)
        if found["decision"] == "accepted" and not found["first_contact_at"]:
            await self._reach(path, case)
        self._note(case, found)

    async def _give(self, path: str, decision: str, case: Case) -> None:
        body: Json = {} if decision == "accept" else {"reason": case.suggested_decline_reason, "reason_text": ""}
        key = known_id(self.seed, decision, case.referral_id)
        await self.commands.post_unless_done(decision, "referral", f"{path}/{decision}", body, key, "coordinator")

    async def _reach(self, path: str, case: Case) -> None:
        """Call the person who was taken on: in this clinic they pick up the telephone."""
        key = known_id(self.seed, "reach", case.referral_id)
        body = {"channel": "phone"}
        await self.commands.post_unless_done("reach", "referral", f"{path}/make-contact", body, key, "coordinator")

    def _note(self, case: Case, found: Json) -> None:
        case.status = found["decision"] or found["status"]
        if case.accepted:
            self.progress.accepted += 1
        elif case.decided:
            self.progress.declined[found.get("decline_reason") or case.suggested_decline_reason or "other"] += 1


def program_of(body: Json) -> str:
    """The program of the organization that refers by this body."""
    return f"{PROGRAM}{body['referrer']['organization']}"


def numbered(seed: int, patient: Patient) -> Json:
    """The same under a number of the referrer's own, by which they state it again or withdraw it."""
    return {**referral(seed, patient), "placer_id": f"SYN-{patient.source_id[:8]}"}


def referral(seed: int, patient: Patient) -> Json:
    """The whole body of this patient's referral: the data's part, the invented contact, and a note that says so."""
    family = contact(seed, patient)
    return {**patient.referral(), "contact": family, "referral_note": referral_note(family)}
