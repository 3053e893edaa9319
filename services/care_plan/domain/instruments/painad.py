"""Pain Assessment in Advanced Dementia (PAINAD): five behaviours that staff observe.

Confirmed: the items, 0 to 2 each. The bands are "a possible interpretation" as secondary sources quote it; the paper
was not seen. Its licence was not found: only behaviours are named. No smallest difference that matters is known to us.
"""

from services.care_plan.domain.instruments.scoring import (
    STAFF,
    Band,
    Bands,
    Instrument,
    Item,
    Rule,
    Scale,
    Wording,
    numbered,
)

_MOST = 2
_BEHAVIOURS = {
    "breathing": "Breathing",
    "vocalization": "Vocalization",
    "facial_expression": "Facial expression",
    "body_language": "Body language",
    "consolability": "Consolability",
}
_SOURCE = "Warden et al., J Am Med Dir Assoc 2003;4(1):9-15"

PAINAD = Instrument(
    code="painad",
    name="PAINAD",
    items=tuple(Item(code, name, numbered(0, _MOST)) for code, name in _BEHAVIOURS.items()),
    scales=(
        Scale(
            code="total",
            name="Observed pain",
            items=tuple(_BEHAVIOURS),
            most=_MOST * len(_BEHAVIOURS),
            rule=Rule("The sum of five behaviours, each from 0 to 2, when all were observed.", f"{_SOURCE}."),
            bands=Bands(
                ((0, Band.NONE), (1, Band.MILD), (4, Band.MODERATE), (7, Band.SEVERE)),
                Rule("A possible reading: mild 1 to 3, moderate 4 to 6, severe 7 to 10.", f"Quoted as of {_SOURCE}."),
            ),
        ),
    ),
    answered_by=STAFF,
    wording=Wording(free=False, notice="Score from a copy of the PAINAD: its wording is not recorded as free."),
)
