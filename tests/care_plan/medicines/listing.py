"""Lists of medicines as sources state them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid5

from carebus.contracts.care_plan import MedicineAllergy, MedicineLine
from services.care_plan.domain.care import Medicines
from services.care_plan.domain.medicines.checking import Checked, checked
from services.care_plan.domain.medicines.names import ingredients_of, substances_of
from services.care_plan.store.rulesets import medicine_rules

NAMES = UUID("018f0000-0000-7000-8000-00000000000b")
RULES = medicine_rules()
MONDAY = date(2026, 3, 2)


def line(text: str, n: int = 0, source: str = "pharmacy", **more: Any) -> MedicineLine:
    """A medicine as a source states it: taken, as stated on Monday, unless said otherwise."""
    stated = {"use": "taken", "stated_on": MONDAY, "source": source, **more}
    line_id = uuid5(NAMES, f"{text}/{source}/{n}")
    return MedicineLine.model_validate(
        {"line_id": line_id, "text": text, "ingredients": ingredients_of(text, RULES), **stated}
    )


def allergy(text: str) -> MedicineAllergy:
    """An allergy as somebody states it."""
    return MedicineAllergy(allergy_id=uuid5(NAMES, text), text=text, ingredients=substances_of(text, RULES))


def look(*lines: MedicineLine, allergies: tuple[str, ...] = (), **more: Any) -> Checked:
    """What a list of these lines shows."""
    return checked(
        Medicines(
            version=1,
            lines=lines,
            allergies=tuple(map(allergy, allergies)),
            reconciled_at=datetime(2026, 3, 2, 17, tzinfo=UTC),
            **more,
        ),
        RULES,
    )
