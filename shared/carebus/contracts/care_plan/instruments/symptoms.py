"""Instruments of symptoms: ESAS-r, SAS, IPOS, problem severity and, for who can't say, PAINAD."""

from typing import Annotated

from pydantic import Field

from carebus.contracts.care_plan.instruments.answers import Answers
from carebus.contracts.event import Value
from carebus.contracts.phi import Phi

WORST_SCORE = 10
"""The highest score of an item from 0 to 10, "worst possible"; 0 is none."""

MODERATE_FROM, SEVERE_FROM = 4, 7
"""From which score an ESAS-r item is moderate, and from which severe.

Selby et al., "A single set of numerical cutpoints to define moderate and severe symptoms for the Edmonton Symptom
Assessment System", J Pain Symptom Manage 2010;39(2):241-249 (n = 400). Not the bands of the PCOC SAS.
"""

Score = Annotated[int | None, Field(ge=0, le=WORST_SCORE)]
_OfTwo = Annotated[int | None, Field(ge=0, le=2)]
_OfThree = Annotated[int | None, Field(ge=0, le=3)]
_OfFour = Annotated[int | None, Field(ge=0, le=4)]


class EsasR(Value):
    """Edmonton Symptom Assessment System, revised: nine symptoms "now", 0 (none) to 10 (worst possible).

    An item not answered is None and never counts as 0. Source: Watanabe 2011; bands and totals in the domain.
    """

    pain: Score = None
    tiredness: Score = None
    drowsiness: Score = None
    nausea: Score = None
    lack_of_appetite: Score = None
    shortness_of_breath: Score = None
    depression: Score = None
    anxiety: Score = None
    wellbeing: Score = None


class OtherSymptom(Value):
    """The tenth line of the ESAS-r: a symptom that the respondent names, scored like the others."""

    symptom_name: Annotated[str, Phi.TEXT, Field(max_length=100)]
    score: Score = None


class Sas(Answers):
    """PCOC Symptom Assessment Scale: distress by seven symptoms, 0 (none) to 10 (worst possible)."""

    insomnia: Score = None
    appetite: Score = None
    nausea: Score = None
    bowels: Score = None
    breathing: Score = None
    fatigue: Score = None
    pain: Score = None


class Ipos(Answers):
    """Integrated Palliative care Outcome Scale: its seventeen scored items, 0 (best) to 4 (worst).

    What staff cannot assess is None. Its free questions, on main concerns and further symptoms, are not kept.
    """

    pain: _OfFour = None
    shortness_of_breath: _OfFour = None
    weakness: _OfFour = None
    nausea: _OfFour = None
    vomiting: _OfFour = None
    poor_appetite: _OfFour = None
    constipation: _OfFour = None
    sore_or_dry_mouth: _OfFour = None
    drowsiness: _OfFour = None
    poor_mobility: _OfFour = None
    anxiety: _OfFour = None
    family_anxiety: _OfFour = None
    depression: _OfFour = None
    peace: _OfFour = None
    sharing_feelings: _OfFour = None
    information: _OfFour = None
    practical_matters: _OfFour = None


class Pcpss(Answers):
    """Palliative Care Problem Severity Score, by staff: four domains, 0 absent, 1 mild, 2 moderate, 3 severe."""

    pain: _OfThree = None
    other_symptoms: _OfThree = None
    psychological_spiritual: _OfThree = None
    family_carer: _OfThree = None


class Painad(Answers):
    """Pain Assessment in Advanced Dementia: five behaviours that staff observe, 0 to 2 each."""

    breathing: _OfTwo = None
    vocalization: _OfTwo = None
    facial_expression: _OfTwo = None
    body_language: _OfTwo = None
    consolability: _OfTwo = None
