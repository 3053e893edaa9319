"""What is asked and assessed at visits: instruments with their items, as they were answered."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from carebus.contracts.event import Value

WORST_SCORE = 10
"""The highest score of an ESAS-r item, "worst possible"; 0 is none."""

MODERATE_FROM, SEVERE_FROM = 4, 7
"""From which score an ESAS-r item is moderate, and from which severe.

Selby et al., "A single set of numerical cutpoints to define moderate and severe symptoms for the Edmonton Symptom
Assessment System", J Pain Symptom Manage 2010;39(2):241-249 (n = 400). Not the bands of the PCOC SAS.
"""

Score = Annotated[int | None, Field(ge=0, le=WORST_SCORE)]


class Phase(StrEnum):
    """Palliative phase (PCOC): not sequential; describes what the plan of care must do now."""

    STABLE = "stable"
    UNSTABLE = "unstable"
    DETERIORATING = "deteriorating"
    TERMINAL = "terminal"


class Respondent(StrEnum):
    """Who answered an instrument."""

    PATIENT = "patient"
    PROXY = "proxy"
    STAFF = "staff"


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


class Assessments(Value):
    """What was assessed at one visit."""

    esas_r: EsasR | None = None
    akps: Annotated[int | None, Field(ge=0, le=100, multiple_of=10)] = None
    phase: Phase | None = None
    respondent: Respondent = Respondent.PATIENT
