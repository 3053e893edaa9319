"""The NCCN Distress Thermometer and, about the caregiver, the Zarit Burden Interview of twelve items (ZBI-12).

Confirmed by abstracts: the thermometer's cut-off 4 (others found 3 or 5), the interview's cut-off 13 for older
caregivers. That 17 means a high burden is from common knowledge (Bédard 2001) and not confirmed. No smallest difference
that matters is known to us. Neither's wording is recorded as free: only topics are named.
"""

from carebus.contracts.care_plan import WORST_SCORE, Respondent
from services.care_plan.domain.instruments.scoring import Band, Bands, Instrument, Item, Rule, Scale, Wording, numbered

DISTRESS = Instrument(
    code="distress_thermometer",
    name="Distress thermometer",
    items=(Item("distress", "Distress", numbered(0, WORST_SCORE)),),
    scales=(
        Scale(
            code="distress",
            name="Distress",
            items=("distress",),
            most=WORST_SCORE,
            rule=Rule("As answered, 0 to 10.", "Roth et al., Cancer 1998;82(10):1904-1908."),
            bands=Bands(
                ((0, Band.NEGATIVE), (4, Band.POSITIVE)),
                Rule("Positive from 4.", "Jacobsen et al., Cancer 2005;103(7):1494-1502 (n = 380)."),
            ),
        ),
    ),
    answered_by=(Respondent.PATIENT,),
    wording=Wording(free=False, notice="Ask from a copy of the NCCN form: its wording is not recorded as free."),
)

_OFTEN = 4
_TOPICS = {
    "own_time": "Own time",
    "other_duties": "Other duties",
    "anger": "Anger",
    "other_relationships": "Other relationships",
    "tension": "Tension",
    "own_health": "Own health",
    "privacy": "Privacy",
    "social_life": "Social life",
    "control": "Control",
    "uncertainty": "Uncertainty",
    "doing_more": "Doing more",
    "doing_better": "Doing better",
}

CAREGIVER_BURDEN = Instrument(
    code="zbi_12",
    name="ZBI-12",
    items=tuple(Item(code, topic, numbered(0, _OFTEN)) for code, topic in _TOPICS.items()),
    scales=(
        Scale(
            code="total",
            name="Burden of the caregiver",
            items=tuple(_TOPICS),
            most=_OFTEN * len(_TOPICS),
            rule=Rule(
                "The sum of twelve items, each from 0 to 4, when all were answered.",
                "Bédard et al., Gerontologist 2001;41(5):652-657.",
            ),
            bands=Bands(
                ((0, Band.NONE), (13, Band.MODERATE), (17, Band.SEVERE)),
                Rule(
                    "A burden from 13 (found in older caregivers), high from 17 (cut-off not confirmed by us).",
                    "Dement Neuropsychol 2019;13(1), PMC6497029; Bédard et al., Gerontologist 2001;41(5):652-657.",
                ),
            ),
        ),
    ),
    answered_by=(Respondent.PROXY,),
    wording=Wording(free=False, notice="Ask from a licensed copy of the ZBI: its wording is not recorded as free."),
)
