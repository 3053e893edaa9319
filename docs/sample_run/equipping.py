"""What the people of the sample run do about equipment."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

from carebus.contracts.equipment import Supplier
from deploy.local.patient import Patient
from docs.sample_run.calling import NURSE
from docs.sample_run.care import stream_of
from docs.sample_run.company import ROOT
from docs.sample_run.wishing import Wishing
from services.equipment.api.acts import ACTS
from services.equipment.domain.equipment import Equipment
from services.equipment.store.catalogue import catalogue

RIVER = Supplier(supplier_id="river", name="River Medical")


class Equipping(Wishing):
    """What can be done about equipment."""

    def of_equipment(self, act: str, patient: Patient, name: str = "", **said: Any) -> UUID:
        """Somebody does this; gives the id of what it made, which `name` tells from others."""
        made = {one: uuid5(ROOT, f"{one}/{patient.source_id}/{act}/{name}") for one in ACTS[act].makes}
        whole: dict[str, Any] = {"item": catalogue().item(said.pop("item_code"))} if "item_code" in said else {}
        whole |= {"supplier": RIVER} if "supplier" in ACTS[act].command.model_fields else {}
        command = ACTS[act].command.model_validate({"by": NURSE.name, **made, **whole, **said})
        self.company.asks("equipment", f"nurse:{NURSE.account}", (ACTS[act].reaction, stream_of(patient), command))
        return next(iter(made.values()), ROOT)

    def equipment_of(self, patient: Patient) -> Equipment:
        """What is known of theirs."""
        found = self.known("equipment", Equipment, patient)
        assert isinstance(found, Equipment)
        return found
