"""What is asked and assessed at visits: instruments with their items, as they were answered."""

from carebus.contracts.care_plan.instruments.answers import Answers, Respondent
from carebus.contracts.care_plan.instruments.assessments import Assessments
from carebus.contracts.care_plan.instruments.function import Assistance, Fast, FastStage, Nyha, Phase, RugAdl
from carebus.contracts.care_plan.instruments.mood import DistressThermometer, Phq9, Zbi12
from carebus.contracts.care_plan.instruments.symptoms import (
    MODERATE_FROM,
    SEVERE_FROM,
    WORST_SCORE,
    EsasR,
    Ipos,
    OtherSymptom,
    Painad,
    Pcpss,
    Sas,
    Score,
)

__all__ = [
    "MODERATE_FROM",
    "SEVERE_FROM",
    "WORST_SCORE",
    "Answers",
    "Assessments",
    "Assistance",
    "DistressThermometer",
    "EsasR",
    "Fast",
    "FastStage",
    "Ipos",
    "Nyha",
    "OtherSymptom",
    "Painad",
    "Pcpss",
    "Phase",
    "Phq9",
    "Respondent",
    "RugAdl",
    "Sas",
    "Score",
    "Zbi12",
]
