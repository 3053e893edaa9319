"""The instruments of the Palliative Care Outcomes Collaboration (PCOC): phase, SAS, problem severity and RUG-ADL.

Confirmed: bands of the SAS (AIHW measure 1.1), the four levels of problem severity (AIHW measure 1.2), the values of
the RUG-ADL (METeOR 446314). Their licences were not found: items and levels stand here in short words of our own.
For none of them is a smallest difference that matters known to us: AIHW counts one point of the SAS or of problem
severity as improved, which defines a measure and says nothing of what patients notice.
"""

from carebus.contracts.care_plan import WORST_SCORE, Assistance, Phase
from services.care_plan.domain.instruments.scoring import (
    ANYBODY,
    STAFF,
    Band,
    Bands,
    Choice,
    Instrument,
    Item,
    Rule,
    Scale,
    Wording,
    numbered,
)

_OURS = Wording(free=False, notice="After the Palliative Care Outcomes Collaboration, in our own short words.")

PALLIATIVE_PHASE = Instrument(
    code="phase",
    name="Palliative phase",
    items=(Item("phase", "Phase", tuple(Choice(phase, phase.value.capitalize()) for phase in Phase)),),
    scales=(
        Scale(
            code="phase",
            name="Phase",
            items=("phase",),
            most=0,
            rule=Rule("By what the plan of care must do now; phases have no order.", "AIHW, Box PCOC.2."),
        ),
    ),
    answered_by=STAFF,
    wording=_OURS,
)

SAS_BANDS = Bands(
    ((0, Band.NONE), (1, Band.MILD), (4, Band.MODERATE), (8, Band.SEVERE)),
    Rule(
        "Absent 0, mild 1 to 3, moderate 4 to 7, severe 8 to 10.",
        "Daveson et al., PLoS ONE 2021, doi 10.1371/journal.pone.0247250; AIHW palliative care measure 1.1.",
    ),
)
"""Not those of the ESAS-r: a 7 is moderate here and severe there."""

_DISTRESS = Rule(
    "Distress as answered, 0 (none) to 10 (worst possible).",
    "Daveson et al., PLoS ONE 2021, doi 10.1371/journal.pone.0247250.",
)
_SAS_ITEMS = {
    "insomnia": "Sleep",
    "appetite": "Appetite",
    "nausea": "Nausea",
    "bowels": "Bowels",
    "breathing": "Breathing",
    "fatigue": "Fatigue",
    "pain": "Pain",
}

SYMPTOM_ASSESSMENT = Instrument(
    code="sas",
    name="SAS",
    items=tuple(
        Item(code, name, numbered(0, WORST_SCORE, {0: "No distress", WORST_SCORE: "Worst possible"}))
        for code, name in _SAS_ITEMS.items()
    ),
    scales=tuple(
        Scale(code=code, name=name, items=(code,), most=WORST_SCORE, rule=_DISTRESS, bands=SAS_BANDS)
        for code, name in _SAS_ITEMS.items()
    ),
    answered_by=ANYBODY,
    wording=_OURS,
)

_SEVERITY = ("Absent", "Mild", "Moderate", "Severe")
_SEVERITY_BANDS = Bands(
    ((0, Band.NONE), (1, Band.MILD), (2, Band.MODERATE), (3, Band.SEVERE)),
    Rule(
        "0 absent, 1 mild, 2 moderate, 3 severe.",
        "Masso et al., Palliat Med 2016;30(5):479-485; AIHW palliative care measure 1.2.",
    ),
)
_DOMAINS = {
    "pain": "Pain",
    "other_symptoms": "Other symptoms",
    "psychological_spiritual": "Psychological or spiritual",
    "family_carer": "Family and caregivers",
}

PROBLEM_SEVERITY = Instrument(
    code="pcpss",
    name="Problem severity (PCPSS)",
    items=tuple(Item(code, name, numbered(0, 3, dict(enumerate(_SEVERITY)))) for code, name in _DOMAINS.items()),
    scales=tuple(
        Scale(code=code, name=name, items=(code,), most=3, rule=_SEVERITY_BANDS.rule, bands=_SEVERITY_BANDS)
        for code, name in _DOMAINS.items()
    ),
    answered_by=STAFF,
    wording=_OURS,
)

_HELP = {
    Assistance.NONE: "Alone, or only watched over",
    Assistance.LIMITED: "With some physical help",
    Assistance.ONE_PERSON: "With one person's full help, or a device",
    Assistance.TWO_PEOPLE: "With two people or more",
}
_EATING = {1: "Alone, or only watched over", 2: "With some help", 3: "Fed by others or by tube"}
_MOVEMENTS = {"bed_mobility": "Moving in bed", "toileting": "Toileting", "transfer": "Transfer"}

DEPENDENCE = Instrument(
    code="rug_adl",
    name="RUG-ADL",
    items=(
        *(
            Item(code, name, tuple(Choice(int(level), means) for level, means in _HELP.items()))
            for code, name in _MOVEMENTS.items()
        ),
        Item("eating", "Eating", numbered(1, 3, _EATING)),
    ),
    scales=(
        Scale(
            code="total",
            name="Dependence",
            items=(*_MOVEMENTS, "eating"),
            least=4,
            most=18,
            rule=Rule(
                "The sum of four activities, 4 (independent) to 18; three have no level 2. Known when all are.",
                "AIHW METeOR 446314.",
            ),
        ),
    ),
    answered_by=STAFF,
    wording=_OURS,
)
