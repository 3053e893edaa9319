"""All instruments by code: what forms and lists are built from."""

from collections.abc import Mapping
from types import MappingProxyType

from services.care_plan.domain.instruments.akps import PERFORMANCE
from services.care_plan.domain.instruments.distress import CAREGIVER_BURDEN, DISTRESS
from services.care_plan.domain.instruments.esas_r import ESAS_R, ESAS_R_OTHER
from services.care_plan.domain.instruments.ipos import IPOS
from services.care_plan.domain.instruments.painad import PAINAD
from services.care_plan.domain.instruments.pcoc import (
    DEPENDENCE,
    PALLIATIVE_PHASE,
    PROBLEM_SEVERITY,
    SYMPTOM_ASSESSMENT,
)
from services.care_plan.domain.instruments.phq import PHQ_9
from services.care_plan.domain.instruments.scoring import Instrument
from services.care_plan.domain.instruments.staging import FAST, NYHA

_ALL = (
    ESAS_R,
    ESAS_R_OTHER,
    PALLIATIVE_PHASE,
    PERFORMANCE,
    SYMPTOM_ASSESSMENT,
    PROBLEM_SEVERITY,
    DEPENDENCE,
    IPOS,
    PAINAD,
    PHQ_9,
    DISTRESS,
    CAREGIVER_BURDEN,
    NYHA,
    FAST,
)

INSTRUMENTS: Mapping[str, Instrument] = MappingProxyType({each.code: each for each in _ALL})
"""Every instrument by the field of Assessments that holds its answers, in the order they are offered."""
