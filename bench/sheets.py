"""Sheets of as many invented patients as a large practice has, each as full as one in care for a year."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from bench.saying import Say
from carebus.contracts.event import patient_stream
from carebus.contracts.people import Condition
from carebus.storage.database import Connection
from services.line.domain.sheet import Sheet
from services.line.store.sheets import SHEETS

AT_ONCE = 500
_IDS = UUID("2f0b0c58-1d2c-5f39-b0fb-1c1a2a4f5b11")
_MOMENT = datetime(2026, 3, 2, 13, 30, tzinfo=UTC)
FAMILIES = ("Abbott", "Baker", "Castillo", "Diaz", "Evans", "Flores", "Garcia", "Nguyen", "Osei", "Peña")
GIVEN = ("Ada", "Bo", "Cleo", "Dov", "Eve", "Finn", "Gus", "Hana", "José", "Mary Ann")


def patient_of(n: int) -> UUID:
    """The id of the nth patient."""
    return uuid5(_IDS, str(n))


def person_of(n: int) -> dict[str, Any]:
    """Who the nth patient is. Three hundred have the same family name, as in a town; a phone is a family's."""
    return {
        "given_name": GIVEN[n % 10],
        "family_name": f"{FAMILIES[n // 10 % 10]}{_letters(n // 300)}",
        "birth_date": date(1931, 1, 1) + timedelta(days=n % 12_000),
        "phone": f"61755{n % 40_000:05}",
        "address": {"street": f"{n % 900} Elm Street", "city": "Boston", "state": "MA", "postal_code": "02118"},
    }


def sheet_of(n: int) -> Sheet:
    """The nth patient's."""
    ids = [uuid5(patient_of(n), str(each)) for each in range(30)]
    nurse = {"clinician_id": ids[0], "name": "Robin Reyes", "role": "nurse", "primary": True}
    doctor = {"clinician_id": ids[1], "name": "Dana Ames", "role": "doctor"}
    visit = {"mode": "home", "clinician": nurse}
    return Sheet.model_validate(
        {
            "person": person_of(n),
            "conditions": [Condition.HEART_FAILURE, Condition.COPD],
            "payer": {"name": "Elm Street Health Plan", "kind": "medicare", "member_id": f"W{n:09}"},
            "contact": {
                "contact_id": ids[2],
                "full_name": "Ana Flores",
                "relationship": "daughter",
                "phone": f"61756{n % 40_000:05}",
                "consented": True,
            },
            "in_care": n % 4 > 0,
            "opened_at": _MOMENT,
            "team": [nurse, doctor],
            "plan": {"version": 3, "says": _plan(ids), "revised_at": _MOMENT, "approved_at": _MOMENT},
            "medicines": _medicines(ids),
            "visits": [{**visit, "visit_id": ids[3], "ordinal": 9, "starts_at": _MOMENT}],
            "last_visit": {
                **visit,
                "visit_id": ids[4],
                "ordinal": 8,
                "ended_at": _MOMENT,
                "assessments": {"akps": 50, "phase": "unstable"},
                "visit_note": "Short of breath on the stairs, sleeps in the chair. " * 8,
            },
            "phase": "unstable",
            "akps": 50,
            "calls": [
                {"call_id": each, "disposition": "visit_tomorrow", "subject": "pain", "triaged_at": _MOMENT}
                for each in ids[5:10]
            ],
            "heard_at": _MOMENT,
        }
    )


def _plan(ids: list[UUID]) -> dict[str, Any]:
    owner = {"clinician_id": ids[0], "name": "Robin Reyes", "profession": "Nurse"}
    problems = [
        {"problem_id": one, "text": "Breathless when lying down, worse in the evening.", "owner": owner}
        for one in ids[10:13]
    ]
    goals = [
        {"goal_id": one, "words": "I want to stay in my own house with my dog.", "at_home": True, "owner": owner}
        for one in ids[13:15]
    ]
    does = [
        {"intervention_id": one, "kind": "visit", "text": "Look at weight and legs.", "often": "weekly", "owner": owner}
        for one in ids[15:19]
    ]
    return {"problems": problems, "goals": goals, "interventions": does}


def _medicines(ids: list[UUID]) -> dict[str, Any]:
    lines = [
        {
            "line_id": one,
            "text": f"Furosemide {n}0 MG Oral Tablet",
            "ingredients": ["furosemide"],
            "dose_text": "one tablet",
            "route_text": "by mouth",
            "frequency_text": "in the morning",
            "source": "primary_doctor",
            "stated_on": _MOMENT.date(),
        }
        for n, one in enumerate(ids[19:29], 1)
    ]
    allergy = {"allergy_id": ids[29], "text": "Penicillin", "reaction_text": "rash"}
    return {
        "lines": lines,
        "allergies": [allergy],
        "no_known_allergies": False,
        "findings": [],
        "disagreements": 0,
        "reconciled_at": _MOMENT,
    }


async def fill(db: Connection, patients: int, say: Say) -> None:
    """So many, by the service's own store; statistics as autovacuum would have them."""
    for first in range(0, patients, AT_ONCE):
        some = range(first, min(first + AT_ONCE, patients))
        await SHEETS.save(db, {patient_stream(patient_of(n)): sheet_of(n) for n in some})
    await db.execute("vacuum (analyze) sheet, person")
    size = await db.fetchval("select avg(length(doc::text)) from (select doc from sheet limit 1000) as sample")
    say(f"  {patients} sheets, {float(size or 0) / 1000:.1f} kB each")


def _letters(n: int) -> str:
    """A number as the end of a name."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(n))
