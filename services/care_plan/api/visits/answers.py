"""What callers may send of instruments: an item under another name is refused, since it would be lost."""

from typing import Annotated

from pydantic import Field

from carebus.contracts.care_plan import (
    Assessments,
    DistressThermometer,
    EsasR,
    Fast,
    Ipos,
    Nyha,
    OtherSymptom,
    Painad,
    Pcpss,
    Phq9,
    RugAdl,
    Sas,
    Zbi12,
)


class AskedEsasR(EsasR, extra="forbid"):
    """The same, and nothing else."""


class AskedOtherSymptom(OtherSymptom, extra="forbid"):
    """The same, and nothing else."""


class AskedSas(Sas, extra="forbid"):
    """The same, and nothing else."""


class AskedIpos(Ipos, extra="forbid"):
    """The same, and nothing else."""


class AskedPcpss(Pcpss, extra="forbid"):
    """The same, and nothing else."""


class AskedPainad(Painad, extra="forbid"):
    """The same, and nothing else."""


class AskedRugAdl(RugAdl, extra="forbid"):
    """The same, and nothing else."""


class AskedNyha(Nyha, extra="forbid"):
    """The same, and nothing else."""


class AskedFast(Fast, extra="forbid"):
    """The same, and nothing else."""


class AskedPhq9(Phq9, extra="forbid"):
    """The same, and nothing else."""


class AskedDistressThermometer(DistressThermometer, extra="forbid"):
    """The same, and nothing else."""


class AskedZbi12(Zbi12, extra="forbid"):
    """The same, and nothing else."""


class Assessed(Assessments, extra="forbid"):
    """What was assessed at a visit."""

    esas_r: AskedEsasR | None = None
    esas_r_other: AskedOtherSymptom | None = None
    sas: AskedSas | None = None
    ipos: AskedIpos | None = None
    pcpss: AskedPcpss | None = None
    painad: AskedPainad | None = None
    rug_adl: AskedRugAdl | None = None
    nyha: AskedNyha | None = None
    fast: AskedFast | None = None
    phq_9: AskedPhq9 | None = None
    distress_thermometer: AskedDistressThermometer | None = None
    zbi_12: AskedZbi12 | None = None
    akps: Annotated[int | None, Field(ge=10, le=100, multiple_of=10)] = None
