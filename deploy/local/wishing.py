"""What the simulated clinic does about wishes: after a first visit some speak of them, name an agent, bring a paper."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import date
from http import HTTPStatus

import pikepdf

from carebus.contracts.people import Role
from deploy.local.cases import Case, Cases, for_each
from deploy.local.commands import CommandRefused, Commands, Json
from deploy.local.invented import contact, roster
from deploy.local.invented.chance import chance, known_id

SPEAK_EACH, BRING_EACH, DIFFER_EACH = 2, 3, 3
"""One patient in so many speaks of wishes; one of those brings a paper in so many; one paper in so many differs."""
COMFORT = 0.7
"""So many of them want comfort above all."""
AT_HOME = {"treatment": "comfort_only", "cpr": "no_cpr", "hospital": "hospital_for_comfort", "place_of_care": "at_home"}
EVERYTHING = {"treatment": "full_treatment", "cpr": "attempt_cpr", "hospital": "hospital_if_needed"}
SIGNED_ON = date(2024, 6, 3)
"""Of papers and appointments: before the clinic opened."""
MATTERS = ("To be at home with my family.", "To see my granddaughter married.", "Not to be in pain.")
WORRIES = ("To be a burden to my children.", "To be alone at night.", "That nobody tells me the truth.")


@dataclass
class Wishing:
    """Lets patients say what they want, and a doctor settle what contradicts it; the same ones in every run."""

    seed: int
    commands: Commands
    cases: Cases
    _spoken: set[str] = field(default_factory=set)
    _brought: set[str] = field(default_factory=set)

    async def round(self) -> None:
        """Once a day: whoever was visited speaks of wishes; what is contradicted is settled the day after."""
        await for_each([one for one in self.cases.values() if one.patient_id in self._brought], self._settle)
        new = [one for one in self.cases.values() if one.completed and one.patient_id not in self._spoken]
        await for_each(new, self._speak)

    async def _speak(self, case: Case) -> None:
        dice = chance(self.seed, "wishes", case.patient.source_id)
        if dice.randrange(SPEAK_EACH):
            self._spoken.add(case.patient_id)
            return
        wants = AT_HOME if dice.random() < COMFORT else EVERYTHING
        words = {"goals": dice.choice(MATTERS), "worries": dice.choice(WORRIES)}
        brings, differs = not dice.randrange(BRING_EACH), not dice.randrange(DIFFER_EACH)
        try:
            await self._converse(case, wants, words)
            await self._appoint(case)
            if brings:
                await self._bring(case, EVERYTHING if differs and wants is AT_HOME else wants)
        except CommandRefused as refused:
            if refused.args[2] not in (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT):
                raise
            return  # it has not heard of them yet, or a death was reported: another day
        self._spoken.add(case.patient_id)

    async def _converse(self, case: Case, wants: dict[str, str], words: dict[str, str]) -> None:
        said = [{"question": name, "words": text} for name, text in words.items()]
        chosen = [{"question": topic, "choice": choice} for topic, choice in wants.items()]
        family = contact(self.seed, case.patient)
        language = "es" if family and family["language"] == "es" else "en"
        body = {"present": ["patient", "family"], "language": language, "answers": [*said, *chosen]}
        await self._post(case, "conversations", body, Role.NURSE)

    async def _appoint(self, case: Case) -> None:
        family = contact(self.seed, case.patient)
        if family is None:
            return
        named = {"full_name": family["full_name"], "relationship": family["relationship"]}
        phone = {"phone": family["phone"]} if family.get("phone") else {}
        body = {**named, **phone, "appointed_on": SIGNED_ON.isoformat()}
        await self._post(case, "appoint", body, Role.SOCIAL_WORKER)

    async def _bring(self, case: Case, says: dict[str, str]) -> None:
        ordered = {f"says.{topic}": choice for topic, choice in says.items() if topic in ("cpr", "treatment")}
        form = {"kind": "portable_order", "status": "final", "signed_on": SIGNED_ON.isoformat(), **ordered}
        key, path = known_id(self.seed, "paper", case.patient_id), f"/api/patients/{case.patient_id}/documents"
        paper = written(SIGNED_ON, list(ordered.values()))
        await self.commands.post_file("wishes", path, form, paper, key, self._staff(Role.NURSE))
        self._brought.add(case.patient_id)

    async def _settle(self, case: Case) -> None:
        """A doctor asks the patient: what was said last stands."""
        self._brought.discard(case.patient_id)
        stands = await self.commands.get("wishes", f"/api/patients/{case.patient_id}", self._staff(Role.DOCTOR))
        for one in stands["conflicts"]:
            if one["outcome"] is None:
                said = {"asked": "The patient", "because": "They said so last, and meant it."}
                body = {"conflict_id": one["conflict_id"], "outcome": "first_stands", **said}
                await self._post(case, "settle", body, Role.DOCTOR, one["conflict_id"])

    async def _post(self, case: Case, act: str, body: Json, role: Role, more: str = "") -> None:
        key = known_id(self.seed, act, f"{case.patient_id}{more}")
        path = f"/api/patients/{case.patient_id}/{act}"
        await self.commands.post(act, "wishes", path, body, key, self._staff(role))

    def _staff(self, role: Role) -> str:
        return str(next(one.clinician_id for one in roster(self.seed) if one.role is role))


def written(signed_on: date, says: list[str]) -> bytes:
    """A paper of one page, as a practice would send it."""
    made = pikepdf.new()
    page = made.add_blank_page(page_size=(612, 792))
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
    lines = ["Portable medical order", *(one.replace("_", " ").capitalize() for one in says), f"Signed {signed_on}"]
    shown = " ".join(f"({line}) Tj 0 -36 Td" for line in lines)
    page.Contents = made.make_stream(f"BT /F1 20 Tf 72 700 Td {shown} ET".encode())
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()
