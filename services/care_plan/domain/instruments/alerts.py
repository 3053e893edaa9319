"""What answers set off: strong symptoms, a look at a patient's safety, a strained caregiver, screens to follow up."""

from dataclasses import dataclass, field

from carebus.contracts.care_plan import Assessments
from services.care_plan.domain.instruments.results import Result, results
from services.care_plan.domain.instruments.scoring import Band, Rule

OTHER = "other"
STRONG = frozenset({Band.MODERATE, Band.MODERATELY_SEVERE, Band.SEVERE})

SAFETY = Rule(
    "Any answer above 0 to the ninth item of the PHQ-9 is followed up on the same day.",
    "Rule of this service; the item: Kroenke et al., J Gen Intern Med 2001;16(9):606-613.",
)

SYMPTOMS: dict[str, tuple[tuple[str, str], ...]] = {
    "pain": (("esas_r", "pain"), ("sas", "pain"), ("ipos", "pain"), ("painad", "total")),
    "tiredness": (("esas_r", "tiredness"), ("sas", "fatigue"), ("ipos", "weakness")),
    "drowsiness": (("esas_r", "drowsiness"), ("ipos", "drowsiness")),
    "nausea": (("esas_r", "nausea"), ("sas", "nausea"), ("ipos", "nausea")),
    "vomiting": (("ipos", "vomiting"),),
    "lack_of_appetite": (("esas_r", "lack_of_appetite"), ("sas", "appetite"), ("ipos", "poor_appetite")),
    "shortness_of_breath": (("esas_r", "shortness_of_breath"), ("sas", "breathing"), ("ipos", "shortness_of_breath")),
    "insomnia": (("sas", "insomnia"),),
    "bowels": (("sas", "bowels"), ("ipos", "constipation")),
    "mouth": (("ipos", "sore_or_dry_mouth"),),
    "mobility": (("ipos", "poor_mobility"),),
    "depression": (("esas_r", "depression"), ("ipos", "depression")),
    "anxiety": (("esas_r", "anxiety"), ("ipos", "anxiety")),
    "other": (("esas_r_other", "other"),),
}
"""Each symptom, and the scales that speak of it; the first that was answered decides.

Wellbeing, the family's anxiety, peace, information and practical matters are no symptoms of the patient.
"""


@dataclass(frozen=True, slots=True)
class Strong:
    """A symptom that is moderate or severe: by which instrument, and by which rule.

    named: what the respondent called it, where it is the other symptom of the ESAS-r.
    """

    symptom: str
    band: Band
    score: int
    instrument: str
    rule: str
    named: str = field(default="", repr=False)

    @property
    def key(self) -> str:
        """Which symptom it is: two other symptoms with different names are two."""
        return symptom_key(self.symptom, self.named)


def symptom_key(symptom: str, named: str) -> str:
    """What tells a symptom from others: its code, and for an other one the name it was given."""
    return f"{OTHER}/{' '.join(named.casefold().split())}" if symptom == OTHER else symptom


def strong_symptoms(assessments: Assessments) -> tuple[Strong, ...]:
    """The symptoms that are moderate or severe, each once: by the ESAS-r, else the SAS, else the IPOS, else PAINAD."""
    found = {(each.instrument, each.scale): each for each in results(assessments) if each.score is not None}
    answered = ((symptom, [found[at] for at in places if at in found]) for symptom, places in SYMPTOMS.items())
    deciding = ((symptom, by[0]) for symptom, by in answered if by)
    return tuple(
        Strong(symptom, by.band, by.score, by.instrument, by.rule, _named(assessments) if symptom == OTHER else "")
        for symptom, by in deciding
        if by.score is not None and by.band is not None and by.band in STRONG
    )


def answered_keys(assessments: Assessments) -> frozenset[str]:
    """The same as keys: an other symptom by the name it was given."""
    return frozenset(symptom_key(each, _named(assessments)) for each in answered_symptoms(assessments))


def _named(assessments: Assessments) -> str:
    return assessments.esas_r_other.symptom_name if assessments.esas_r_other else ""


def answered_symptoms(assessments: Assessments) -> frozenset[str]:
    """The symptoms that were asked about and answered, however strong they are."""
    known = {(each.instrument, each.scale) for each in results(assessments) if each.score is not None}
    return frozenset(symptom for symptom, places in SYMPTOMS.items() if known.intersection(places))


def needs_safety_task(assessments: Assessments) -> bool:
    """Whether the ninth item of the PHQ-9 was answered above 0 (see SAFETY). Not answered is unknown, not "no"."""
    return assessments.phq_9 is not None and bool(assessments.phq_9.self_harm)


def caregiver_strain(assessments: Assessments) -> Result | None:
    """The caregiver's burden by the ZBI-12, with its band; None unless all of it was answered."""
    return next((each for each in results(assessments) if each.instrument == "zbi_12" and each.band), None)


def positive_screens(assessments: Assessments) -> tuple[Result, ...]:
    """The screens that ask for a closer look: PHQ-2 from 3, distress thermometer from 4."""
    return tuple(each for each in results(assessments) if each.band is Band.POSITIVE)
