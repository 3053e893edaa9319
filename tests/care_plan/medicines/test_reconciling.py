"""The list stands as it was sent, from every source, with what checks found, and nobody writes over another's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from carebus.contracts.care_plan import MedicinesReconciled
from carebus.contracts.people import Role
from services.care_plan.domain.care import Care, Medicines
from services.care_plan.domain.medicines.reconciling import (
    MedicinesChangedMeanwhile,
    ReconcileMedicines,
    StatedInTheFuture,
    reconciling,
)
from tests.care_plan.medicines.listing import RULES
from tests.care_plan.plan.writing import NOON, NURSE, TODAY, after, cause, id_of, in_care, told

reconcile = reconciling(RULES)


def states(name: str, **more: Any) -> dict[str, Any]:
    return {"line_id": id_of(name), "text": name, "source": "pharmacy", "stated_on": TODAY, "use": "taken", **more}


def sends(*lines: dict[str, Any], based_on: int = 0, **more: Any) -> ReconcileMedicines:
    return ReconcileMedicines.model_validate({"based_on": based_on, "medicines": lines, **more})


def medicines_of(care: Care) -> Medicines:
    assert care.medicines is not None
    return care.medicines


def test_the_list_is_told_with_what_its_names_mean_and_what_was_found() -> None:
    morphine = states("Morphine Sulfate 15 MG Oral Tablet", code="892582")
    allergies = [{"allergy_id": id_of("allergy"), "text": "Morphine", "reaction_text": "Itching"}]
    decision = reconcile(in_care(), sends(morphine, allergies=allergies), cause(role=Role.NURSE))
    event = told(decision, MedicinesReconciled)
    assert (event.version, event.ruleset, event.reconciled_by, event.reconciled_at) == (1, RULES.name, NURSE, NOON)
    assert event.medicines[0].ingredients == event.allergies[0].ingredients == ("morphine",)
    assert {finding.rule for finding in event.findings} == {"ingredient_of_allergy", "opioid_without_laxative"}
    assert any("Interactions" in sentence for sentence in event.not_checked)
    assert medicines_of(after(decision)).lines == event.medicines


def test_whoever_started_from_another_version_saves_nothing() -> None:
    care = after(reconcile(in_care(), sends(states("Senna")), cause()))
    with pytest.raises(MedicinesChangedMeanwhile, match="Version 1 of this list stands by now"):
        reconcile(care, sends(states("Tylenol")), cause(1))
    again = after(reconcile(care, sends(states("Tylenol"), based_on=1), cause(2)))
    assert (medicines_of(again).version, [each.text for each in medicines_of(again).lines]) == (2, ["Tylenol"])


def test_the_same_list_again_is_not_told_again() -> None:
    care = after(reconcile(in_care(), sends(states("Senna")), cause()))
    assert reconcile(care, sends(states("Senna"), based_on=1), cause(1, days=1)).ignored == "nothing_changed"


def test_what_is_stated_was_stated_by_today() -> None:
    with pytest.raises(StatedInTheFuture) as refused:
        reconcile(in_care(), sends(states("a"), states("b", stated_on=TODAY + timedelta(1))), cause())
    assert refused.value.field == "medicines.1.stated_on"


@pytest.mark.parametrize(
    "more",
    [
        {"no_known_allergies": True, "allergies": [{"allergy_id": id_of("x"), "text": "Latex"}]},
        {"allergies": [{"allergy_id": id_of("Senna"), "text": "The line's id"}]},
        {"allergies": [{"allergy_id": UUID(int=1), "text": ""}]},
        {"medicines": [states("Senna", dosage="a field that would be lost")]},
        {"medicines": [states("Senna", code="not a code")]},
    ],
)
def test_a_list_that_does_not_hang_together_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ReconcileMedicines.model_validate({"medicines": [states("Senna")], **more})


def test_a_document_of_an_earlier_release_has_no_list_yet() -> None:
    assert Care.model_validate({"episode_id": id_of("episode")}).medicines is None
