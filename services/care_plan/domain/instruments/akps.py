"""The Australia-modified Karnofsky Performance Status: how much a patient can do."""

from services.care_plan.domain.instruments.scoring import STAFF, Choice, Instrument, Item, Rule, Scale, Wording

AKPS: dict[int, str] = {
    100: "Normal, no complaints",
    90: "Normal activity, minor signs",
    80: "Normal activity with effort",
    70: "Cares for self, unable to work",
    60: "Cares for most needs, occasional help",
    50: "Considerable help, frequent medical care",
    40: "In bed more than half the time",
    30: "Almost completely in bed",
    20: "Totally in bed, extensive nursing",
    10: "Comatose or barely rousable",
}
"""Australia-modified Karnofsky Performance Status, shortened. Abernethy et al., BMC Palliative Care 2005;4:7.

Its level 0 is death, which is not found at a visit and is not recorded as one.
"""

_RULE = Rule(
    "0 to 100 by tens; higher is better. No smallest difference that matters is known to us.",
    "Abernethy et al., BMC Palliative Care 2005;4:7.",
)

PERFORMANCE = Instrument(
    code="akps",
    name="AKPS",
    items=(Item("akps", "Performance status", tuple(Choice(level, means) for level, means in AKPS.items())),),
    scales=(Scale(code="akps", name="AKPS", items=("akps",), most=max(AKPS), rule=_RULE),),
    answered_by=STAFF,
    wording=Wording(free=False, notice="Levels in our own short words, after Abernethy et al. 2005."),
)
