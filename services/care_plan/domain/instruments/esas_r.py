"""The Edmonton Symptom Assessment System, revised (ESAS-r): nine symptoms now, and one that the respondent names.

It is free to use with acknowledgement; its items and their names stay as they are (Alberta Health Services, ESAS-r
Administration Manual 2019: "freely available for use with appropriate acknowledgement of its source").
"""

from carebus.contracts.care_plan import MODERATE_FROM, SEVERE_FROM, WORST_SCORE, EsasR
from services.care_plan.domain.instruments.scoring import (
    ANYBODY,
    Band,
    Bands,
    Instrument,
    Item,
    Rule,
    Scale,
    Wording,
    change,
    numbered,
    total,
)

__all__ = [
    "ACKNOWLEDGEMENT",
    "EMOTIONAL",
    "ESAS_ITEMS",
    "ESAS_R",
    "ESAS_R_OTHER",
    "PHYSICAL",
    "SCALES",
    "SPANS",
    "TOTAL",
    "band",
    "change",
    "total",
]

ACKNOWLEDGEMENT = (
    "Edmonton Symptom Assessment System, revised (ESAS-r): Edmonton Zone Palliative Care Program, Alberta Health "
    "Services. Bruera et al., J Palliat Care 1991;7(2):6-9; Watanabe et al., J Pain Symptom Manage 2011;41(2):456-468."
)

ESAS_ITEMS: tuple[str, ...] = tuple(EsasR.model_fields)
PHYSICAL = ("pain", "tiredness", "drowsiness", "nausea", "lack_of_appetite", "shortness_of_breath")
EMOTIONAL = ("depression", "anxiety")
TOTAL = (*PHYSICAL, *EMOTIONAL, "wellbeing")

_ANSWERED = Rule(
    "As answered, 0 (none) to 10 (worst possible), now.",
    "Watanabe et al., J Pain Symptom Manage 2011;41(2):456-468.",
)
_BANDS = Bands(
    ((0, Band.NONE), (1, Band.MILD), (MODERATE_FROM, Band.MODERATE), (SEVERE_FROM, Band.SEVERE)),
    Rule(
        f"Moderate from {MODERATE_FROM}, severe from {SEVERE_FROM}.",
        "Selby et al., J Pain Symptom Manage 2010;39(2):241-249.",
    ),
)
_ONE_POINT = Rule(
    "A symptom is better or worse from one point on.",
    "Hui et al., Cancer 2015;121(17):3027-3035 (n = 796).",
)
_SUMS = Rule(
    "The sum of its items, each from 0 to 10, when all were answered.",
    "Hui et al., J Pain Symptom Manage 2016;51(2):262-269.",
)
_SUMS_CHANGE = Rule(
    "Better from a fall by 3 (physical), 2 (emotional) or 3 (total), worse from a rise by 4, 1 or 4.",
    "Hui et al., J Pain Symptom Manage 2016;51(2):262-269 (n = 796).",
)

SPANS = {each: _BANDS.span(each, WORST_SCORE) for each in (Band.MILD, Band.MODERATE, Band.SEVERE)}
"""The scores of each band, in words."""


def _sum(code: str, name: str, items: tuple[str, ...], better_from: int, worse_from: int) -> Scale:
    return Scale(
        code=code,
        name=name,
        items=items,
        most=WORST_SCORE * len(items),
        rule=_SUMS,
        better_from=better_from,
        worse_from=worse_from,
        change_rule=_SUMS_CHANGE,
    )


SCALES: dict[str, Scale] = {
    "physical": _sum("physical", "Physical", PHYSICAL, better_from=3, worse_from=4),
    "emotional": _sum("emotional", "Emotional", EMOTIONAL, better_from=2, worse_from=1),
    "total": _sum("total", "Total symptom distress", TOTAL, better_from=3, worse_from=4),
}
"""The subscales and the total symptom distress score, with minimal clinically important differences.

Hui et al., "Minimal clinically important difference in the physical, emotional, and total symptom distress scores of
the Edmonton Symptom Assessment System", J Pain Symptom Manage 2016;51(2):262-269 (n = 796).
That six items are physical and two emotional is documented by the R package cliot too; the paper's list was not seen.
"""

_MEANS = {
    "tiredness": "Tiredness = lack of energy",
    "drowsiness": "Drowsiness = feeling sleepy",
    "depression": "Depression = feeling sad",
    "anxiety": "Anxiety = feeling nervous",
    "wellbeing": "Wellbeing = how you feel overall",
}
"""What the form adds in brackets."""


def _item(code: str) -> Item:
    name = code.replace("_", " ")
    ends = ("Best" if code == "wellbeing" else "No") + f" {name}", f"Worst possible {name}"
    choices = numbered(0, WORST_SCORE, {0: ends[0], WORST_SCORE: ends[1]})
    return Item(code, name.capitalize(), choices, _MEANS.get(code))


def _symptom(item: Item) -> Scale:
    return Scale(
        code=item.code,
        name=item.label,
        items=(item.code,),
        most=WORST_SCORE,
        rule=_ANSWERED,
        bands=_BANDS,
        better_from=1,
        worse_from=1,
        change_rule=_ONE_POINT,
    )


_ITEMS = tuple(map(_item, ESAS_ITEMS))

ESAS_R = Instrument(
    code="esas_r",
    name="ESAS-r",
    items=_ITEMS,
    scales=(*map(_symptom, _ITEMS), *SCALES.values()),
    answered_by=ANYBODY,
    wording=Wording(free=True, notice=ACKNOWLEDGEMENT),
    asks="Please circle the number that best describes how you feel NOW:",
)

ESAS_R_OTHER = Instrument(
    code="esas_r_other",
    name="ESAS-r, other problem",
    items=(Item("score", "Other problem", numbered(0, WORST_SCORE, {WORST_SCORE: "Worst possible"})),),
    # two visits may name different problems, so no change is spoken of
    scales=(Scale(code="other", name="Other", items=("score",), most=WORST_SCORE, rule=_ANSWERED, bands=_BANDS),),
    answered_by=ANYBODY,
    wording=Wording(free=True, notice=ACKNOWLEDGEMENT),
)
"""The tenth line; its name, `symptom_name`, is free text."""


def band(score: int | None) -> Band | None:
    """The band of one item; None when it was not answered."""
    return _BANDS.of(score)
