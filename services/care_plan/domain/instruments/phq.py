"""The Patient Health Questionnaire, nine items, and its first two, the PHQ-2.

Confirmed: cut-offs of both and the difference that matters (abstracts of the papers); that no permission is needed
(Pfizer 2010; HL7 Structured Data Capture guide, example PHQ9).
"""

from carebus.contracts.care_plan import Respondent
from services.care_plan.domain.instruments.scoring import Band, Bands, Instrument, Item, Rule, Scale, Wording, numbered

NOTICE = (
    "Developed by Drs. Robert L. Spitzer, Janet B.W. Williams, Kurt Kroenke and colleagues, with an educational grant "
    "from Pfizer Inc. No permission required to reproduce, translate, display or distribute."
)

_MOST = 3
_ANSWERS = dict(enumerate(("Not at all", "Several days", "More than half the days", "Nearly every day")))
_WORDED = {
    "interest": ("Interest", "Little interest or pleasure in doing things"),
    "feeling_down": ("Feeling down", "Feeling down, depressed, or hopeless"),
    "sleep": ("Sleep", "Trouble falling or staying asleep, or sleeping too much"),
    "energy": ("Energy", "Feeling tired or having little energy"),
    "appetite": ("Appetite", "Poor appetite or overeating"),
    "self_worth": (
        "Self-worth",
        "Feeling bad about yourself — or that you are a failure or have let yourself or your family down",
    ),
    "concentration": (
        "Concentration",
        "Trouble concentrating on things, such as reading the newspaper or watching television",
    ),
    "movement": (
        "Movement",
        (
            "Moving or speaking so slowly that other people could have noticed? Or the opposite — being so fidgety or "
            "restless that you have been moving around a lot more than usual"
        ),
    ),
    "self_harm": ("Self-harm", "Thoughts that you would be better off dead or of hurting yourself in some way"),
}
_NINE = tuple(_WORDED)
_TWO = _NINE[:2]

_SUM = Rule(
    "The sum of its items, each from 0 to 3, when all were answered.",
    "Kroenke et al., J Gen Intern Med 2001;16(9):606-613.",
)
_SEVERITY = Bands(
    ((0, Band.NONE), (5, Band.MILD), (10, Band.MODERATE), (15, Band.MODERATELY_SEVERE), (20, Band.SEVERE)),
    Rule(
        "Mild from 5, moderate from 10, moderately severe from 15, severe from 20.",
        "Kroenke et al., J Gen Intern Med 2001;16(9):606-613.",
    ),
)
_SCREEN = Bands(
    ((0, Band.NEGATIVE), (3, Band.POSITIVE)),
    Rule("Positive from 3.", "Kroenke et al., Med Care 2003;41(11):1284-1292."),
)

PHQ_9 = Instrument(
    code="phq_9",
    name="PHQ-9",
    items=tuple(Item(code, label, numbered(0, _MOST, _ANSWERS), asks) for code, (label, asks) in _WORDED.items()),
    scales=(
        Scale(code="phq_2", name="PHQ-2", items=_TWO, most=_MOST * len(_TWO), rule=_SUM, bands=_SCREEN),
        Scale(
            code="phq_9",
            name="PHQ-9",
            items=_NINE,
            most=_MOST * len(_NINE),
            rule=_SUM,
            bands=_SEVERITY,
            better_from=5,
            worse_from=5,
            change_rule=Rule("A change matters from 5 points on.", "Löwe et al., Med Care 2004;42(12):1194-1201."),
        ),
    ),
    answered_by=(Respondent.PATIENT,),
    wording=Wording(free=True, notice=NOTICE),
    asks="Over the last 2 weeks, how often have you been bothered by any of the following problems?",
)
