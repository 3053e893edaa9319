"""All that was assessed at one visit."""

from typing import Annotated

from pydantic import Field

from carebus.contracts.care_plan.instruments.answers import Respondent
from carebus.contracts.care_plan.instruments.function import Fast, Nyha, Phase, RugAdl
from carebus.contracts.care_plan.instruments.mood import DistressThermometer, Phq9, Zbi12
from carebus.contracts.care_plan.instruments.symptoms import EsasR, Ipos, OtherSymptom, Painad, Pcpss, Sas
from carebus.contracts.event import Value


class Assessments(Value):
    """What was assessed at one visit; an instrument that was not used is None.

    respondent: who answered the ESAS-r, and every other instrument that does not name its own.
    """

    esas_r: EsasR | None = None
    akps: Annotated[int | None, Field(ge=0, le=100, multiple_of=10)] = None
    phase: Phase | None = None
    respondent: Respondent = Respondent.PATIENT
    esas_r_other: OtherSymptom | None = None
    sas: Sas | None = None
    ipos: Ipos | None = None
    pcpss: Pcpss | None = None
    painad: Painad | None = None
    rug_adl: RugAdl | None = None
    nyha: Nyha | None = None
    fast: Fast | None = None
    phq_9: Phq9 | None = None
    distress_thermometer: DistressThermometer | None = None
    zbi_12: Zbi12 | None = None
