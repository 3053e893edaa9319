"""Where heart failure and dementia stand: NYHA functional class and FAST stage. Neither has bands or a sum.

Confirmed: four classes and what they mean; sixteen stages, 6a to 6e and 7a to 7f among them. The FAST is only numbered
here: its wording is not recorded as free.
"""

from carebus.contracts.care_plan import FastStage
from services.care_plan.domain.instruments.scoring import (
    STAFF,
    Choice,
    Instrument,
    Item,
    Rule,
    Scale,
    Wording,
    numbered,
)

_CLASSES = {1: "No limitation", 2: "Slight limitation", 3: "Marked limitation", 4: "Symptoms at rest"}

NYHA = Instrument(
    code="nyha",
    name="NYHA class",
    items=(Item("functional_class", "Functional class", numbered(1, 4, _CLASSES)),),
    scales=(
        Scale(
            code="functional_class",
            name="NYHA class",
            items=("functional_class",),
            least=1,
            most=4,
            rule=Rule(
                "By how much activity is limited, 1 to 4.",
                "Criteria Committee of the New York Heart Association, 9th ed., 1994:253-256.",
            ),
        ),
    ),
    answered_by=STAFF,
    wording=Wording(free=False, notice="Classes in our own short words."),
)

FAST = Instrument(
    code="fast",
    name="FAST stage",
    items=(Item("stage", "Stage", tuple(Choice(stage.value) for stage in FastStage)),),
    scales=(
        Scale(
            code="stage",
            name="FAST stage",
            items=("stage",),
            most=0,
            rule=Rule(
                "The highest consecutive stage of disability, 1 to 7f.",
                "Reisberg, Psychopharmacol Bull 1988;24(4):653-659.",
            ),
        ),
    ),
    answered_by=STAFF,
    wording=Wording(free=False, notice="Stage from a copy of the FAST: its wording is not recorded as free."),
)
