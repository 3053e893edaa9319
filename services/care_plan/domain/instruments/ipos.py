"""The Integrated Palliative care Outcome Scale (IPOS): seventeen scored items, only named here and not worded.

Confirmed on pos-pal.org: items, 0 to 4, and that 3 or 4 asks for a timely response. The ranges of total and subscales
are from published tables; which items make up each subscale, and that "cannot assess" is missing, is from common
knowledge and not confirmed. No smallest difference that matters is known to us.
"""

from services.care_plan.domain.instruments.scoring import (
    ANYBODY,
    Band,
    Bands,
    Instrument,
    Item,
    Rule,
    Scale,
    Wording,
    numbered,
)

_WORST = 4
PHYSICAL = {
    "pain": "Pain",
    "shortness_of_breath": "Shortness of breath",
    "weakness": "Weakness or lack of energy",
    "nausea": "Nausea",
    "vomiting": "Vomiting",
    "poor_appetite": "Poor appetite",
    "constipation": "Constipation",
    "sore_or_dry_mouth": "Mouth",
    "drowsiness": "Drowsiness",
    "poor_mobility": "Mobility",
}
EMOTIONAL = {
    "anxiety": "Anxiety",
    "family_anxiety": "Anxiety of family or friends",
    "depression": "Depression",
    "peace": "Peace",
}
COMMUNICATION = {
    "sharing_feelings": "Sharing feelings",
    "information": "Information",
    "practical_matters": "Practical matters",
}
_ALL = {**PHYSICAL, **EMOTIONAL, **COMMUNICATION}

_BANDS = Bands(
    ((0, Band.NONE), (1, Band.MILD), (2, Band.MODERATE), (3, Band.SEVERE)),
    Rule(
        "3 or 4 asks for a timely response, 0 or 1 for less attention; 2 lies between.",
        "POS, How to interpret, pos-pal.org; Murtagh et al., Palliat Med 2019, doi 10.1177/0269216319854264.",
    ),
)
_ANSWERED = Rule("As answered, 0 (best) to 4 (worst).", "POS, How to score, pos-pal.org.")
_SUMS = Rule("The sum of its items, each from 0 to 4, when all were answered.", "POS, How to score, pos-pal.org.")


def _sum(code: str, name: str, items: dict[str, str]) -> Scale:
    return Scale(code=code, name=name, items=tuple(items), most=_WORST * len(items), rule=_SUMS)


IPOS = Instrument(
    code="ipos",
    name="IPOS",
    items=tuple(Item(code, name, numbered(0, _WORST)) for code, name in _ALL.items()),
    scales=(
        *(
            Scale(code=code, name=name, items=(code,), most=_WORST, rule=_ANSWERED, bands=_BANDS)
            for code, name in _ALL.items()
        ),
        _sum("physical", "Physical symptoms", PHYSICAL),
        _sum("emotional", "Emotional symptoms", EMOTIONAL),
        _sum("communication", "Communication and practical issues", COMMUNICATION),
        _sum("total", "Total", _ALL),
    ),
    answered_by=ANYBODY,
    wording=Wording(free=False, notice="Ask from a copy of the IPOS: its wording is not recorded as free."),
)
