"""What the simulated clinic does where care ends: some elect hospice and a few come back; some die, and others stay.

It asks each day how things stand and does the next step, so that a run that was interrupted is taken up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta, timezone
from http import HTTPStatus

from deploy.local.acting import OFFICE
from deploy.local.cases import Case, Cases, for_each
from deploy.local.clock import SimulatedClock
from deploy.local.commands import CommandRefused, Commands, Json
from deploy.local.invented.chance import chance, known_id

ELECT_EACH, REVOKE_EACH, DIE_EACH = 9, 2, 14
"""One patient in so many elects hospice after their visits, one of those in so many revokes; one in so many dies."""
IN_HOSPICE = timedelta(days=4)
"""After so long whoever revokes does so."""
LEFT = "left"
"""How a case stands whose care has ended: nobody visits, calls for or admits them any more."""
LATEST_ZONE = timezone(timedelta(hours=-10))
"""Hawaii's, where each day begins last."""
HOSPICES = (("Evergreen Hospice", "1234567893"), ("Two Rivers Hospice", "1679576722"))


@dataclass
class Parting:
    """Lets patients elect hospice, die, and their families be looked after; the same ones in every run."""

    seed: int
    commands: Commands
    cases: Cases
    clock: SimulatedClock
    visits_each: int
    _done: set[str] = field(default_factory=set)

    async def round(self) -> None:
        """Once a day: the next step for everybody whose care ends."""
        seen = [one for one in self.cases.values() if one.completed >= self.visits_each]
        await for_each([one for one in seen if one.patient_id not in self._done], self._step)

    async def _step(self, case: Case) -> None:
        dice = chance(self.seed, "parting", case.patient.source_id)
        elects, dies, revokes = (not dice.randrange(each) for each in (ELECT_EACH, DIE_EACH, REVOKE_EACH))
        try:
            if elects:
                await self._hospice(case, HOSPICES[dice.randrange(len(HOSPICES))], revokes=revokes)
            elif dies:
                await self._death(case)
            else:
                self._done.add(case.patient_id)
        except CommandRefused as refused:
            if refused.args[2] not in (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT):
                raise  # somebody in the pages was there first, or a death is looked into: another day

    def _today(self) -> date:
        """A day that has begun for every patient, wherever they live."""
        return self.clock.now().astimezone(LATEST_ZONE).date()

    async def _hospice(self, case: Case, hospice: tuple[str, str], *, revokes: bool) -> None:
        way, today = await self._stands(case, "hospice"), self._today()
        elected = way.get("enrolment")
        if way.get("stage") in ("revoked", "discharged"):
            case.status = LEFT
            self._done.add(case.patient_id)
        elif elected is None:
            await self._elect(case, hospice, today)
        elif elected["notice"] is None:
            case.status = LEFT
            said = {"enrolment_id": elected["entry_id"], "accepted_on": today.isoformat()}
            await self._do(case, "hospice/notice", said)
            await self._hand_over(case)
        elif not revokes:
            self._done.add(case.patient_id)
        elif today >= date.fromisoformat(elected["effective_on"]) + IN_HOSPICE:
            said = {"enrolment_id": elected["entry_id"], "revoked_on": today.isoformat(), "source": "family"}
            await self._do(case, "hospice/revoke", said)

    async def _elect(self, case: Case, hospice: tuple[str, str], today: date) -> None:
        await self._do(case, "hospice/discuss", {"discussed_on": today.isoformat(), "said": "They want to be at home."})
        said = {
            "hospice_name": hospice[0],
            "hospice_npi": hospice[1],
            "signed_on": today.isoformat(),
            "effective_on": (today + timedelta(days=1)).isoformat(),
            "attending": "Dr. Ruth Adeyemi",
            "diagnosis_code": "R54",
            "source": "hospice",
        }
        await self._do(case, "hospice/elect", said)
        case.status = LEFT

    async def _hand_over(self, case: Case) -> None:
        """Where a plan, medicines or wishes are known; for others there is nothing to hand over."""
        try:
            await self._do(case, "hospice/send-package", {"to": "The intake nurse", "how": "by fax"})
        except CommandRefused as refused:
            if not refused.conflict:
                raise

    async def _death(self, case: Case) -> None:
        found = await self._stands(case, "bereavement")
        people, today = found.get("people") or [], self._today()
        if not found.get("bereavement_id"):
            await self._do(case, "report-death", {"source": "family"})
            await self._do(case, "confirm-death", {"died_on": today.isoformat()})
            case.status = LEFT
            return
        case.status = LEFT
        for person in people:
            await self._look_after(case, person, today)
        if all(any(one["code"] for one in person["made"]) for person in people):
            self._done.add(case.patient_id)

    async def _look_after(self, case: Case, person: Json, today: date) -> None:
        """The letter first; then the call at two weeks, at which they say that they want to hear from us."""
        about, planned = {"person_id": person["person_id"]}, person["planned"]
        if person["letter"] is None:
            language = "es" if person["language"] == "es" else "en"
            await self._do(case, "bereavement/letter", {**about, "language": language})
        elif planned and not person["made"] and date.fromisoformat(planned[0]["due_on"]) <= today:
            called = {"way": "phone", "outcome": "reached", "contacted_on": today.isoformat()}
            await self._do(case, "bereavement/contact", {**about, **called, "code": planned[0]["code"]})
            said = {name: person[name] for name in ("full_name", "relationship", "language", "phone", "email")}
            await self._do(case, "bereavement/change", {**about, **said, "consent": "given"})

    async def _stands(self, case: Case, what: str) -> Json:
        return await self.commands.get("care_plan", f"/api/patients/{case.patient_id}/{what}")

    async def _do(self, case: Case, act: str, body: Json) -> None:
        key = known_id(self.seed, act, f"{case.patient_id}/{body.get('person_id', '')}/{self._today()}")
        path = f"/api/patients/{case.patient_id}/{act}"
        await self.commands.post(act.rpartition("/")[2], "care_plan", path, body, key, OFFICE)
