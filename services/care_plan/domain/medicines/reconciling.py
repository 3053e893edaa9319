"""The team reconciles the medicines: the list from all sources stands as it is sent, checked, with nothing ordered."""

from collections.abc import Callable
from datetime import date
from http import HTTPStatus
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from carebus.contracts.care_plan import (
    MedicineAllergy,
    MedicineLine,
    MedicineSource,
    MedicinesReconciled,
    MedicineUse,
)
from carebus.contracts.event import Value
from carebus.contracts.phi import Phi
from carebus.decisions import Cause, Command, Decision, changed, ignore
from carebus.errors import BrokenRule, CarebusError
from services.care_plan.domain.care import Care, Medicines, episode_of
from services.care_plan.domain.care.zones import day_of
from services.care_plan.domain.medicines.checking import Checked, checked
from services.care_plan.domain.medicines.names import ingredients_of, substances_of
from services.care_plan.domain.medicines.rules import MedicineRules
from services.care_plan.domain.plan.owners import who

Short = Annotated[str, Phi.TEXT, Field(max_length=200)]
Said = Annotated[str, Phi.TEXT, Field(min_length=1, max_length=300)]


class MedicinesChangedMeanwhile(CarebusError):
    """Version {stands} of this list stands by now; you started from version {started}. Nothing was saved, and what you
    wrote is still here: hold it against the list as it stands, then send it again."""

    status = HTTPStatus.CONFLICT


class StatedInTheFuture(CarebusError):
    """This day is still to come. Give the day on which it was stated."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class MedicineStated(Value):
    """A line of the list. What it is made of is read from its name."""

    model_config = ConfigDict(extra="forbid")

    line_id: UUID
    code: Annotated[str, Field(max_length=10, pattern=r"^\d*$")] = ""
    text: Said
    dose_text: Short = ""
    route_text: Short = ""
    frequency_text: Short = ""
    use: MedicineUse = MedicineUse.UNKNOWN
    source: MedicineSource
    source_name: Annotated[str, Phi.NAME, Field(max_length=200)] = ""
    stated_on: Annotated[date, Phi.DATE]
    note: Annotated[str, Phi.TEXT, Field(max_length=500)] = ""


class AllergyStated(Value):
    """A substance that harmed the patient, and how."""

    model_config = ConfigDict(extra="forbid")

    allergy_id: UUID
    text: Said
    reaction_text: Short = ""
    stated_on: Annotated[date | None, Phi.DATE] = None


class ReconcileMedicines(Value, Command):
    """The whole list as it is to stand. based_on: the version that it was made from, 0 when there was none yet."""

    based_on: int = 0
    medicines: Annotated[tuple[MedicineStated, ...], Field(max_length=100)] = ()
    allergies: Annotated[tuple[AllergyStated, ...], Field(max_length=50)] = ()
    no_known_allergies: bool = False
    no_laxative_because: Annotated[str, Phi.TEXT, Field(max_length=500)] = ""

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        ids = [*(line.line_id for line in self.medicines), *(each.allergy_id for each in self.allergies)]
        if len(set(ids)) < len(ids):
            raise BrokenRule("Two lines have the same id. Give each its own.")
        if self.no_known_allergies and self.allergies:
            raise BrokenRule("There are allergies on the list, so it can't be that none is known.")
        return self


def reconciling(rules: MedicineRules) -> Callable[[Care, ReconcileMedicines, Cause], Decision]:
    """The decision to reconcile, with names read and the list checked by these rules."""

    def reconcile(care: Care, asked: ReconcileMedicines, cause: Cause) -> Decision:
        """The list stands as it was sent. What checks find is told with it and hinders nothing.

        Raises NotInCare, CareEnded, CareOnHold, MedicinesChangedMeanwhile, StatedInTheFuture.
        """
        care.require_open()
        stands = care.medicines.version if care.medicines else 0
        if asked.based_on != stands:
            raise MedicinesChangedMeanwhile(stands=stands, started=asked.based_on)
        _require_past(care, asked, cause)
        after = _as_stated(asked, rules, stands + 1, cause)
        if care.medicines is not None and _same(care.medicines, after):
            return ignore("nothing_changed")
        told = _told(care, after, checked(after, rules), rules, cause)
        return changed(care.but(medicines=after)).tells(told).part_of(care.journey_id)

    return reconcile


def _as_stated(asked: ReconcileMedicines, rules: MedicineRules, version: int, cause: Cause) -> Medicines:
    return Medicines(
        version=version,
        lines=tuple(
            MedicineLine(**line.model_dump(), ingredients=ingredients_of(line.text, rules)) for line in asked.medicines
        ),
        allergies=tuple(
            MedicineAllergy(**each.model_dump(), ingredients=substances_of(each.text, rules))
            for each in asked.allergies
        ),
        no_known_allergies=asked.no_known_allergies,
        no_laxative_because=asked.no_laxative_because.strip(),
        reconciled_at=cause.now,
    )


def _same(before: Medicines, after: Medicines) -> bool:
    unlike: dict[str, Any] = {"version": after.version, "reconciled_at": after.reconciled_at}
    return before.model_copy(update=unlike) == after


def _told(care: Care, after: Medicines, found: Checked, rules: MedicineRules, cause: Cause) -> MedicinesReconciled:
    return MedicinesReconciled(
        episode_id=episode_of(care),
        version=after.version,
        medicines=after.lines,
        disagreements=found.disagreements,
        allergies=after.allergies,
        no_known_allergies=after.no_known_allergies,
        no_laxative_because=after.no_laxative_because,
        findings=found.findings,
        not_checked=found.not_checked,
        ruleset=rules.name,
        reconciled_by=who(care, cause),
        reconciled_at=cause.now,
    )


def _require_past(care: Care, asked: ReconcileMedicines, cause: Cause) -> None:
    today = day_of(care, cause.now)
    days = {f"medicines.{n}.stated_on": line.stated_on for n, line in enumerate(asked.medicines)}
    days |= {f"allergies.{n}.stated_on": each.stated_on for n, each in enumerate(asked.allergies) if each.stated_on}
    for field, day in days.items():
        if day > today:
            raise StatedInTheFuture(field=field)
